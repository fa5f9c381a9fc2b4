import { type OptionNames, requireOptions } from "../options.ts";
import { checkOrder, checkTheta } from "../ddt/coefficients.ts";
import { requireFreeVariables } from "../ddt/level_variables.ts";
import { withRollback } from "../ddt/rollback.ts";
import { StateSchemaError } from "../errors.ts";
import type { FieldValue, MeshVariable } from "../mesh/mesh_variable.ts";
import { registerMigration } from "../snapshot/migrations.ts";
import { BufferPool } from "../snapshot/pool.ts";
import type { StateValue } from "../snapshot/contract.ts";
import type { Coefficient, Coefficients } from "./coefficient.ts";
import { type DiffusionState, diffusionStateFrom1 } from "./diffusion_state.ts";
import { diffusionTime } from "./crossing_time.ts";
import type { FieldFrame } from "./field_frame.ts";
import { solveField } from "./field_system.ts";
import { earlierNames, FieldHistory } from "./field_history.ts";
import { FieldSolver } from "./field_solver.ts";
import { requireContinuous } from "./require_continuous.ts";
import { solverOptionNames, type SolverOptions } from "./solver_types.ts";
import { massProduct, StepFluxes, type SteppedSolution } from "./step_fluxes.ts";
import { orderInForce, stepOf, type StepOptions, type StepResult } from "./time_step.ts";
import { fixFields } from "../fixed_fields.ts";

/** What {@link Diffusion} is made of. */
export interface DiffusionOptions extends SolverOptions {
  /** k, not negative. */
  readonly diffusivity: Coefficient;
  /** f. Defaults to 0. For several components one for all, or a list. */
  readonly source?: Coefficients;
  /** The order of BDF, 1, 2 or 3. Defaults to 1. */
  readonly order?: number;
  /** Instead of an order: the weight of the new time, 1 implicit Euler, 1/2 Crank-Nicolson. */
  readonly theta?: number;
}

const optionNames: OptionNames<DiffusionOptions> = {
  ...solverOptionNames,
  diffusivity: true,
  source: true,
  order: true,
  theta: true,
};

/**
 * Diffusion in time: `du/dt = div(k grad u) + f`, each component by itself.
 *
 * With `order` backward differentiation, `sum c_j u(t_j) = div(k grad u) + f` at the new time, steps of
 * any sizes: it starts with order 1 and climbs as values become known, or starts at full order after
 * {@link Diffusion.initialiseHistory}; where steps keep growing faster than BDF stays stable with, the
 * order drops for the step and the result says so. With `theta` the one-step scheme
 * `(u - u_0)/dt = theta F(u) + (1 - theta) F(u_0)`. The two are never mixed.
 *
 * Source: E. Hairer, S. P. Norsett, G. Wanner, Solving ordinary differential equations I, 2nd ed.,
 * Springer 1993, section III.5, DOI 10.1007/978-3-540-78862-1.
 *
 * @example
 * ```ts
 * import { boxMesh, Diffusion, MeshVariable, Model } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = new Model();
 * const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [16, 16] });
 * const T = new MeshVariable(mesh, "T", { degree: 2 });
 * T.set((x) => Math.cos(Math.PI * x));
 * const diffusion = new Diffusion(T, { diffusivity: 1, order: 2 });
 * for (let i = 0; i < 10; i++) {
 *   diffusion.solve({ dt: 0.01 });
 *   model.tracker.time += 0.01;
 * }
 * assertAlmostEquals(T.max(), Math.exp(-(Math.PI ** 2) * 0.1), 0.01);
 * ```
 */
export class Diffusion<V extends MeshVariable = MeshVariable> extends FieldSolver<V> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The order in time: that of BDF, or of the one-step scheme, 2 for theta = 1/2 and otherwise 1. */
  readonly order: number;
  /** The weight of the new time in the one-step scheme; 1 for BDF. */
  readonly theta: number;
  readonly #levels: number;
  readonly #history: FieldHistory;
  readonly #fluxes = new StepFluxes();
  readonly #pool = new BufferPool();

  /**
   * Sets the problem up; nothing is solved yet.
   *
   * @param u The unknown, continuous P1 or P2; its values are those at `tracker.time`.
   * @param options Coefficients, scheme and limits.
   * @throws {TypeError} when `u` is not a continuous mesh variable or a coefficient is of no known kind.
   * @throws {RangeError} when a number is out of range, or both an order above 1 and theta are given.
   */
  constructor(u: V, options: DiffusionOptions) {
    requireOptions("Diffusion", options, optionNames);
    const { diffusivity, source = 0, order = 1, theta } = options ?? {};
    super(u, "Diffusion", { diffusivity, source }, options);
    requireContinuous(u, "Diffusion");
    checkOrder("Diffusion", order);
    if (theta !== undefined) checkTheta("Diffusion", theta);
    if (theta !== undefined && order > 1) {
      throw new RangeError(
        `Diffusion: theta belongs to the one-step scheme and order ${order} to BDF; give one of them`,
      );
    }
    this.theta = theta ?? 1;
    this.#levels = order;
    this.order = theta === 0.5 ? 2 : order;
    this.name = u.mesh.model.adopt("bearer", this, "Diffusion", options.name);
    this.#history = new FieldHistory(u, this, { order, theta: this.theta });
    fixFields(this, new.target, Diffusion);
  }

  /** k. Assigning one replaces it. */
  get diffusivity(): Coefficient {
    return this.coefficient("diffusivity") as Coefficient;
  }

  set diffusivity(value: Coefficient) {
    this.setCoefficient("diffusivity", value, this.name);
  }

  /**
   * Asked by the model before the solver gets its name.
   *
   * @throws {RangeError} when a name that would be made from it is taken.
   * @internal
   */
  requireNames(name: string): void {
    const names = earlierNames(this.variable, name, this.#levels);
    requireFreeVariables(this.variable.mesh, name, names);
  }

  /**
   * The variables that come and go with the solver.
   *
   * @internal
   */
  get owned(): readonly object[] {
    return this.#history.variables;
  }

  /** @internal */
  protected override get schemaVersion(): number {
    return 2;
  }

  /** What it was made with; see {@link Snapshottable.setup}. */
  get setup(): Readonly<Record<string, StateValue>> {
    return { order: this.order };
  }

  /** Conditions, coefficients, scheme, steps taken, and where earlier values are. */
  override get state(): DiffusionState {
    const { theta } = this, history = this.#history.state, fluxes = this.#fluxes.state;
    return { ...super.state, theta, history, fluxes };
  }

  override set state(state: DiffusionState) {
    this.checkState(state);
    super.state = state;
    this.#history.state = { ...state.history, theta: this.theta };
    this.#fluxes.state = state.fluxes;
  }

  /** Checks a state without taking it; see {@link FieldSolver.checkState}. */
  override checkState(state: DiffusionState): void {
    super.checkState(state);
    if (state.theta !== this.theta) {
      throw new StateSchemaError(
        this.name,
        `${this.name}: theta is ${state.theta} in the state and ${this.theta} here; make the solver with ` +
          `the same one`,
      );
    }
    this.#history.checkState(state.history);
    StepFluxes.check(this.name, state.fluxes);
  }

  /**
   * Starts the history; the same as `initialiseHistory` of a time history such as `EulerianDDt`.
   *
   * Without arguments only the current values are known, and the order ramps up from 1. With past values
   * the full order holds from the first step on.
   *
   * @param values The `order` known levels, newest first; `values[0]` is the one at the current time, which
   *   the field takes. Each is what `MeshVariable.set` takes; functions and expressions see the time of
   *   their level.
   * @param steps The `order - 1` step sizes between them, newest first; one number for equal steps.
   * @throws {TypeError} when a value is nothing that `set` takes.
   * @throws {RangeError} when there are not `order` values or `order - 1` positive steps.
   */
  initialiseHistory(values?: readonly FieldValue[], steps?: number | ArrayLike<number>): void {
    this.#history.initialiseHistory(values, steps);
  }

  /**
   * Takes one step, from `tracker.time` to `tracker.time + dt`; the tracker is yours to advance.
   *
   * @param options The step. Defaults to `tracker.dt`.
   * @returns How it went, and with which order.
   * @throws {ConvergenceError} when the tolerance is not reached; the model is as before.
   * @throws {RangeError} when dt is not positive, or a coefficient is negative or not finite.
   * @throws {TypeError} when there is no step.
   */
  solve(options: StepOptions = {}): StepResult {
    const { model } = this.variable.mesh;
    const dt = stepOf(options, model, this.name);
    return this.stepping(() =>
      withRollback([], this.#history, this.#pool, () => {
        const frame = this.frame(model.tracker.time + dt);
        this.#history.updatePreSolve(dt);
        const { order, reduced } = orderInForce(this.#levels, this.#history);
        const solution = this.theta < 1
          ? this.#oneStep(frame, dt, model.tracker.time)
          : this.#backward(frame, order);
        const fluxes = this.#fluxes.after(frame, solution, this.diffusivity);
        const result = this.accept(solution);
        this.#history.updatePostSolve(dt);
        this.#fluxes.state = fluxes;
        return { ...result, dt, order: this.theta < 1 ? this.order : order, reduced };
      })
    );
  }

  /**
   * The time in which diffusion crosses the smallest cell, `(2 r)^2 / (2 dim k)`: the limit of an
   * explicit scheme, and a measure for the accuracy of this one. Infinity where k is 0.
   *
   * @throws {RangeError} when the diffusivity is negative or not finite somewhere.
   */
  estimateDt(): number {
    const frame = this.frame(this.variable.mesh.model.tracker.time);
    return diffusionTime(frame, this.diffusivity);
  }

  /** @internal */
  protected override reactionOn(
    frame: FieldFrame,
    boundary: string,
    component: number,
  ): number | null {
    return this.#fluxes.of(frame, boundary, component);
  }

  /** BDF: `(c_0 M + K) u = F - M (c_1 u_1 + c_2 u_2 + ...)`. */
  #backward(frame: FieldFrame, order: number): SteppedSolution {
    const terms = this.#history.historyTerms(order);
    const right = frame.loads(this.source);
    frame.addMassProduct(right, terms.map((value) => -value));
    const massScale = this.#history.leadingCoefficient(order);
    const diffusivity = frame.diffusivity(this.diffusivity);
    return solveField(frame, { massScale, stiffnessScale: 1, diffusivity }, right, this.limits);
  }

  /** `(M / dt + theta K) u = M u_0 / dt - (1 - theta) K_0 u_0 + theta F + (1 - theta) F_0`. */
  #oneStep(frame: FieldFrame, dt: number, t: number): SteppedSolution {
    const { theta } = this;
    const right = frame.loads(this.source);
    const before = frame.at(t);
    const rates = before.loads(this.source);
    const k = before.diffusivity(this.diffusivity);
    before.subtractStiffnessProduct(rates, k, frame.start);
    for (let a = 0; a < right.length; a++) {
      for (let i = 0; i < right[a].length; i++) {
        right[a][i] = theta * right[a][i] + (1 - theta) * rates[a][i];
      }
    }
    frame.addMassProduct(right, frame.start.map((value) => value / dt));
    const diffusivity = frame.diffusivity(this.diffusivity);
    const scales = { massScale: 1 / dt, stiffnessScale: theta, diffusivity };
    const solution = solveField(frame, scales, right, this.limits);
    const change = solution.values.map((value, i) => (value - frame.start[i]) / dt);
    const mean = massProduct(frame, change);
    // The residuals are `M du/dt + theta (K u - F) + (1 - theta) (K_0 u_0 - F_0)`.
    const { components } = frame;
    const reactions = solution.reactions.map((rest, i) => {
      const rate = rates[i % components][Math.floor(i / components)];
      return mean[i] + (rest - mean[i] + (1 - theta) * rate) / theta;
    });
    return { ...solution, reactions, inertia: { terms: mean, at: t + dt / 2 } };
  }
}

registerMigration("Diffusion", 1, diffusionStateFrom1);
