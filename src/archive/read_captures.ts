/**
 * Reads the captures of the ranks, rank by rank.
 *
 * @module
 */
import type { SnapshotEntry } from "../snapshot/contract.ts";
import { rankRoot, ranksKey } from "../snapshot/file/rank_keys.ts";
import type { ReadOptions } from "./file_options.ts";
import { withSnapshot } from "./open_snapshot.ts";

/** The captures of the ranks that wrote a file. */
export interface Captures {
  /** The number of ranks that wrote the file. */
  readonly ranks: number;
  /** The entries of the ranks that were requested, under the keys of their captures. */
  readonly captures: Map<string, SnapshotEntry>[];
  /** The attributes of `/metadata`. */
  readonly metadata: Record<string, unknown>;
}

/**
 * Reads the capture of `rank` if the file was written by the current number of ranks, otherwise all
 * captures.
 *
 * @throws {Error} as {@link withSnapshot}.
 */
export function readCaptures(
  path: string | URL,
  rank: number,
  ranks: number,
  options: ReadOptions,
): Promise<Captures> {
  return withSnapshot(path, options, (file) => {
    const keys = file.keys(), metadata = file.metadata();
    // Counted rather than believed: one list is made for each of them.
    const written = keys[0] === ranksKey ? file.entry(ranksKey).keys?.length ?? 0 : 1;
    const captureAt = (root: string) => {
      const own = keys.filter((key) => key.startsWith(root));
      return new Map(own.map((key) => [key.slice(root.length), file.entry(key)]));
    };
    const wanted = written === ranks ? [rank] : Array.from({ length: written }, (_, r) => r);
    const roots = keys[0] === ranksKey ? wanted.map((r) => `${rankRoot(r)}/`) : [""];
    return { ranks: written, captures: roots.map(captureAt), metadata };
  });
}
