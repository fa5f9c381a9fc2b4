/**
 * Values of fields at points on any rank: points go to the rank that owns their cell, values come back.
 *
 * @module
 */
import { geometryOf, type Mesh, wholeGeometryOf } from "./mesh.ts";
import { noteOutside } from "./outside_points.ts";

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
export function valuesAt(
  mesh: Mesh,
  points: Float64Array,
  width: number,
  kernel: PointKernel,
): Float64Array {
  const { dim } = mesh;
  const count = points.length / dim;
  const cells = new Int32Array(count).fill(-1);
  const barycentric = new Float64Array(count * (dim + 1));
  wholeGeometryOf(mesh).locator.locate(points, count, cells, barycentric);
  let values: Float64Array;
  if (geometryOf(mesh).topology.rankMesh === null) {
    values = new Float64Array(count * width);
    kernel(cells, barycentric, count, values);
  } else values = valuesOfRanks(mesh, cells, barycentric, width, kernel);
  noteOutside(mesh, points, cells, values);
  return values;
}

/** Asks the owners of cells, in global numbers, for values. */
function valuesOfRanks(
  mesh: Mesh,
  cells: Int32Array,
  barycentric: Float64Array,
  width: number,
  kernel: PointKernel,
): Float64Array {
  const { dim, model: { comm } } = mesh;
  const count = cells.length, corners = dim + 1;
  const { owners, locals } = geometryOf(mesh).topology.rankMesh!.cells;
  const asked = rowsByRank(cells, owners, comm.size);
  const localOf = (global: Int32Array) => global.map((cell) => locals[cell]);
  const answer = (here: Int32Array, places: Float64Array) => {
    const values = new Float64Array(here.length * width);
    kernel(here, places, here.length, values);
    return values;
  };
  const cellsOf = (rows: Int32Array) => rows.map((i) => cells[i]);
  const placesOf = (rows: Int32Array) => take(barycentric, rows, corners);
  // Most points are in cells of this rank, as a rule: these take no message.
  const away = asked.map((rows, rank) => (rank === comm.rank ? new Int32Array(0) : rows));
  const theirCells = comm.alltoallv(away.map(cellsOf));
  const theirPlaces = comm.alltoallv(away.map(placesOf));
  const answers = comm.alltoallv(
    theirCells.map((global, rank) => answer(localOf(global), theirPlaces[rank])),
  );
  const own = asked[comm.rank];
  answers[comm.rank] = answer(localOf(cellsOf(own)), placesOf(own));
  const out = new Float64Array(count * width).fill(NaN);
  asked.forEach((rows, rank) => {
    for (let n = 0; n < rows.length; n++) {
      for (let k = 0; k < width; k++) out[rows[n] * width + k] = answers[rank][n * width + k];
    }
  });
  return out;
}

/** Row numbers, ascending, by the owner of their cell; points outside belong to no rank. */
function rowsByRank(cells: Int32Array, owners: Int32Array, ranks: number): Int32Array[] {
  const counts = new Int32Array(ranks);
  for (let i = 0; i < cells.length; i++) if (cells[i] >= 0) counts[owners[cells[i]]]++;
  const rows = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] < 0) continue;
    const owner = owners[cells[i]];
    rows[owner][counts[owner]++] = i;
  }
  return rows;
}

function take(table: Float64Array, rows: Int32Array, width: number): Float64Array {
  const out = new Float64Array(rows.length * width);
  for (let n = 0; n < rows.length; n++) {
    for (let k = 0; k < width; k++) out[n * width + k] = table[rows[n] * width + k];
  }
  return out;
}
