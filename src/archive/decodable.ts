import { loadExpressions } from "../expression/contract.ts";
import type { SnapshotEntry } from "../snapshot/contract.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";

/** Entries from a file as backends; what is needed to decode them is loaded. */
export async function decodable(
  captures: readonly ReadonlyMap<string, SnapshotEntry>[],
): Promise<MemoryBackend[]> {
  let formulas = false;
  const backends = captures.map((entries) => {
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
