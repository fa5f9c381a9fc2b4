/**
 * What cannot be true of particles, whatever a file says.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";
import { SnapshotInvalidatedError, SnapshotSerializationError } from "../errors.ts";
import type { SnapshotScalar } from "../snapshot/contract.ts";

/** The error for a snapshot with such particles. */
export function impossible(problems: readonly string[]): SnapshotInvalidatedError {
  return new SnapshotInvalidatedError(
    `the snapshot has particles that cannot be:\n  ${problems.join("\n  ")}`,
    problems,
  );
}

/** Why some particles of a swarm cannot be; empty if they can. */
export function particleProblems(
  swarm: string,
  nextId: SnapshotScalar | undefined,
  ids: TypedArray | null,
  places: TypedArray | null,
): string[] {
  const problems: string[] = [];
  if (typeof nextId !== "bigint" || nextId < 0n) {
    problems.push(`swarm '${swarm}': the next id is ${nextId ?? "missing"}`);
  } else if (ids instanceof BigInt64Array) problems.push(...idProblems(swarm, ids, nextId));
  if (places instanceof Float64Array) {
    const at = places.findIndex((coordinate) => !Number.isFinite(coordinate));
    if (at >= 0) problems.push(`swarm '${swarm}': a coordinate is ${places[at]}`);
  }
  return problems;
}

/**
 * Refuses particles that a file could hold and no load would take: no call puts them there, but a script can write into
 * `coordinates`.
 *
 * @throws {SnapshotSerializationError} when a coordinate is not finite.
 */
export function requirePlaces(
  { name, mesh: { dim }, coordinates: { data } }: {
    readonly name: string;
    readonly mesh: { readonly dim: number };
    readonly coordinates: { readonly data: Float64Array };
  },
): void {
  const at = data.findIndex((coordinate) => !Number.isFinite(coordinate));
  if (at < 0) return;
  const particle = Math.floor(at / dim), place = data.slice(particle * dim, (particle + 1) * dim);
  throw new SnapshotSerializationError(
    `${name}.coordinates`,
    `particle ${particle} is at (${
      place.join(", ")
    }), and a file with it could not be loaded; remove it, or go ` +
      `back to an earlier state`,
  );
}

function idProblems(swarm: string, ids: BigInt64Array, nextId: bigint): string[] {
  // Ids are in ascending order until particles are removed or move to other ranks.
  let sorted = ids, ascending = true;
  for (let i = 1; i < ids.length && ascending; i++) ascending = ids[i - 1] < ids[i];
  if (!ascending) sorted = ids.slice().sort();
  if (ids.length === 0) return [];
  const first = sorted[0], last = sorted[sorted.length - 1];
  if (first < 0n) return [`swarm '${swarm}': a particle has the id ${first}`];
  if (last >= nextId) {
    return [`swarm '${swarm}': a particle has the id ${last}, and the next one is ${nextId}`];
  }
  for (let i = 1; i < sorted.length; i++) {
    if (sorted[i - 1] === sorted[i]) return [`swarm '${swarm}': the id ${sorted[i]} occurs twice`];
  }
  return [];
}
