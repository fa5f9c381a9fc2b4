/**
 * Sparse matrices in compressed row storage, and the kernels every solver is made of. Kernels take
 * their output as an argument and allocate nothing.
 *
 * @module
 */

/**
 * A sparse matrix in compressed row storage: row `i` holds `values[k]` in column `columns[k]` for
 * `rowStarts[i] <= k < rowStarts[i + 1]`, columns ascending within a row, none twice.
 *
 * State: none, the positions it keeps follow from its arrays.
 *
 * @example
 * ```ts
 * import { CsrMatrix } from "@timestash/timestash/linear";
 *
 * // [[2, -1], [0, 3]]
 * const starts = Int32Array.of(0, 2, 3), columns = Int32Array.of(0, 1, 1);
 * const a = new CsrMatrix(2, 2, starts, columns, Float64Array.of(2, -1, 3));
 * const y = new Float64Array(2);
 * a.multiply(Float64Array.of(1, 1), y);
 * console.log(y); // Float64Array(2) [ 1, 3 ]
 * ```
 */
export class CsrMatrix {
  /** Number of rows. */
  readonly rows: number;
  /** Number of columns. */
  readonly cols: number;
  /** `[rows + 1]`, ascending from 0. */
  readonly rowStarts: Int32Array;
  /** `[nnz]`, ascending in each row. */
  readonly columns: Int32Array;
  /** `[nnz]` */
  readonly values: Float64Array;
  #diagonalPositions: Int32Array | null = null;

  /**
   * Keeps the arrays as they are given.
   *
   * @param rows Number of rows.
   * @param cols Number of columns.
   * @param rowStarts `[rows + 1]`, ascending from 0.
   * @param columns `[nnz]`, ascending in each row.
   * @param values `[nnz]`.
   * @throws {RangeError} when the lengths do not fit together.
   */
  constructor(
    rows: number,
    cols: number,
    rowStarts: Int32Array,
    columns: Int32Array,
    values: Float64Array,
  ) {
    if (rowStarts.length !== rows + 1) {
      throw new RangeError(`a matrix of ${rows} rows has ${rowStarts.length} row starts`);
    }
    if (columns.length < rowStarts[rows] || values.length < rowStarts[rows]) {
      throw new RangeError(
        `${rowStarts[rows]} entries announced, ${columns.length} columns and ` +
          `${values.length} values given`,
      );
    }
    this.rows = rows;
    this.cols = cols;
    this.rowStarts = rowStarts;
    this.columns = columns;
    this.values = values;
  }

  /** How many entries are stored. */
  get nnz(): number {
    return this.rowStarts[this.rows];
  }

  /** `y = A x`; x is `[cols]`, y `[rows]`. */
  multiply(x: Float64Array, y: Float64Array): void {
    multiplyRows(this.rows, this.rowStarts, this.columns, this.values, x, y);
  }

  /** `r = b - A x`; x is `[cols]`, b and r `[rows]`. */
  residual(b: Float64Array, x: Float64Array, r: Float64Array): void {
    residualRows(this.rows, this.rowStarts, this.columns, this.values, b, x, r);
  }

  /**
   * Where each row keeps its diagonal entry, `[rows]`; computed once.
   *
   * @throws {RangeError} when a row has no diagonal entry.
   */
  get diagonalPositions(): Int32Array {
    return this.#diagonalPositions ??= findDiagonal(this);
  }

  /**
   * The diagonal, a copy, `[rows]`.
   *
   * @throws {RangeError} when a row has no diagonal entry.
   */
  diagonal(): Float64Array {
    const { rows, diagonalPositions, values } = this;
    const out = new Float64Array(rows);
    for (let i = 0; i < rows; i++) out[i] = values[diagonalPositions[i]];
    return out;
  }

  /** The transpose, a new matrix. */
  transpose(): CsrMatrix {
    return transposeOf(this.rows, this.cols, this.rowStarts, this.columns, this.values);
  }

  /** The product of row `i` with `x`, `[cols]`. */
  rowProduct(i: number, x: Float64Array): number {
    const { rowStarts, columns, values } = this;
    let sum = 0;
    for (let k = rowStarts[i], end = rowStarts[i + 1]; k < end; k++) {
      sum += values[k] * x[columns[k]];
    }
    return sum;
  }

  /** The entry in row `i`, column `j`; zero where nothing is stored. */
  at(i: number, j: number): number {
    for (let k = this.rowStarts[i]; k < this.rowStarts[i + 1]; k++) {
      if (this.columns[k] === j) return this.values[k];
    }
    return 0;
  }
}

function multiplyRows(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  let k = 0;
  for (let i = 0; i < rows; i++) {
    let sum = 0;
    for (const end = starts[i + 1]; k < end; k++) sum += values[k] * x[columns[k]];
    y[i] = sum;
  }
}

function residualRows(
  rows: number,
  starts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
  b: Float64Array,
  x: Float64Array,
  r: Float64Array,
): void {
  let k = 0;
  for (let i = 0; i < rows; i++) {
    let sum = b[i];
    for (const end = starts[i + 1]; k < end; k++) sum -= values[k] * x[columns[k]];
    r[i] = sum;
  }
}

function findDiagonal(matrix: CsrMatrix): Int32Array {
  const { rows, rowStarts, columns } = matrix;
  const positions = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    let k = rowStarts[i];
    const end = rowStarts[i + 1];
    while (k < end && columns[k] < i) k++;
    if (k === end || columns[k] !== i) {
      throw new RangeError(`row ${i} of the matrix has no diagonal entry, which this solver needs`);
    }
    positions[i] = k;
  }
  return positions;
}

/** Counting sort by column: rows of the result are ascending whatever order the input has. */
export function transposeOf(
  rows: number,
  cols: number,
  starts: Int32Array,
  columns: Int32Array,
  values: Float64Array,
): CsrMatrix {
  const nnz = starts[rows];
  const next = new Int32Array(cols + 1);
  for (let k = 0; k < nnz; k++) next[columns[k] + 1]++;
  for (let j = 0; j < cols; j++) next[j + 1] += next[j];
  const outStarts = next.slice();
  const outColumns = new Int32Array(nnz);
  const outValues = new Float64Array(nnz);
  for (let i = 0, k = 0; i < rows; i++) {
    for (const end = starts[i + 1]; k < end; k++) {
      const at = next[columns[k]]++;
      outColumns[at] = i;
      outValues[at] = values[k];
    }
  }
  return new CsrMatrix(cols, rows, outStarts, outColumns, outValues);
}
