/**
 * Reads what ranks restore from a file of any number of ranks.
 *
 * @module
 */
import { allOrNone, requireSame } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import type { SnapshotFile } from "../snapshot/file/snapshot_file.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import type { Subject } from "../snapshot/subject.ts";
import { DividedParts } from "./divided_parts.ts";
import type { ReadOptions } from "./file_options.ts";
import { withSnapshotOnRanks } from "./open_snapshot.ts";
import { requireSoundParticles } from "./decodable.ts";
import { captureBelow, rootsOf, wholeCapture } from "./read_captures.ts";
import { redistribute } from "./redistribute.ts";
import { giveWholes, shareWholes } from "./wholes.ts";

/** What is restored. */
type Restored = Pick<Subject, "comm" | "payloads">;

/**
 * Reads what this rank restores: as it is in the file, the whole on one rank, or its share. Collective.
 *
 * @param keeper Gives memory for what is not divided anew, which lives as long as it does.
 * @throws {Error} as `readForRestore`.
 */
export function readOnRanks(
  subject: Restored,
  path: string | URL,
  options: ReadOptions,
  keeper: MemoryBackend,
): Promise<MemoryBackend> {
  const { comm } = subject;
  let isDivided = false;
  // What is divided anew is not needed as it was read.
  const take = (bytes: number) => isDivided ? new ArrayBuffer(bytes) : keeper.borrow(bytes);
  return withSnapshotOnRanks(comm, path, { ...options, take }, (file) => {
    const roots = rootsRead(file, comm);
    isDivided = comm.size > 1 && roots.length !== comm.size;
    return isDivided ? dividedAnew(subject, file, roots) : asWritten(subject, file, roots);
  });
}

/** What the keys of each rank that wrote the file begin with; all ranks must have opened the same one. Collective. */
function rootsRead(file: SnapshotFile, comm: Comm): string[] {
  const { roots, identity } = allOrNone(comm, () => {
    const { created_at, step, sim_time } = file.metadata();
    const identity = `a snapshot of ${created_at}, step ${step}, time ${sim_time}`;
    return { roots: rootsOf(file), identity };
  });
  // Paths may differ between ranks, or the file may have been replaced after some ranks had opened it.
  requireSame(comm, "loadState", identity);
  return roots;
}

/** Reads what as many ranks have written, or the whole on one rank. Collective. */
function asWritten(
  { payloads, comm }: Restored,
  file: SnapshotFile,
  roots: readonly string[],
): MemoryBackend {
  const entries = allOrNone(comm, () => {
    const own = roots.length === comm.size
      ? captureBelow(file, roots[comm.rank])
      : wholeCapture(file);
    requireSoundParticles(own);
    const backend = new MemoryBackend();
    for (const [key, entry] of own) backend.put(key, entry, "share");
    return backend;
  });
  if (comm.size > 1) shareWholes(payloads, entries, comm);
  return entries;
}

/** Reads this rank's share of what another number of ranks has written. Collective. */
function dividedAnew(
  { payloads, comm }: Restored,
  file: SnapshotFile,
  roots: readonly string[],
): MemoryBackend {
  const parts = new DividedParts(file, comm, roots), entries = new MemoryBackend();
  giveWholes(payloads, parts, parts.keys);
  redistribute(payloads, parts, parts.keys, parts.undivided(), entries);
  return entries;
}
