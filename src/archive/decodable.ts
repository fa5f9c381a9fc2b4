import { loadExpressions } from "../expression/contract.ts";
import type { SnapshotEntry } from "../snapshot/contract.ts";
import { requireSoundParticles } from "./particle_check.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";

/**
 * Returns the entries of a file as backends, after loading the expression code if an entry needs
 * it.
 *
 * @throws {SnapshotInvalidatedError} when there are particles that cannot be.
 */
export async function decodable(
  captures: readonly ReadonlyMap<string, SnapshotEntry>[],
): Promise<MemoryBackend[]> {
  let formulas = false;
  const backends = captures.map((entries) => {
    requireSoundParticles(entries);
    const backend = new MemoryBackend();
    for (const [key, entry] of entries) {
      backend.put(key, entry, "share");
      formulas ||= entry.kind === "expression";
    }
    return backend;
  });
  if (formulas) await loadExpressions();
  return backends;
}
