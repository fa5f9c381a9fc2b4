/**
 * What a rank is to restore from a file, whoever wrote it.
 *
 * @module
 */
import { allOrNone, requireSame, settled, valueOf } from "../comm/collective_errors.ts";
import { type LoadOptions, readSnapshotOfRanks } from "./disk.ts";
import type { FileLayer } from "../snapshot/file/file_layer.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import type { BufferPool } from "../snapshot/pool.ts";
import { redistribute } from "./redistribute.ts";
import type { Subject } from "../snapshot/subject.ts";

/** The entries of one rank; disposing of them gives their buffers back. */
export interface Share extends Disposable {
  readonly entries: MemoryBackend;
}

/**
 * Reads this rank's share of a snapshot: what it captured itself where as many ranks wrote the file, otherwise
 * its part of the whole. All ranks have theirs, or all throw. Collective.
 *
 * @param subject what the file is for, whose payloads say how it is divided.
 * @param pool where the buffers come from; null for new ones.
 * @throws {Error} as `readEntries`, on every rank.
 */
export async function readShare(
  subject: Pick<Subject, "comm" | "payloads">,
  pool: BufferPool | null,
  path: string | URL,
  options: LoadOptions & { readonly layer?: FileLayer },
): Promise<Share> {
  const { comm } = subject;
  const attempt = await settled(() => readSnapshotOfRanks(pool, path, comm, options));
  const read = allOrNone(comm, () => valueOf(attempt));
  const release = () => read[Symbol.dispose]();
  try {
    // Paths may differ, or the file may have been replaced while some had it already.
    requireSame(comm, "loadState", read.moment);
    if (read.ranks === comm.size) return { entries: read.parts[0], [Symbol.dispose]: release };
    const entries = allOrNone(comm, () => {
      const own = new MemoryBackend();
      redistribute(subject.payloads, read.parts, own);
      return own;
    });
    return { entries, [Symbol.dispose]: release };
  } catch (error) {
    release();
    throw error;
  }
}
