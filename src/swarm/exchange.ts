/**
 * Particles on their way to the ranks that own their cells: all columns of a particle in one message.
 *
 * @module
 */
import { numbersOf } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import { requireSame } from "../comm/collective_errors.ts";
import type { IndexMap } from "../mesh/index_map.ts";
import type { ParticleStore } from "./particle_store.ts";
import { Rearrangement } from "./rearrangement.ts";
import type { Elsewhere } from "./passage.ts";

/** Ids, and cells: -1 outside, and -2 - k for entry k of those elsewhere, `[count]`. */
interface Homes {
  readonly ids: { data: BigInt64Array };
  readonly cells: { data: Int32Array };
}

/**
 * Sends every particle to the owner of its cell, with its id and all variables; ids ascend on every rank
 * after that, so the order depends on them alone. Collective.
 *
 * @param cells Of this rank.
 * @param layout What a particle has, in words: the same on all ranks.
 * @returns how many particles changed rank, over all ranks.
 * @throws {RangeError} when ranks have other variables; nothing was sent then.
 */
export function sendHome(
  store: ParticleStore,
  columns: Homes,
  cells: IndexMap,
  elsewhere: Elsewhere,
  comm: Comm,
  layout: string,
): number {
  const leaving = leavingRows(columns.cells.data, cells, elsewhere, comm);
  const gone = leaving.flat();
  const moved = comm.allreduce(gone.length);
  if (moved === 0) return 0;
  requireSameLayout(comm, layout);
  const arrived = comm.alltoallv(leaving.map((rows) => store.pack(rows)));
  const sorted = store.count;
  for (const message of arrived) store.unpack(message);
  const { data } = columns.cells;
  for (let i = sorted; i < data.length; i++) data[i] = cells.localOf(data[i]);
  store.rearrange(amongSorted(columns.ids.data, sorted, Int32Array.from(gone).sort()));
  return moved;
}

/** @throws {RangeError} when ranks have other variables; `layout` names this rank's. */
export function requireSameLayout(comm: Comm, layout: string): void {
  requireSame(comm, "particles have the same variables on all ranks", layout);
}

/** Rows whose cell another rank owns, ascending, by that rank; their cells become ids in the whole mesh. */
function leavingRows(
  cells: Int32Array,
  map: IndexMap,
  elsewhere: Elsewhere,
  { size }: Comm,
): number[][] {
  const rows: number[][] = Array.from({ length: size }, () => []), { owned } = map;
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    // One outside of the domain stays until a move deals with it.
    if (cell < owned && cell >= -1) continue;
    if (cell >= 0) {
      rows[map.ownerOf(cell)].push(i);
      cells[i] = map.ids[cell];
    } else {
      rows[elsewhere.ranks[-2 - cell]].push(i);
      cells[i] = elsewhere.cells[-2 - cell];
    }
  }
  return rows;
}

/**
 * How rows stay sorted by id when some go, and those behind the first `sorted` come.
 *
 * @param ids `[rows]`, all different.
 * @param gone Ascending.
 */
function amongSorted(ids: BigInt64Array, sorted: number, gone: Int32Array): Rearrangement {
  const idOf = numbersOf(ids);
  const coming = new Int32Array(ids.length - sorted).map((_, k) => k);
  coming.sort((a, b) => idOf(sorted + a) - idOf(sorted + b));
  const before = coming.map((k) => {
    const id = idOf(sorted + k);
    let low = 0, high = sorted;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (idOf(middle) < id) low = middle + 1;
      else high = middle;
    }
    return low;
  });
  return new Rearrangement(sorted, gone, coming, before);
}
