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
import { decodable, loadFormulas } from "./decodable.ts";
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
    const { roots, capture, identity } = allOrNone(comm, () => valueOf(attempt));
    // Paths may differ between ranks, or the file may have been replaced after some ranks had read
    // it.
    requireSame(comm, "loadState", identity);
    if (capture !== null && comm.size > 1) shareWholes(subject.payloads, capture, comm);
    const entries = capture ?? await dividedAnew(subject, path, options, roots);
    return { entries, [Symbol.dispose]: () => keeper.release() };
  } catch (error) {
    keeper.release();
    throw error;
  }
}

/**
 * Reads one capture if the file was written by the current number of ranks, or the whole on one rank.
 */
async function readHere(keeper: MemoryBackend, path: string | URL, comm: Comm, asked: ReadOptions) {
  const { readCaptures } = await import("./read_captures.ts");
  const options = { ...asked, take: (bytes: number) => keeper.borrow(bytes) };
  const { roots, capture, metadata } = await readCaptures(path, comm.rank, comm.size, options);
  const { created_at, step, sim_time } = metadata;
  return {
    roots,
    capture: capture && await decodable(capture),
    /** Identifies the state, since all ranks must restore the same one. */
    identity: `a snapshot of ${created_at}, step ${step}, time ${sim_time}`,
  };
}

/** Reads this rank's share of what another number of ranks has written. Collective. */
async function dividedAnew(
  { payloads, comm }: Pick<Subject, "comm" | "payloads">,
  path: string | URL,
  options: ReadOptions,
  roots: readonly string[],
): Promise<MemoryBackend> {
  const { withSnapshotOnRanks } = await import("./open_snapshot.ts");
  const { DividedParts } = await import("./divided_parts.ts");
  const own = await withSnapshotOnRanks(comm, path, options, (file) => {
    const parts = new DividedParts(file, comm, roots), entries = new MemoryBackend();
    giveWholes(payloads, parts, parts.keys);
    redistribute(payloads, parts, parts.keys, parts.undivided(), entries);
    return entries;
  });
  await loadFormulas(own);
  return own;
}
