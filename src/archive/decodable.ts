import { loadExpressions } from "../expression/contract.ts";
import type { EntrySource, SnapshotEntry } from "../snapshot/contract.ts";
import { requireSoundParticles } from "./particle_check.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";

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
