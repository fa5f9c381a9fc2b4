import { SnapshotInvalidatedError } from "../errors.ts";
import type { CheckpointBackend, SnapshotEntry } from "./contract.ts";

/**
 * Returns an entry from the capture of one rank.
 *
 * @throws {SnapshotInvalidatedError} when the capture does not contain it.
 */
export function entryOf(capture: CheckpointBackend, path: string): SnapshotEntry {
  const entry = capture.get(path);
  if (entry !== undefined) return entry;
  throw refusal(`the snapshot has no "${path}" on one of its ranks`);
}

/** The error for captures of several ranks that do not belong together. */
export function refusal(problem: string): SnapshotInvalidatedError {
  return new SnapshotInvalidatedError(`nothing was restored: ${problem}`, [problem]);
}
