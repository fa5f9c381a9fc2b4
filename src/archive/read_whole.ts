/**
 * Reads snapshots as one rank would have captured them, for any number of ranks that wrote them.
 * All data is read into memory and verified before anything is returned.
 *
 * @module
 */
import type { SnapshotEntry, SnapshotScalar } from "../snapshot/contract.ts";
import type { ReadOptions } from "./file_options.ts";
import { withSnapshot } from "./open_snapshot.ts";
import { capturesIn, entriesOf, wholeSnapshotOf } from "./rank_captures.ts";

/** A snapshot in memory. */
export interface WholeSnapshot {
  /**
   * The attributes of `/metadata`; for each `*_json` attribute also its value under the plain name.
   */
  readonly metadata: Record<string, unknown>;
  /** The entries in the order of capture, each with its own arrays. */
  readonly entries: Map<string, SnapshotEntry>;
}

/**
 * Reads a whole snapshot, following links to sidecars and bases; data written by several ranks is
 * merged into what one rank would have captured.
 *
 * @throws {SnapshotInvalidatedError} when the captures of several ranks do not belong together.
 * @throws {Error} as {@link withSnapshot}.
 */
export function readWhole(path: string | URL, options: ReadOptions = {}): Promise<WholeSnapshot> {
  return withSnapshot(path, options, (file) => {
    const metadata = withDecoded(file.metadata());
    return { metadata, entries: entriesOf(wholeSnapshotOf(file)) };
  });
}

/**
 * Reads a whole snapshot as {@link readWhole} does, and also the capture of each rank if several
 * wrote it.
 *
 * @throws {Error} as `readWhole`.
 */
export function readWholeAndCaptures(
  path: string | URL,
): Promise<{ whole: Map<string, SnapshotEntry>; captures: Map<string, SnapshotEntry>[] }> {
  return withSnapshot(path, {}, (file) => {
    const captures = capturesIn(file);
    return { whole: entriesOf(wholeSnapshotOf(file, captures)), captures: captures.map(entriesOf) };
  });
}

/**
 * Reads the description in a snapshot, without its numbers.
 *
 * @returns the attributes of `/metadata` (`created_at`, `toolkit_version`, `step`, `sim_time`,
 *   `dt`, …); for each `*_json` attribute also the decoded value under the name without that
 *   ending.
 * @throws {Error} as {@link withSnapshot}.
 */
export function readMetadata(
  path: string | URL,
  options: ReadOptions = {},
): Promise<Record<string, unknown>> {
  return withSnapshot(path, options, (file) => withDecoded(file.metadata()));
}

function withDecoded(metadata: Record<string, SnapshotScalar>): Record<string, unknown> {
  const all: Record<string, unknown> = { ...metadata };
  for (const [name, value] of Object.entries(metadata)) {
    if (!name.endsWith("_json") || typeof value !== "string") continue;
    try {
      all[name.slice(0, -"_json".length)] = JSON.parse(value);
    } catch {
      // Another program wrote something else there, so only the text itself is returned.
    }
  }
  return all;
}
