import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { rowsByReceiver } from "../snapshot/row_routes.ts";

/** Rows with ids; a row may occur several times, on one rank and on several. */
export interface RowSet {
  /** `[count]`, from 0. */
  readonly ids: Int32Array;
  /** `[count x width]`. */
  readonly data: Int32Array;
}

/**
 * Whether the rows of two sets, of all ranks together, are the same. Each rank compares those with some of the ids.
 * Collective.
 *
 * @returns what this rank has found; the ranks have to agree.
 */
export function sameRowSets(comm: Comm, width: number, a: RowSet, b: RowSet): boolean {
  const one = arranged(comm, width, a), other = arranged(comm, width, b);
  return one.length === other.length && one.every((word, i) => word === other[i]);
}

/** The rows of all ranks whose ids belong here, each once, ascending: `[rows x (1 + width)]`. */
function arranged(comm: Comm, width: number, { ids, data }: RowSet): Int32Array {
  const row = width + 1, table = new Int32Array(ids.length * row);
  for (let i = 0; i < ids.length; i++) {
    table[i * row] = ids[i];
    for (let k = 0; k < width; k++) table[i * row + 1 + k] = data[i * width + k];
  }
  const lists = listsByRank(ids.length, comm.size, (i) => (ids[i] >>> 0) % comm.size);
  const arrived = comm.alltoallv(rowsByReceiver(new Uint32Array(table.buffer), row, lists));
  const all = new Int32Array(arrived.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const words of arrived) {
    all.set(words, at);
    at += words.length;
  }
  return distinctRows(all, row);
}

function distinctRows(table: Int32Array, row: number): Int32Array {
  const compared = (i: number, j: number): number => {
    for (let k = 0; k < row; k++) {
      if (table[i * row + k] !== table[j * row + k]) return table[i * row + k] - table[j * row + k];
    }
    return 0;
  };
  const order = Int32Array.from({ length: table.length / row }, (_, i) => i).sort(compared);
  const out = new Int32Array(table.length);
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    if (i > 0 && compared(order[i - 1], order[i]) === 0) continue;
    for (let k = 0; k < row; k++) out[count++] = table[order[i] * row + k];
  }
  return out.subarray(0, count);
}
