import { stepsToNext } from "./revolve.ts";

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
    // Whoever looks at a state may also change it.
    here = null;
  }
}
