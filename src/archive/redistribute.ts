import { type CheckpointBackend, childKey, namesOf, type Payload } from "../snapshot/contract.ts";
import { BackendSink } from "../snapshot/sink.ts";
import type { Subject } from "../snapshot/subject.ts";

/**
 * Writes to `into` what this rank would have captured, from what ranks of another number have: meshes and
 * swarms are put together and divided anew; histories, solvers, parameters, tracker and random stream,
 * which are the same on all ranks, are those of the first.
 *
 * @param parts the entries of every rank, by rank.
 * @throws {SnapshotInvalidatedError} when the parts do not belong together, or to this model.
 */
export function redistribute(
  subject: Pick<Subject, "meshes" | "swarms">,
  parts: readonly CheckpointBackend[],
  into: CheckpointBackend,
): void {
  const done = new Set<string>();
  for (const key of parts[0].keys()) {
    const [section, name] = namesOf(key);
    const live: ReadonlyMap<string, Payload> | null = section === "meshes"
      ? subject.meshes
      : section === "swarms"
      ? subject.swarms
      : null;
    const member = name === undefined ? undefined : live?.get(name);
    if (member?.redistribute === undefined) {
      into.put(key, parts[0].get(key)!, "share");
      continue;
    }
    const root = childKey(section, name);
    if (done.has(root)) continue;
    done.add(root);
    member.redistribute(parts, root, new BackendSink(into, root));
  }
}
