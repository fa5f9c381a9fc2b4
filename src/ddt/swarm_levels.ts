/**
 * The variables of a swarm in which a history keeps past values.
 *
 * @module
 */
import { describe } from "../mesh/points.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { SwarmVariable } from "../swarm/swarm_variable.ts";

/** A variable of particles with real numbers. */
export type RealSwarmVariable = SwarmVariable<"float64"> | SwarmVariable<"float32">;

/** Past values, then the count of known levels. */
export function namesFor(bearer: string, order: number): string[] {
  const levels = Array.from({ length: order }, (_, j) => `${bearer}_psi_star_${j + 1}`);
  return [...levels, `${bearer}_known_levels`];
}

/** Refuses names that the swarm has. */
export function requireFree(swarm: Swarm, names: readonly string[]): void {
  for (const name of names) {
    if (!swarm.variables.has(name)) continue;
    throw new RangeError(
      `a history would keep values in '${name}', but swarm '${swarm.name}' has such a variable; take it away with removeVariable, or choose another name`,
    );
  }
}

/** Refuses what is no variable of real numbers. */
export function requireReal(variable: unknown): asserts variable is RealSwarmVariable {
  if (!(variable instanceof SwarmVariable)) {
    throw new TypeError(
      `LagrangianSwarmDDt takes a variable of a swarm first, got ${describe(variable)}`,
    );
  }
  const dtype: string = variable.dtype;
  if (dtype !== "float64" && dtype !== "float32") {
    throw new RangeError(
      `LagrangianSwarmDDt: '${variable.name}' holds ${dtype}; time derivatives need float64 or float32`,
    );
  }
}
