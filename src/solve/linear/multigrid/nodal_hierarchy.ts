/**
 * Coarse levels for several unknowns per node: which nodes there are on each, and where products go. It
 * depends on the mesh alone, so that only numbers are left to compute for each matrix.
 *
 * @module
 */
import { firstFrom } from "../../../mesh/ascending.ts";
import { type CsrMatrix, transposeOf } from "../csr.ts";
import type { SparseRows } from "../sparse_product.ts";
import { interpolations } from "./smoothed_aggregation.ts";

/** The pattern of one level, and the way to the next. */
export interface NodalLevel {
  readonly nodes: number;
  /** `[nodes + 1]` */
  readonly starts: Int32Array;
  /** `[nnz]`, ascending in each row. */
  readonly columns: Int32Array;
  /** Where each row keeps its diagonal, `[nodes]`. */
  readonly diagonal: Int32Array;
  /** Null on the coarsest level. */
  readonly coarser: NodalStep | null;
}

/** What leads from a level to the next coarser one. */
export interface NodalStep {
  /** Interpolation, with as many rows as the level has nodes. */
  readonly p: SparseRows;
  /** Entries of `A P`. */
  readonly productSize: number;
  /** Where rows of `A P` begin, `[nodes + 1]`. */
  readonly productStarts: Int32Array;
  /** For every entry of A and every entry of P in its column's row, in this order: the entry of `A P`. */
  readonly productPlaces: Int32Array;
  /** For every entry of P and every entry of `A P` in its row, in this order: the entry of `P^T A P`. */
  readonly coarsePlaces: Int32Array;
}

/** Levels this small are solved directly; in nodes. */
const coarsestNodes = 60;

/**
 * The levels for matrices with a block for each entry of a scalar one.
 *
 * @param matrix Scalar, symmetric positive definite, on the same nodes: what is smooth for it has to be
 *   smooth for the systems to be solved.
 * @param first Interpolation from a first coarse level that is known to be good.
 */
export function nodalHierarchy(matrix: CsrMatrix, first: SparseRows | null): NodalLevel[] {
  const levels: NodalLevel[] = [];
  let { rows: nodes, rowStarts: starts, columns } = matrix;
  for (const p of interpolations(matrix, { first, coarseSize: coarsestNodes })) {
    const { step, coarse } = stepTo(nodes, starts, columns, p);
    levels.push({
      nodes,
      starts,
      columns,
      diagonal: diagonalOf(nodes, starts, columns),
      coarser: step,
    });
    ({ nodes, starts, columns } = coarse);
  }
  levels.push({
    nodes,
    starts,
    columns,
    diagonal: diagonalOf(nodes, starts, columns),
    coarser: null,
  });
  return levels;
}

/** A pattern. */
interface Pattern {
  readonly nodes: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
}

function diagonalOf(nodes: number, starts: Int32Array, columns: Int32Array): Int32Array {
  const diagonal = new Int32Array(nodes);
  for (let i = 0; i < nodes; i++) {
    for (let k = starts[i]; k < starts[i + 1]; k++) if (columns[k] === i) diagonal[i] = k;
  }
  return diagonal;
}

function stepTo(
  nodes: number,
  starts: Int32Array,
  columns: Int32Array,
  p: SparseRows,
): { step: NodalStep; coarse: Pattern } {
  const product = productPattern(nodes, starts, columns, p);
  const coarse = coarsePattern(nodes, product, p);
  const step: NodalStep = {
    p,
    productSize: product.starts[nodes],
    productStarts: product.starts,
    productPlaces: product.places,
    coarsePlaces: coarse.places,
  };
  return { step, coarse: { nodes: p.cols, starts: coarse.starts, columns: coarse.columns } };
}

/** `A P`, row by row, columns in the order in which they are met. */
function productPattern(
  nodes: number,
  starts: Int32Array,
  columns: Int32Array,
  p: SparseRows,
): { starts: Int32Array; columns: Int32Array; places: Int32Array } {
  let pairs = 0;
  for (let k = 0; k < starts[nodes]; k++) pairs += p.starts[columns[k] + 1] - p.starts[columns[k]];
  const places = new Int32Array(pairs), outColumns = new Int32Array(pairs);
  const outStarts = new Int32Array(nodes + 1), marker = new Int32Array(p.cols).fill(-1);
  let nnz = 0, at = 0;
  for (let i = 0; i < nodes; i++) {
    const firstOfRow = nnz;
    for (let k = starts[i]; k < starts[i + 1]; k++) {
      for (let l = p.starts[columns[k]]; l < p.starts[columns[k] + 1]; l++) {
        const j = p.columns[l];
        if (marker[j] < firstOfRow) {
          marker[j] = nnz;
          outColumns[nnz++] = j;
        }
        places[at++] = marker[j];
      }
    }
    outStarts[i + 1] = nnz;
  }
  return { starts: outStarts, columns: outColumns.slice(0, nnz), places };
}

/** `P^T (A P)`, columns ascending. */
function coarsePattern(
  nodes: number,
  product: { readonly starts: Int32Array; readonly columns: Int32Array },
  p: SparseRows,
): { starts: Int32Array; columns: Int32Array; places: Int32Array } {
  const { rowStarts, columns: fine } = transposeOf(nodes, p.cols, p.starts, p.columns, p.values);
  let pairs = 0;
  for (let i = 0; i < nodes; i++) {
    pairs += (product.starts[i + 1] - product.starts[i]) * (p.starts[i + 1] - p.starts[i]);
  }
  const starts = new Int32Array(p.cols + 1), marker = new Int32Array(p.cols).fill(-1);
  // Untouched memory costs nothing.
  const room = new Int32Array(pairs);
  let nnz = 0;
  for (let row = 0; row < p.cols; row++) {
    for (let l = rowStarts[row]; l < rowStarts[row + 1]; l++) {
      for (let k = product.starts[fine[l]]; k < product.starts[fine[l] + 1]; k++) {
        const column = product.columns[k];
        if (marker[column] === row) continue;
        marker[column] = row;
        room[nnz++] = column;
      }
    }
    room.subarray(starts[row], nnz).sort();
    starts[row + 1] = nnz;
  }
  const columns = room.slice(0, nnz);
  return { starts, columns, places: coarsePlaces(nodes, product, p, pairs, starts, columns) };
}

function coarsePlaces(
  nodes: number,
  product: { readonly starts: Int32Array; readonly columns: Int32Array },
  p: SparseRows,
  pairs: number,
  starts: Int32Array,
  columns: Int32Array,
): Int32Array {
  const places = new Int32Array(pairs);
  let at = 0;
  for (let i = 0; i < nodes; i++) {
    for (let l = p.starts[i]; l < p.starts[i + 1]; l++) {
      const row = p.columns[l];
      for (let k = product.starts[i]; k < product.starts[i + 1]; k++) {
        places[at++] = firstFrom(columns, product.columns[k], starts[row], starts[row + 1]);
      }
    }
  }
  return places;
}
