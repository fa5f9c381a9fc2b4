/**
 * What the state of a solver consists of: boundary conditions and coefficients.
 *
 * @module
 */
import { StateSchemaError } from "../errors.ts";
import { BoundaryConditions } from "./conditions.ts";
import type { SolverCoefficients } from "./solver_coefficients.ts";
import type { SolverState } from "./solver_types.ts";

/**
 * Conditions and coefficients, which are saved, checked and put back together.
 *
 * State: captured, by the solver that owns them.
 */
export class SolverParts {
  readonly conditions: BoundaryConditions = new BoundaryConditions();
  readonly coefficients: SolverCoefficients;

  constructor(coefficients: SolverCoefficients) {
    this.coefficients = coefficients;
  }

  /** Everything that was given, functions and fields included. */
  get uses(): readonly unknown[] {
    return [...this.coefficients.all, ...this.conditions.given].flat();
  }

  /** Both as plain values. */
  get state(): Omit<SolverState, "schemaVersion"> {
    return { conditions: this.conditions.state, coefficients: this.coefficients.state };
  }

  /** Takes what {@link SolverParts.check} accepted. */
  take(state: SolverState, bearer: string): void {
    const coefficients = this.coefficients.restored(state.coefficients, bearer);
    this.conditions.replace(this.conditions.restored(state.conditions, bearer));
    this.coefficients.replace(coefficients);
  }

  /**
   * Checks a state without taking it.
   *
   * @throws {StateSchemaError} when it is of another version, or arranged in another way.
   */
  check(state: SolverState, version: number, bearer: string): void {
    if (state?.schemaVersion !== version) {
      throw new StateSchemaError(
        bearer,
        `${bearer}: the state has schema version ${state?.schemaVersion}, this version reads ${version}`,
      );
    }
    this.coefficients.restored(state.coefficients, bearer);
    this.conditions.restored(state.conditions, bearer);
  }

  /** Remembers both with their functions and fields; the result makes it so again. */
  mark(): () => void {
    const marks = [this.conditions.mark(), this.coefficients.mark()];
    return () => marks.forEach((rewind) => rewind());
  }
}
