/**
 * One solve of the Stokes equations.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import { liftConstrained } from "../solve/assembly/dirichlet.ts";
import { referenceOf } from "../solve/assembly/reference.ts";
import type { Samples } from "../solve/coefficient.ts";
import { dofsOn } from "../solve/conditions.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { Chebyshev, type SpectralBounds } from "../solve/linear/chebyshev.ts";
import { gmres } from "../solve/linear/krylov/gmres.ts";
import { Reductions } from "../solve/linear/reductions.ts";
import { removeMean } from "../solve/pure_neumann.ts";
import { type BoundaryFrames, boundaryFrames } from "./boundary_frames.ts";
import { CoupledSystem } from "./coupled.ts";
import {
  constantIsFree,
  removeMotions,
  requireForceBalance,
  requireVolumeBalance,
} from "./flow_balance.ts";
import { freeMotions, rigidMotions } from "./rigid_motions.ts";
import { toCartesian, toLocal } from "./rotation.ts";
import type { FreeStokes, StokesBlocks } from "./stokes_operators.ts";

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

/** When the iteration ends. */
export interface StokesLimits {
  readonly rtol: number;
  readonly maxIterations: number;
}

/** Directions that GMRES keeps. */
const restart = 100;

/** Steps of the Chebyshev iteration for the pressure's mass matrix. */
const massSteps = 3;

/**
 * Solves for velocity and pressure.
 *
 * @param frame The velocity at the time.
 * @param system Makes the matrices for the frames of the nodes.
 * @param loads Body forces and tractions, `[dim]` vectors `[count]`.
 * @throws {ConvergenceError} when the tolerance is not reached.
 * @throws {RangeError} when forces on a free body do not balance, or more flows in than out.
 */
export function solveStokes(
  frame: FieldFrame,
  p: MeshVariable,
  system: (frames: BoundaryFrames) => FreeStokes,
  loads: readonly Float64Array[],
  limits: StokesLimits,
): StokesSolution {
  const { dim } = frame.geometry.topology, frames = boundaryFrames(frame);
  const matrices = system(frames), nu = matrices.a.rows, np = matrices.b.rows;
  const modes = rigidMotions(frame, frames);
  const motions = freeMotions(frame, frames, modes, braked(frame, matrices.blocks));
  const b = rightHandSide(matrices, frames, loads, dim);
  const isPressureFree = constantIsFree(matrices.bt);
  requireForceBalance(frame.what, b.subarray(0, nu), motions);
  if (isPressureFree) requireVolumeBalance(frame.what, matrices.turnedB, frames.values);
  const nullVectors = motions.map((motion) => padded(motion, 0, nu + np));
  if (isPressureFree) nullVectors.push(padded(new Float64Array(np).fill(1), nu, nu + np));
  const { mass, c } = matrices.blocks;
  const coupled = new CoupledSystem({
    a: matrices.a,
    b: matrices.b,
    bt: matrices.bt,
    c,
    velocity: matrices.multigrid(modes),
    pressure: new Chebyshev(mass, massBounds(matrices.blocks.inputs.pressure, dim), massSteps),
    pressureScale: mass.diagonal(),
    reductions: new Reductions(nu + np),
  }, nullVectors);
  coupled.weigh(b);
  const x = firstGuess(frame, p, frames, nu + np);
  const outcome = gmres(coupled, b, x, coupled, { ...limits, restart, what: frame.what });
  const velocity = x.slice(0, nu), pressure = x.slice(nu);
  for (let i = 0; i < nu; i++) if (frames.held[i] === 1) velocity[i] = frames.values[i];
  for (const vector of [velocity, ...motions]) toCartesian(frames, dim, vector);
  removeMotions(frame, velocity, motions);
  if (isPressureFree) {
    const { inputs: { geometry, pressure: map } } = matrices.blocks;
    removeMean(pressure, geometry, referenceOf(geometry.topology.dim, map.degree), map, null);
  }
  const { iterations, residual } = outcome;
  return {
    velocity,
    pressure,
    iterations,
    residual,
    isPressureFree,
    freeMotions: motions.length,
  };
}

/** Forces and tractions, with prescribed components brought over: velocities, then pressures. */
function rightHandSide(
  { turned, turnedB, a, b }: FreeStokes,
  frames: BoundaryFrames,
  loads: readonly Float64Array[],
  dim: number,
): Float64Array {
  const nu = a.rows, np = b.rows, out = new Float64Array(nu + np);
  const u = out.subarray(0, nu), lift = new Float64Array(np);
  for (let i = 0; i < nu; i++) u[i] = loads[i % dim][Math.floor(i / dim)];
  toLocal(frames, dim, u);
  liftConstrained(turned, frames.held, frames.values, u);
  turnedB.multiply(frames.values, lift);
  for (let i = 0; i < np; i++) out[nu + i] = -lift[i];
  return out;
}

/** The present fields, in the frames, without prescribed components. */
function firstGuess(
  frame: FieldFrame,
  p: MeshVariable,
  frames: BoundaryFrames,
  length: number,
): Float64Array {
  const x = new Float64Array(length), nu = frames.held.length;
  const u = x.subarray(0, nu);
  u.set(frame.start);
  toLocal(frames, frame.components, u);
  const { data } = fieldOf(p);
  if (data !== null) x.set(data, nu);
  for (let i = 0; i < length; i++) {
    if (i < nu && frames.held[i] === 1 || !Number.isFinite(x[i])) x[i] = 0;
  }
  return x;
}

/** 1 at nodes where a Robin condition acts. */
function braked(frame: FieldFrame, { inputs }: StokesBlocks): Uint8Array {
  const out = new Uint8Array(frame.map.count);
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

/**
 * Bounds of the spectrum of a mass matrix over its diagonal.
 *
 * Source: A. J. Wathen, "Realistic eigenvalue bounds for the Galerkin mass matrix", IMA J. Numer. Anal. 7 (1987)
 * 449-457, DOI 10.1093/imanum/7.4.449.
 */
function massBounds({ degree }: DofMap, dim: number): SpectralBounds {
  return degree === 0 ? { lower: 1, upper: 1 } : { lower: 0.5, upper: dim === 2 ? 2 : 2.5 };
}
