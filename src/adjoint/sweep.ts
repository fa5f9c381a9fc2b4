/**
 * The order in which a reverse sweep takes steps and keeps states: how few steps it takes with a number of kept
 * states, and where the next one is best kept.
 *
 * A. Griewank, A. Walther, Algorithm 799: Revolve, ACM Trans. Math. Softw. 26 (2000), DOI 10.1145/347837.347846.
 *
 * @module
 */

/** One thing that a reverse sweep does; steps are counted from the start of the run. */
export type SweepAction =
  /** Takes the steps `from`, `from + 1` .. `to - 1`. */
  | { readonly kind: "advance"; readonly from: number; readonly to: number }
  /** Keeps the state before `step`; `level` states are kept already. */
  | { readonly kind: "keep"; readonly step: number; readonly level: number }
  /** Puts back the state before `step`. */
  | { readonly kind: "restore"; readonly step: number; readonly level: number }
  /** Forgets a state. */
  | { readonly kind: "drop"; readonly step: number; readonly level: number }
  /** The state before `step` is there. */
  | { readonly kind: "visit"; readonly step: number };

/** Where a sweep begins. */
export interface SweepStart {
  /** Steps before which states are kept, ascending; the sweep takes over the list. */
  readonly kept: number[];
  /** The step before which the model is; null where it is elsewhere. */
  readonly position: number | null;
  /** How many steps there are. */
  readonly steps: number;
}

/**
 * Visits the states before `steps` - 1, `steps` - 2 .. the first kept one.
 *
 * @param room how many states can be kept now, those that are kept included.
 * @param fits whether the state that the model has can be kept; it may be larger than any before.
 */
export function* sweep(
  { kept, position, steps }: SweepStart,
  room: () => number,
  fits: () => boolean = () => true,
): Generator<SweepAction, void, void> {
  let here = position, end = steps;
  while (end > kept[0]) {
    const level = kept.length - 1, last = kept[level], left = end - last;
    if (left <= 0) {
      kept.pop();
      yield { kind: "drop", step: last, level };
      continue;
    }
    const free = room() - kept.length;
    const ahead = left === 1 ? 0 : free > 0 ? stepsToNext(left, free + 1) : left - 1;
    if (here !== last) yield { kind: "restore", step: last, level };
    const step = last + ahead;
    if (ahead > 0) yield { kind: "advance", from: last, to: step };
    here = step;
    if (step < end - 1 && fits()) {
      kept.push(step);
      yield { kind: "keep", step, level: level + 1 };
      continue;
    }
    if (step < end - 1) yield { kind: "advance", from: step, to: end - 1 };
    yield { kind: "visit", step: --end };
    // A visit may also change the state.
    here = null;
  }
}

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
