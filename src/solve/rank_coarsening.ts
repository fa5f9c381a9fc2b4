/**
 * The matrix of the next coarser level, over ranks.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { Halo } from "../mesh/halo.ts";
import { type CsrMatrix, transposeOf } from "./linear/csr.ts";
import { rawProduct, rowsOf, sorted, type SparseRows } from "./linear/sparse_product.ts";
import type { DividedMatrix } from "./rank_level.ts";

/** Interpolation of this rank's rows and of its ghosts' rows, with the aggregates of others as ghosts. */
interface WholeInterpolation {
  /** `[(owned + ghosts) x (aggregates + ghost aggregates)]` */
  readonly rows: SparseRows;
  /** Local numbers of ghost aggregates by owner, ascending by the owner's own number. */
  readonly ghosts: readonly Int32Array[];
  /** The owner's numbers of the same, by owner. */
  readonly wanted: readonly Int32Array[];
}

/** `P^T A P`, divided as the aggregates are. Collective. */
export function coarser({ rows, halo }: DividedMatrix, p: SparseRows, comm: Comm): DividedMatrix {
  const whole = withGhosts(p, rows.cols, halo, comm.size);
  const ap = rawProduct(rowsOf(rows), whole.rows);
  const transposed = transposeOf(p.rows, p.cols, p.starts, p.columns, p.values);
  return {
    rows: sorted(rawProduct(rowsOf(transposed), ap)),
    halo: new Halo(whole.ghosts, comm.alltoallv([...whole.wanted]), comm),
  };
}

/** All rows on every rank, in the order of ranks, `[total x total]`. Collective. */
export function gatheredMatrix(
  { rows, halo }: DividedMatrix,
  first: number,
  total: number,
  comm: Comm,
): CsrMatrix {
  // Where each column stands among all: own ones from `first` on, ghosts as their owners say.
  const places = new Float64Array(rows.cols);
  for (let i = 0; i < rows.rows; i++) places[i] = first + i;
  halo.sync(places, 1);
  const { rowStarts, columns, values, nnz } = rows;
  const lengths = new Int32Array(rows.rows), placed = new Int32Array(nnz);
  for (let i = 0; i < rows.rows; i++) lengths[i] = rowStarts[i + 1] - rowStarts[i];
  for (let k = 0; k < nnz; k++) placed[k] = places[columns[k]];
  const counts = comm.allgatherv(lengths);
  const starts = new Int32Array(total + 1);
  for (let i = 0; i < total; i++) starts[i + 1] = starts[i] + counts[i];
  const all = {
    rows: total,
    cols: total,
    starts,
    columns: comm.allgatherv(placed),
    values: comm.allgatherv(values.slice(0, nnz)),
  };
  return sorted(all);
}

/** Fetches the rows of ghosts from their owners. Collective. */
function withGhosts(p: SparseRows, count: number, halo: Halo, ranks: number): WholeInterpolation {
  // Each row travels as its length, then its columns and values in turn.
  const arrived = halo.exchange((wanted) => {
    let length = 0;
    for (const i of wanted) length += 1 + 2 * (p.starts[i + 1] - p.starts[i]);
    const out = new Float64Array(length);
    let at = 0;
    for (const i of wanted) {
      out[at++] = p.starts[i + 1] - p.starts[i];
      for (let k = p.starts[i]; k < p.starts[i + 1]; k++) {
        out[at++] = p.columns[k];
        out[at++] = p.values[k];
      }
    }
    return out;
  });
  const numbering = numberGhosts(arrived.map(({ data }) => data), p.cols, ranks);
  const lengths = new Int32Array(count);
  let entries = p.starts[p.rows];
  for (let i = 0; i < p.rows; i++) lengths[i] = p.starts[i + 1] - p.starts[i];
  for (const { ghosts, data } of arrived) {
    for (let g = 0, at = 0; g < ghosts.length; g++, at += 1 + 2 * data[at]) {
      lengths[ghosts[g]] = data[at];
      entries += data[at];
    }
  }
  const starts = new Int32Array(count + 1);
  for (let i = 0; i < count; i++) starts[i + 1] = starts[i] + lengths[i];
  const columns = new Int32Array(entries), values = new Float64Array(entries);
  columns.set(p.columns.subarray(0, p.starts[p.rows]));
  values.set(p.values.subarray(0, p.starts[p.rows]));
  arrived.forEach(({ ghosts, data }, rank) => {
    const local = numbering.locals[rank];
    for (let g = 0, at = 0; g < ghosts.length; g++) {
      let k = starts[ghosts[g]];
      for (let left = data[at++]; left > 0; left--) {
        columns[k] = local.get(data[at++])!;
        values[k++] = data[at++];
      }
    }
  });
  const { ghosts, wanted, total } = numbering;
  return { rows: { rows: count, cols: total, starts, columns, values }, ghosts, wanted };
}

/** Local numbers for the aggregates of others, behind the `own` ones: by rank, then by their own number. */
function numberGhosts(
  arrived: readonly Float64Array[],
  own: number,
  ranks: number,
): {
  locals: Map<number, number>[];
  ghosts: Int32Array[];
  wanted: Int32Array[];
  total: number;
} {
  let total = own;
  const locals: Map<number, number>[] = [], ghosts: Int32Array[] = [], wanted: Int32Array[] = [];
  for (let rank = 0; rank < ranks; rank++) {
    const data = arrived[rank], seen = new Set<number>();
    for (let at = 0; at < data.length;) {
      for (let left = data[at++]; left > 0; left--, at += 2) seen.add(data[at]);
    }
    const numbers = Int32Array.from(seen).sort();
    locals.push(new Map());
    numbers.forEach((number, k) => locals[rank].set(number, total + k));
    ghosts.push(numbers.map((_, k) => total + k));
    wanted.push(numbers);
    total += numbers.length;
  }
  return { locals, ghosts, wanted, total };
}
