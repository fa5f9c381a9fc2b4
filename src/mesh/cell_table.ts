/**
 * What point location needs of every cell, side by side in one flat table, with the proof of when
 * barycentric coordinates in floating point can be trusted.
 *
 * The coordinates of a point p are computed as l_i = sum_j g_ij (p_j - x0_j) for i = 1..dim and
 * l_0 = 1 - l_1 - l_2 [- l_3], with g the inverse Jacobian as stored. How far can they be off?
 *
 * Let u = 2^-53, e_k the edges x_k - x_0, D their determinant, P the sum of the absolute values of the
 * products in D, kappa = P / D >= 1, and A_ij >= |g_ij| the absolute cofactors over D (the sum of the
 * absolute values of their products). Differences of coordinates have relative error u. Counting
 * roundings in the usual way (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed.,
 * chapter 3, DOI 10.1137/1.9780898718027): cofactors are off by at most 4.1 u A D, D by 8.1 u P, so
 * g_ij by (5.2 + 9.5 kappa) u A_ij while u kappa is small, and l_i by
 *
 *     (9.2 + 9.5 kappa) u sum_j A_ij |p_j - x0_j|  <=  20 kappa u sum_j A_ij |p_j - x0_j|.
 *
 * With r_j = max_k |e_kj| and L = |l_1| + .. + |l_dim| (exact), |p_j - x0_j| <= r_j L. So the error is
 * at most t L, where K = max_i sum_j A_ij r_j >= 1 and t = 32 kappa u K; 32 instead of 20 makes up for
 * kappa and K being rounded themselves. Cells with dim t > 1/8 are never trusted (bound = infinity).
 * For the others L <= 8/7 L', with L' the computed sum, and l_0, which adds up the errors of the others
 * and its own roundings, is off by at most dim (8/7 t L' + 1.01 u (1 + L')) < 1.2 dim t (1 + L').
 * With bound = 2.5 dim t:
 *
 * - all l_i > bound: then L' <= 1 + 4u, every error is below 2.41 dim t < bound, and p is strictly inside;
 * - one l_i < -bound (1 + L'): then p is strictly outside of the cell.
 *
 * Anything else is decided by exact predicates. Underflow and overflow in the table are kept away by
 * not trusting cells that have an edge component outside 1e-70 .. 1e70 in size (0 is fine).
 *
 * @module
 */
import { CurvedCellsError } from "../errors.ts";
import type { Geometry } from "./geometry.ts";
import { measureCells } from "./straight_inverses.ts";

/** Numbers per triangle: x0 (2), inverse Jacobian (4), bound, unused. One cache line. */
export const triangleStride = 8;
/** Numbers per tetrahedron: x0 (3), inverse Jacobian (9), bound, unused (3). */
export const tetraStride = 16;

/** The table of {@link triangleStride} or {@link tetraStride} numbers per cell. */
export function makeCellTable(geometry: Geometry): Float64Array {
  const { coordinates: x, topology } = geometry;
  if (geometry.curved !== null) throw new CurvedCellsError("the table of cells");
  const { dim, cells, cellCount } = topology;
  const stride = dim === 2 ? triangleStride : tetraStride;
  const square = dim * dim;
  const table = new Float64Array(cellCount * stride);
  const inverses = { table, stride, at: dim }, volumes = { table, stride, at: dim + square };
  // Into the table itself: a geometry keeps volumes and inverses of its own only where others ask for them. A
  // volume stands where the bound will be.
  measureCells(topology, x, 0, cellCount, inverses, volumes);
  const edges = new Float64Array(square);
  for (let c = 0; c < cellCount; c++) {
    const origin = cells[c * (dim + 1)] * dim;
    const o = c * stride;
    for (let d = 0; d < dim; d++) table[o + d] = x[origin + d];
    for (let k = 0; k < dim; k++) {
      const node = cells[c * (dim + 1) + k + 1] * dim;
      for (let d = 0; d < dim; d++) edges[k * dim + d] = Math.abs(x[node + d] - x[origin + d]);
    }
    const trusted = edges.every((e) => e === 0 || (e > 1e-70 && e < 1e70));
    const det = table[o + dim + square] * (dim === 2 ? 2 : 6);
    table[o + dim + square] = trusted
      ? (dim === 2 ? triangleBound(edges, det) : tetraBound(edges, det))
      : Infinity;
  }
  return table;
}

const u = 2 ** -53;

function boundOf(kappa: number, k: number, dim: number): number {
  const t = 32 * kappa * u * k;
  return dim * t <= 0.125 ? 2.5 * dim * t : Infinity;
}

/** @param e Absolute edge components, `[2 x 2]`. */
function triangleBound(e: Float64Array, det: number): number {
  const rx = Math.max(e[0], e[2]), ry = Math.max(e[1], e[3]);
  const p = e[0] * e[3] + e[2] * e[1];
  const k = Math.max(e[3] * rx + e[2] * ry, e[1] * rx + e[0] * ry);
  return boundOf(p / det, k / det, 2);
}

/** @param e Absolute edge components, `[3 x 3]`. */
function tetraBound(e: Float64Array, det: number): number {
  let p = 0, k = 0;
  for (let i = 0; i < 3; i++) {
    const a = 3 * ((i + 1) % 3), b = 3 * ((i + 2) % 3);
    let row = 0;
    for (let d = 0; d < 3; d++) {
      const f = (d + 1) % 3, g = (d + 2) % 3;
      const cofactor = e[a + f] * e[b + g] + e[a + g] * e[b + f];
      row += cofactor * Math.max(e[d], e[3 + d], e[6 + d]);
      if (i === 0) p += e[d] * cofactor;
    }
    k = Math.max(k, row);
  }
  return boundOf(p / det, k / det, 3);
}
