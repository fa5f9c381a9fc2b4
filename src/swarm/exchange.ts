/**
 * Particles on their way to the ranks that own their cells: all columns of a particle in one message.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { requireSame } from "../comm/together.ts";
import type { ParticleStore } from "./particle_store.ts";

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
  const cells = columns.cells.data;
  const byOwner = rowsByOwner(cells, owners, comm.size);
  const stay = byOwner[comm.rank];
  const moved = comm.allreduce(cells.length - stay.length);
  if (moved === 0) return 0;
  requireSame(comm, "particles have the same variables on all ranks", layout);
  const none = new Int32Array(0);
  const arrived = comm.alltoallv(
    byOwner.map((rows, rank) => store.pack(rank === comm.rank ? none : rows)),
  );
  store.keep(stay);
  for (const message of arrived) store.unpack(message);
  const order = byId(columns.ids.data, stay.length);
  if (order !== null) store.merge(order, stay.length);
  return moved;
}

/** Row numbers, ascending, by the rank that owns their cell. */
function rowsByOwner(cells: Int32Array, owners: Int32Array, ranks: number): Int32Array[] {
  const counts = new Int32Array(ranks);
  for (let i = 0; i < cells.length; i++) counts[owners[cells[i]]]++;
  const rows = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let i = 0; i < cells.length; i++) {
    const owner = owners[cells[i]];
    rows[owner][counts[owner]++] = i;
  }
  return rows;
}

/**
 * Row numbers by ascending id, or null where the rows ascend; the first `sorted` of them do already.
 *
 * @param ids `[count]`, all different.
 */
export function byId(ids: BigInt64Array, sorted: number): Int32Array | null {
  // Ids are not negative; a number holds them exactly up to 2^53, which no run reaches.
  const words = new Uint32Array(ids.buffer, ids.byteOffset, 2 * ids.length);
  const idOf = (i: number) => words[2 * i + 1] * 4294967296 + words[2 * i];
  let rising = true;
  for (let i = Math.max(sorted, 1); rising && i < ids.length; i++) rising = idOf(i) > idOf(i - 1);
  if (rising) return null;
  const late = Int32Array.from({ length: ids.length - sorted }, (_, i) => sorted + i);
  late.sort((a, b) => idOf(a) - idOf(b));
  const order = new Int32Array(ids.length);
  let i = 0, to = 0;
  for (let k = 0; k < late.length; k++) {
    for (const id = idOf(late[k]); i < sorted && idOf(i) < id;) order[to++] = i++;
    order[to++] = late[k];
  }
  while (i < sorted) order[to++] = i++;
  return order;
}
