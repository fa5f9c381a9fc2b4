import { type CheckpointBackend, memberPlaceOf } from "../snapshot/contract.ts";
import { BackendSink } from "../snapshot/sink.ts";
import type { PayloadSection } from "../snapshot/subject.ts";

/**
 * Writes to `into` what this rank would have captured, from the captures of a different number of
 * ranks. Meshes and swarms are merged and divided anew. Histories, solvers, parameters, tracker and
 * random stream, which are the same on all ranks, are taken from the first rank.
 *
 * @param captures the entries of every rank, by rank.
 * @throws {SnapshotInvalidatedError} when the captures do not belong together, or to this model.
 */
export function redistribute(
  payloads: readonly PayloadSection[],
  captures: readonly CheckpointBackend[],
  into: CheckpointBackend,
): void {
  const done = new Set<string>();
  for (const key of captures[0].keys()) {
    const place = memberPlaceOf(key);
    const section = payloads.find((payload) => payload.section === place?.section);
    const member = place === null ? undefined : section?.members.get(place.name);
    if (place === null || member?.redistribute === undefined) {
      into.put(key, captures[0].get(key)!, "share");
      continue;
    }
    const { root } = place;
    if (done.has(root)) continue;
    done.add(root);
    member.redistribute(captures, root, new BackendSink(into, root));
  }
}
