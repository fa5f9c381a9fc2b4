/**
 * How far cells are from equilateral ones.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { Geometry } from "../mesh/geometry.ts";

/** Geometries are immutable. */
const known = new WeakMap<Geometry, number>();

/** `sum |grad l_k|^2 volume^(2/dim)` of an equilateral triangle and tetrahedron. */
const equilateral = { 2: Math.sqrt(3), 3: 6 / Math.cbrt(72) };

/** P1 is a good coarse level of P2 unless cells are long: then aggregation follows strong couplings. */
const longCells = 2.4;

/** Whether cells are near enough to equilateral; the mean over all ranks decides. Collective. */
export function isRegular(geometry: Geometry, comm: Comm | null): boolean {
  const mean = meanStretch(geometry), cells = geometry.volumes.length;
  if (comm === null) return mean < longCells;
  return comm.allreduce(cells === 0 ? 0 : mean * cells) < longCells * comm.allreduce(cells);
}

/**
 * The mean over cells of `sum_k |grad l_k|^2 volume^(2/dim)`, relative to an equilateral cell: 1 where all
 * are equilateral, 1.2 on structured boxes of squares or cubes, about half the aspect ratio where cells
 * are long.
 */
function meanStretch(geometry: Geometry): number {
  let mean = known.get(geometry);
  if (mean === undefined) known.set(geometry, mean = measure(geometry));
  return mean;
}

function measure(geometry: Geometry): number {
  const { volumes, cornerInverses: inverse, topology: { dim } } = geometry;
  let total = 0;
  for (let c = 0; c < volumes.length; c++) {
    let squares = 0;
    for (let d = 0; d < dim; d++) {
      let first = 0;
      for (let r = 0; r < dim; r++) {
        const slope = inverse[(c * dim + r) * dim + d];
        squares += slope * slope;
        first -= slope;
      }
      squares += first * first;
    }
    const root = dim === 2 ? volumes[c] : Math.cbrt(volumes[c]) ** 2;
    total += squares * root;
  }
  return total / (volumes.length * equilateral[dim]);
}
