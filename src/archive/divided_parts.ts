/**
 * Reads a file of one number of ranks on another: every rank opens only the files of which it reads rows.
 *
 * The file is thought of as an interval, each part of it as long as any other; each rank reads one piece of that, of
 * every array the same share of its rows. The checksum of an array that several ranks read is compared by one of them,
 * to which the others send what they have read: no byte is read twice.
 *
 * @module
 */
import { bytesPerElement, freeMemory, type TypedArray, viewOf } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Comm, JsonValue } from "../comm/comm.ts";
import { fromJson, toJson } from "../comm/plain_json.ts";
import type { CapturedParts, EntryHead, RankHeads, RowSpan } from "../snapshot/captured_parts.ts";
import { memberPlaceOf, type SnapshotEntry } from "../snapshot/contract.ts";
import type { SnapshotFile } from "../snapshot/file/snapshot_file.ts";
import { StoredNumbers } from "../snapshot/file/stored_numbers.ts";
import { refusal } from "../snapshot/rank_entries.ts";
import { meshSection } from "../mesh/stored.ts";
import { swarmSection } from "../swarm/stored.ts";

/** Implements {@link CapturedParts} over an open file. */
export class DividedParts implements CapturedParts {
  readonly comm: Comm;
  readonly heads: readonly RankHeads[];
  /** The keys of the first part, in the order of capture. */
  readonly keys: readonly string[];
  readonly #file: SnapshotFile;
  readonly #roots: readonly string[];
  #memory = new ArrayBuffer(0);
  #calls = 0;

  /**
   * Reads all heads of meshes and swarms. Collective.
   *
   * @param roots What the keys of each rank that captured begin with.
   * @throws {SnapshotCorruptError} when one is missing or damaged, on every rank.
   */
  constructor(file: SnapshotFile, comm: Comm, roots: readonly string[]) {
    const keys = file.keys();
    this.#file = file;
    this.comm = comm;
    this.#roots = roots;
    this.keys = below(keys, roots[0]);
    const own = allOrNone(comm, () => this.#headsHere(keys));
    this.heads = comm.allgather(own).flatMap((lists) =>
      (lists as JsonValue[]).map((list) => new Map(fromJson(list) as [string, EntryHead][]))
    );
  }

  /**
   * The entries of the first part that no mesh and no swarm has divided, from the rank that reads them. Collective.
   *
   * @throws {SnapshotCorruptError} when one is missing or damaged, on every rank.
   */
  undivided(): Map<string, SnapshotEntry> {
    const { comm, keys } = this, names = keys.filter((key) => !isDivided(key));
    const own = allOrNone(
      comm,
      () => comm.rank > 0 ? [] : names.map((key) => this.#file.entry(this.#roots[0] + key)),
    );
    const heads = comm.bcast(
      toJson(own.map(({ data, ...head }) => ({ ...head, numbers: data !== null }))),
    );
    const all = fromJson(heads) as (Omit<SnapshotEntry, "data"> & { numbers: boolean })[];
    return new Map(all.map(({ numbers, ...head }, i) => {
      const data = numbers ? comm.bcast<TypedArray>(own[i]?.data ?? new Uint8Array(0)) : null;
      return [names[i], { ...head, data }];
    }));
  }

  spans(rowsOf: (part: number) => number): readonly RowSpan[] {
    return this.#spansOf(this.comm.rank, rowsOf);
  }

  rows(key: string, rowsOf: (part: number) => number): TypedArray {
    const { comm } = this, call = this.#calls++;
    const { kind, width } = this.#shapeOf(key, rowsOf);
    const row = width * bytesPerElement(kind), spans = this.spans(rowsOf);
    const total = spans.reduce((sum, { first, last }) => sum + last - first, 0) * row;
    if (this.#memory.byteLength < total) {
      freeMemory([new Uint8Array(this.#memory)]);
      this.#memory = new ArrayBuffer(total);
    }
    let at = 0;
    const pieces = allOrNone(comm, () =>
      spans.map((span) => {
        const into = new Uint8Array(this.#memory, at, (span.last - span.first) * row);
        at += into.length;
        return this.#read(key, span, row, into, rowsOf);
      }));
    const sound = pieces.map((piece) => piece === null || this.#isSound(piece, call));
    allOrNone(comm, () => {
      pieces.forEach((piece, i) => {
        if (!sound[i]) throw piece!.stored.damage();
      });
    });
    return viewOf(kind, this.#memory, total / bytesPerElement(kind)) as TypedArray;
  }

  /** The piece of `rank`: of each part, which share of its rows, in parts of the number of ranks. */
  #spansOf(rank: number, rowsOf: (part: number) => number): RowSpan[] {
    const parts = this.#roots.length, { size } = this.comm, spans: RowSpan[] = [];
    for (let part = 0; part < parts; part++) {
      const from = Math.max(0, rank * parts - part * size);
      const to = Math.min(size, (rank + 1) * parts - part * size);
      if (from >= to) continue;
      const rows = rowsOf(part);
      spans.push({
        part,
        first: Math.floor(rows * from / size),
        last: Math.floor(rows * to / size),
      });
    }
    return spans;
  }

  /** The ranks that read rows of a part, ascending. */
  #readersOf(part: number): number[] {
    const parts = this.#roots.length, { size } = this.comm;
    const first = Math.floor(part * size / parts), last = Math.ceil((part + 1) * size / parts);
    return Array.from({ length: last - first }, (_, i) => first + i);
  }

  /** The heads of the parts of which this rank is the first reader. */
  #headsHere(keys: readonly string[]): JsonValue {
    return this.#roots.flatMap((root, part) => {
      if (this.#readersOf(part)[0] !== this.comm.rank) return [];
      const divided = below(keys, root).filter(isDivided);
      return [toJson(divided.map((key) => [key, this.#file.head(root + key)]))];
    });
  }

  /** The type and the numbers per row, the same in all parts. */
  #shapeOf(key: string, rowsOf: (part: number) => number) {
    const all = this.heads.map((part) => part.get(key)).filter((head) => head?.elements);
    const [like] = all;
    if (like === undefined) throw refusal(`the snapshot has no numbers at "${key}"`);
    const extents = like.shape.slice(1).join();
    const width = like.shape.slice(1).reduce((a, b) => a * b, 1);
    this.heads.forEach((part, p) => {
      const head = part.get(key);
      if (!head?.elements) return;
      const same = head.elements === like.elements && head.shape.slice(1).join() === extents;
      if (same && head.shape[0] >= rowsOf(p)) return;
      throw refusal(`"${key}" is not the same on all ranks that captured it, or lacks rows`);
    });
    return { kind: like.elements!, width };
  }

  /** Reads a span; returns what its checksum needs where that is not compared yet. */
  #read(
    key: string,
    { part, first, last }: RowSpan,
    row: number,
    into: Uint8Array,
    rowsOf: (part: number) => number,
  ): Piece | null {
    if (!this.heads[part].get(key)?.elements) {
      into.fill(0);
      return null;
    }
    const stored = new StoredNumbers(this.#file, this.#roots[part] + key);
    const readers = this.#readersOf(part);
    stored.read(into, first * row);
    if (!stored.isUnchecked) return null;
    // What stands behind the rows that count has a checksum with them.
    const rest = readers.at(-1) === this.comm.rank && last === rowsOf(part)
      ? stored.readFrom(last * row)
      : new Uint8Array(0);
    return { stored, readers, bytes: [into, rest] };
  }

  /** Whether numbers match their checksum; true on the ranks that do not compare it. */
  #isSound({ stored, readers, bytes }: Piece, call: number): boolean {
    const { comm } = this, judge = readers[call % readers.length];
    if (comm.rank !== judge) {
      for (const piece of bytes) comm.send(piece, judge, checksumTag);
      return true;
    }
    return stored.matches(function* () {
      for (const reader of readers) {
        for (let i = 0; i < 2; i++) {
          yield reader === judge ? bytes[i] : comm.recv<Uint8Array>(reader, checksumTag);
        }
      }
    }());
  }
}

/** Numbers that this rank has read, and that are not compared with their checksum yet. */
interface Piece {
  readonly stored: StoredNumbers;
  readonly readers: readonly number[];
  readonly bytes: readonly [Uint8Array, Uint8Array];
}

/** The tag of messages with bytes for a checksum. */
const checksumTag = 7301;

function below(keys: readonly string[], root: string): string[] {
  return keys.filter((key) => key.startsWith(root)).map((key) => key.slice(root.length));
}

/** Whether a mesh or a swarm has the entry. */
function isDivided(key: string): boolean {
  const section = memberPlaceOf(key)?.section;
  return section === meshSection || section === swarmSection;
}
