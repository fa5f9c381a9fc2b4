/**
 * What `AdvectionDiffusion` asks of time histories.
 *
 * @module
 */
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { describe } from "../options.ts";
import type { SnapshotPayload, Snapshottable } from "../snapshot/contract.ts";
import type { Swarm } from "../swarm/swarm.ts";

/** What all histories that a solver takes through a step have. */
export interface SteppedHistory extends Snapshottable {
  /** The number of past values that it keeps. */
  readonly order: number;
  /** The highest order that the known values allow. */
  readonly effectiveOrder: number;
  /** The step and those before it, newest first. */
  readonly stepSizes: ArrayLike<number>;
  /** Begins a step. */
  updatePreSolve(dt: number): void;
  /** Ends the step. */
  updatePostSolve(dt?: number): void;
}

/**
 * The history of the unknown itself: `SemiLagrangianDDt`, `LagrangianDDt`, `EulerianDDt` with a velocity, or
 * one of your own. Arrays are `[dofCount x components]`.
 */
export interface FieldTransportHistory extends SteppedHistory {
  /** The unknown whose history it is. */
  readonly variable: MeshVariable;
  /** The particles that it owns; absent where it has none. */
  readonly swarm?: Swarm;
  /** The factor of the unknown in the material derivative. */
  leadingCoefficient(order?: number): number;
  /** The known part of the material derivative, `[dofCount x components]`. */
  historyTerms(order?: number): Float64Array;
}

/**
 * The history of particles that carry the unknown along: `LagrangianSwarmDDt`. Arrays are
 * `[count x components]`.
 */
export interface ParticleTransportHistory extends SteppedHistory {
  /** What the particles carry; `data` is `[count x components]`. */
  readonly variable: {
    readonly name: string;
    readonly swarm: Swarm;
    readonly components: number;
    readonly data: Float64Array | Float32Array;
  };
  /** The factors of the particles' own values in their derivatives, `[count]`. */
  leadingCoefficients(order?: number): Float64Array;
  /** The known parts of their derivatives, `[count x components]`. */
  historyTerms(order?: number): Float64Array;
}

/** Any history that `AdvectionDiffusion` can work with. */
export type TransportHistory = FieldTransportHistory | ParticleTransportHistory;

/** True for histories of particles. */
export function isOfParticles(history: TransportHistory): history is ParticleTransportHistory {
  return "leadingCoefficients" in history;
}

/** The meshes and swarms whose variables hold the history of `u`, and `u` itself. */
export function touchedBy(history: TransportHistory, u: MeshVariable): SnapshotPayload[] {
  if (isOfParticles(history)) return [u.mesh, history.variable.swarm];
  return history.swarm === undefined ? [u.mesh] : [u.mesh, history.swarm];
}

/**
 * Checks a history that a user gave.
 *
 * @throws {TypeError} when it is not a history.
 * @throws {RangeError} when it is the history of something other than `u`.
 */
export function requireHistory(history: TransportHistory, u: MeshVariable): void {
  const wanted = ["updatePreSolve", "updatePostSolve", "historyTerms"] as const;
  const fits = wanted.every((name) => typeof history?.[name] === "function") &&
    ("leadingCoefficient" in history || "leadingCoefficients" in history);
  if (!fits) {
    throw new TypeError(
      `AdvectionDiffusion: history is a time history of '${u.name}', got ${describe(history)}`,
    );
  }
  const { name } = history.variable;
  if (!isOfParticles(history)) {
    if (history.variable === u) return;
    throw new RangeError(
      `AdvectionDiffusion: '${history.name}' is the history of '${name}', not of '${u.name}'`,
    );
  }
  const { swarm, components } = history.variable;
  if (swarm.mesh !== u.mesh || components !== u.components) {
    throw new RangeError(
      `AdvectionDiffusion: the particles of '${history.name}' carry ${components} components of ` +
        `'${name}' on mesh '${swarm.mesh.name}'; '${u.name}' has ${u.components} on '${u.mesh.name}'`,
    );
  }
}
