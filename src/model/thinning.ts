/** What decides whether a kept state may be dropped. */
interface Thinnable {
  readonly step: number;
  readonly pin: string | null;
}

/**
 * Selects the kept state (oldest first) to drop: the one whose removal leaves the smallest gap relative to
 * its age. Repeated, this leaves states whose spacing grows in proportion to their age: many recent and few
 * old ones. The newest, the oldest and pinned ones stay; the oldest is dropped when nothing else is left.
 *
 * @returns its index; -1 if none may be dropped.
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
