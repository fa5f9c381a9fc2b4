import { SnapshotInvalidatedError } from "../errors.ts";
import type { CheckpointBackend, SnapshotEntry } from "./contract.ts";

/**
 * The entry of one rank's part of a snapshot.
 *
 * @throws {SnapshotInvalidatedError} when that rank has none.
 */
export function entryOf(part: CheckpointBackend, path: string): SnapshotEntry {
  const entry = part.get(path);
  if (entry !== undefined) return entry;
  throw refusal(`the snapshot has no "${path}" on one of its ranks`);
}

/** Parts that do not belong together, as an error. */
export function refusal(problem: string): SnapshotInvalidatedError {
  return new SnapshotInvalidatedError(`nothing was restored: ${problem}`, [problem]);
}
