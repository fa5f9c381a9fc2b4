/**
 * What a rank is to restore from a file, on however many ranks it was written.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { allOrNone, requireSame, settled, valueOf } from "../comm/collective_errors.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import type { BufferPool } from "../snapshot/pool.ts";
import type { Subject } from "../snapshot/subject.ts";
import { decodable } from "./decodable.ts";
import type { ReadOptions } from "./file_options.ts";
import { redistribute } from "./redistribute.ts";
import { giveWholes, shareWholes } from "./wholes.ts";

/** The entries of one rank; disposing of them gives their buffers back. */
export interface Restorable extends Disposable {
  readonly entries: MemoryBackend;
}

/**
 * Reads what this rank is to restore: what it captured itself where as many ranks wrote the file, otherwise its
 * share of the whole. All ranks have theirs, or all throw. Collective.
 *
 * @param subject what the file is for, whose payloads say how it is divided.
 * @param pool where the buffers come from.
 * @throws {SnapshotInvalidatedError} when what the ranks captured does not belong together, or to the subject.
 * @throws {CommError} when ranks have read different states.
 * @throws {Error} as `withSnapshot`, on every rank.
 */
export async function readForRestore(
  subject: Pick<Subject, "comm" | "payloads">,
  pool: BufferPool,
  path: string | URL,
  options: ReadOptions,
): Promise<Restorable> {
  const { comm } = subject;
  const keeper = new MemoryBackend(pool);
  const attempt = await settled(() => readHere(keeper, path, comm, options));
  try {
    const { ranks, captures, identity } = allOrNone(comm, () => valueOf(attempt));
    // Paths may differ, or the file may have been replaced while some ranks had read it already.
    requireSame(comm, "loadState", identity);
    if (ranks === comm.size && comm.size > 1) shareWholes(subject.payloads, captures[0], comm);
    const entries = ranks === comm.size
      ? captures[0]
      : allOrNone(comm, () => redistributed(subject, captures));
    return { entries, [Symbol.dispose]: () => keeper.release() };
  } catch (error) {
    keeper.release();
    throw error;
  }
}

/** What this rank reads: one capture where as many ranks wrote the file, otherwise all of them. */
async function readHere(keeper: MemoryBackend, path: string | URL, comm: Comm, asked: ReadOptions) {
  const { readCaptures } = await import("./read_captures.ts");
  const options = { ...asked, take: (bytes: number) => keeper.borrow(bytes) };
  const read = await readCaptures(path, comm.rank, comm.size, options);
  const { created_at, step, sim_time } = read.metadata;
  return {
    ranks: read.ranks,
    captures: await decodable(read.captures),
    /** Which state this is: ranks must not put back different ones. */
    identity: `a snapshot of ${created_at}, step ${step}, time ${sim_time}`,
  };
}

function redistributed(
  { payloads }: Pick<Subject, "payloads">,
  captures: readonly MemoryBackend[],
): MemoryBackend {
  const own = new MemoryBackend();
  giveWholes(payloads, captures);
  redistribute(payloads, captures, own);
  return own;
}
