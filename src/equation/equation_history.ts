/**
 * Rates of the unknowns of an equation: their histories, and what a step makes of them.
 *
 * @module
 */
import { earlierNames, FieldHistory, type FieldHistoryState } from "../solve/field_history.ts";
import { requireFreeVariables, valuesOf } from "../ddt/level_variables.ts";
import { refuser } from "../ddt/step_checks.ts";
import { withRollback } from "../ddt/rollback.ts";
import type { FieldValue, MeshVariable } from "../mesh/mesh_variable.ts";
import { sameNames } from "../mesh/names.ts";
import { describe } from "../options.ts";
import { BufferPool } from "../snapshot/pool.ts";
import type { SnapshottableState } from "../snapshot/contract.ts";
import { orderInForce, type StepResult } from "../solve/time_step.ts";
import type { BoundaryConditions, Constraints } from "../solve/conditions.ts";
import { unknownConstraints } from "./constraints.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/** The states of the histories, by the names of unknowns. */
export interface EquationHistoryState extends SnapshottableState {
  /** Of every unknown whose rate the equation uses. */
  readonly unknowns: { readonly [name: string]: FieldHistoryState };
}

/** What rates are at the time at which an equation is solved. */
export interface Rates extends Pick<StepResult, "order" | "reduced"> {
  /** That time: the end of the step, or one between with the one-step scheme. */
  readonly t: number;
  /** The end of the step. */
  readonly end: number;
  /** `dt(u) = factor u + past`. */
  readonly factor: number;
  /** Of every unknown, `[count x components]`; null where it has no rate. */
  readonly past: readonly (Float64Array | null)[];
  /** `past = weights[0] u_0 + weights[1] u_1 + ...`: the values at the start, then earlier ones. */
  readonly weights: Float64Array;
}

/** How an equation goes forward in time. */
export interface TimeScheme {
  /** The order of backward differences, 1 to 3. */
  readonly order: number;
  /** The weight of the new time in the one-step scheme; 1 for backward differences. */
  readonly theta: number;
}

/**
 * Histories of the unknowns that have rates.
 *
 * State: captured, by the equation that owns it.
 */
export class EquationHistory {
  readonly name: string;
  readonly scheme: TimeScheme;
  readonly #unknowns: readonly MeshVariable[];
  readonly #histories: readonly (FieldHistory | null)[];

  /**
   * Makes the variables that hold earlier values.
   *
   * @param owner The equation.
   * @param unknowns All of them.
   * @param rates The names of those that have rates.
   */
  constructor(
    owner: { readonly name: string },
    unknowns: readonly MeshVariable[],
    rates: ReadonlySet<string>,
    scheme: TimeScheme,
  ) {
    this.name = owner.name;
    this.scheme = scheme;
    this.#unknowns = unknowns;
    this.#histories = unknowns.map((unknown) =>
      rates.has(unknown.name) ? new FieldHistory(unknown, owner, scheme) : null
    );
  }

  /**
   * Checks that the variables of a history could be made.
   *
   * @throws {RangeError} when a name is taken.
   */
  static requireNames(
    owner: string,
    unknowns: readonly MeshVariable[],
    rates: ReadonlySet<string>,
    order: number,
  ): void {
    for (const unknown of unknowns) {
      if (!rates.has(unknown.name)) continue;
      requireFreeVariables(unknown.mesh, owner, earlierNames(unknown, owner, order));
    }
  }

  /** The names of the unknowns that have one. */
  get names(): string[] {
    return this.#unknowns.filter((_, k) => this.#histories[k] !== null).map(({ name }) => name);
  }

  /** The variables that hold earlier values. */
  get variables(): readonly MeshVariable[] {
    return this.#histories.flatMap((history) => history?.variables ?? []);
  }

  /** Those of each unknown, newest first; null where it has no rate. */
  get levels(): readonly (readonly MeshVariable[] | null)[] {
    return this.#histories.map((history) => history?.variables ?? null);
  }

  /** Begins a step from `time`. */
  begin(dt: number, time: number): Rates {
    const { order: asked, theta } = this.scheme;
    for (const history of this.#histories) history?.updatePreSolve(dt);
    const first = this.#histories.find((history) => history !== null)!;
    const { order, reduced } = orderInForce(asked, first);
    if (theta === 1) {
      return {
        order,
        reduced,
        t: time + dt,
        end: time + dt,
        factor: first.leadingCoefficient(order),
        weights: first.pastCoefficients(order),
        past: this.#histories.map((history) => history?.historyTerms(order) ?? null),
      };
    }
    // The one-step scheme is implicit Euler to the time between, and then straight on.
    const factor = 1 / (theta * dt);
    const past = this.#histories.map((history, k) =>
      history === null ? null : valuesOf(this.#unknowns[k]).map((value) => -factor * value)
    );
    const t = time + theta * dt;
    const weights = Float64Array.of(-factor);
    return {
      order: theta === 0.5 ? 2 : 1,
      reduced: null,
      t,
      end: time + dt,
      factor,
      past,
      weights,
    };
  }

  /** Whether an unknown has a rate, so that what is solved for may lie between two times. */
  #isBetween(unknown: number): boolean {
    return this.scheme.theta < 1 && this.#histories[unknown] !== null;
  }

  /**
   * Dirichlet values for a step. With the one-step scheme, unknowns without rates have the value of the time
   * between, and the others go there from where they are.
   *
   * @throws {RangeError} when a value is not finite.
   */
  constraints(
    space: UnknownSpace,
    conditions: readonly BoundaryConditions[],
    { t, end }: Pick<Rates, "t" | "end">,
  ): Constraints {
    const timeOf = (k: number) => this.scheme.theta < 1 && !this.#isBetween(k) ? t : end;
    const found = unknownConstraints(space, this.#unknowns, conditions, timeOf, this.name);
    if (this.scheme.theta === 1) return found;
    const { constrained, values } = found, start = space.gather(this.#unknowns.map(valuesOf));
    space.fields.forEach((field, f) => {
      if (!this.#isBetween(f)) return;
      for (const place of space.placesOf(field)) {
        for (let i = place; i < place + field.shape.components; i++) {
          if (constrained[i] === 1) {
            values[i] = start[i] + this.scheme.theta * (values[i] - start[i]);
          }
        }
      }
    });
    return found;
  }

  /** Gives the unknowns the values that were solved for; those between two times go on to the end. */
  accept(space: UnknownSpace, x: Float64Array): void {
    space.fields.forEach((field, k) => {
      const { data } = this.#unknowns[k];
      const start = this.#isBetween(k) ? data.slice() : null;
      space.scatter(x, field, data);
      if (start === null) return;
      for (let i = 0; i < data.length; i++) {
        data[i] = start[i] + (data[i] - start[i]) / this.scheme.theta;
      }
    });
  }

  /** Ends the step. */
  end(): void {
    for (const history of this.#histories) history?.updatePostSolve();
  }

  /**
   * Starts histories from known values, or without a past; all of them, or none. See
   * `Equation.initialiseHistory`.
   *
   * @throws {RangeError} when an unknown is missing or has no rate, or numbers of levels or steps are wrong.
   */
  start(
    values?: readonly FieldValue[] | Readonly<Record<string, readonly FieldValue[]>>,
    steps?: number | ArrayLike<number>,
  ): void {
    const { names } = this;
    if (names.length === 0) {
      throw new RangeError(`${this.name} has no dt(...), so it has no history to start`);
    }
    if (values !== undefined && (typeof values !== "object" || values === null)) {
      throw new TypeError(
        `${this.name}.initialiseHistory takes levels by unknown, got ${describe(values)}`,
      );
    }
    const given = Array.isArray(values) && names.length === 1 ? { [names[0]]: values } : values;
    if (given !== undefined && !sameNames(Object.keys(given), names)) {
      throw new RangeError(
        `${this.name}.initialiseHistory: the unknowns with rates are ${
          names.join(", ")
        }; got levels ` +
          `for ${Object.keys(given).join(", ") || "none"}`,
      );
    }
    const { mesh } = this.#unknowns[0];
    withRollback(
      names.length > 0 ? [mesh] : [],
      this,
      new BufferPool(),
      () =>
        this.#histories.forEach((history, k) =>
          history?.initialiseHistory(
            (given as Record<string, readonly FieldValue[]> | undefined)?.[this.#unknowns[k].name],
            steps,
          )
        ),
    );
  }

  /** Steps taken, and where earlier values are. */
  get state(): EquationHistoryState {
    const unknowns: Record<string, FieldHistoryState> = {};
    this.#histories.forEach((history, k) => {
      if (history !== null) unknowns[this.#unknowns[k].name] = history.state;
    });
    return { schemaVersion: 1, unknowns };
  }

  set state(state: EquationHistoryState) {
    this.checkState(state);
    this.#histories.forEach((history, k) => {
      if (history !== null) history.state = state.unknowns[this.#unknowns[k].name];
    });
  }

  /**
   * Refuses a state of another arrangement.
   *
   * @throws {StateSchemaError} when unknowns, orders or names differ.
   */
  checkState(state: EquationHistoryState): void {
    const found = Object.keys(state?.unknowns ?? {});
    if (!sameNames(found, this.names)) {
      refuser(this.name)(
        `the unknowns with rates are (${found.join(", ")}) in the state and (${
          this.names.join(", ")
        }) here`,
      );
    }
    this.#histories.forEach((history, k) =>
      history?.checkState(state.unknowns[this.#unknowns[k].name])
    );
  }
}
