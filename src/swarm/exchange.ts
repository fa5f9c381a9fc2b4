/**
 * Particles on their way to the ranks that own their cells: all columns of a particle in one message.
 *
 * @module
 */
import { numbersOf } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import { requireSame } from "../comm/collective_errors.ts";
import type { ParticleStore } from "./particle_store.ts";
import { Rearrangement } from "./rearrangement.ts";

/**
 * Sends every particle to `owners[cells[i]]`, with its id and all variables; ids ascend on every rank
 * after that, so the order depends on them alone. Collective.
 *
 * @param owners Ranks by global cell, `[globalCellCount]`.
 * @param columns Ids, and global cells, `[count]`.
 * @param layout What a particle has, in words: the same on all ranks.
 * @returns how many particles changed rank, over all ranks.
 * @throws {RangeError} when ranks have other variables; nothing was sent then.
 */
export function sendHome(
  store: ParticleStore,
  columns: { readonly ids: { data: BigInt64Array }; readonly cells: { data: Int32Array } },
  owners: Int32Array,
  comm: Comm,
  layout: string,
): number {
  const leaving = leavingRows(columns.cells.data, owners, comm);
  const gone = leaving.flat();
  const moved = comm.allreduce(gone.length);
  if (moved === 0) return 0;
  requireSameLayout(comm, layout);
  const arrived = comm.alltoallv(leaving.map((rows) => store.pack(rows)));
  const sorted = store.count;
  for (const message of arrived) store.unpack(message);
  store.rearrange(amongSorted(columns.ids.data, sorted, Int32Array.from(gone).sort()));
  return moved;
}

/** @throws {RangeError} when ranks have other variables; `layout` names this rank's. */
export function requireSameLayout(comm: Comm, layout: string): void {
  requireSame(comm, "particles have the same variables on all ranks", layout);
}

/** Rows whose cell another rank owns, ascending, by that rank. */
function leavingRows(cells: Int32Array, owners: Int32Array, { rank, size }: Comm): number[][] {
  const rows: number[][] = Array.from({ length: size }, () => []);
  for (let i = 0; i < cells.length; i++) {
    // One outside of the domain stays until a move deals with it.
    const owner = cells[i] < 0 ? rank : owners[cells[i]];
    if (owner !== rank) rows[owner].push(i);
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
