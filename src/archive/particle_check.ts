/**
 * Checks the particles of a file. A live swarm cannot have such particles, so captures in memory are
 * not checked; a file may have been written by anybody.
 *
 * @module
 */
import { childKey, type SnapshotEntry } from "../snapshot/contract.ts";
import { impossible, particleProblems } from "../swarm/particle_problems.ts";
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
  if (problems.length > 0) throw impossible(problems);
}

function problemsOf(entries: ReadonlyMap<string, SnapshotEntry>, swarm: string): string[] {
  const key = swarmKey(swarm), root = entries.get(key);
  if (root === undefined) return [];
  const ids = entries.get(childKey(key, swarmPaths.ids))?.data ?? null;
  const places = entries.get(childKey(key, swarmPaths.coordinates))?.data ?? null;
  return particleProblems(swarm, storedSwarm(root).nextId, ids, places);
}
