import { bdfCoefficients, checkOrder, checkTheta, stableOrder } from "../ddt/coefficients.ts";
import { requireFreeVariables } from "../ddt/level_variables.ts";
import { StateSchemaError } from "../errors.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Coefficient, Coefficients } from "./coefficient.ts";
import type { FieldFrame, FieldSolution } from "./field_frame.ts";
import { FieldHistory, historyNames } from "./field_history.ts";
import { FieldSolver } from "./field_solver.ts";
import type { SolveResult, SolverOptions, SolverState } from "./solver_types.ts";
import { diffusionTime } from "./crossing_time.ts";
import { stepOf, type StepOptions } from "./time_step.ts";

/** What {@link Diffusion} is made of. */
export interface DiffusionOptions extends SolverOptions {
  /** k, not negative. */
  readonly diffusivity: Coefficient;
  /** f; 0 when left out. For several components one for all, or a list. */
  readonly source?: Coefficients;
  /** The order of BDF, 1, 2 or 3; 1 when left out. */
  readonly order?: number;
  /** Instead of an order: the weight of the new time, 1 implicit Euler, 1/2 Crank-Nicolson. */
  readonly theta?: number;
}

/** How a step in time went. */
export interface StepResult extends SolveResult {
  /** The step that was taken. */
  readonly dt: number;
  /** The order that was used. */
  readonly order: number;
  /** Why it was less than asked for; null where it was not. */
  readonly reduced: "start" | "step growth" | null;
}

/** The state of {@link Diffusion}. */
export interface DiffusionState extends SolverState {
  /** The order of BDF. */
  readonly order: number;
  /** The weight of the new time. */
  readonly theta: number;
  /** Steps taken, newest first. */
  readonly steps: readonly number[];
  /** Names of the variables that hold earlier values, newest first. */
  readonly history: readonly string[];
}

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
export class Diffusion extends FieldSolver {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The order asked for. */
  readonly order: number;
  /** The weight of the new time where the one-step scheme was chosen, else 1. */
  readonly theta: number;
  readonly #history: FieldHistory;

  /**
   * Sets the problem up; nothing is solved yet.
   *
   * @param u The unknown, continuous P1 or P2; its values are those at `tracker.time`.
   * @param options Coefficients, scheme and limits.
   * @throws {TypeError} when `u` is not a continuous mesh variable or a coefficient is of no known kind.
   * @throws {RangeError} when a number is out of range, or both an order above 1 and theta are given.
   */
  constructor(u: MeshVariable, options: DiffusionOptions) {
    const { diffusivity, source = 0, order = 1, theta } = options ?? {};
    super(u, "Diffusion", { diffusivity, source }, options);
    this.requireContinuous("Diffusion");
    checkOrder("Diffusion", order);
    if (theta !== undefined) checkTheta("Diffusion", theta);
    if (theta !== undefined && order > 1) {
      throw new RangeError(
        `Diffusion: theta belongs to the one-step scheme and order ${order} to BDF; give one of them`,
      );
    }
    this.order = order;
    this.theta = theta ?? 1;
    const { model } = u.mesh;
    this.name = model.adopt("bearer", this, "Diffusion", options.name);
    this.#history = new FieldHistory(u, this.name, order - 1);
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
    const names = historyNames(this.variable, name, this.order - 1);
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

  /** Conditions, coefficients, scheme, steps taken, and where earlier values are. */
  override get state(): DiffusionState {
    const { order, theta } = this;
    const { steps, names } = this.#history;
    return { ...super.state, order, theta, steps: [...steps], history: names };
  }

  override set state(state: DiffusionState) {
    this.checkState(state);
    super.state = state;
    this.#plan(state)();
  }

  /** Checks a state without taking it; see {@link FieldSolver.checkState}. */
  override checkState(state: DiffusionState): void {
    super.checkState(state);
    this.#plan(state);
  }

  #plan(state: DiffusionState): () => void {
    if (state.order !== this.order || state.theta !== this.theta) {
      throw new StateSchemaError(
        this.name,
        `${this.name}: the state is of order ${state.order} with theta ${state.theta}, this solver ` +
          `has ${this.order} and ${this.theta}`,
      );
    }
    return this.#history.plan(state.steps, state.history, this.name);
  }

  /**
   * Starts from known earlier values instead of with order 1; without arguments, starts afresh.
   *
   * @param levels Values before the present ones, newest first: anything that a source can be (functions
   *   get the time of their level), or all values, `[dofCount x components]`.
   * @param steps From the present time to the first level, from there to the second, ...
   * @throws {RangeError} when there are more than `order - 1` levels, not as many steps, or a step is not
   *   positive.
   */
  initialiseHistory(
    levels: readonly (Coefficients | Float64Array)[] = [],
    steps: readonly number[] = [],
  ): void {
    this.#history.initialise(levels, steps);
  }

  /**
   * Takes one step, from `tracker.time` to `tracker.time + dt`; the tracker is yours to advance.
   *
   * @param options The step; `tracker.dt` when left out.
   * @returns How it went, and with which order.
   * @throws {ConvergenceError} when the tolerance is not reached; the model is as before.
   * @throws {RangeError} when dt is not positive, or a coefficient is negative or not finite.
   * @throws {TypeError} when there is no step.
   */
  solve(options: StepOptions = {}): StepResult {
    const { model } = this.variable.mesh;
    const dt = stepOf(options, model, this.name);
    return this.indivisible(() => {
      const frame = this.frame(model.tracker.time + dt);
      const before = frame.start.slice();
      const { order, reduced } = this.#orderFor(dt);
      const solution = this.theta < 1
        ? this.#oneStep(frame, dt, model.tracker.time)
        : this.#backward(frame, dt, order);
      const result = this.accept(solution);
      this.#history.push(before, dt);
      return { ...result, dt, order: this.theta === 0.5 ? 2 : order, reduced };
    });
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

  #orderFor(dt: number): Pick<StepResult, "order" | "reduced"> {
    const { count, steps } = this.#history;
    const known = Math.min(this.order, count + 1);
    const stable = stableOrder(known, [dt, ...steps]);
    const reduced = stable < known ? "step growth" : known < this.order ? "start" : null;
    return { order: stable, reduced };
  }

  /** BDF: `(c_0 M + K) u = F - M (c_1 u_1 + c_2 u_2 + ...)`. */
  #backward(frame: FieldFrame, dt: number, order: number): FieldSolution {
    const c = bdfCoefficients(order, [dt, ...this.#history.steps]);
    const sum = new Float64Array(frame.start.length);
    for (let j = 1; j <= order; j++) {
      const values = j === 1 ? frame.start : this.#history.values(j - 1);
      for (let i = 0; i < sum.length; i++) sum[i] -= c[j] * values[i];
    }
    const right = frame.loads(this.source);
    frame.addMassProduct(right, sum);
    const diffusivity = frame.diffusivity(this.diffusivity);
    return frame.solve({ massScale: c[0], stiffnessScale: 1, diffusivity }, right, this.limits);
  }

  /** `(M / dt + theta K) u = M u_0 / dt - (1 - theta) K_0 u_0 + theta F + (1 - theta) F_0`. */
  #oneStep(frame: FieldFrame, dt: number, t: number): FieldSolution {
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
    return frame.solve(scales, right, this.limits);
  }
}
