/** What decides whether a kept state may go. */
interface Thinnable {
  readonly step: number;
  readonly pin: string | null;
}

/**
 * Which of the kept states (oldest first) is missed least: the one whose removal leaves the smallest gap
 * for its age. Dropping it again and again leaves states whose spacing grows in proportion to their
 * age: many recent, few old. The newest, the oldest and pinned ones stay; the oldest goes when
 * nothing else is left.
 *
 * @returns its index; -1 when none may go.
 */
export function thinnest(states: readonly Thinnable[]): number {
  const newest = states.length - 1;
  let best = -1, least = Infinity;
  for (let i = 1; i < newest; i++) {
    if (states[i].pin !== null) continue;
    const gap = states[i + 1].step - states[i - 1].step;
    const age = Math.max(1, states[newest].step - states[i].step);
    if (gap / age < least) [best, least] = [i, gap / age];
  }
  if (best < 0 && newest > 0 && states[0].pin === null) return 0;
  return best;
}
