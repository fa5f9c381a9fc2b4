/**
 * Reads the captures of the ranks, rank by rank.
 *
 * @module
 */
import type { SnapshotEntry } from "../snapshot/contract.ts";
import { rankRoot, ranksKey } from "../snapshot/file/rank_keys.ts";
import type { ReadOptions } from "./file_options.ts";
import type { SnapshotFile } from "../snapshot/file/snapshot_file.ts";
import { withSnapshot } from "./open_snapshot.ts";
import { entriesOf, wholeSnapshotOf } from "./rank_captures.ts";

/** What is known of a file before it is read, and the capture of one rank. */
export interface Captures {
  /** What the keys of each rank that wrote the file begin with. */
  readonly roots: readonly string[];
  /** The entries that were requested, under the keys of their capture; null where they have to be divided anew. */
  readonly capture: Map<string, SnapshotEntry> | null;
  /** The attributes of `/metadata`. */
  readonly metadata: Record<string, unknown>;
}

/**
 * Reads the capture of `rank` if the file was written by the current number of ranks, and everything as one rank would
 * have captured it if there is only one.
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
    const keys = file.keys(), metadata = file.metadata(), roots = rootsOf(file, keys);
    if (roots.length === ranks) {
      const root = roots[rank], own = keys.filter((key) => key.startsWith(root));
      const capture = new Map(own.map((key) => [key.slice(root.length), file.entry(key)] as const));
      return { roots, capture, metadata };
    }
    const capture = ranks === 1 ? entriesOf(wholeSnapshotOf(file)) : null;
    return { roots, capture, metadata };
  });
}

function rootsOf(file: SnapshotFile, keys: readonly string[]): string[] {
  if (keys[0] !== ranksKey) return [""];
  // Counted rather than believed: one list is made for each of them.
  const { length } = file.entry(ranksKey).keys ?? [];
  return Array.from({ length }, (_, rank) => `${rankRoot(rank)}/`);
}
