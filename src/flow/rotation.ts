/**
 * Vectors and matrices in the frames of the boundary nodes.
 *
 * @module
 */
import { CsrMatrix } from "../solve/linear/csr.ts";
import type { BoundaryFrames } from "./boundary_frames.ts";

/** Components in the frames of the nodes: `v[i] = Q_i v[i]`, `[count x dim]`, in place. */
export function toLocal({ of, axes }: BoundaryFrames, dim: number, v: Float64Array): void {
  turn(of, axes, dim, v, false);
}

/** Cartesian components: `v[i] = Q_i^T v[i]`, `[count x dim]`, in place. */
export function toCartesian({ of, axes }: BoundaryFrames, dim: number, v: Float64Array): void {
  turn(of, axes, dim, v, true);
}

function turn(
  of: Int32Array,
  axes: Float64Array,
  dim: number,
  v: Float64Array,
  transposed: boolean,
): void {
  const before = new Float64Array(dim);
  for (let i = 0; i < of.length; i++) {
    if (of[i] < 0) continue;
    for (let d = 0; d < dim; d++) before[d] = v[i * dim + d];
    turnOne(axes, of[i] * dim * dim, dim, before, transposed, v, i * dim);
  }
}

function turnOne(
  axes: Float64Array,
  at: number,
  dim: number,
  from: Float64Array,
  transposed: boolean,
  out: Float64Array,
  to: number,
): void {
  for (let r = 0; r < dim; r++) {
    let sum = 0;
    for (let d = 0; d < dim; d++) {
      sum += axes[transposed ? at + d * dim + r : at + r * dim + d] * from[d];
    }
    out[to + r] = sum;
  }
}

/** `Q A Q^T`: the viscous block in the frames; the matrix itself where all are Cartesian. */
export function turnedBlock(a: CsrMatrix, frames: BoundaryFrames, dim: number): CsrMatrix {
  if (frames.axes.length === 0) return a;
  const { of, axes } = frames, { rowStarts, columns } = a;
  const turned = turnedColumns(a, frames, dim), { values } = turned;
  const column = new Float64Array(dim), out = new Float64Array(dim);
  for (let i = 0; i < of.length && i * dim < a.rows; i++) {
    if (of[i] < 0) continue;
    const first = rowStarts[i * dim], length = rowStarts[i * dim + 1] - first;
    for (let k = 0; k < length; k++) {
      for (let r = 0; r < dim; r++) column[r] = values[first + r * length + k];
      turnOne(axes, of[i] * dim * dim, dim, column, false, out, 0);
      for (let r = 0; r < dim; r++) values[first + r * length + k] = out[r];
    }
  }
  return new CsrMatrix(a.rows, a.cols, rowStarts, columns, values);
}

/** `B Q^T`: columns in the frames; the matrix itself where all are Cartesian. */
export function turnedColumns(b: CsrMatrix, frames: BoundaryFrames, dim: number): CsrMatrix {
  if (frames.axes.length === 0) return b;
  const { of, axes } = frames, { rowStarts, columns } = b, values = b.values.slice();
  const row = new Float64Array(dim);
  for (let k = 0; k < rowStarts[b.rows]; k += dim) {
    const frame = of[columns[k] / dim];
    if (frame < 0) continue;
    for (let d = 0; d < dim; d++) row[d] = values[k + d];
    turnOne(axes, frame * dim * dim, dim, row, false, values, k);
  }
  return new CsrMatrix(b.rows, b.cols, rowStarts, columns, values);
}
