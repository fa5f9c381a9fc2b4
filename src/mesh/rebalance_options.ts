/**
 * What `mesh.rebalance` is asked for, and what it says.
 *
 * @module
 */
import { checkOptions, describe, type OptionNames } from "../options.ts";

/** The particles of a mesh, as far as a mesh knows them: a `Swarm` in it. */
export interface ParticlesOfMesh {
  /** Unique among the swarms of the model. */
  readonly name: string;
  /** The mesh in which the particles are. */
  readonly mesh: unknown;
}

/** What cells cost: so much each, and so much more for every particle in them. */
export interface CellCosts {
  /** The cost of a cell without particles; above 0, defaults to 1. */
  readonly cells?: number;
  /** The swarms whose particles count; defaults to all swarms in the mesh. */
  readonly particles?: ParticlesOfMesh | readonly ParticlesOfMesh[];
  /** The cost of a particle; at least 0, defaults to 1. */
  readonly perParticle?: number;
}

/** Options of `mesh.rebalance`. */
export interface RebalanceOptions {
  /**
   * What cells cost: numbers from 0 on for the cells that this rank owns, `[ownedCellCount]`, or costs for cells and
   * particles. Defaults to 1 for each cell and for each particle of all swarms in the mesh. Only the ratios count;
   * numbers that are not whole are rounded to a millionth of the largest.
   */
  readonly weights?: ArrayLike<number> | CellCosts;
}

/** What `mesh.rebalance` did; the same on all ranks. */
export interface RebalanceReport {
  /** Whether any cell has another owner now. */
  readonly changed: boolean;
  /** `moved`; `balanced` where no cell had to move; `one rank`, which has all cells anyway. */
  readonly why: "moved" | "balanced" | "one rank";
  /** How many cells changed their owner. */
  readonly cellsMoved: number;
  /** The cost of the busiest rank's cells over the mean of all ranks, before; 1 is the best there is. */
  readonly before: number;
  /** The same now. */
  readonly after: number;
}

/** Checked options. */
export interface AskedWeights {
  /** Numbers of this rank; null for costs. */
  readonly numbers: ArrayLike<number> | null;
  readonly cells: number;
  readonly perParticle: number;
  /** Null for all swarms. */
  readonly particles: readonly ParticlesOfMesh[] | null;
}

const names: OptionNames<RebalanceOptions> = { weights: true };
const costNames: OptionNames<CellCosts> = { cells: true, particles: true, perParticle: true };

/**
 * Checks what a mesh is asked for.
 *
 * @param mesh The name of the mesh, for messages.
 * @param owned How many cells this rank owns.
 * @param isHere Whether something is a swarm in the mesh.
 * @throws {TypeError} when something is of a wrong type.
 * @throws {RangeError} when a number is out of range, or there are too few or too many.
 */
export function askedWeights(
  mesh: string,
  owned: number,
  isHere: (swarm: object) => boolean,
  options: RebalanceOptions,
): AskedWeights {
  checkOptions("rebalance", options, names);
  const { weights = {} } = options;
  if (typeof weights !== "object" || weights === null) {
    throw new TypeError(`weights must be numbers or costs, got ${describe(weights)}`);
  }
  if ("length" in weights) return { ...none, numbers: checkedNumbers(weights, owned) };
  checkOptions("rebalance, weights", weights, costNames);
  const { cells = 1, perParticle = 1, particles } = weights;
  requireCost("cells", cells, cells > 0);
  requireCost("perParticle", perParticle, perParticle >= 0);
  if (particles === undefined) return { numbers: null, cells, perParticle, particles: null };
  const all = Array.isArray(particles) ? particles : [particles];
  for (const swarm of all as unknown[]) {
    if (typeof swarm === "object" && swarm !== null && isHere(swarm)) continue;
    throw new TypeError(`particles must be swarms in mesh '${mesh}', got ${describe(swarm)}`);
  }
  return { numbers: null, cells, perParticle, particles: all };
}

const none = { cells: 1, perParticle: 1, particles: null };

function requireCost(what: string, cost: unknown, fits: boolean): void {
  if (typeof cost !== "number") {
    throw new TypeError(`${what} must be a number, got ${describe(cost)}`);
  }
  if (fits && Number.isFinite(cost)) return;
  throw new RangeError(
    `${what} must be ${what === "cells" ? "above" : "at least"} 0 and finite, got ${cost}`,
  );
}

function checkedNumbers(weights: ArrayLike<number>, owned: number): ArrayLike<number> {
  if (weights.length !== owned) {
    throw new RangeError(
      `weights takes ${owned} numbers, one for each cell that this rank owns, got ${weights.length}`,
    );
  }
  for (let c = 0; c < owned; c++) {
    const weight: unknown = weights[c];
    if (typeof weight !== "number") {
      throw new TypeError(`weights must be numbers, the one of cell ${c} is ${describe(weight)}`);
    }
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(
        `weights must be at least 0 and finite, the one of cell ${c} is ${weight}`,
      );
    }
  }
  return weights;
}
