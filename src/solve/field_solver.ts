/**
 * What all solvers for one field share: boundary conditions and state.
 *
 * @module
 */
import { displayAs, printAs } from "../display.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { requirePresent } from "../mesh/registered.ts";
import { checkOptions } from "../options.ts";
import { boundaryFlux, prescribedFlux } from "./boundary_flux.ts";
import { checkedCondition, freeSlipComponent } from "./checked_condition.ts";
import type { Coefficient, Coefficients } from "./coefficient.ts";
import type { Condition, ConditionKind } from "./conditions.ts";
import { FieldFrame } from "./field_frame.ts";
import type { FieldSolution, SolverLimits } from "./field_system.ts";
import { ClockWatch, timedCondition } from "./forgotten_clock.ts";
import { OperatorCache } from "./operator_cache.ts";
import { SolverCoefficients } from "./solver_coefficients.ts";
import { SolverParts } from "./solver_parts.ts";
import { limitsOf } from "./solver_limits.ts";
import {
  conditionOptionNames,
  type ConditionOptions,
  type NamedCoefficients,
  type SolveResult,
  type SolverOptions,
  type SolverState,
} from "./solver_types.ts";

export type { ConditionOptions, SolveResult, SolverOptions, SolverState } from "./solver_types.ts";

/**
 * The base of the solvers for one mesh variable. They compute in memory of their own and write the
 * variable once, at the end; an error leaves the model as it was.
 */
export abstract class FieldSolver<V extends MeshVariable = MeshVariable> {
  /** The unknown. */
  readonly variable: V;
  /** Stable, unique among the bearers of the model. */
  abstract readonly name: string;
  readonly #limits: SolverLimits;
  readonly #parts: SolverParts;
  readonly #cache = new OperatorCache();
  readonly #clock = new ClockWatch();

  /**
   * A subclass calls `adopt` of the model last in its own constructor.
   *
   * @throws {TypeError} when `u` is not a mesh variable or a coefficient is of no known kind.
   * @throws {RangeError} when a number is out of range.
   * @throws {PetscError} when PETSc is asked for and cannot be used.
   */
  protected constructor(
    u: V,
    className: string,
    coefficients: NamedCoefficients,
    options: SolverOptions,
  ) {
    if (!(u instanceof MeshVariable)) {
      throw new TypeError(`${className} takes the mesh variable it solves for first`);
    }
    requirePresent(className, u);
    this.variable = u;
    this.#limits = Object.freeze(limitsOf(options, u.mesh.model.comm, className));
    this.#parts = new SolverParts(new SolverCoefficients(u, coefficients, className));
  }

  /** f; see the class. Assigning one replaces it. */
  get source(): Coefficients {
    return this.coefficient("source");
  }

  set source(value: Coefficients) {
    this.setCoefficient("source", value, this.name);
  }

  /** A coefficient by name. */
  protected coefficient(name: string): Coefficients {
    return this.#parts.coefficients.get(name)!;
  }

  /** Checks and replaces a coefficient. */
  protected setCoefficient(name: string, value: Coefficients, who: string): void {
    this.#parts.coefficients.set(name, value, who);
  }

  /**
   * Prescribes the value of the field on a boundary. On the same boundary and component a new value replaces
   * the one before; where boundaries meet, the one added last wins.
   *
   * @param boundary The name of a boundary of the mesh.
   * @param value A number, a function `(x, y, z, t) => number`, an expression or a field; for several
   *   components also a list of these, or a function `(x, y, z, out, t) => void`. Functions are code,
   *   not state.
   * @param options The component, where the condition is for one only.
   * @throws {RangeError} when there is no such boundary or component, or a number is not finite.
   * @throws {TypeError} when `value` is none of these, or the variable is not continuous.
   */
  addDirichlet(boundary: string, value: Coefficients, options: ConditionOptions = {}): void {
    if (!this.variable.continuous) {
      throw new TypeError(
        `${this.name}: Dirichlet values need a continuous variable, and '${this.variable.name}' is not ` +
          `continuous`,
      );
    }
    this.#add("dirichlet", boundary, value, 0, options);
  }

  /**
   * Prescribes the flux into the domain on a boundary: `k du/dn = flux`, n outwards.
   *
   * @param boundary The name of a boundary of the mesh.
   * @param flux As `value` in {@link FieldSolver.addDirichlet}.
   * @param options The component, where the condition is for one only.
   * @throws {RangeError} when there is no such boundary or component, or a number is not finite.
   * @throws {TypeError} when `flux` is nothing that a coefficient can be.
   */
  addNeumann(boundary: string, flux: Coefficients, options: ConditionOptions = {}): void {
    this.#add("neumann", boundary, flux, 0, options);
  }

  /**
   * Exchanges with the surroundings on a boundary: `k du/dn = transfer (ambient - u)`, n outwards.
   *
   * @param boundary The name of a boundary of the mesh.
   * @param transfer The transfer coefficient, not negative.
   * @param ambient The value of the surroundings.
   * @param options The component, where the condition is for one only.
   * @throws {RangeError} when there is no such boundary or component, or a number is not finite or
   *   `transfer` is negative.
   * @throws {TypeError} when an argument is nothing that a coefficient can be.
   */
  addRobin(
    boundary: string,
    transfer: Coefficient,
    ambient: Coefficients,
    options: ConditionOptions = {},
  ): void {
    this.#add("robin", boundary, ambient, transfer, options);
  }

  /**
   * Lets a vector field slip along a straight boundary that is parallel to the axes: its normal
   * component is 0 there.
   *
   * @param boundary The name of a boundary of the mesh.
   * @throws {RangeError} when there is no such boundary, it is not parallel to the axes, or the field
   *   does not have one component per dimension.
   */
  addFreeSlip(boundary: string): void {
    const component = freeSlipComponent(this.variable, boundary);
    this.addDirichlet(boundary, 0, { component });
  }

  /**
   * The flux into the domain through a boundary at `tracker.time`: `integral of k du/dn`, n outwards.
   *
   * With Neumann or Robin conditions it is the prescribed one. With Dirichlet values it is, after a solve, the
   * flux that keeps them at the end of the solve, so that fluxes, sources and what the field gains balance;
   * where two such boundaries meet, an error of the gradient in the cells at the corner remains. Elsewhere it
   * is computed from gradients, recovered ones on P1, of second order on both P1 and P2: such fluxes balance
   * to the error of the mesh, not exactly.
   *
   * @param boundary The name of a boundary of the mesh.
   * @returns A number, or `[components]` where there are several.
   * @throws {RangeError} when there is no such boundary.
   * @throws {TypeError} when the solver has no diffusivity.
   */
  flux(boundary: string): ReturnType<V["integrate"]> {
    const diffusivity = this.#parts.coefficients.get("diffusivity");
    if (diffusivity === undefined) {
      throw new TypeError(`${this.name} has no diffusivity, so there is no flux`);
    }
    const frame = this.frame(this.variable.mesh.model.tracker.time);
    const sums = boundaryFlux(frame, boundary, diffusivity as Coefficient).map((sum, a) =>
      prescribedFlux(frame, boundary, a) ?? this.reactionOn(frame, boundary, a) ?? sum
    );
    return (sums.length === 1 ? sums[0] : sums) as ReturnType<V["integrate"]>;
  }

  /**
   * The flux that keeps Dirichlet values, where the discrete equation gives it; null otherwise.
   *
   * @internal
   */
  protected reactionOn(
    _frame: FieldFrame,
    _boundary: string,
    _component: number,
  ): number | null {
    return null;
  }

  #add(
    kind: ConditionKind,
    boundary: string,
    value: Coefficients,
    transfer: Coefficient,
    options: ConditionOptions,
  ): void {
    checkOptions(`${this.name}, condition on ${boundary}`, options, conditionOptionNames);
    const { component = null } = options;
    const condition = { kind, boundary, component, value, transfer };
    this.addCondition(checkedCondition(this.variable, condition, this.name));
  }

  /**
   * Adds a condition that was checked.
   *
   * @internal
   */
  protected addCondition(condition: Condition): void {
    this.#parts.conditions.set(condition);
  }

  /**
   * The version of the state's layout.
   *
   * @internal
   */
  protected get schemaVersion(): number {
    return 1;
  }

  /** Boundary conditions and coefficients: their kinds, and their values where those are not code. */
  get state(): SolverState {
    return { schemaVersion: this.schemaVersion, ...this.#parts.state };
  }

  set state(state: SolverState) {
    this.#parts.check(state, this.schemaVersion, this.name);
    this.#parts.take(state, this.name);
    this.#clock.forget();
  }

  /**
   * Checks a state without taking it.
   *
   * @throws {StateSchemaError} when it is of another version, or arranged in another way.
   */
  checkState(state: SolverState): void {
    this.#parts.check(state, this.schemaVersion, this.name);
  }

  /**
   * What it works with, which has to be in the model.
   *
   * @internal
   */
  get uses(): readonly unknown[] {
    return [this.variable, ...this.#parts.uses];
  }

  /**
   * Remembers conditions and coefficients, functions and fields included; see {@link Snapshottable.markCode}.
   *
   * @internal
   */
  markCode(): () => void {
    return this.#parts.mark();
  }

  static {
    displayAs(this);
  }

  /**
   * The conditions in order.
   *
   * @internal
   */
  protected get conditions(): readonly Condition[] {
    return this.#parts.conditions.list;
  }

  /**
   * The field at a time, ready to be solved for.
   *
   * @internal
   */
  protected frame(t: number): FieldFrame {
    return new FieldFrame(this.variable, this.#parts.conditions, this.#cache, t, this.name);
  }

  /**
   * The linear solver and its limits.
   *
   * @internal
   */
  protected get limits(): SolverLimits {
    return this.#limits;
  }

  /**
   * Writes a solution into the variable.
   *
   * @internal
   */
  protected accept({ values, iterations, residual }: FieldSolution): SolveResult {
    this.variable.data.set(values);
    return { iterations, residual, converged: true };
  }

  static {
    printAs(this, function () {
      const { name, variable } = this;
      return `${this.constructor.name}(${name}, for ${variable.name} on ${variable.mesh.name})`;
    });
  }

  /** Runs a solve as one thing that no save or load can interrupt. */
  protected indivisible<R>(work: () => R): R {
    const { name, variable } = this, { model } = variable.mesh, asked = `${name}.solve`;
    model.requireMember(asked, this);
    return model.indivisible(asked, work);
  }

  /**
   * The same for a step in time, which begins at `tracker.time`.
   *
   * @param also A coefficient beside those that the base knows, if it is told the time.
   */
  protected stepping<R>(work: () => R, also: string | null = null): R {
    const { mesh: { model }, components } = this.variable;
    const timed = () =>
      also ?? this.#parts.coefficients.timed ?? timedCondition(this.conditions, components);
    return this.#clock.step(this.name, model, timed, () => this.indivisible(work));
  }
}
