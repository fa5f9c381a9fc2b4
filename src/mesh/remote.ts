/**
 * Values of fields at points on any rank: points go to the rank that owns their cell, values come back.
 *
 * @module
 */
import { geometryOf, type Mesh, wholeGeometryOf } from "./mesh.ts";

/** Writes `[count x width]` values at points in cells of this rank. */
export type PointKernel = (
  cells: Int32Array,
  barycentric: Float64Array,
  count: number,
  out: Float64Array,
) => void;

/**
 * Rows of values at `count` points, `[count x width]`; NaN outside of the mesh. Each is made by the owner of
 * the cell that the point belongs to in the whole mesh. Collective.
 *
 * @param points `[count x dim]`.
 */
export function valuesAnywhere(
  mesh: Mesh,
  points: Float64Array,
  width: number,
  kernel: PointKernel,
): Float64Array {
  const { dim, model: { comm } } = mesh;
  const count = points.length / dim, corners = dim + 1;
  const cells = new Int32Array(count).fill(-1);
  const barycentric = new Float64Array(count * corners);
  wholeGeometryOf(mesh).locator.locate(points, count, cells, barycentric);
  const { owners, locals } = geometryOf(mesh).topology.part!.cells;
  const asked: number[][] = Array.from({ length: comm.size }, () => []);
  for (let i = 0; i < count; i++) if (cells[i] >= 0) asked[owners[cells[i]]].push(i);
  const theirCells = comm.alltoallv(
    asked.map((rows) => Int32Array.from(rows, (i) => cells[i])),
  );
  const theirPlaces = comm.alltoallv(asked.map((rows) => take(barycentric, rows, corners)));
  const answers = comm.alltoallv(theirCells.map((global, rank) => {
    const values = new Float64Array(global.length * width);
    kernel(global.map((cell) => locals[cell]), theirPlaces[rank], global.length, values);
    return values;
  }));
  const out = new Float64Array(count * width).fill(NaN);
  asked.forEach((rows, rank) => {
    for (let n = 0; n < rows.length; n++) {
      for (let k = 0; k < width; k++) out[rows[n] * width + k] = answers[rank][n * width + k];
    }
  });
  return out;
}

function take(table: Float64Array, rows: readonly number[], width: number): Float64Array {
  const out = new Float64Array(rows.length * width);
  for (let n = 0; n < rows.length; n++) {
    for (let k = 0; k < width; k++) out[n * width + k] = table[rows[n] * width + k];
  }
  return out;
}
