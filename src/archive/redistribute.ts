import { type CheckpointBackend, placeOf } from "../snapshot/contract.ts";
import { BackendSink } from "../snapshot/sink.ts";
import type { PayloadSection } from "../snapshot/subject.ts";

/**
 * Writes to `into` what this rank would have captured, from what ranks of another number have: meshes and
 * swarms are put together and divided anew; histories, solvers, parameters, tracker and random stream,
 * which are the same on all ranks, are those of the first.
 *
 * @param parts the entries of every rank, by rank.
 * @throws {SnapshotInvalidatedError} when the parts do not belong together, or to this model.
 */
export function redistribute(
  payloads: readonly PayloadSection[],
  parts: readonly CheckpointBackend[],
  into: CheckpointBackend,
): void {
  const done = new Set<string>();
  for (const key of parts[0].keys()) {
    const place = placeOf(key);
    const section = payloads.find((payload) => payload.section === place?.section);
    const member = place === null ? undefined : section?.members.get(place.name);
    if (place === null || member?.redistribute === undefined) {
      into.put(key, parts[0].get(key)!, "share");
      continue;
    }
    const { root } = place;
    if (done.has(root)) continue;
    done.add(root);
    member.redistribute(parts, root, new BackendSink(into, root));
  }
}
