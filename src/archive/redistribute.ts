import type { CapturedParts } from "../snapshot/captured_parts.ts";
import { type CheckpointBackend, memberPlaceOf, type SnapshotEntry } from "../snapshot/contract.ts";
import { BackendSink } from "../snapshot/sink.ts";
import type { PayloadSection } from "../snapshot/subject.ts";

/**
 * Writes to `into` what this rank would have captured, from the captures of a different number of
 * ranks. Meshes and swarms are merged and divided anew. Histories, solvers, parameters, tracker and
 * random stream, which are the same on all ranks, are taken from the first rank. Collective.
 *
 * @param keys the keys of the first rank, in the order of capture.
 * @param undivided its entries that belong to no mesh and no swarm.
 * @throws {SnapshotInvalidatedError} when the captures do not belong together, or to this model.
 */
export function redistribute(
  payloads: readonly PayloadSection[],
  parts: CapturedParts,
  keys: readonly string[],
  undivided: ReadonlyMap<string, SnapshotEntry>,
  into: CheckpointBackend,
): void {
  const done = new Set<string>();
  for (const key of keys) {
    const place = memberPlaceOf(key), known = undivided.get(key);
    if (place === null || known !== undefined) {
      into.put(key, known!, "share");
      continue;
    }
    const section = payloads.find((payload) => payload.section === place.section);
    const member = section?.members.get(place.name), { root } = place;
    if (member?.redistribute === undefined) {
      // What is not here has no place for its numbers; the plan refuses it.
      into.put(key, { ...parts.heads[0].get(key)!, kind: "group", shape: [] }, "share");
      continue;
    }
    if (done.has(root)) continue;
    done.add(root);
    member.redistribute(parts, root, new BackendSink(into, root));
  }
}
