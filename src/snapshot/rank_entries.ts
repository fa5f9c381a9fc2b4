import { SnapshotInvalidatedError } from "../errors.ts";
import type { SnapshotEntry } from "./contract.ts";

/**
 * Returns an entry from the capture of one rank.
 *
 * @throws {SnapshotInvalidatedError} when the capture does not contain it.
 */
export function entryOf<E extends SnapshotEntry>(
  capture: { get(path: string): E | undefined },
  path: string,
): E {
  const entry = capture.get(path);
  if (entry !== undefined) return entry;
  throw refusal(`the snapshot has no "${path}" on one of its ranks`);
}

/** The error for captures of several ranks that do not belong together. */
export function refusal(problem: string): SnapshotInvalidatedError {
  return new SnapshotInvalidatedError(`nothing was restored: ${problem}`, [problem]);
}

/** The error for captures of several ranks that do not hold each thing once. */
export function unfit(problem: string): SnapshotInvalidatedError {
  return new SnapshotInvalidatedError(
    `what several ranks have captured does not belong together: ${problem}`,
    [problem],
  );
}
