/**
 * How few steps a reverse sweep takes with a number of kept states, and where the next one is best kept.
 *
 * A. Griewank, A. Walther, Algorithm 799: Revolve, ACM Trans. Math. Softw. 26 (2000), DOI 10.1145/347837.347846.
 *
 * @module
 */

/**
 * How many steps can be reversed with `states` kept states, if none of them is taken more than `times` times: the
 * binomial (states + times)! / (states! times!), their equation for beta. 0 for a negative number of times.
 */
export function reversibleSteps(states: number, times: number): number {
  if (times < 0) return 0;
  let product = 1;
  const few = Math.min(states, times), many = Math.max(states, times);
  for (let i = 1; i <= few; i++) product = product * (many + i) / i;
  return product;
}

/** The least r for which {@link reversibleSteps}(states, r) is not below `steps`. */
export function repetitions(steps: number, states: number): number {
  let times = 0;
  while (reversibleSteps(states, times) < steps) times++;
  return times;
}

/**
 * The fewest forward steps with which the states before each of `steps` steps can be visited, last first, when
 * `states` of them can be kept, the first one included: r steps - beta(states + 1, r - 1), with r from
 * {@link repetitions}. The last step itself is not taken.
 */
export function fewestForwardSteps(steps: number, states: number): number {
  const times = repetitions(steps, states);
  return times * steps - reversibleSteps(states + 1, times - 1);
}

/**
 * How many steps behind a kept state the next one is kept, for the fewest forward steps in all.
 *
 * @param steps how many states are to be visited from the kept one on, at least 2.
 * @param states how many can be kept, with the one that is, at least 2.
 */
export function stepsToNext(steps: number, states: number): number {
  const times = repetitions(steps, states);
  return Math.min(
    reversibleSteps(states, times - 1),
    steps - reversibleSteps(states - 1, times - 1),
  );
}
