/**
 * What cells of a whole mesh share, nodes or vertices, numbered for the rank that has some of the cells.
 *
 * @module
 */
import { owningCells } from "./owning_cells.ts";
import type { IndexData } from "./part_data.ts";

/** The things of one rank, and for each of its cells their local numbers, `[cells x perCell]`. */
export interface NumberedThings {
  readonly index: IndexData;
  readonly rows: Int32Array;
}

/** Things that cells share, each owned by the owner of the lowest cell that has it. Keeps scratch memory between calls. */
export class SharedNumbers {
  readonly #cellThings: Int32Array;
  readonly #perCell: number;
  readonly #owners: Int32Array;
  readonly #cellOwners: Int32Array;
  /** Things that no cell has, which belong to the first rank. */
  readonly #unused: Int32Array;
  /** By thing: the local number of those of the last part that was made; of others it means nothing. */
  readonly #locals: Int32Array;
  /** By thing: 1 for those of the part that is being made. */
  readonly #isHere: Uint8Array;
  #around: CellsAround | null = null;

  /**
   * @param cellThings `[cells x perCell]`.
   * @param count How many things there are.
   * @param cellOwners The owner of each cell.
   */
  constructor(cellThings: Int32Array, perCell: number, count: number, cellOwners: Int32Array) {
    this.#cellThings = cellThings;
    this.#perCell = perCell;
    this.#cellOwners = cellOwners;
    const owners = owningCells(cellThings, perCell, count, null), unused: number[] = [];
    for (let thing = 0; thing < count; thing++) {
      if (owners[thing] >= 0) owners[thing] = cellOwners[owners[thing]];
      else owners[thing] = 0, unused.push(thing);
    }
    this.#owners = owners;
    this.#unused = Int32Array.from(unused);
    this.#locals = new Int32Array(count);
    this.#isHere = new Uint8Array(count);
  }

  /** The things of some cells, those that `rank` owns first; it has all cells around these among `cells`. */
  of(rank: number, cells: Int32Array): NumberedThings {
    const things = this.#cellThings, perCell = this.#perCell, owners = this.#owners;
    const isHere = this.#isHere, locals = this.#locals, unused = rank === 0 ? this.#unused : none;
    // Own ones from the front, and ghosts from the end.
    const found = new Int32Array(Math.min(owners.length, unused.length + cells.length * perCell));
    found.set(unused);
    let own = unused.length, end = found.length;
    for (let c = 0; c < cells.length; c++) {
      for (let i = cells[c] * perCell; i < (cells[c] + 1) * perCell; i++) {
        const thing = things[i];
        if (isHere[thing] === 1) continue;
        isHere[thing] = 1;
        if (owners[thing] === rank) found[own++] = thing;
        else found[--end] = thing;
      }
    }
    const ids = new Int32Array(own + found.length - end);
    ids.set(found.subarray(0, own).sort());
    ids.set(found.subarray(end).sort(), own);
    for (let i = 0; i < ids.length; i++) {
      locals[ids[i]] = i;
      isHere[ids[i]] = 0;
    }
    const ghostOwners = ids.slice(own).map((id) => owners[id]);
    const index = { ids, ghostOwners, globalCount: owners.length };
    return { index, rows: this.numbersIn(things, perCell, cells) };
  }

  /** Rows of a table of things, in the local numbers of the last part that was made. */
  numbersIn(table: Int32Array, width: number, rows: Int32Array): Int32Array {
    const out = new Int32Array(rows.length * width), locals = this.#locals;
    for (let i = 0, at = 0; i < rows.length; i++) {
      for (let k = rows[i] * width; k < (rows[i] + 1) * width; k++) out[at++] = locals[table[k]];
    }
    return out;
  }

  /** The cells of other ranks that share a thing with one of some cells of a rank, ascending. */
  cellsAround(own: Int32Array, rank: number): Int32Array {
    const { places, starts, cells } = this.#around ??= findAround(
      this.#cellThings,
      this.#perCell,
      this.#owners.length,
      this.#cellOwners,
    );
    const things = this.#cellThings, perCell = this.#perCell, owners = this.#cellOwners;
    const found = new Set<number>(), isDone = new Set<number>();
    for (let c = 0; c < own.length; c++) {
      for (let i = own[c] * perCell; i < (own[c] + 1) * perCell; i++) {
        const place = places[things[i]];
        if (place < 0 || isDone.has(place)) continue;
        isDone.add(place);
        for (let k = starts[place]; k < starts[place + 1]; k++) {
          if (owners[cells[k]] !== rank) found.add(cells[k]);
        }
      }
    }
    return Int32Array.from(found).sort();
  }
}

/** The cells around things that have cells of several ranks around them. */
interface CellsAround {
  /** By thing: which of these it is, or -1. */
  readonly places: Int32Array;
  /** Where the cells of each of these stand. */
  readonly starts: Int32Array;
  readonly cells: Int32Array;
}

function findAround(
  cellThings: Int32Array,
  perCell: number,
  count: number,
  cellOwners: Int32Array,
): CellsAround {
  const isShared = new Uint8Array(count), places = new Int32Array(count).fill(-1);
  for (let c = 0, i = 0; c < cellOwners.length; c++) {
    for (let k = 0; k < perCell; k++, i++) {
      const thing = cellThings[i];
      if (places[thing] < 0) places[thing] = cellOwners[c];
      else if (places[thing] !== cellOwners[c]) isShared[thing] = 1;
    }
  }
  let shared = 0;
  for (let thing = 0; thing < count; thing++) {
    places[thing] = isShared[thing] === 1 ? shared++ : -1;
  }
  const starts = new Int32Array(shared + 1);
  for (let i = 0; i < cellThings.length; i++) {
    if (places[cellThings[i]] >= 0) starts[places[cellThings[i]] + 1]++;
  }
  for (let s = 0; s < shared; s++) starts[s + 1] += starts[s];
  const next = starts.slice(), cells = new Int32Array(starts[shared]);
  for (let i = 0; i < cellThings.length; i++) {
    const place = places[cellThings[i]];
    if (place >= 0) cells[next[place]++] = Math.floor(i / perCell);
  }
  return { places, starts, cells };
}

const none = new Int32Array(0);
