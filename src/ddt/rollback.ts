/**
 * Puts back what a history did to its fields and particles when its start, or a solve, fails.
 *
 * @module
 */
import type { SnapshotPayload, Snapshottable } from "../snapshot/contract.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import type { BufferPool } from "../snapshot/pool.ts";
import { BackendSink } from "../snapshot/sink.ts";
import { BackendSource } from "../snapshot/source.ts";

/**
 * Runs `work`; if it throws, puts back the meshes and swarms and the state of the history before the error
 * is thrown on.
 *
 * @param touched The payloads whose variables hold the history.
 * @param history The history whose state may change.
 * @param pool Where the copies live.
 * @param work What may fail.
 */
export function withRollback<R>(
  touched: readonly SnapshotPayload[],
  history: Snapshottable,
  pool: BufferPool,
  work: () => R,
): R {
  const { state } = history;
  const backend = new MemoryBackend(pool);
  touched.forEach((payload, i) => payload.capture(new BackendSink(backend, String(i))));
  try {
    return work();
  } catch (error) {
    const problems: string[] = [];
    const writes = touched.map((payload, i) =>
      payload.plan(new BackendSource(backend, String(i), problems))
    );
    for (const write of writes) write();
    history.state = state;
    throw error;
  } finally {
    backend.release();
  }
}
