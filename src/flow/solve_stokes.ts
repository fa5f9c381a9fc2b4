/**
 * One solve of the Stokes equations.
 *
 * @module
 */
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import { liftConstrained } from "../solve/assembly/dirichlet.ts";
import { referenceOf } from "../solve/assembly/reference.ts";
import type { Samples } from "../solve/coefficient.ts";
import { dofsOn } from "../solve/conditions.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { gmres } from "../solve/linear/krylov/gmres.ts";
import { Reductions } from "../solve/linear/reductions.ts";
import { RankSpace } from "../solve/ranks/rank_space.ts";
import { removeMean } from "../solve/pure_neumann.ts";
import { type BoundaryFrames, boundaryFrames } from "./boundary_frames.ts";
import { CoupledSystem } from "./coupled.ts";
import {
  removeMotions,
  requireForceBalance,
  requireVolumeBalance,
  workOfConstant,
} from "./flow_balance.ts";
import { freeMotions, rigidMotions } from "./rigid_motions.ts";
import { toCartesian, toLocal } from "./rotation.ts";
import { schurInverse } from "./schur.ts";
import type { FreeStokes, StokesBlocks, StokesInputs } from "./stokes_operators.ts";
import { multigridOf } from "./rank_velocity_multigrid.ts";

/** What a solve gave; nothing of the model is changed by it. */
export interface StokesSolution {
  /** `[count x dim]` */
  readonly velocity: Float64Array;
  /** `[count]` */
  readonly pressure: Float64Array;
  readonly iterations: number;
  readonly residual: number;
  /** Whether the pressure is determined up to a constant only. */
  readonly isPressureFree: boolean;
  /** How many rigid motions nothing prevents. */
  readonly freeMotions: number;
}

/** What drives a flow. */
export interface StokesLoads {
  /** Body forces and tractions, `[dim]` vectors `[count]`. */
  readonly forces: readonly Float64Array[];
  /** What volumes give off, by pressures, `[count]`. */
  readonly sources: Float64Array;
}

/** When the iteration ends. */
export interface StokesLimits {
  readonly rtol: number;
  readonly maxIterations: number;
}

/** Directions that GMRES keeps. */
const restart = 100;

/**
 * Solves for velocity and pressure.
 *
 * @param frame The velocity at the time.
 * @param system Makes the matrices for the frames of the nodes.
 * @param loads What drives the flow.
 * @throws {ConvergenceError} when the tolerance is not reached.
 * @throws {RangeError} when forces on a free body do not balance, or more flows in than out.
 */
export function solveStokes(
  frame: FieldFrame,
  p: MeshVariable,
  system: (frames: BoundaryFrames) => FreeStokes,
  loads: StokesLoads,
  limits: StokesLimits,
): StokesSolution {
  const linear = new LinearFlow(frame, p, system, loads);
  return linear.solve(linear.unknowns(frame.start, fieldOf(p).data), limits);
}

/**
 * The linear equations of one flow, ready to be solved. All of its methods are collective.
 *
 * State: none, it lives as long as one solve.
 */
export class LinearFlow {
  readonly frames: BoundaryFrames;
  readonly #frame: FieldFrame;
  readonly #pressure: MeshVariable;
  readonly #matrices: FreeStokes;
  readonly #coupled: CoupledSystem;
  readonly #motions: readonly Float64Array[];
  readonly #isPressureFree: boolean;
  /** Whether what the first guess has of the pressure's constant would change the flow. */
  readonly #startsProjected: boolean;
  readonly #reductions: Reductions;
  /** Weighed. */
  readonly #b: Float64Array;

  /**
   * @param frame The velocity at the time.
   * @param system Makes the matrices for the frames of the nodes.
   * @param loads What drives the flow.
   * @throws {RangeError} when forces on a free body do not balance, or more flows in than out.
   */
  constructor(
    frame: FieldFrame,
    p: MeshVariable,
    system: (frames: BoundaryFrames) => FreeStokes,
    loads: StokesLoads,
  ) {
    const { components: dim, ranks } = frame, frames = this.frames = boundaryFrames(frame);
    const matrices = this.#matrices = system(frames);
    const nu = matrices.a.rows, np = matrices.b.rows;
    this.#frame = frame;
    this.#pressure = p;
    const modes = rigidMotions(frame, frames);
    const motions = this.#motions = freeMotions(
      frame,
      frames,
      modes,
      braked(frame, matrices.blocks),
    );
    const b = this.#b = rightHandSide(matrices, frames, loads, dim);
    const work = workOfConstant(frame, matrices.bt, frames.held);
    const isPressureFree = this.#isPressureFree = work !== "some";
    this.#startsProjected = work === "little";
    requireForceBalance(frame, b.subarray(0, nu), motions);
    if (isPressureFree) requireVolumeBalance(frame, matrices.b, frames.values, loads.sources);
    const nullVectors = motions.map((motion) => padded(motion.subarray(0, nu), 0, nu + np));
    if (isPressureFree) nullVectors.push(padded(new Float64Array(np).fill(1), nu, nu + np));
    this.#reductions = new Reductions(nu + np, ranks?.comm ?? null);
    this.#coupled = this.#couple(modes);
    this.#coupled.removeNullSpace(nullVectors);
    this.#coupled.weigh(b);
  }

  #couple(modes: Float64Array): CoupledSystem {
    const frame = this.#frame, matrices = this.#matrices, { components: dim, ranks } = frame;
    const { a, b, bt, gradient = bt, c, blocks: { inputs } } = matrices;
    const pressureRanks = RankSpace.of(this.#pressure.mesh, inputs.pressure);
    const syncPressure = pressureRanks === null
      ? null
      : (values: Float64Array) => pressureRanks.sync(values);
    const velocity = multigridOf(frame, matrices, this.frames, modes);
    const pressure = schurInverse(frame, this.#pressure, matrices, this.frames);
    return frame.agreed(() =>
      new CoupledSystem({
        a,
        b,
        bt: gradient,
        c,
        held: this.frames.held,
        velocity,
        pressure: pressure.inverse,
        pressureScale: pressure.scale,
        sync: ranks === null || syncPressure === null
          ? undefined
          : { velocity: (values) => ranks.sync(values, dim), pressure: syncPressure },
        reductions: this.#reductions,
      })
    );
  }

  /** The unknowns of this rank for fields with ghosts, without prescribed components; 0 where not finite. */
  unknowns(velocity: Float64Array, pressure: Float64Array | null): Float64Array {
    const { a: { rows: nu }, b: { rows: np } } = this.#matrices;
    const x = firstGuess(velocity, pressure, this.#frame.components, this.frames, nu, np);
    if (this.#startsProjected) this.#coupled.project(x);
    return x;
  }

  /** Whether the pressure is determined up to a constant only. */
  get isPressureFree(): boolean {
    return this.#isPressureFree;
  }

  /** How many rigid motions nothing prevents. */
  get freeMotions(): number {
    return this.#motions.length;
  }

  /** The norm of the right-hand side. */
  get size(): number {
    return this.#reductions.norm(this.#b);
  }

  /** The norm of the residual of unknowns. */
  residualAt(x: Float64Array): number {
    const r = new Float64Array(x.length);
    this.#coupled.multiply(x, r);
    for (let i = 0; i < r.length; i++) r[i] = this.#b[i] - r[i];
    return this.#reductions.norm(r);
  }

  /** The norm of a residual that was computed otherwise, `[unknowns]`; it is changed. */
  normOf(r: Float64Array): number {
    this.#coupled.weigh(r);
    return this.#reductions.norm(r);
  }

  /**
   * Solves the equations.
   *
   * @param x The first guess; overwritten.
   * @throws {ConvergenceError} when the tolerance is not reached.
   */
  solve(x: Float64Array, limits: StokesLimits): StokesSolution {
    const frame = this.#frame, { inputs } = this.#matrices.blocks, motions = this.#motions;
    const reductions = this.#reductions, what = frame.what;
    const outcome = gmres(this.#coupled, this.#b, x, this.#coupled, {
      ...limits,
      restart,
      reductions,
      what,
    });
    const isPressureFree = this.#isPressureFree;
    const free = isPressureFree ? RankSpace.of(this.#pressure.mesh, inputs.pressure) : undefined;
    return {
      ...finished(frame, this.frames, inputs, x, motions, free),
      iterations: outcome.iterations,
      residual: outcome.residual,
      isPressureFree,
      freeMotions: motions.length,
    };
  }
}

/** The fields with ghosts and prescribed values, in Cartesian components. Collective. */
function finished(
  frame: FieldFrame,
  frames: BoundaryFrames,
  { geometry, pressure: map }: StokesInputs,
  x: Float64Array,
  motions: readonly Float64Array[],
  free: RankSpace | null | undefined,
): { velocity: Float64Array; pressure: Float64Array } {
  const { components: dim, ranks } = frame, nu = frame.owned * dim;
  const velocity = new Float64Array(frame.map.count * dim), pressure = new Float64Array(map.count);
  velocity.set(x.subarray(0, nu));
  pressure.set(x.subarray(nu));
  ranks?.sync(velocity, dim);
  RankSpace.of(frame.variable.mesh, map)?.sync(pressure);
  for (let i = 0; i < velocity.length; i++) {
    if (frames.held[i] === 1) velocity[i] = frames.values[i];
  }
  for (const vector of [velocity, ...motions]) toCartesian(frames, dim, vector);
  removeMotions(frame, velocity, motions);
  if (free !== undefined) {
    removeMean(pressure, geometry, referenceOf(geometry.topology.dim, map.degree), map, free);
  }
  return { velocity, pressure };
}

/** Forces and tractions, with prescribed components brought over: velocities, then pressures. */
function rightHandSide(
  { a, b }: FreeStokes,
  frames: BoundaryFrames,
  { forces, sources }: StokesLoads,
  dim: number,
): Float64Array {
  const nu = a.rows, np = b.rows, out = new Float64Array(nu + np);
  const u = new Float64Array(frames.held.length), lift = new Float64Array(np);
  for (let i = 0; i < u.length; i++) u[i] = forces[i % dim][Math.floor(i / dim)];
  toLocal(frames, dim, u);
  liftConstrained(a, frames.held, frames.values, u);
  out.set(u.subarray(0, nu));
  b.multiply(frames.values, lift);
  for (let i = 0; i < np; i++) out[nu + i] = -lift[i] - sources[i];
  return out;
}

/** The fields of this rank, in the frames, without prescribed components. */
function firstGuess(
  velocity: Float64Array,
  pressure: Float64Array | null,
  dim: number,
  frames: BoundaryFrames,
  nu: number,
  np: number,
): Float64Array {
  const x = new Float64Array(nu + np), u = velocity.slice();
  toLocal(frames, dim, u);
  x.set(u.subarray(0, nu));
  if (pressure !== null) x.set(pressure.subarray(0, np), nu);
  for (let i = 0; i < x.length; i++) {
    if (i < nu && frames.held[i] === 1 || !Number.isFinite(x[i])) x[i] = 0;
  }
  return x;
}

/** 1 at nodes where a Robin condition, or inertia, acts. */
function braked(frame: FieldFrame, { inputs }: StokesBlocks): Uint8Array {
  const out = new Uint8Array(frame.map.count);
  if (inputs.inertia !== null) return out.fill(1);
  for (const { boundary, transfer } of inputs.robin.flat()) {
    if (isZero(transfer)) continue;
    for (const dof of dofsOn(frame.geometry, boundary, frame.map)) out[dof] = 1;
  }
  return out;
}

function isZero(samples: Samples): boolean {
  return typeof samples === "number" ? samples === 0 : samples.every((value) => value === 0);
}

function padded(vector: Float64Array, at: number, length: number): Float64Array {
  const out = new Float64Array(length);
  out.set(vector, at);
  return out;
}
