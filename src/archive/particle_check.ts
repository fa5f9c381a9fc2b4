/**
 * Checks the particles of a file. A live swarm cannot have such particles, so captures in memory are
 * not checked; a file may have been written by anybody.
 *
 * @module
 */
import { SnapshotInvalidatedError } from "../errors.ts";
import { childKey, type SnapshotEntry } from "../snapshot/contract.ts";
import { storedSwarm, swarmKey, swarmPaths, swarmSection } from "../swarm/stored.ts";

/**
 * Requires that ids are unique, not negative and below the next one, and that positions are finite.
 *
 * @param entries the capture of one rank.
 * @throws {SnapshotInvalidatedError} when they are not; `problems` lists why.
 */
export function requireSoundParticles(entries: ReadonlyMap<string, SnapshotEntry>): void {
  const problems = (entries.get(swarmSection)?.keys ?? []).flatMap((swarm) =>
    problemsOf(entries, swarm)
  );
  if (problems.length === 0) return;
  throw new SnapshotInvalidatedError(
    `the snapshot has particles that cannot be:\n  ${problems.join("\n  ")}`,
    problems,
  );
}

function problemsOf(entries: ReadonlyMap<string, SnapshotEntry>, swarm: string): string[] {
  const key = swarmKey(swarm), root = entries.get(key);
  if (root === undefined) return [];
  const { nextId } = storedSwarm(root);
  const ids = entries.get(childKey(key, swarmPaths.ids))?.data;
  const places = entries.get(childKey(key, swarmPaths.coordinates))?.data;
  const problems: string[] = [];
  if (typeof nextId !== "bigint" || nextId < 0n) {
    problems.push(`swarm '${swarm}': the next id is ${nextId}`);
  } else if (ids instanceof BigInt64Array) problems.push(...idProblems(swarm, ids, nextId));
  if (places instanceof Float64Array) {
    const at = places.findIndex((coordinate) => !Number.isFinite(coordinate));
    if (at >= 0) problems.push(`swarm '${swarm}': a coordinate is ${places[at]}`);
  }
  return problems;
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
