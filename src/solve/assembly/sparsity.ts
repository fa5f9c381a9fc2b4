/**
 * Which entries a finite element matrix has, and where each cell's contributions go.
 *
 * @module
 */
import type { DofMap } from "../../mesh/dof_map.ts";

/** The pattern of all matrices between the degrees of freedom of one numbering. */
export interface Sparsity {
  readonly rows: number;
  /** `[rows + 1]` */
  readonly rowStarts: Int32Array;
  /** `[nnz]`, ascending in each row. */
  readonly columns: Int32Array;
  /** `[cellCount x perCell x perCell]`: where entry (a, b) of a cell's matrix is stored. */
  readonly positions: Int32Array;
}

/** Numberings are immutable, so what follows from one is kept as long as it lives. */
const known = new WeakMap<DofMap, Sparsity>();

/** The pattern of a numbering; computed once. */
export function sparsityOf(map: DofMap): Sparsity {
  let sparsity = known.get(map);
  if (sparsity === undefined) known.set(map, sparsity = buildSparsity(map));
  return sparsity;
}

function buildSparsity(map: DofMap): Sparsity {
  const { count: rows, perCell, cellDofs } = map;
  const uses = new Int32Array(cellDofs.length);
  const useStarts = sortUses(rows, cellDofs, uses);
  const rowStarts = new Int32Array(rows + 1);
  const positions = new Int32Array(cellDofs.length * perCell);
  // Each use of a row brings at most perCell columns; untouched memory costs nothing.
  const columns = new Int32Array(positions.length);
  const nnz = fillRows(rows, perCell, cellDofs, useStarts, uses, rowStarts, columns, positions);
  return { rows, rowStarts, columns: columns.slice(0, nnz), positions };
}

/** For each row, where it stands in `cellDofs`: a counting sort. */
function sortUses(rows: number, cellDofs: Int32Array, uses: Int32Array): Int32Array {
  const starts = new Int32Array(rows + 1);
  for (let k = 0; k < cellDofs.length; k++) starts[cellDofs[k] + 1]++;
  for (let i = 0; i < rows; i++) starts[i + 1] += starts[i];
  const next = starts.slice();
  for (let k = 0; k < cellDofs.length; k++) uses[next[cellDofs[k]]++] = k;
  return starts;
}

function fillRows(
  rows: number,
  perCell: number,
  cellDofs: Int32Array,
  useStarts: Int32Array,
  uses: Int32Array,
  rowStarts: Int32Array,
  columns: Int32Array,
  positions: Int32Array,
): number {
  const place = new Int32Array(rows).fill(-1);
  let nnz = 0;
  for (let i = 0; i < rows; i++) {
    const first = nnz;
    for (let u = useStarts[i]; u < useStarts[i + 1]; u++) {
      const start = uses[u] - uses[u] % perCell;
      for (let k = start; k < start + perCell; k++) {
        const j = cellDofs[k];
        if (place[j] >= first) continue;
        place[j] = nnz;
        columns[nnz++] = j;
      }
    }
    sortRange(columns, first, nnz);
    for (let k = first; k < nnz; k++) place[columns[k]] = k;
    for (let u = useStarts[i]; u < useStarts[i + 1]; u++) {
      const at = uses[u];
      const start = at - at % perCell;
      for (let b = 0; b < perCell; b++) positions[at * perCell + b] = place[cellDofs[start + b]];
    }
    rowStarts[i + 1] = nnz;
  }
  return nnz;
}

/** Insertion sort: rows are short. */
function sortRange(values: Int32Array, first: number, end: number): void {
  for (let k = first + 1; k < end; k++) {
    const value = values[k];
    let at = k;
    while (at > first && values[at - 1] > value) {
      values[at] = values[at - 1];
      at--;
    }
    values[at] = value;
  }
}
