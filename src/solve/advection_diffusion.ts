import { type OptionNames, requireOptions } from "../options.ts";
import { withRollback } from "../ddt/rollback.ts";
import { StateSchemaError } from "../errors.ts";
import { requireMotion } from "../ddt/semi_lagrangian_options.ts";
import type { MeshMotion } from "../mesh/mesh_motion.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import { describe } from "../options.ts";
import { registerMigration } from "../snapshot/migrations.ts";
import { BufferPool } from "../snapshot/pool.ts";
import {
  type AdvectionDiffusionState,
  advectionDiffusionStateFrom1,
} from "./advection_diffusion_state.ts";
import { BackwardDifferences } from "./backward_differences.ts";
import { checkCoefficients, type Coefficient, type Coefficients } from "./coefficient.ts";
import { coefficientState, restoredCoefficients } from "./coefficient_state.ts";
import { CrankNicolson, rateNameOf } from "./crank_nicolson.ts";
import {
  countedCrossings,
  type CrossingOptions,
  diffusionTime,
  flowTime,
} from "./crossing_time.ts";
import { usesTime } from "./forgotten_clock.ts";
import type { FieldFrame } from "./field_frame.ts";
import { FieldSolver } from "./field_solver.ts";
import type { FieldSolution } from "./field_system.ts";
import { requireContinuous } from "./require_continuous.ts";
import { solverOptionNames, type SolverOptions } from "./solver_types.ts";
import { StepFluxes, type StepFluxesState } from "./step_fluxes.ts";
import { stepOf, type StepOptions, type StepResult } from "./time_step.ts";
import { requireHistory, touchedBy, type TransportHistory } from "./transport_history.ts";
import { requireHistoryNames, schemeOf, type TransportSchemeName } from "./transport_scheme.ts";
import { fixFields } from "../fixed_fields.ts";

/** What {@link AdvectionDiffusion} is made of. */
export interface AdvectionDiffusionOptions extends SolverOptions {
  /** v: a field of `dim` components on the same mesh, or a function, which is code and not state. */
  readonly velocity: MeshVariable | VectorFunction;
  /** k, not negative. */
  readonly diffusivity: Coefficient;
  /** f. Defaults to 0. For several components one for all, or a list. */
  readonly source?: Coefficients;
  /**
   * The scheme in time. Defaults to `"bdf"` where an `order` or a `history` is given, and to
   * `"crank-nicolson"` otherwise, which takes neither.
   */
  readonly scheme?: TransportSchemeName;
  /** The order of backward differences, 1, 2 or 3. Defaults to that of `history`, or to 2. */
  readonly order?: number;
  /**
   * How backward differences carry the past along. Defaults to a `SemiLagrangianDDt` of their own. With a
   * `LagrangianSwarmDDt` move the particles (`swarm.advect`) before each solve; they get what it changes.
   */
  readonly history?: TransportHistory;
  /**
   * How the mesh moves, so that the field stays where it is in space: see `motion` of `SemiLagrangianDDt`. Within a
   * step move the mesh first. With a `history` give it to that.
   */
  readonly motion?: MeshMotion;
}

const optionNames: OptionNames<AdvectionDiffusionOptions> = {
  ...solverOptionNames,
  velocity: true,
  diffusivity: true,
  source: true,
  scheme: true,
  order: true,
  history: true,
  motion: true,
};

/**
 * Advection and diffusion in time: `du/dt + v . grad u = div(k grad u) + f`, each component by itself.
 *
 * With `scheme: "crank-nicolson"`, the default, `(u - u*) / dt = (R + R*) / 2` along the paths of the material,
 * with `R = div(k grad u) + f`: the value u* and the rate R* of the past come from where the material was,
 * traced back by a `SemiLagrangianDDt`. With `scheme: "bdf"` backward differences,
 * `c_0 u + c_1 u*_1 + ... = R` at the new time; they damp what is rough, and Crank-Nicolson has the smaller
 * error. There is no limit on the Courant number, and the matrix is symmetric; both schemes are of second
 * order, but for what flows in, which is of first order. Where steps keep growing faster than BDF stays
 * stable with, the order drops for the step and the result says so.
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
 * const before = T.integrate();
 * for (let i = 0; i < 20; i++) {
 *   const { dt } = solver.solve({ dt: 0.1 });
 *   model.tracker.time += dt;
 * }
 * assertAlmostEquals(T.integrate(), before, 0.02);
 * ```
 */
export class AdvectionDiffusion<V extends MeshVariable = MeshVariable> extends FieldSolver<V> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** v. */
  readonly velocity: MeshVariable | VectorFunction;
  readonly #scheme: CrankNicolson | BackwardDifferences;
  readonly #ownsHistory: boolean;
  readonly #fluxes = new StepFluxes();
  readonly #pool = new BufferPool();

  /**
   * Sets the problem up, with a history of its own where none is given; nothing is solved yet.
   *
   * @param u The unknown, continuous P1 or P2; its values are those at `tracker.time`.
   * @param options Coefficients, scheme and limits.
   * @throws {TypeError} when `u` is not a continuous mesh variable, a coefficient is of no known kind, or
   *   `history` or `motion` is not one.
   * @throws {RangeError} when a number is out of range, the velocity does not have `dim` components, the history
   *   is that of another variable or of a lower order, the motion that of another mesh, there is no such scheme,
   *   `"crank-nicolson"` is asked for with an order or a history, or a history and a motion are both given.
   */
  constructor(u: V, options: AdvectionDiffusionOptions) {
    requireOptions("AdvectionDiffusion", options, optionNames);
    const { velocity, diffusivity, source = 0, history, motion } = options ?? {};
    super(u, "AdvectionDiffusion", { diffusivity, source }, options ?? {});
    requireContinuous(u, "AdvectionDiffusion");
    requireVelocity(velocity, u);
    if (history !== undefined) requireHistory(history, u);
    requireMotion("AdvectionDiffusion", u, motion);
    if (history !== undefined && motion !== undefined) {
      throw new RangeError(
        "AdvectionDiffusion: the mesh's motion belongs to the history that is given; give it to that one",
      );
    }
    const { scheme, order } = schemeOf(options);
    this.velocity = velocity;
    this.#ownsHistory = history === undefined;
    this.name = u.mesh.model.adopt("bearer", this, "AdvectionDiffusion", options.name);
    this.#scheme = scheme === "crank-nicolson"
      ? new CrankNicolson(u, this.name, velocity, motion)
      : new BackwardDifferences(u, this.name, velocity, order, history, motion);
    fixFields(this, new.target, AdvectionDiffusion);
  }

  /** The scheme in time. */
  get scheme(): TransportSchemeName {
    return this.#scheme.name;
  }

  /** The order in time: 2 for Crank-Nicolson, and that asked for for backward differences. */
  get order(): number {
    return this.#scheme.order;
  }

  /** How the past is carried along. */
  get history(): TransportHistory {
    return this.#scheme.history;
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
    const u = this.variable;
    requireHistoryNames(u.mesh, name, [rateNameOf(u, name)], bearers);
  }

  /**
   * What comes and goes with the solver: the history, where none was given, and the rate.
   *
   * @internal
   */
  get owned(): readonly object[] {
    const scheme = this.#scheme;
    if (scheme instanceof CrankNicolson) return [scheme.history, scheme.rate];
    return this.#ownsHistory ? [scheme.history] : [];
  }

  /** @internal */
  override get uses(): readonly unknown[] {
    return [...super.uses, this.velocity];
  }

  /** @internal */
  protected override get schemaVersion(): number {
    return 2;
  }

  /** Conditions, coefficients, the scheme, the form of the velocity and the name of the history. */
  override get state(): AdvectionDiffusionState {
    const { scheme, order, history } = this, live = this.#scheme;
    const velocity = coefficientState(this.velocity as Coefficients);
    const rate = live instanceof CrankNicolson
      ? { name: live.rate.name, started: live.started }
      : null;
    const fluxes = this.#fluxes.state;
    return { ...super.state, scheme, order, velocity, history: history.name, rate, fluxes };
  }

  override set state(state: AdvectionDiffusionState) {
    this.checkState(state);
    super.state = state;
    const scheme = this.#scheme;
    if (scheme instanceof CrankNicolson) scheme.started = state.rate!.started;
    this.#fluxes.state = state.fluxes;
  }

  /** Checks a state without taking it; see {@link FieldSolver.checkState}. */
  override checkState(state: AdvectionDiffusionState): void {
    super.checkState(state);
    restoredCoefficients(state.velocity, this.velocity as Coefficients, this.name, "velocity");
    StepFluxes.check(this.name, state.fluxes);
    const live = this.state;
    const isOther = state.scheme !== live.scheme || state.order !== live.order ||
      state.history !== live.history || state.rate?.name !== live.rate?.name ||
      (live.rate !== null && typeof state.rate?.started !== "boolean");
    if (isOther) {
      const words = (one: AdvectionDiffusionState) =>
        `scheme "${one.scheme}" of order ${one.order} with history '${one.history}'`;
      throw new StateSchemaError(
        this.name,
        `${this.name}: the state is of ${words(state)}, this solver of ${words(live)}`,
      );
    }
  }

  /**
   * Takes one step, from `tracker.time` to `tracker.time + dt`; the tracker is yours to advance. Begins
   * and ends the step of the history, too.
   *
   * @param options The step. Defaults to `tracker.dt`.
   * @returns How it went, and with which order.
   * @throws {ConvergenceError} when the tolerance is not reached; the model is as before.
   * @throws {RangeError} when dt is not positive, or a coefficient is negative or not finite.
   * @throws {TypeError} when there is no step.
   */
  solve(options: StepOptions = {}): StepResult {
    const { mesh } = this.variable;
    const dt = stepOf(options, mesh.model, this.name);
    const t = mesh.model.tracker.time, touched = touchedBy(this.history, this.variable);
    return this.stepping(() =>
      withRollback(touched, this.history, this.#pool, () => {
        const { diffusivity, source, limits } = this;
        const frame = this.frame(t + dt);
        let fluxes: StepFluxesState | null = null;
        const accept = (solution: FieldSolution) => {
          fluxes = this.#fluxes.after(frame, solution, diffusivity);
          return this.accept(solution);
        };
        const coefficients = { diffusivity, source };
        const result = this.#scheme.step({ frame, t, dt, coefficients, limits, accept });
        this.#fluxes.state = fluxes;
        return result;
      }), usesTime(this.velocity as Coefficients, mesh.dim) ? "the velocity" : null);
  }

  /** @internal */
  protected override reactionOn(
    frame: FieldFrame,
    boundary: string,
    component: number,
  ): number | null {
    return this.#fluxes.of(frame, boundary, component);
  }

  /**
   * The time in which the fastest material, or diffusion, crosses the smallest cell: the smaller of
   * `2 r / |v|` and `(2 r)^2 / (2 dim k)`, r the smallest inscribed radius. Not a limit of stability, but a
   * measure for accuracy. Infinity where nothing moves.
   *
   * @param options which of the two counts: `{ advection: true }` is the flow alone, `{ diffusion: true }`
   *   diffusion alone; by default both do.
   * @throws {RangeError} when a coefficient is negative or not finite somewhere, or both are left out.
   * @throws {TypeError} when an option does not exist or is not a boolean.
   */
  estimateDt(options: CrossingOptions = {}): number {
    const { advection, diffusion } = countedCrossings(`${this.name}.estimateDt`, options);
    const frame = this.frame(this.variable.mesh.model.tracker.time);
    const times = [
      advection ? flowTime(frame, this.velocity) : Infinity,
      diffusion ? diffusionTime(frame, this.diffusivity) : Infinity,
    ];
    return Math.min(...times);
  }
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

registerMigration("AdvectionDiffusion", 1, advectionDiffusionStateFrom1);
