/**
 * The entries of a file as one rank would have captured them, whoever wrote it.
 *
 * @module
 */
import type { Entry } from "../snapshot/contract.ts";
import { MergedRanks } from "./merge_ranks.ts";
import { rankRoot, ranksKey } from "../snapshot/file/rank_keys.ts";
import type { SnapshotFile } from "../snapshot/file/snapshot_file.ts";

/** Entries that are read when they are asked for. */
export interface WholeSource {
  keys(): Iterable<string>;
  get(key: string): Entry | undefined;
}

/** What is in `file`; where several ranks wrote it, put together by global id. */
export function wholeSourceOf(file: SnapshotFile, parts = partsOf(file)): WholeSource {
  if (parts.length > 0) return new MergedRanks(parts, parts[0].keys());
  const keys = new Set(file.keys());
  return { keys: () => keys, get: (key) => keys.has(key) ? file.entry(key) : undefined };
}

/** What each rank captured, an entry being read once; empty where one rank wrote the file. */
export function partsOf(file: SnapshotFile): WholeSource[] {
  const keys = file.keys();
  const ranks = keys[0] === ranksKey ? file.entry(ranksKey).keys!.length : 0;
  return Array.from({ length: ranks }, (_, rank) => new RankEntries(file, rankRoot(rank), keys));
}

class RankEntries implements WholeSource {
  readonly #keys: ReadonlySet<string>;
  readonly #file: SnapshotFile;
  readonly #root: string;
  readonly #read = new Map<string, Entry>();

  constructor(file: SnapshotFile, root: string, keys: readonly string[]) {
    this.#file = file;
    this.#root = `${root}/`;
    const own = keys.filter((key) => key.startsWith(this.#root));
    this.#keys = new Set(own.map((key) => key.slice(this.#root.length)));
  }

  keys(): Iterable<string> {
    return this.#keys;
  }

  get(key: string): Entry | undefined {
    if (!this.#keys.has(key)) return undefined;
    let entry = this.#read.get(key);
    if (entry === undefined) this.#read.set(key, entry = this.#file.entry(this.#root + key));
    return entry;
  }
}
