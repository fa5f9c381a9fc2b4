/**
 * Notices steps that begin twice at the same time, where a value depends on time.
 *
 * @module
 */
import { isExpression } from "../expression/contract.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import type { Coefficients } from "./coefficient.ts";
import type { Condition } from "./conditions.ts";

/**
 * Whether a value is told the time: an expression that names t, or a function that takes it.
 *
 * @param components Of what it gives: functions are `(x, y, z, t)` for one, `(x, y, z, out, t)` for several.
 */
export function usesTime(value: Coefficients, components: number): boolean {
  if (Array.isArray(value)) return value.some((one) => usesTime(one, 1));
  if (isExpression(value)) return value.variables().includes("t");
  return typeof value === "function" && value.length >= (components === 1 ? 4 : 5);
}

/** The first condition with a value that is told the time, for messages; null where there is none. */
export function timedCondition(
  conditions: readonly Condition[],
  components: number,
): string | null {
  const timed = conditions.find(({ component, value, transfer }) =>
    usesTime(value, component === null ? components : 1) || usesTime(transfer, 1)
  );
  return timed === undefined ? null : `what is prescribed on ${timed.boundary}`;
}

/**
 * The time at which the last step of a solver began.
 *
 * State: none, it is for a warning only, and a restored solver has forgotten it.
 */
export class ClockWatch {
  #start: number | null = null;
  #warned = false;

  /**
   * Takes a step, and warns once when it begins where the one before began and something is told the time.
   *
   * @param timed Names it, or null.
   */
  step<R>(who: string, { comm, tracker }: ModelHost, timed: () => string | null, work: () => R): R {
    const { time } = tracker, isRepeated = time === this.#start && !this.#warned;
    const name = isRepeated ? timed() : null;
    const result = work();
    this.#start = time;
    if (name !== null) {
      this.#warned = true;
      if (comm.rank === 0) {
        console.warn(
          `timestash: ${who} took two steps from time ${time}, and ${name} depends on t: both saw the same ` +
            "time. After a step, model.tracker.time += dt (model.advance does it)",
        );
      }
    }
    return result;
  }

  /** The solver was put back. */
  forget(): void {
    this.#start = null;
  }
}
