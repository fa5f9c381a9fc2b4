/**
 * The matrix of the next coarser level, over ranks.
 *
 * @module
 */
import type { Comm } from "../../comm/comm.ts";
import { type CsrMatrix, transposeOf } from "../linear/csr.ts";
import { rawProduct, rowsOf, sorted, type SparseRows } from "../linear/sparse_product.ts";
import { ColumnMap } from "./column_map.ts";
import type { DividedInterpolation, DividedMatrix } from "./interpolation.ts";
import { packRows, type PlacedRows, stacked, unpackRows } from "./row_exchange.ts";

/** The next coarser level, and the interpolation from it. */
export interface Coarser {
  readonly matrix: DividedMatrix;
  /** To this rank's rows from all columns of `matrix`. */
  readonly p: SparseRows;
  /** The columns of `matrix`. */
  readonly columns: ColumnMap;
}

/**
 * `P^T A P`, distributed as the coarse unknowns are. Contributions to rows of other ranks are sent to them and
 * added in the order of ranks. Collective.
 */
export function coarser(fine: DividedMatrix, p: DividedInterpolation, comm: Comm): Coarser {
  const { own, offsets, foreign } = p.columns;
  const whole = withGhosts(fine, p, comm);
  const ap = rawProduct(rowsOf(fine.rows), whole.rows);
  const products = rawProduct(transposed(p.rows), ap);
  const places = whole.columns.places;
  const { arrived, targets } = exchanged(products, places, p.columns, comm);
  // Not every column of the factors occurs in the product.
  const used = renumbered(products, places, own);
  const columns = new ColumnMap(offsets, comm.rank, foreign, used, arrived.places);
  const mine = { starts: products.starts, columns: columns.at(used), values: products.values };
  const others = { ...arrived, columns: columns.at(arrived.places) };
  const matrix = sorted(rawProduct(sums(own, targets), stacked(own, mine, others, columns.count)));
  const toLocal = columns.at(p.columns.places);
  return {
    matrix: { rows: matrix, halo: columns.halo(comm) },
    p: { ...p.rows, cols: columns.count, columns: renumbered(p.rows, toLocal) },
    columns,
  };
}

/** Other numbers for the columns of the first rows; a plain loop, since there can be millions. */
function renumbered(
  { rows, starts, columns }: SparseRows,
  numbers: Int32Array,
  first = rows,
): Int32Array {
  const out = new Int32Array(starts[first]);
  for (let k = 0; k < out.length; k++) out[k] = numbers[columns[k]];
  return out;
}

/** The interpolation to ghosts as well, which comes from their owners. Collective. */
export function withGhosts(
  { rows: { cols }, halo }: DividedMatrix,
  { rows, columns: known }: DividedInterpolation,
  comm: Comm,
): DividedInterpolation {
  const knownPlaces = known.places;
  const arrived = halo.exchange((wanted) => packRows(wanted, rows, knownPlaces));
  const unpacked = unpackRows(arrived.map(({ data }) => data));
  const columns = new ColumnMap(known.offsets, comm.rank, known.foreign, unpacked.places);
  // The position of a ghost's row among those that arrived.
  const order = new Int32Array(cols - rows.rows);
  let next = 0;
  for (const { ghosts } of arrived) for (const ghost of ghosts) order[ghost - rows.rows] = next++;
  const toLocal = columns.at(knownPlaces);
  const mine = { ...rows, columns: renumbered(rows, toLocal) };
  const others = { ...unpacked, columns: columns.at(unpacked.places) };
  return { rows: stacked(rows.rows, mine, others, columns.count, order), columns };
}

/**
 * Sends the rows of others' unknowns, which come behind the own ones, to their owners. Collective.
 *
 * @returns the rows that arrived, and which of this rank's they add to.
 */
function exchanged(
  products: SparseRows,
  places: Int32Array,
  columns: ColumnMap,
  comm: Comm,
): { arrived: PlacedRows; targets: Int32Array } {
  const { own, foreign, first } = columns;
  const parts: Float64Array[] = [], wanted: Int32Array[] = [];
  for (let rank = 0; rank < comm.size; rank++) {
    const [from, to] = columns.rangeOf(rank);
    const rows = Int32Array.from({ length: to - from }, (_, k) => own + from + k);
    parts.push(packRows(rows, products, places));
    wanted.push(foreign.subarray(from, to));
  }
  const arrived = unpackRows(comm.alltoallv(parts));
  const targets = comm.alltoallv(wanted).flatMap((list) => [...list]);
  return { arrived, targets: Int32Array.from(targets, (place) => place - first) };
}

/** A matrix of ones: each own row, then what arrived for it, `[own x (own + arrived)]`. */
function sums(own: number, targets: Int32Array): SparseRows {
  const starts = new Int32Array(own + 1);
  for (let i = 0; i < own; i++) starts[i + 1] = 1;
  for (const i of targets) starts[i + 1]++;
  for (let i = 0; i < own; i++) starts[i + 1] += starts[i];
  const next = starts.slice(), columns = new Int32Array(starts[own]);
  for (let i = 0; i < own; i++) columns[next[i]++] = i;
  targets.forEach((i, k) => columns[next[i]++] = own + k);
  const values = new Float64Array(columns.length).fill(1);
  return { rows: own, cols: own + targets.length, starts, columns, values };
}

function transposed({ rows, cols, starts, columns, values }: SparseRows): SparseRows {
  return rowsOf(transposeOf(rows, cols, starts, columns, values));
}

/** All rows on every rank, in the order of ranks, `[total x total]`. Collective. */
export function gatheredMatrix(rows: CsrMatrix, columns: ColumnMap, comm: Comm): CsrMatrix {
  const { rowStarts, nnz } = rows, { total, places } = columns;
  const lengths = new Int32Array(rows.rows), placed = new Int32Array(nnz);
  for (let i = 0; i < rows.rows; i++) lengths[i] = rowStarts[i + 1] - rowStarts[i];
  for (let k = 0; k < nnz; k++) placed[k] = places[rows.columns[k]];
  const counts = comm.allgatherv(lengths);
  const starts = new Int32Array(total + 1);
  for (let i = 0; i < total; i++) starts[i + 1] = starts[i] + counts[i];
  const all = {
    rows: total,
    cols: total,
    starts,
    columns: comm.allgatherv(placed),
    values: comm.allgatherv(rows.values.slice(0, nnz)),
  };
  return sorted(all);
}
