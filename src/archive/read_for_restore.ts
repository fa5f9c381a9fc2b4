/**
 * Reads the data that a rank restores from a file, for any number of ranks that wrote it.
 *
 * @module
 */
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import type { BufferPool } from "../snapshot/pool.ts";
import type { Subject } from "../snapshot/subject.ts";
import { loadFormulas } from "./decodable.ts";
import type { ReadOptions } from "./file_options.ts";

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
  const keeper = new MemoryBackend(pool);
  try {
    const { readOnRanks } = await import("./read_on_ranks.ts");
    const entries = await readOnRanks(subject, path, options, keeper);
    await loadFormulas(entries);
    return { entries, [Symbol.dispose]: () => keeper.release() };
  } catch (error) {
    keeper.release();
    throw error;
  }
}
