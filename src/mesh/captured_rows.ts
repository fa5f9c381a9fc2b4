/**
 * Rows of a mesh that another number of ranks captured, brought to where they are needed now by their global ids.
 *
 * @module
 */
import { freeMemory, type TypedArray } from "../arrays.ts";
import { ownedRows } from "../snapshot/assemble.ts";
import {
  type CapturedParts,
  type EntryHead,
  numbersIn,
  type RowSpan,
} from "../snapshot/captured_parts.ts";
import { entryOf, refusal } from "../snapshot/rank_entries.ts";
import { RowRoutes } from "../snapshot/row_routes.ts";

/** Which rows a rank wants, and how many there are of all. */
export interface WantedRows {
  /** Global ids, `[count]`. */
  readonly ids: Int32Array;
  readonly globalCount: number;
}

/** The rows of one mesh; routes are found once for each list of ids. */
export class CapturedRows {
  readonly #parts: CapturedParts;
  readonly #key: string;
  readonly #routes = new Map<string, RowRoutes | null>();

  /** @param key The key of the mesh in the captures. */
  constructor(parts: CapturedParts, key: string) {
    this.#parts = parts;
    this.#key = key;
  }

  /** The heads of an entry, by rank. */
  heads(path: string): EntryHead[] {
    return this.#parts.heads.map((part) => entryOf(part, `${this.#key}/${path}`));
  }

  /**
   * The global ids of the owned rows that this rank reads: those under `path`, or all in order where one rank
   * captured. Collective.
   */
  ids(path: string, count: number): Int32Array {
    const parts = this.#parts;
    if (parts.heads.length > 1) {
      return parts.rows(`${this.#key}/${path}`, this.#ownedBy(path, path, count))
        .slice() as Int32Array;
    }
    return numbersIn(parts.spans(() => count));
  }

  /** Which rows {@link CapturedRows.held} gives. */
  spans(path: string, ids: string, count: number): readonly RowSpan[] {
    return this.#parts.spans(this.#ownedBy(path, ids, count));
  }

  /** The owned rows of `path` that this rank reads, in memory that is used again. Collective. */
  held(path: string, ids: string, count: number): TypedArray {
    return this.#parts.rows(`${this.#key}/${path}`, this.#ownedBy(path, ids, count));
  }

  /**
   * The rows that this rank wants, `[wanted.ids.length x width]`. Collective.
   *
   * @param ids The path of their global ids.
   * @throws {SnapshotInvalidatedError} unless the ranks captured each row exactly once.
   */
  bring(path: string, ids: string, wanted: WantedRows, width: number): TypedArray {
    const { globalCount } = wanted;
    const fits = this.heads(path).every(({ elements, shape }) =>
      elements === null || shape.slice(1).reduce((a, b) => a * b, 1) === width
    );
    const routes = fits ? this.#routesOf(ids, wanted) : null;
    if (routes !== null) return routes.bring(this.held(path, ids, globalCount), width);
    throw refusal(
      `"${this.#key}/${path}" does not hold each of ${globalCount} rows of ${width} exactly once`,
    );
  }

  #routesOf(ids: string, wanted: WantedRows): RowRoutes | null {
    let routes = this.#routes.get(ids);
    if (routes === undefined) {
      const { comm } = this.#parts, { globalCount } = wanted;
      const held = this.ids(ids, globalCount);
      routes = RowRoutes.of(comm, held, wanted.ids, globalCount);
      freeMemory([held]);
      this.#routes.set(ids, routes);
    }
    return routes;
  }

  /** How many rows each part owns: as its entry says, or its ids, or all of them. */
  #ownedBy(path: string, ids: string, count: number): (part: number) => number {
    const { heads } = this.#parts, key = this.#key;
    return (part) =>
      ownedRows(heads[part].get(`${key}/${path}`)) ?? ownedRows(heads[part].get(`${key}/${ids}`)) ??
        count;
  }
}
