import { loadExpressions } from "../expression/contract.ts";
import { childKey, type EntrySource, type SnapshotEntry } from "../snapshot/contract.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { impossible, particleProblems } from "../swarm/particle_problems.ts";
import { storedSwarm, swarmKey, swarmPaths, swarmSection } from "../swarm/stored.ts";

/**
 * Returns the entries of a file as a backend, after loading the expression code if an entry needs
 * it.
 *
 * @throws {SnapshotInvalidatedError} when there are particles that cannot be.
 */
export async function decodable(
  entries: ReadonlyMap<string, SnapshotEntry>,
): Promise<MemoryBackend> {
  requireSoundParticles(entries);
  const backend = new MemoryBackend();
  for (const [key, entry] of entries) backend.put(key, entry, "share");
  await loadFormulas(backend);
  return backend;
}

/** Loads the expression code if an entry needs it. */
export async function loadFormulas(entries: EntrySource): Promise<void> {
  for (const key of entries.keys()) {
    if (entries.get(key)?.kind === "expression") return await loadExpressions();
  }
}

/**
 * Checks the particles of a file, which may have been written by any program; a live swarm cannot have such particles,
 * so captures in memory are not checked.
 *
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
