/**
 * Checks of steps and states, and their messages, the same for every time history.
 *
 * @module
 */
import { StateSchemaError, StepOrderError } from "../errors.ts";
import { describe, requireNumber } from "../options.ts";

/** True for sizes that a step can have. */
export function isStep(dt: unknown): dt is number {
  return typeof dt === "number" && dt > 0 && dt < Infinity;
}

/**
 * Checks the size of a step that is about to begin.
 *
 * @throws {TypeError} when `dt` is not a number.
 * @throws {RangeError} when it is not positive and finite.
 */
export function requireStep(name: string, dt: number): void {
  requireNumber(`${name}.updatePreSolve: dt`, dt);
  if (!isStep(dt)) {
    throw new RangeError(`${name}.updatePreSolve: dt is ${dt}; it has to be positive and finite`);
  }
}

/**
 * Checks that a step can end.
 *
 * @param begun The size of the step in progress; null between steps.
 * @throws {RangeError} when `dt` is given and is not the dt of updatePreSolve.
 * @throws {StepOrderError} when no step was begun.
 */
export function requireEnd(name: string, begun: number | null, dt?: number): void {
  if (begun === null) {
    throw new StepOrderError(
      `${name}.updatePostSolve`,
      "no step was begun",
      "updatePreSolve(dt)",
    );
  }
  if (dt !== undefined && dt !== begun) {
    throw new RangeError(
      `${name}.updatePostSolve: dt is ${dt}, but the step was begun with ${begun}; call updatePreSolve(${dt}) again first`,
    );
  }
}

/**
 * Checks the number of known levels.
 *
 * @throws {TypeError} when they are not a list.
 * @throws {RangeError} when there are not `order`.
 */
export function requireLevels(name: string, order: number, levels: readonly unknown[]): void {
  if (!Array.isArray(levels)) {
    throw new TypeError(
      `${name}.initialiseHistory takes a list of ${order} levels, newest first, got ${
        describe(levels)
      }`,
    );
  }
  if (levels.length === order) return;
  throw new RangeError(
    `${name}.initialiseHistory: order ${order} needs ${order} levels, found ${levels.length}`,
  );
}

/**
 * The sizes of the steps between `order` known levels.
 *
 * @throws {RangeError} when there are not `order - 1`, or one is not positive and finite.
 */
export function requireSteps(
  name: string,
  order: number,
  steps: number | ArrayLike<number> | undefined,
): number[] {
  const given = typeof steps === "number"
    ? new Array<number>(order - 1).fill(steps)
    : Array.from(steps ?? []);
  if (given.length !== order - 1 || !given.every(isStep)) {
    throw new RangeError(
      `${name}.initialiseHistory: ${order} levels have ${
        order - 1
      } positive steps between them, newest first; found [${given}]`,
    );
  }
  return given;
}

/** Throws the error of a state that does not fit. */
export function refuser(bearer: string): (problem: string) => never {
  return (problem) => {
    throw new StateSchemaError(bearer, `${bearer}: ${problem}; nothing was changed`);
  };
}
