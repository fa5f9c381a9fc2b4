/**
 * Slow flow of viscous fluids.
 *
 * @module
 */
import { requireFreeVariables } from "../ddt/level_variables.ts";
import { withRollback } from "../ddt/rollback.ts";
import type { SemiLagrangianDDt } from "../ddt/semi_lagrangian_ddt.ts";
import { checkOptions, requireOptions } from "../options.ts";
import { geometryOf } from "../mesh/mesh.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import {
  checkCoefficients,
  type Coefficient,
  type Coefficients,
  type Samples,
} from "../solve/coefficient.ts";
import { BufferPool } from "../snapshot/pool.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import type { ConditionOptions } from "../solve/solver_types.ts";
import { stepOf, stepOptionNames, type StepOptions } from "../solve/time_step.ts";
import { touchedBy } from "../solve/transport_history.ts";
import { requireHistoryNames } from "../solve/transport_scheme.ts";
import { volumeSources } from "./divergence.ts";
import { FlowSolver } from "./flow_solver.ts";
import {
  accelerationNameOf,
  addInertia,
  Inertia,
  type InertiaStep,
  inertiaTerms,
  requireInertia,
  requireSameHistory,
} from "./inertia.ts";
import { solveLaw } from "./solve_law.ts";
import { solveStokes, type StokesSolution } from "./solve_stokes.ts";
import {
  freeSlipOptionNames,
  type FreeSlipOptions,
  requireOwnSolver,
  stokesOptionNames,
  type StokesOptions,
  type StokesResult,
  type StokesState,
} from "./stokes_options.ts";
import { withElasticLoads } from "./stress_loads.ts";
import { fixFields } from "../fixed_fields.ts";

/**
 * Slow flow of a viscous fluid: `-div(2 viscosity strainRate(v)) + grad p = bodyForce`, `div v = divergence`, with
 * `strainRate(v) = (grad v + grad v^T) / 2`. The stress is `sigma = 2 viscosity strainRate(v) - p`, positive in tension.
 *
 * Elements: P2-P1 (velocity of degree 2, pressure continuous of degree 1; orders 3 and 2), P2-P0, and P1-P1 with
 * stabilisation. GMRES for both at once, preconditioned by multigrid that keeps rigid motions and by the pressure's
 * mass matrix over the viscosity. The present fields are the first guess.
 *
 * Boundaries without a condition are open: `sigma n = 0`. Where all are closed, the mean of the pressure is 0; where
 * nothing prevents a rigid motion, such as the rotation of an annulus with free slip, the fluid has no part of it.
 *
 * With a `density` the fluid has inertia: `density (dv/dt + v . grad v)` is added on the left, by backward differences
 * along the paths of the fluid, which a {@link SemiLagrangianDDt} of the velocity traces back. Each `solve({ dt })` is a
 * step of second order in time, in which the inertia does not have to be iterated: for low and moderate Reynolds numbers.
 *
 * State: conditions, coefficients and the name of the history; the acceleration is a variable of the mesh.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, Stokes } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [8, 8] });
 * const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
 * const p = new MeshVariable(mesh, "p");
 * const stokes = new Stokes(v, p, { viscosity: 1, bodyForce: [8, 0] });
 * stokes.addDirichlet("bottom", 0);
 * stokes.addDirichlet("top", 0);
 * stokes.addDirichlet("left", 0, { component: 1 });
 * stokes.addDirichlet("right", 0, { component: 1 });
 * stokes.solve();
 * assertAlmostEquals(v.evaluate([[0.5, 0.5]]).get(0, 0), 1, 1e-6); // v = 4 y (1 - y)
 * ```
 */
export class Stokes<V extends MeshVariable = MeshVariable> extends FlowSolver<V> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** @internal */
  protected override readonly inertia: Inertia | null;
  readonly #ownsHistory: boolean;
  readonly #pool = new BufferPool();

  /**
   * Sets the problem up; nothing is solved yet.
   *
   * @param v The velocity, one component per dimension, continuous of degree 2 (or 1).
   * @param p The pressure, continuous of degree 1, or of degree 0.
   * @param options Coefficients and limits.
   * @throws {TypeError} when the variables do not make a known pair, or a coefficient is of no known kind.
   * @throws {RangeError} when a number is out of range, or PETSc is asked for.
   */
  constructor(v: V, p: MeshVariable, options: StokesOptions) {
    requireOptions("Stokes", options, stokesOptionNames);
    if (!(v instanceof MeshVariable) || !(p instanceof MeshVariable)) {
      throw new TypeError("Stokes takes the mesh variables of velocity and pressure first");
    }
    requireOwnSolver(options);
    requireInertia(v, p, options);
    super(v, p, "Stokes", options);
    const { density, history } = options;
    this.#ownsHistory = density !== undefined && history === undefined;
    this.name = v.mesh.model.adopt("bearer", this, "Stokes", options.name);
    this.inertia = density === undefined ? null : new Inertia(v, this.name, history);
    fixFields(this, new.target, Stokes);
  }

  /**
   * The density where inertia counts; null for flow without. Assigning one replaces it.
   *
   * @throws {TypeError} when one is assigned to flow without inertia.
   */
  get density(): Coefficient | null {
    return this.inertia === null ? null : this.coefficient("density") as Coefficient;
  }

  set density(value: Coefficient) {
    if (this.inertia === null) {
      throw new TypeError(`${this.name} was made without a density, so it has no inertia`);
    }
    this.setCoefficient("density", value, this.name);
  }

  /** The history of the velocity where inertia counts; null for flow without. */
  get history(): SemiLagrangianDDt | null {
    return this.inertia?.history ?? null;
  }

  /** The material acceleration at the end of the last step where inertia counts; null for flow without. */
  get acceleration(): MeshVariable | null {
    return this.inertia?.acceleration ?? null;
  }

  /**
   * Asked by the model before the solver gets its name.
   *
   * @throws {RangeError} when a name that would be made from it is taken.
   * @internal
   */
  requireNames(name: string, bearers: ReadonlyMap<string, unknown>): void {
    if (this.coefficient("density") === undefined) return;
    const { mesh } = this.variable, names = [accelerationNameOf(name)];
    if (this.#ownsHistory) requireHistoryNames(mesh, name, names, bearers);
    else requireFreeVariables(mesh, name, names);
  }

  /**
   * What comes and goes with the solver: the acceleration, and the history where none was given.
   *
   * @internal
   */
  get owned(): readonly object[] {
    const { inertia } = this;
    if (inertia === null) return [];
    return [...(this.#ownsHistory ? [inertia.history] : []), inertia.acceleration];
  }

  /** Conditions, coefficients, and the name of the history where there is inertia. */
  override get state(): StokesState {
    const { history } = this;
    return history === null ? super.state : { ...super.state, history: history.name };
  }

  override set state(state: StokesState) {
    this.checkState(state);
    super.state = state;
  }

  /** Checks a state without taking it; see {@link FieldSolver.checkState}. */
  override checkState(state: StokesState): void {
    super.checkState(state);
    requireSameHistory(this.name, state.history, this.inertia);
  }

  /**
   * Lets the fluid slip along a boundary of any shape: `v . n = value`, and no shear traction. On a curved boundary
   * n at a node is the mean normal of the facets around it; edges of more than 53 degrees are corners, in which
   * the fluid rests. On straight cells a curved boundary with free slip leaves order 2 in velocity and pressure.
   *
   * @param boundary The name of a boundary of the mesh.
   * @param options A normal that is known better, and the normal velocity where it does not vanish.
   * @throws {RangeError} when there is no such boundary, or a number is not finite.
   * @throws {TypeError} when an option is nothing that it can be.
   */
  override addFreeSlip(boundary: string, options: FreeSlipOptions = {}): void {
    checkOptions(`${this.name}.addFreeSlip`, options, freeSlipOptionNames);
    const { normal, value = 0 } = options, { mesh } = this.variable;
    geometryOf(mesh).topology.facetsOf(boundary);
    checkCoefficients(value, 1, mesh, `${this.name}: normal velocity on ${boundary}`);
    if (normal !== undefined && typeof normal !== "function") {
      throw new TypeError(`${this.name}: normal is a function (x, y, z, out, t) => void`);
    }
    const transfer = normal === undefined ? 0 : normal as Coefficients;
    this.addCondition({ kind: "slip", boundary, component: null, value, transfer });
  }

  /**
   * Prescribes the traction on a boundary: `sigma n = traction`, n outwards, in components of the axes. A hydrostatic
   * pressure P outside is the traction `-P n`.
   *
   * @param boundary The name of a boundary of the mesh.
   * @param traction As `value` in {@link FieldSolver.addDirichlet}.
   * @param options The component, where the condition is for one only.
   * @throws {RangeError} when there is no such boundary or component, or a number is not finite.
   * @throws {TypeError} when `traction` is nothing that a coefficient can be.
   */
  override addNeumann(
    boundary: string,
    traction: Coefficients,
    options: ConditionOptions = {},
  ): void {
    super.addNeumann(boundary, traction, options);
  }

  /**
   * Lets a boundary give way, or brakes it: `sigma n = transfer (ambient - v)`, n outwards, each component by itself.
   *
   * @param boundary The name of a boundary of the mesh.
   * @param transfer Not negative; stress per velocity.
   * @param ambient The velocity at which there is no traction.
   * @param options The component, where the condition is for one only.
   * @throws {RangeError} when there is no such boundary or component, or a number is not finite or
   *   `transfer` is negative.
   * @throws {TypeError} when an argument is nothing that a coefficient can be.
   */
  override addRobin(
    boundary: string,
    transfer: Coefficient,
    ambient: Coefficients,
    options: ConditionOptions = {},
  ): void {
    super.addRobin(boundary, transfer, ambient, options);
  }

  /**
   * Solves for velocity and pressure, with `t = tracker.time` in coefficients and boundary values. With inertia it takes
   * one step, from `tracker.time` to `tracker.time + dt`, at whose end coefficients and values are taken; the tracker is
   * yours to advance.
   *
   * @param options The step, with inertia. Defaults to `tracker.dt`.
   * @returns How it went.
   * @throws {ConvergenceError} when the tolerance is not reached; the model is as before.
   * @throws {RangeError} when the viscosity is not positive somewhere, a coefficient is not finite, forces on a
   *   fluid that nothing holds do not balance, more is let in than out, or dt is not positive.
   * @throws {TypeError} when there is no step where inertia needs one, or one without inertia.
   */
  solve(options: StepOptions = {}): StokesResult {
    const { inertia, variable, name } = this, { model } = variable.mesh;
    if (inertia === null) {
      checkOptions(`${name}.solve`, options, stepOptionNames);
      if (options.dt !== undefined) {
        throw new TypeError(`${name}: flow without inertia has no steps; give a density, or no dt`);
      }
      return this.indivisible(() => this.#take(this.#solved(this.present(), null), null));
    }
    const dt = stepOf(options, model, name);
    const { history } = inertia, touched = touchedBy(history, variable);
    return this.stepping(() =>
      withRollback(touched, history, this.#pool, () => {
        const frame = this.frame(model.tracker.time + dt), begun = inertia.begin(frame, dt);
        const solution = this.#solved(frame, begun), { order, reduced } = begun;
        const result = this.#take(solution, { dt, order, reduced });
        inertia.end(begun, solution.velocity);
        return result;
      })
    );
  }

  #solved(frame: FieldFrame, step: InertiaStep | null): Solved {
    const law = this.law(frame);
    const owned = {
      velocities: frame.owned * frame.components,
      pressures: this.pressure.ownedDofCount,
    };
    const inertia = step === null ? null : inertiaTerms(frame, this.density!, step.rate);
    const loads = {
      forces: frame.loads(this.bodyForce, "bodyForce"),
      sources: volumeSources(frame, this.pressure, this.divergence),
    };
    if (inertia !== null) addInertia(frame, inertia.mass, -1, step!.known, loads.forces);
    if (law !== null) {
      const blocks = (viscosity: Samples) => this.blocks(frame, viscosity, inertia);
      return solveLaw({ context: law, blocks, owned, loads }, this.lawLimits);
    }
    const blocks = this.blocks(frame, undefined, inertia), { rtol, maxIterations } = this.limits;
    const solution = solveStokes(
      frame,
      this.pressure,
      (frames) => this.operators.system(blocks, frames, owned),
      withElasticLoads(loads, frame, blocks.inputs.viscosity, this.elasticRate),
      { rtol, maxIterations },
    );
    return { ...solution, nonlinear: null };
  }

  /** Both fields are written at the end, so that an error leaves both. */
  #take({ velocity, pressure, ...rest }: Solved, step: StokesResult["step"]): StokesResult {
    this.variable.data.set(velocity);
    this.pressure.data.set(pressure);
    return { ...rest, converged: true, step };
  }
}

type Solved = StokesSolution & Pick<StokesResult, "nonlinear">;
