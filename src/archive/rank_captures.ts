/**
 * The contents of a snapshot file: the capture of each rank, and the whole as one rank would have
 * captured it.
 *
 * @module
 */
import type { EntrySource, SnapshotEntry } from "../snapshot/contract.ts";
import { rankRoot, ranksKey } from "../snapshot/file/rank_keys.ts";
import type { SnapshotFile } from "../snapshot/file/snapshot_file.ts";
import { MergedRanks } from "./merge_ranks.ts";

/**
 * The entries of a file, for any number of ranks; the captures of several ranks are merged by
 * global id.
 */
export function wholeSnapshotOf(
  file: SnapshotFile,
  captures: readonly EntrySource[] = capturesIn(file),
): EntrySource {
  if (captures.length > 0) return new MergedRanks(captures, captures[0].keys());
  const keys = new Set(file.keys());
  return { keys: () => keys, get: (key) => keys.has(key) ? file.entry(key) : undefined };
}

/**
 * The capture of each rank, with each entry read once; empty if the file was written by one rank.
 */
export function capturesIn(file: SnapshotFile): EntrySource[] {
  const keys = file.keys();
  const ranks = keys[0] === ranksKey ? file.entry(ranksKey).keys?.length ?? 0 : 0;
  return Array.from({ length: ranks }, (_, rank) => new RankCapture(file, rankRoot(rank), keys));
}

/** Reads all entries now. */
export function entriesOf(source: EntrySource): Map<string, SnapshotEntry> {
  return new Map(Array.from(source.keys(), (key) => [key, source.get(key)!] as const));
}

class RankCapture implements EntrySource {
  readonly #keys: ReadonlySet<string>;
  readonly #file: SnapshotFile;
  readonly #root: string;
  readonly #read = new Map<string, SnapshotEntry>();

  constructor(file: SnapshotFile, root: string, keys: readonly string[]) {
    this.#file = file;
    this.#root = `${root}/`;
    const own = keys.filter((key) => key.startsWith(this.#root));
    this.#keys = new Set(own.map((key) => key.slice(this.#root.length)));
  }

  keys(): Iterable<string> {
    return this.#keys;
  }

  get(key: string): SnapshotEntry | undefined {
    if (!this.#keys.has(key)) return undefined;
    let entry = this.#read.get(key);
    if (entry === undefined) this.#read.set(key, entry = this.#file.entry(this.#root + key));
    return entry;
  }
}
