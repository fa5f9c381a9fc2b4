/**
 * Particles on their way to the ranks that own their cells: all columns of a particle in one message.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { ParticleStore } from "./particle_store.ts";

/**
 * Sends every particle to `owners[cells[i]]`, with its id and all variables; ids ascend on every rank
 * after that, so the order depends on them alone. Collective.
 *
 * @param owners Ranks by global cell, `[globalCellCount]`.
 * @param columns Ids, and global cells, `[count]`.
 * @returns how many particles changed rank, over all ranks.
 */
export function sendHome(
  store: ParticleStore,
  columns: { readonly ids: { data: BigInt64Array }; readonly cells: { data: Int32Array } },
  owners: Int32Array,
  comm: Comm,
): number {
  const cells = columns.cells.data;
  const stay: number[] = [];
  const leave: number[][] = Array.from({ length: comm.size }, () => []);
  for (let i = 0; i < cells.length; i++) {
    const owner = owners[cells[i]];
    if (owner === comm.rank) stay.push(i);
    else leave[owner].push(i);
  }
  const moved = comm.allreduce(cells.length - stay.length);
  if (moved === 0) return 0;
  const arrived = comm.alltoallv(leave.map((rows) => store.pack(rows)));
  store.keep(Int32Array.from(stay));
  for (const message of arrived) store.unpack(message);
  const order = byId(columns.ids.data, stay.length);
  if (order !== null) store.arrange(order);
  return moved;
}

/** Row numbers by ascending id, or null where they ascend; the first `sorted` rows do already. */
function byId(ids: BigInt64Array, sorted: number): Int32Array | null {
  let rising = true;
  for (let i = Math.max(sorted, 1); i < ids.length; i++) if (ids[i] < ids[i - 1]) rising = false;
  if (rising) return null;
  const late = Int32Array.from({ length: ids.length - sorted }, (_, i) => sorted + i);
  late.sort((a, b) => (ids[a] < ids[b] ? -1 : 1));
  const order = new Int32Array(ids.length);
  let i = 0, k = 0;
  for (let to = 0; to < order.length; to++) {
    const first = k === late.length || (i < sorted && ids[i] < ids[late[k]]);
    order[to] = first ? i++ : late[k++];
  }
  return order;
}
