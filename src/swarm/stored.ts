/**
 * How a swarm stands in a snapshot: the one place that spells the keys of its entries and the names of their
 * attributes. Coordinates and variables stand where a mesh has its own.
 *
 * @module
 */
import { meshPaths } from "../mesh/stored.ts";
import {
  childKey,
  type SnapshotAttributes,
  type SnapshotEntry,
  type SnapshotScalar,
} from "../snapshot/contract.ts";

/** The key below which all swarms of a model stand. */
export const swarmSection = "swarms";

/** Paths below the key of a swarm. */
export const swarmPaths: Readonly<Record<"coordinates" | "ids" | "variables", string>> = {
  /** Where the particles are, `[count x dim]`. */
  coordinates: meshPaths.coordinates,
  /** Their global ids, `[count]`. */
  ids: "ids",
  /** A list of variables. */
  variables: meshPaths.variables,
};

/** Counters that inform and decide nothing: a restored swarm has newer ones. */
export const swarmCounters: readonly string[] = ["population_generation"];

/** The key of a swarm. */
export function swarmKey(swarm: string): string {
  return childKey(swarmSection, swarm);
}

/** Where a variable stands below the key of its swarm. */
export function swarmVariablePath(variable: string): string {
  return childKey(swarmPaths.variables, variable);
}

/** What a swarm says of itself. */
export interface StoredSwarm {
  readonly count: number;
  readonly generation: number;
  readonly meshName: string;
  readonly boundary: string;
  /** Its options of population control in JSON; undefined where there is none, and then not written. */
  readonly balance: string | undefined;
  /** Whether it counts wraps; not written where it does not. */
  readonly wraps: boolean;
  readonly nextId: bigint;
  readonly lost: number;
}

/** The attributes of a swarm. */
export function swarmAttributes(swarm: StoredSwarm): SnapshotAttributes {
  return {
    count: swarm.count,
    population_generation: swarm.generation,
    mesh_name: swarm.meshName,
    boundary: swarm.boundary,
    next_id: swarm.nextId,
    lost: swarm.lost,
    ...(swarm.balance !== undefined && { balance: swarm.balance }),
    ...(swarm.wraps && { wraps: true }),
  };
}

/** What the attributes of a swarm say, unchecked; undefined where they do not. */
export function storedSwarm(
  { attributes }: SnapshotEntry,
): { readonly [field in keyof StoredSwarm]: SnapshotScalar | undefined } {
  return {
    count: attributes["count"],
    generation: attributes["population_generation"],
    meshName: attributes["mesh_name"],
    boundary: attributes["boundary"],
    balance: attributes["balance"],
    wraps: attributes["wraps"],
    nextId: attributes["next_id"],
    lost: attributes["lost"],
  };
}

/** The attributes of a swarm, with other counts: several ranks divide its particles. */
export function recounted(
  { attributes }: SnapshotEntry,
  { count, lost }: { readonly count: number; readonly lost: number },
): SnapshotAttributes {
  return { ...attributes, count, lost };
}

/** The attributes of a variable. */
export function columnAttributes(components: number): SnapshotAttributes {
  return { components };
}

/** Numbers per particle of a variable, by what was captured. */
export function storedComponents({ attributes, shape }: SnapshotEntry): number {
  return Number(attributes["components"] ?? shape[1] ?? 1);
}
