import { printAs } from "../display.ts";
import { requireNotPeriodic } from "../mesh/require_not_periodic.ts";
import { requireStraightCells } from "../mesh/straight_cells.ts";
import { Stokes } from "../flow/stokes.ts";
import type { BoundaryValues } from "../flow/normal_stress.ts";
import { MeshMotion } from "../mesh/mesh_motion.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import type { ScalarFunction } from "../mesh/points.ts";
import { Model } from "../model/model.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import { stepOf } from "../solve/time_step.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { requireFreeSurface, requireOpenSurface } from "./open_surface.ts";
import { Stabilisation, stabilisationNames } from "./stabilisation.ts";
import { surfaceHeights, targetHeights, volumeBelow } from "./surface_heights.ts";
import { liftNames, SurfaceMesh } from "./surface_mesh.ts";
import { checkSurfaceState, type FreeSurfaceState } from "./surface_state.ts";
import { type SurfaceParts, SurfaceStep } from "./surface_steps.ts";
import {
  type FreeSurfaceOptions,
  requireScheme,
  type SurfaceScheme,
  type SurfaceSettings,
  surfaceSettings,
  type SurfaceStepOptions,
  type SurfaceStepResult,
} from "./surface_options.ts";
import { fixFields } from "../fixed_fields.ts";

const stepOptionNames: OptionNames<SurfaceStepOptions> = { dt: true, scheme: true };

/**
 * The top of a mesh that moves with the flow: `dh/dt = v . n / n_z`, h the height of its nodes over places that stay.
 * Inner nodes follow, so that the mesh keeps its columns; the volume below is kept to the tolerance of the flow.
 *
 * A step solves for the flow and moves the mesh. Stages of `"rk2"` and `"rk4"` each begin from a snapshot of the whole
 * model at the start of the step. These and `"euler"` are explicit: a mode that relaxes as exp(-t / tau) needs
 * dt < 2 tau (`"rk4"`: 2.78 tau). `"stabilised"` adds the weight of what will have moved to the flow (Kaus, Muhlhaus
 * and May 2010, DOI 10.1016/j.pepi.2010.04.007) and is stable for any dt with theta from 1/2 on, at the cost of one solve. `"midpoint"` solves
 * for the flow on the mesh of the middle of the step, by iteration, and is of second order and stable.
 *
 * Afterwards the velocity and the pressure of the solver are those of the first stage of an explicit scheme, or of the
 * flow that moved the surface. Fields and particles stay in place with {@link FreeSurface.motion}.
 *
 * @example
 * ```ts
 * import { boxMesh, FreeSurface, MeshVariable, Model, Stokes } from "@timestash/timestash";
 *
 * const model = new Model();
 * const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] });
 * const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
 * const p = new MeshVariable(mesh, "p");
 * const stokes = new Stokes(v, p, { viscosity: 1, bodyForce: [0, -1] });
 * stokes.addDirichlet("bottom", 0);
 * stokes.addFreeSlip("left");
 * stokes.addFreeSlip("right");
 * const surface = new FreeSurface(stokes, { scheme: "rk2" });
 * surface.setHeights((x) => 1 + 0.01 * Math.cos(Math.PI * x));
 * for (let i = 0; i < 5; i++) model.tracker.time += surface.step({ dt: 2 }).dt;
 * console.log(surface.heights().values[0].toFixed(4)); // 1.0055
 * ```
 */
export class FreeSurface {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The solver of the flow. */
  readonly flow: Stokes;
  /** How the mesh moves, for fields and particles on it. */
  readonly motion: MeshMotion;
  /** The mean velocity of the fluid over the last step, of the kind of the flow's. */
  readonly velocity: MeshVariable;
  readonly #model: Model;
  readonly #mesh: SurfaceMesh;
  readonly #stabilisation: Stabilisation;
  readonly #settings: SurfaceSettings;
  #scheme: SurfaceScheme;
  #theta: number;
  #steps = 0;

  /**
   * Takes the surface of a flow into its hands; nothing moves yet. It makes variables, a {@link MeshMotion} and a
   * condition on the surface, without effect between steps.
   *
   * @param flow The solver, with the surface open or under a prescribed traction.
   * @param options The boundary, the scheme, and how inner nodes follow.
   * @throws {TypeError} when `flow` is not a Stokes solver, or an option does not exist or is of a wrong type.
   * @throws {RangeError} when a number is out of range, there is no such boundary or scheme, the velocity is held at the
   *   surface, the flow has inertia or elastic stress, the surface overhangs, or a name is taken.
   * @throws {CurvedCellsError} when the cells are curved.
   * @throws {PeriodicMeshError} when the mesh is periodic.
   */
  constructor(flow: Stokes, options: FreeSurfaceOptions = {}) {
    if (!(flow instanceof Stokes)) {
      throw new TypeError(`FreeSurface takes a Stokes solver first, got ${describe(flow)}`);
    }
    const { mesh } = flow.variable, { model } = mesh;
    requireStraightCells(mesh, "FreeSurface");
    requireNotPeriodic(mesh, "FreeSurface");
    const settings = this.#settings = surfaceSettings(options), { name: wanted } = options;
    if (!(model instanceof Model)) throw new TypeError("FreeSurface takes a solver of a Model");
    model.requireMember("FreeSurface", flow);
    requireOpenSurface(flow, settings);
    this.flow = flow;
    this.#model = model;
    this.#scheme = settings.scheme;
    this.#theta = settings.theta;
    this.name = model.adopt("bearer", this, "FreeSurface", wanted);
    this.motion = new MeshMotion(mesh, { name: motionNameOf(this.name) });
    const { components, degree } = flow.variable;
    this.velocity = new MeshVariable(mesh, velocityNameOf(this.name), { components, degree });
    this.#mesh = new SurfaceMesh(mesh, settings, this.name);
    this.#stabilisation = new Stabilisation(flow, this.#mesh, settings, this.name);
    fixFields(this, new.target, FreeSurface);
  }

  /** The scheme in time. Assigning one replaces it. */
  get scheme(): SurfaceScheme {
    return this.#scheme;
  }

  set scheme(scheme: SurfaceScheme) {
    requireScheme(this.name, scheme);
    this.#model.requireMember(`${this.name}.scheme`, this);
    this.#scheme = scheme;
  }

  /** The share of the step at whose end the weight of the moved surface acts; see {@link FreeSurfaceOptions}. */
  get theta(): number {
    return this.#theta;
  }

  /** How many steps were taken. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Takes one step from `tracker.time` to `tracker.time + dt`: solves for the flow and moves the mesh; the tracker is
   * yours to advance. All of it happens or, when an error is thrown, nothing. Collective.
   *
   * @param options The step, and a scheme for this step alone.
   * @returns How it went.
   * @throws {MeshTangledError} when a cell would be inverted, or the surface stand upright.
   * @throws {ConvergenceError} when the flow, or the iteration of `"midpoint"`, does not converge.
   * @throws {RangeError} when dt is not positive, the velocity is held at the surface, or there is no weight to
   *   stabilise with.
   * @throws {TypeError} when there is no step, or an option does not exist.
   * @throws {ModelBusyError} inside a solve or a save.
   */
  step(options: SurfaceStepOptions = {}): SurfaceStepResult {
    checkOptions(`${this.name}.step`, options, stepOptionNames);
    const { scheme = this.#scheme, ...rest } = options;
    requireScheme(`${this.name}.step`, scheme);
    this.#model.requireMember(`${this.name}.step`, this);
    requireFreeSurface(this.flow, this.#settings);
    const dt = stepOf(rest, this.#model, this.name, "step");
    const step = new SurfaceStep(this.#parts, dt);
    this.#model.transaction(() => {
      step.take(scheme, this.#theta);
      this.#steps++;
    });
    const { solves, iterations } = step;
    return { dt, scheme, solves, iterations };
  }

  /**
   * The speeds along the last axis with which the present flow moves the nodes, `dh/dt` at the surface, new memory.
   * Collective.
   *
   * @returns `[nodeCount]`
   * @throws {RangeError} when a node has no surface above it.
   */
  nodeSpeeds(): Float64Array {
    return this.#mesh.extended(this.#mesh.surfaceSpeeds(this.flow.variable)).speeds;
  }

  /**
   * The heights of the surface at its nodes, of the whole mesh; in 2-D from left to right. Collective.
   *
   * @returns Places and heights, `[n]`.
   */
  heights(): BoundaryValues {
    return surfaceHeights(this.#mesh.surface);
  }

  /**
   * Moves the surface to given heights, and the mesh below it, as the start of a run: fields keep their values at
   * nodes. Collective.
   *
   * @param heights One height for all, or a function `(x, y, z, t) => number` of the places now.
   * @throws {TypeError} when `heights` is neither.
   * @throws {RangeError} when a height is not finite, or a cell would be inverted; nothing is changed then.
   */
  setHeights(heights: number | ScalarFunction): void {
    const { mesh } = this.flow.variable;
    this.#model.requireMember(`${this.name}.setHeights`, this);
    const change = targetHeights(this.#mesh.surface, heights, this.#model, this.name);
    this.#model.transaction(() => {
      const { speeds } = this.#mesh.extended(change);
      mesh.deform(this.#mesh.moved(this.#mesh.places, speeds, 1));
    });
  }

  get #parts(): SurfaceParts {
    const { name, flow, motion, velocity } = this;
    const [model, mesh] = [this.#model, this.#mesh];
    const [stabilisation, settings] = [this.#stabilisation, this.#settings];
    return { name, model, flow, mesh, stabilisation, motion, velocity, settings };
  }

  /** The area or volume of the mesh. Collective. */
  volume(): number {
    return volumeBelow(this.flow.variable.mesh);
  }

  /**
   * Asked by the model before the surface gets its name.
   *
   * @throws {RangeError} when a name that would be made from it is taken.
   * @internal
   */
  requireNames(name: string, bearers: ReadonlyMap<string, unknown>): void {
    const { mesh } = this.flow.variable, lift = liftNames(name);
    const variables = [velocityNameOf(name), lift.variable, ...stabilisationNames(name)];
    const taken = [
      ...variables.filter((one) => mesh.variables.has(one)),
      ...[motionNameOf(name), lift.solver].filter((one) => bearers.has(one)),
    ];
    if (taken.length === 0) return;
    throw new RangeError(
      `'${name}' makes '${taken[0]}', but there is one of that name already; choose another name`,
    );
  }

  /** @internal */
  get owned(): readonly object[] {
    return [this.motion, this.velocity, ...this.#mesh.owned, ...this.#stabilisation.owned];
  }

  /** What it was made with; see {@link Snapshottable.setup}. */
  get setup(): Readonly<Record<string, StateValue>> {
    return { scheme: this.#scheme, theta: this.#theta };
  }

  /** The scheme, and what it moves. */
  get state(): FreeSurfaceState {
    const { boundary, base, interior } = this.#settings;
    return {
      schemaVersion: 1,
      flow: this.flow.name,
      boundary,
      base,
      interior,
      scheme: this.#scheme,
      theta: this.#theta,
      steps: this.#steps,
    };
  }

  set state(state: FreeSurfaceState) {
    this.checkState(state);
    this.#scheme = state.scheme;
    this.#theta = state.theta;
    this.#steps = state.steps;
  }

  /**
   * Checks a state without taking it.
   *
   * @throws {StateSchemaError} when it is that of another surface.
   */
  checkState(state: FreeSurfaceState): void {
    checkSurfaceState(this.name, state, this.state);
  }

  static {
    printAs(this, function () {
      const { boundary, interior } = this.#settings;
      return `FreeSurface(${this.name}, "${boundary}" of ${this.flow.variable.mesh.name}, ${this.#scheme}, ${interior})`;
    });
  }
}

function motionNameOf(surface: string): string {
  return `${surface}_motion`;
}

function velocityNameOf(surface: string): string {
  return `${surface}_velocity`;
}
