import type { OptionNames } from "../options.ts";

/** How `timeline.bisect` looks for the first state that does not hold. */
export interface BisectOptions {
  /** Looks at every state, from the first on; defaults to false. */
  readonly exhaustive?: boolean;
}

/** The names of {@link BisectOptions}. */
export const bisectOptionNames: OptionNames<BisectOptions> = { exhaustive: true };

/** The first of `count` places that does not hold, where all after it do not either; `count` where all hold. */
export function bisected(count: number, holdsAt: (at: number) => boolean): number {
  let good = -1, bad = count;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    if (holdsAt(middle)) good = middle;
    else bad = middle;
  }
  return bad;
}

/** The first of `count` places that does not hold; `count` where all hold. */
export function firstOf(count: number, holdsAt: (at: number) => boolean): number {
  let at = 0;
  while (at < count && holdsAt(at)) at += 1;
  return at;
}
