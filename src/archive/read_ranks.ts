/**
 * Snapshots that several ranks wrote, rank by rank.
 *
 * @module
 */
import type { Entry } from "../snapshot/contract.ts";
import { type ReadOptions, withSnapshot } from "./read_entries.ts";
import { rankRoot, ranksKey } from "../snapshot/file/rank_keys.ts";

/** What ranks have written. */
export interface RankParts {
  /** How many ranks wrote the file. */
  readonly ranks: number;
  /** The entries of the ranks that were asked for, under the keys of their capture. */
  readonly parts: Map<string, Entry>[];
  /** The attributes of `/metadata`. */
  readonly metadata: Record<string, unknown>;
}

/**
 * Reads the part of `rank` where as many ranks wrote the file as there are now, otherwise all parts.
 *
 * @throws {Error} as `readEntries`.
 */
export function readRanks(
  path: string | URL,
  rank: number,
  ranks: number,
  options: ReadOptions,
): Promise<RankParts> {
  return withSnapshot(path, options, (file) => {
    const keys = file.keys(), metadata = file.metadata();
    const written = keys[0] === ranksKey ? Number(metadata.ranks_at_write) : 1;
    const partAt = (root: string) => {
      const own = keys.filter((key) => key.startsWith(root));
      return new Map(own.map((key) => [key.slice(root.length), file.entry(key)]));
    };
    const wanted = written === ranks ? [rank] : Array.from({ length: written }, (_, r) => r);
    const roots = keys[0] === ranksKey ? wanted.map((r) => `${rankRoot(r)}/`) : [""];
    return { ranks: written, parts: roots.map(partAt), metadata };
  });
}
