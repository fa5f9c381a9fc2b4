/**
 * Reads what a rank restores, if no rows have to be divided anew for that.
 *
 * @module
 */
import type { SnapshotEntry } from "../snapshot/contract.ts";
import { rankRoot, ranksKey } from "../snapshot/file/rank_keys.ts";
import type { SnapshotFile } from "../snapshot/file/snapshot_file.ts";
import { entriesOf, wholeSnapshotOf } from "./rank_captures.ts";

/** What the keys of each rank that wrote a file begin with. */
export function rootsOf(file: SnapshotFile): string[] {
  if (file.keys()[0] !== ranksKey) return [""];
  // Counted rather than believed: one list is made for each of them.
  const { length } = file.entry(ranksKey).keys ?? [];
  return Array.from({ length }, (_, rank) => `${rankRoot(rank)}/`);
}

/** The entries below one of them, under the keys of that rank's capture. */
export function captureBelow(file: SnapshotFile, root: string): Map<string, SnapshotEntry> {
  const own = file.keys().filter((key) => key.startsWith(root));
  return new Map(own.map((key) => [key.slice(root.length), file.entry(key)] as const));
}

/** Everything, as one rank would have captured it. */
export function wholeCapture(file: SnapshotFile): Map<string, SnapshotEntry> {
  return entriesOf(wholeSnapshotOf(file));
}
