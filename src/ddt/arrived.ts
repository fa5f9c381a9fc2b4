/**
 * What came in through the boundary during a step.
 *
 * @module
 */
import type { TracedPoints } from "./departure.ts";
import type { DepartureField } from "./departure_values.ts";
import type { LevelTrace } from "./traced_levels.ts";

/** What came in during the newest step: which paths, and their values when they crossed the boundary. */
export interface Arrived {
  readonly rows: readonly number[];
  /** `[rows x components]`. */
  readonly values: Float64Array;
}

/**
 * Values at the boundary when paths crossed it, linear in time between the past field and the end of the step.
 * Collective.
 *
 * @param arriving As in {@link LevelTrace}.
 * @param past The past field at the places, `[count x components]`.
 * @returns null where the values at the end are not known.
 */
export function arrivedIn(
  { variable, steps, clip }: LevelTrace,
  arriving: DepartureField | null,
  past: Float64Array,
  at: TracedPoints,
): Arrived | null {
  if (arriving === null) return null;
  const { components } = variable, end = arriving.read(at, clip);
  const rows = Array.from(at.stopped.keys()).filter((i) => at.stopped[i] === 1);
  const values = new Float64Array(rows.length * components);
  rows.forEach((i, k) => {
    const share = 1 - at.ages[i] / steps[0];
    for (let c = 0; c < components; c++) {
      const old = past[i * components + c];
      values[k * components + c] = old + share * (end[i * components + c] - old);
    }
  });
  return { rows, values };
}

/** Writes what came in. */
export function putArrived({ rows, values }: Arrived, out: Float64Array): void {
  const components = values.length / Math.max(1, rows.length);
  rows.forEach((i, k) => {
    out.set(values.subarray(k * components, (k + 1) * components), i * components);
  });
}
