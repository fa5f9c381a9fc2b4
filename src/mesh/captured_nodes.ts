/**
 * The numbering of the ranks that captured a mesh, in that of the whole mesh.
 *
 * @module
 */
import { freeMemory } from "../arrays.ts";
import { firstFrom } from "./ascending.ts";
import { type CapturedParts, numbersIn, type RowSpan } from "../snapshot/captured_parts.ts";
import { entryOf, unfit } from "../snapshot/rank_entries.ts";
import { RowRoutes } from "../snapshot/row_routes.ts";
import { meshPaths } from "./stored.ts";

/**
 * Local numbers of nodes, or of what else has global ids. The ids of all parts are thought of as one list, each part's
 * behind those of the part before, of which each rank reads some and asks for others.
 */
export class CapturedNodes {
  readonly #parts: CapturedParts;
  readonly #path: string;
  /** Where the ids of each part begin in the list of all; null where one rank captured, whose numbers are global. */
  readonly #starts: readonly number[] | null;

  /** @param path The path of the global ids, those of nodes unless given. */
  constructor(parts: CapturedParts, key: string, path = `${key}/${meshPaths.nodeIds}`) {
    this.#parts = parts;
    this.#path = path;
    if (parts.heads.length === 1) {
      this.#starts = null;
      return;
    }
    const starts = [0];
    parts.heads.forEach((part, p) => starts.push(starts[p] + (entryOf(part, path).shape[0] ?? 0)));
    this.#starts = starts;
  }

  /**
   * The global ids of local numbers. Collective.
   *
   * @param local A table with rows of `width`, in which this rank's `spans` stand one behind the other.
   * @throws {SnapshotInvalidatedError} when a number does not exist.
   */
  global(local: Int32Array, spans: readonly RowSpan[], width: number): Int32Array {
    const starts = this.#starts;
    if (starts === null) return local.slice();
    const { comm } = this.#parts, all = new Int32Array(local.length);
    let at = 0, fine = true;
    for (const { part, first, last } of spans) {
      const count = starts[part + 1] - starts[part];
      for (const end = at + (last - first) * width; at < end; at++) {
        fine &&= local[at] >= 0 && local[at] < count;
        all[at] = starts[part] + local[at];
      }
    }
    if (comm.allreduce(fine ? 1 : 0, "min") === 0) throw unfit(`"${this.#path}" lacks some ids`);
    const wanted = distinct(all), ids = this.#idsOf(wanted);
    for (let i = 0; i < all.length; i++) all[i] = ids[firstFrom(wanted, all[i])];
    freeMemory([wanted, ids]);
    return all;
  }

  /** The ids that stand at ascending places of the list of all. */
  #idsOf(wanted: Int32Array): Int32Array {
    const parts = this.#parts, starts = this.#starts!;
    const rowsOf = (part: number) => starts[part + 1] - starts[part];
    const places = numbersIn(parts.spans(rowsOf), starts);
    const routes = RowRoutes.of(parts.comm, places, wanted, starts[starts.length - 1])!;
    const ids = routes.bring(parts.rows(this.#path, rowsOf) as Int32Array, 1);
    routes.free();
    freeMemory([places]);
    return ids;
  }
}

/** The different numbers, ascending. */
function distinct(numbers: Int32Array): Int32Array {
  const sorted = numbers.slice().sort();
  let count = 0;
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) sorted[count++] = sorted[i];
  }
  return sorted.subarray(0, count);
}
