/**
 * Reads the data that a rank restores from a file, for any number of ranks that wrote it.
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

/** The entries of one rank; disposing of them returns their buffers to the pool. */
export interface Restorable extends Disposable {
  readonly entries: MemoryBackend;
}

/**
 * Reads the data that this rank restores: its own capture if the file was written by the current
 * number of ranks, otherwise its share of the whole. Either all ranks return or all throw.
 * Collective.
 *
 * @param subject the object to restore; its payloads determine how the data is divided.
 * @param pool the pool that provides the buffers.
 * @throws {SnapshotInvalidatedError} when the captures of the ranks do not belong together, or to
 *   the subject.
 * @throws {CommError} when the ranks have read different states.
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
    // Paths may differ between ranks, or the file may have been replaced after some ranks had read
    // it.
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

/**
 * Reads one capture if the file was written by the current number of ranks, otherwise all of them.
 */
async function readHere(keeper: MemoryBackend, path: string | URL, comm: Comm, asked: ReadOptions) {
  const { readCaptures } = await import("./read_captures.ts");
  const options = { ...asked, take: (bytes: number) => keeper.borrow(bytes) };
  const read = await readCaptures(path, comm.rank, comm.size, options);
  const { created_at, step, sim_time } = read.metadata;
  return {
    ranks: read.ranks,
    captures: await decodable(read.captures),
    /** Identifies the state, since all ranks must restore the same one. */
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
