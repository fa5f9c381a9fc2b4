import { checkOrder, stableOrder } from "../ddt/coefficients.ts";
import { requireFreeVariables } from "../ddt/level_variables.ts";
import { SemiLagrangianDDt } from "../ddt/semi_lagrangian_ddt.ts";
import { withRollback } from "../ddt/rollback.ts";
import { StateSchemaError } from "../errors.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { describe, type VectorFunction } from "../mesh/points.ts";
import { BufferPool } from "../snapshot/pool.ts";
import { checkCoefficients, type Coefficient, type Coefficients } from "./coefficient.ts";
import {
  type CoefficientState,
  coefficientState,
  restoredCoefficients,
} from "./coefficient_state.ts";
import { CrankNicolson, rateNameOf } from "./crank_nicolson.ts";
import { diffusionTime, flowTime } from "./crossing_time.ts";
import type { FieldFrame, FieldSolution } from "./field_frame.ts";
import { FieldSolver } from "./field_solver.ts";
import type { SolveResult, SolverOptions, SolverState } from "./solver_types.ts";
import { particleStep } from "./particle_step.ts";
import { stepOf, type StepOptions, type StepResult } from "./time_step.ts";
import {
  type FieldTransport,
  isOfParticles,
  type ParticleTransport,
  requireHistory,
  touchedBy,
  type TransportHistory,
} from "./transport_history.ts";

/** What {@link AdvectionDiffusion} is made of. */
export interface AdvectionDiffusionOptions extends SolverOptions {
  /** v: a field of `dim` components on the same mesh, or a function, which is code and not state. */
  readonly velocity: MeshVariable | VectorFunction;
  /** k, not negative. */
  readonly diffusivity: Coefficient;
  /** f; 0 when left out. For several components one for all, or a list. */
  readonly source?: Coefficients;
  /**
   * The order of backward differences, 1, 2 or 3. When left out, that of `history`; without a history,
   * the scheme is Crank-Nicolson, of second order.
   */
  readonly order?: number;
  /**
   * How the past is carried along; a `SemiLagrangianDDt` of its own when left out. With a
   * `LagrangianSwarmDDt` move the particles (`swarm.advect`) before each solve; they get what it changes.
   */
  readonly history?: TransportHistory;
}

/** The state of {@link AdvectionDiffusion}; the history has one of its own. */
export interface AdvectionDiffusionState extends SolverState {
  /** The order in time. */
  readonly order: number;
  /** The form of the velocity. */
  readonly velocity: CoefficientState;
  /** The name of the history. */
  readonly history: string;
  /** The variable that holds the rate of the Crank-Nicolson scheme, and whether it is known; or null. */
  readonly rate: { readonly name: string; readonly started: boolean } | null;
}

/**
 * Advection and diffusion in time: `du/dt + v . grad u = div(k grad u) + f`, each component by itself.
 *
 * By default the Crank-Nicolson scheme along the paths of the material, `(u - u*) / dt = (R + R*) / 2` with
 * `R = div(k grad u) + f`: the value and the rate of the past come from where the material was, traced back
 * by a `SemiLagrangianDDt`. With an `order` or a `history` backward differences, `c_0 u + c_1 u*_1 + ... = R`
 * at the new time; they damp what is rough, and Crank-Nicolson has the smaller error. There is no limit on
 * the Courant number, and the matrix is symmetric; second order, but for what flows in, which is first.
 * Where steps keep growing faster than BDF stays stable with, the order drops for the step and the result
 * says so.
 *
 * Sources: A. Staniforth, J. Cote, Semi-Lagrangian integration schemes for atmospheric models: a review,
 * Mon. Weather Rev. 119 (1991) 2206-2223, DOI 10.1175/1520-0493(1991)119<2206:SLISFA>2.0.CO;2; D. Xiu,
 * G. E. Karniadakis, J. Comput. Phys. 172 (2001) 658-684, DOI 10.1006/jcph.2001.6847.
 *
 * @example
 * ```ts
 * import { AdvectionDiffusion, boxMesh, MeshVariable, Model } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = new Model();
 * const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [24, 24] });
 * const T = new MeshVariable(mesh, "T");
 * T.set((x, y) => Math.exp(-10 * ((x - 0.4) ** 2 + y * y)));
 * const solver = new AdvectionDiffusion(T, {
 *   velocity: (x, y, _z, out) => {
 *     out[0] = -y * (1 - x * x); // a vortex without flow through the walls
 *     out[1] = x * (1 - y * y);
 *   },
 *   diffusivity: 1e-3,
 * });
 * const before = T.integrate() as number;
 * for (let i = 0; i < 20; i++) {
 *   const { dt } = solver.solve({ dt: 0.1 });
 *   model.tracker.time += dt;
 * }
 * assertAlmostEquals(T.integrate() as number, before, 0.02);
 * ```
 */
export class AdvectionDiffusion extends FieldSolver {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The order asked for. */
  readonly order: number;
  /** How the past is carried along. */
  readonly history: TransportHistory;
  /** v. */
  readonly velocity: MeshVariable | VectorFunction;
  readonly #crankNicolson: CrankNicolson | null;
  readonly #ownsHistory: boolean;
  readonly #pool = new BufferPool();

  /**
   * Sets the problem up, with a history of its own where none is given; nothing is solved yet.
   *
   * @param u The unknown, continuous P1 or P2; its values are those at `tracker.time`.
   * @param options Coefficients, scheme and limits.
   * @throws {TypeError} when `u` is not a continuous mesh variable, a coefficient is of no known kind, or
   *   `history` is no history.
   * @throws {RangeError} when a number is out of range, the velocity has not `dim` components, or the
   *   history is that of another variable or of a lower order.
   */
  constructor(u: MeshVariable, options: AdvectionDiffusionOptions) {
    const { velocity, diffusivity, source = 0, history } = options ?? {};
    super(u, "AdvectionDiffusion", { diffusivity, source }, options ?? {});
    this.requireContinuous("AdvectionDiffusion");
    const { mesh } = u;
    requireVelocity(velocity, u);
    if (history !== undefined) requireHistory(history, u);
    const order = options.order ?? history?.order ?? 2;
    checkOrder("AdvectionDiffusion", order);
    if (history !== undefined && order > history.order) {
      throw new RangeError(
        `AdvectionDiffusion: order ${order} asked, '${history.name}' keeps ${history.order} levels`,
      );
    }
    this.velocity = velocity;
    this.order = order;
    const isDefault = history === undefined && options.order === undefined;
    this.#ownsHistory = history === undefined;
    this.name = mesh.model.adopt("bearer", this, "AdvectionDiffusion", options.name);
    this.#crankNicolson = isDefault ? new CrankNicolson(u, this.name, velocity) : null;
    const name = historyNameOf(this.name);
    this.history = history ?? this.#crankNicolson?.history ??
      new SemiLagrangianDDt(u, { order, velocity, name });
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
  requireNames(name: string, bearers: ReadonlyMap<string, unknown>): void {
    if (!this.#ownsHistory) return;
    const history = historyNameOf(name), u = this.variable;
    if (bearers.has(history)) {
      throw new RangeError(
        `'${name}' makes a history '${history}', but the model has a bearer of that name; choose another`,
      );
    }
    const taken = [...u.mesh.variables.keys()].filter((other) => other.startsWith(`${history}_`));
    requireFreeVariables(u.mesh, name, [rateNameOf(u, name), ...taken]);
  }

  /**
   * What comes and goes with the solver: the history, where none was given, and the rate.
   *
   * @internal
   */
  get owned(): readonly object[] {
    const rate = this.#crankNicolson === null ? [] : [this.#crankNicolson.rate];
    return this.#ownsHistory ? [this.history, ...rate] : [];
  }

  /** Conditions, coefficients, the form of the velocity and the name of the history. */
  override get state(): AdvectionDiffusionState {
    const { order, history } = this;
    const velocity = coefficientState(this.velocity as Coefficients);
    const scheme = this.#crankNicolson;
    const rate = scheme === null ? null : { name: scheme.rate.name, started: scheme.started };
    return { ...super.state, order, velocity, history: history.name, rate };
  }

  override set state(state: AdvectionDiffusionState) {
    this.checkState(state);
    super.state = state;
    if (this.#crankNicolson !== null) this.#crankNicolson.started = state.rate!.started;
  }

  /** Checks a state without taking it; see {@link FieldSolver.checkState}. */
  override checkState(state: AdvectionDiffusionState): void {
    super.checkState(state);
    this.#check(state);
  }

  #check(state: AdvectionDiffusionState): void {
    restoredCoefficients(state.velocity, this.velocity as Coefficients, this.name, "velocity");
    const rate = this.#crankNicolson?.rate.name;
    const isOther = state.order !== this.order || state.history !== this.history.name ||
      state.rate?.name !== rate || (rate !== undefined && typeof state.rate?.started !== "boolean");
    if (isOther) {
      throw new StateSchemaError(
        this.name,
        `${this.name}: the state is of order ${state.order} with history '${state.history}', this ` +
          `solver of order ${this.order} with '${this.history.name}'`,
      );
    }
  }

  /**
   * Takes one step, from `tracker.time` to `tracker.time + dt`; the tracker is yours to advance. Begins
   * and ends the step of the history, too.
   *
   * @param options The step; `tracker.dt` when left out.
   * @returns How it went, and with which order.
   * @throws {ConvergenceError} when the tolerance is not reached; the model is as before.
   * @throws {RangeError} when dt is not positive, or a coefficient is negative or not finite.
   * @throws {TypeError} when there is no step.
   */
  solve(options: StepOptions = {}): StepResult {
    const { mesh } = this.variable;
    const dt = stepOf(options, mesh.model, this.name);
    const touched = touchedBy(this.history, this.variable);
    return this.indivisible(() =>
      withRollback(touched, this.history, this.#pool, () => {
        const frame = this.frame(mesh.model.tracker.time + dt);
        return this.#crankNicolson === null
          ? this.#differences(frame, dt)
          : this.#average(frame, dt, this.#crankNicolson);
      })
    );
  }

  #average(frame: FieldFrame, dt: number, scheme: CrankNicolson): StepResult {
    const { diffusivity, source, limits } = this;
    const coefficients = { diffusivity, source };
    scheme.begin(frame, this.variable.mesh.model.tracker.time, dt, coefficients, limits);
    const { solution, rates } = scheme.solve(frame, dt, coefficients, limits);
    const result = this.accept(solution);
    scheme.end(dt, rates);
    return { ...result, dt, order: 2, reduced: null };
  }

  #differences(frame: FieldFrame, dt: number): StepResult {
    const { history } = this;
    history.updatePreSolve(dt);
    const known = Math.min(this.order, history.effectiveOrder);
    const order = stableOrder(known, history.stepSizes);
    const result = isOfParticles(history)
      ? this.#onParticles(frame, history, order)
      : this.accept(this.#backward(frame, history, order));
    history.updatePostSolve(dt);
    const reduced = order < known ? "step growth" : known < this.order ? "start" : null;
    return { ...result, dt, order, reduced };
  }

  /** `(c_0 M + K) u = F - M (c_1 u*_1 + c_2 u*_2 + ...)`. */
  #backward(frame: FieldFrame, history: FieldTransport, order: number): FieldSolution {
    const terms = history.historyTerms(order);
    const right = frame.loads(this.source);
    frame.addMassProduct(right, terms.map((value) => -value));
    const diffusivity = frame.diffusivity(this.diffusivity);
    const massScale = history.leadingCoefficient(order);
    return frame.solve({ massScale, stiffnessScale: 1, diffusivity }, right, this.limits);
  }

  #onParticles(frame: FieldFrame, history: ParticleTransport, order: number): SolveResult {
    const { diffusivity, source } = this;
    const step = particleStep(frame, history, order, { diffusivity, source }, this.limits);
    const { data } = history.variable;
    for (let i = 0; i < data.length; i++) data[i] += step.changes[i];
    return this.accept(step.solution);
  }

  /**
   * The time in which the fastest material, or diffusion, crosses the smallest cell: the smaller of
   * `2 r / |v|` and `(2 r)^2 / (2 dim k)`, r the smallest inscribed radius. Not a limit of stability, but a
   * measure for accuracy. Infinity where nothing moves.
   *
   * @throws {RangeError} when a coefficient is negative or not finite somewhere.
   */
  estimateDt(): number {
    const frame = this.frame(this.variable.mesh.model.tracker.time);
    return Math.min(flowTime(frame, this.velocity), diffusionTime(frame, this.diffusivity));
  }
}

function historyNameOf(solver: string): string {
  return `${solver}_history`;
}

function requireVelocity(velocity: unknown, u: MeshVariable): void {
  const what = "AdvectionDiffusion: velocity";
  checkCoefficients(velocity as Coefficients, u.mesh.dim, u.mesh, what);
  if (typeof velocity === "number" || Array.isArray(velocity)) {
    throw new TypeError(
      `${what} is a field or a function (x, y, z, out, t) => void, got ${describe(velocity)}`,
    );
  }
}
