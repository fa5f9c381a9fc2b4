import { SnapshotInvalidatedError } from "../errors.ts";
import type { CheckpointBackend, SnapshotEntry } from "./contract.ts";

/**
 * An entry of what one rank captured.
 *
 * @throws {SnapshotInvalidatedError} when that rank has none.
 */
export function entryOf(capture: CheckpointBackend, path: string): SnapshotEntry {
  const entry = capture.get(path);
  if (entry !== undefined) return entry;
  throw refusal(`the snapshot has no "${path}" on one of its ranks`);
}

/** Captures of ranks that do not belong together, as an error. */
export function refusal(problem: string): SnapshotInvalidatedError {
  return new SnapshotInvalidatedError(`nothing was restored: ${problem}`, [problem]);
}
