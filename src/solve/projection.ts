import { describe, type OptionNames, requireOptions } from "../options.ts";
import type { ArrayKind } from "../arrays.ts";
import { StateSchemaError } from "../errors.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { SwarmVariable } from "../swarm/swarm_variable.ts";
import type { StateValue } from "../snapshot/contract.ts";
import type { Coefficient, Coefficients } from "./coefficient.ts";
import { solveField } from "./field_system.ts";
import { FieldSolver } from "./field_solver.ts";
import { type ParticleMethod, projectParticles } from "./particle_projection.ts";
import {
  type SolveResult,
  solverOptionNames,
  type SolverOptions,
  type SolverState,
} from "./solver_types.ts";
import { requireOnParticles } from "../swarm/registered.ts";
import { fixFields } from "../fixed_fields.ts";

/** What {@link Projection} is made of. */
export interface ProjectionOptions extends SolverOptions {
  /** f, what is projected: a coefficient as everywhere, or what the particles of a swarm carry. */
  readonly source: Coefficients | SwarmVariable<ArrayKind>;
  /**
   * Keeps values between the least and the greatest of the particles: each is a mean of the particles around, with
   * the weights of its hat function, instead of a least-squares fit. For degree 0 and 1. Defaults to false.
   */
  readonly bounded?: boolean;
  /**
   * Gives the field the integral of the particles, each of which stands for its share of the volume of its cell;
   * with `bounded` within the bounds. Defaults to false: the sum over particles is kept, not the integral.
   */
  readonly conserve?: boolean;
}

const optionNames: OptionNames<ProjectionOptions> = {
  ...solverOptionNames,
  source: true,
  bounded: true,
  conserve: true,
};

/** The state of {@link Projection}. */
export interface ProjectionState extends SolverState {
  /** `swarm/variable` of the particles, or null. */
  readonly particles: string | null;
}

/**
 * The L2 projection onto a mesh variable: `integral of (u - f) v = 0` for all v.
 *
 * Any function, expression or field of the same mesh onto a field of any degree, continuous or not.
 * Dirichlet values are kept exactly. Values of particles are fitted by least squares, each cell with the
 * weight of its volume; cells with too few particles for their unknowns are filled smoothly from around
 * them, and particles outside of the mesh do not count. Least squares overshoot where values jump: from
 * viscosities of 1 and 100 they make negative ones; with `bounded` they do not.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, Projection } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const u = new MeshVariable(mesh, "u");
 * new Projection(u, { source: (x, y) => x + 2 * y }).solve();
 * assertAlmostEquals(u.evaluate([[0.3, 0.2]]).get(0, 0), 0.7, 1e-8); // P1 holds it exactly
 * ```
 */
export class Projection<V extends MeshVariable = MeshVariable> extends FieldSolver<V> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  readonly #particles: SwarmVariable<ArrayKind> | null;
  readonly #method: ParticleMethod;

  /**
   * Sets the projection up; nothing is solved yet.
   *
   * @param u The variable to project onto.
   * @param options The source and limits.
   * @throws {TypeError} when `u` is not a mesh variable or the source is of no known kind.
   * @throws {RangeError} when a number is out of range, or `bounded` or `conserve` is asked for without particles
   *   or for a degree that cannot be bounded.
   */
  constructor(u: V, options: ProjectionOptions) {
    requireOptions("Projection", options, optionNames);
    const { source, bounded = false, conserve = false } = options;
    const particles = source instanceof SwarmVariable ? source : null;
    super(u, "Projection", { source: particles === null ? source as Coefficients : 0 }, options);
    if (particles !== null) requireParticles(particles, u);
    this.#method = checkedMethod({ bounded, conserve }, particles !== null, u);
    this.#particles = particles;
    this.name = u.mesh.model.adopt("bearer", this, "Projection", options.name);
    fixFields(this, new.target, Projection);
  }

  /** The variable of particles that is projected; null for other sources. */
  get particles(): SwarmVariable<ArrayKind> | null {
    return this.#particles;
  }

  /** @internal */
  override get uses(): readonly unknown[] {
    return [...super.uses, this.#particles];
  }

  /** What it was made with; see {@link Snapshottable.setup}. */
  get setup(): Readonly<Record<string, StateValue>> {
    return { ...this.#method, particles: nameOf(this.#particles) };
  }

  /** Conditions and source; particles by the names of their swarm and variable. */
  override get state(): ProjectionState {
    return { ...super.state, particles: nameOf(this.#particles) };
  }

  override set state(state: ProjectionState) {
    this.checkState(state);
    super.state = state;
  }

  /** Checks a state without taking it; see {@link FieldSolver.checkState}. */
  override checkState(state: ProjectionState): void {
    super.checkState(state);
    this.#check(state);
  }

  #check({ particles }: ProjectionState): void {
    const live = nameOf(this.#particles);
    if (particles === live) return;
    throw new StateSchemaError(
      this.name,
      `${this.name}: the source was ${
        particles ?? "no particles"
      } when the state was saved and is ` +
        `${live ?? "no particles"} now`,
    );
  }

  /**
   * Projects, with `t = tracker.time` in the source.
   *
   * @returns How it went.
   * @throws {ConvergenceError} when the tolerance is not reached; the model is as before.
   * @throws {RangeError} when the source is not finite somewhere, there is not a particle in the mesh, or a
   *   cell of a discontinuous field is without particles.
   */
  solve(): SolveResult {
    return this.indivisible(() => {
      const frame = this.frame(this.variable.mesh.model.tracker.time);
      const particles = this.#particles;
      if (particles !== null) {
        return this.accept(projectParticles(frame, particles, this.limits, this.#method));
      }
      const scales = { massScale: 1, stiffnessScale: 0, diffusivity: 0 };
      return this.accept(solveField(frame, scales, frame.loads(this.source), this.limits));
    });
  }

  /**
   * Not available.
   *
   * @throws {TypeError} always: a projection has no flux.
   */
  override addNeumann(_boundary: string, _flux: Coefficients): void {
    this.#refuseFlux();
  }

  /**
   * Not available.
   *
   * @throws {TypeError} always: a projection has no flux.
   */
  override addRobin(_boundary: string, _transfer: Coefficient, _ambient: Coefficients): void {
    this.#refuseFlux();
  }

  #refuseFlux(): never {
    throw new TypeError(
      `${this.name}: a projection has no flux; it takes conditions by addDirichlet only`,
    );
  }

  /** Infinity: a projection does not have a time scale. */
  estimateDt(): number {
    return Infinity;
  }
}

function nameOf(particles: SwarmVariable<ArrayKind> | null): string | null {
  return particles === null ? null : `${particles.swarm.name}/${particles.name}`;
}

function checkedMethod(
  method: ParticleMethod,
  isOfParticles: boolean,
  { name, degree }: MeshVariable,
): ParticleMethod {
  for (const [option, value] of Object.entries(method)) {
    if (typeof value !== "boolean") {
      throw new TypeError(`Projection: ${option} is true or false, got ${describe(value)}`);
    }
    if (value && !isOfParticles) {
      throw new RangeError(
        `Projection: ${option} is for particles, and the source is not a swarm variable`,
      );
    }
  }
  if (method.bounded && degree > 1) {
    throw new RangeError(
      `Projection: bounded is for degree 0 and 1, whose values are the bounds of the field; '${name}' has ${degree}`,
    );
  }
  return method;
}

function requireParticles(particles: SwarmVariable<ArrayKind>, u: MeshVariable): void {
  const { swarm, components, dtype, name } = particles;
  requireOnParticles("Projection", particles);
  if (swarm.mesh !== u.mesh) {
    throw new RangeError(
      `Projection: the swarm '${swarm.name}' lives on mesh '${swarm.mesh.name}', '${u.name}' on ` +
        `'${u.mesh.name}'`,
    );
  }
  if (components !== u.components) {
    throw new RangeError(
      `Projection: '${name}' has ${components} components, '${u.name}' has ${u.components}`,
    );
  }
  if (dtype === "int64" || dtype === "uint64") {
    throw new TypeError(`Projection: '${name}' holds ${dtype} values, which cannot be averaged`);
  }
}
