/**
 * What a move of particles is given, and where its results go.
 *
 * @module
 */
import type { Places } from "../mesh/places.ts";
import type { BoundaryRule, SwarmBoundary } from "./boundary_rule.ts";
import type { Travellers } from "./travellers.ts";
import type { Velocity } from "./velocity.ts";

/** One motion: `steps` Runge-Kutta steps of length `dt` from time `t` on. */
export interface Motion {
  readonly velocity: Velocity;
  readonly order: 1 | 2 | 4;
  readonly t: number;
  readonly dt: number;
  readonly steps: number;
  /** How fast the nodes of a mesh move that does so meanwhile, continuous of degree 1; left out where it rests. */
  readonly meshVelocity?: Velocity;
}

/** What a move is given, and where its results go. */
export interface Passage {
  /** Null where particles are only brought into the domain. */
  readonly motion: Motion | null;
  /** Where the mesh is: before each step and after the last, or once where it rests. */
  readonly grounds: readonly Places[];
  /** Whether only the speeds at the start are wanted. */
  readonly onlySpeeds: boolean;
  /** What happens outside, by ground. */
  readonly rules: readonly BoundaryRule[];
  /** Takes particles of which the cells of this rank do not tell where they are. */
  readonly waiting: Travellers;
  /** Takes cells and positions of particles of this rank that have arrived. */
  readonly moving: Pick<MovingParticles, "cells" | "next">;
  /** Takes a particle that is lost; its wraps do not count. */
  lose(home: number, slot: number): void;
  /** Takes a particle of another rank that has arrived, with its position from `at` on. */
  finishAway(home: number, slot: number, cell: number, points: Float64Array, at: number): void;
  /** Takes how often a particle that has arrived went through sides of a periodic mesh, from `at` on. */
  turned(home: number, slot: number, wraps: Int32Array, at: number): void;
  /** Takes a position or velocity that is not finite. */
  fail(home: number, slot: number, step: number, phase: number, row: Float64Array): void;
  /** Takes the largest speed of some particles. */
  speed(largest: number): void;
}

/** Which ground is that at the beginning of a step; the end of step s is the beginning of step s + 1. */
export function groundAt({ grounds }: Passage, step: number): number {
  return Math.min(step, grounds.length - 1);
}

/** Cells that a rank does not have: their ids in the whole mesh, and the ranks that own them. */
export interface Elsewhere {
  readonly cells: number[];
  readonly ranks: number[];
}

/** The particles to move. */
export interface MovingParticles {
  readonly count: number;
  /** `[count x dim]`; read. */
  readonly points: Float64Array;
  /**
   * `[count]`: hints, cells of this rank or -1; become the cells after the move: -1 for lost particles, and -2 - k for
   * those whose cell is entry k of `elsewhere`.
   */
  readonly cells: Int32Array;
  /** `[count x dim]`: takes the new positions; rows of lost particles are left alone. */
  readonly next: Float64Array;
  /** `[count x periods]`: takes how often each period was subtracted; null where that is not wanted. */
  readonly wraps: Int32Array | null;
  /** Takes cells that are not here. */
  readonly elsewhere: Elsewhere;
  /** Throws an error about a position that is not finite. */
  refuse(index: number, position: Float64Array): never;
}

/** What moves, and where the mesh is meanwhile; see {@link Passage}. */
export interface Voyage {
  readonly rule: SwarmBoundary;
  readonly motion: Motion | null;
  readonly grounds: readonly Places[];
}
