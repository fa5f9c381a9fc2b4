/**
 * Boundaries that are circles or spheres, whole or in part.
 *
 * @module
 */
import { factor, substitute } from "../ddt/cholesky.ts";
import type { FieldFrame } from "../solve/field_frame.ts";

/** Distances from the centre may differ by this share: as little turns a motion that counts as free. */
const same = 1e-7;

/** A circle goes through any three nodes; those of so many facets are on one by no accident. */
const fewest = { 2: 6, 3: 12 } as const;

/**
 * The centre of the circle or sphere on which all nodes of the facets of a boundary are; null where there is none.
 * Collective.
 */
export function centreOf(frame: FieldFrame, boundary: string): Float64Array | null {
  const { dim } = frame.geometry.topology, points = nodesOf(frame, boundary);
  const sums = new Float64Array(dim + 1);
  for (let k = 0; k < points.length; k++) sums[k % dim] += points[k];
  sums[dim] = points.length / dim;
  const mean = frame.totals(sums), all = mean[dim];
  if (all < dim * fewest[dim]) return null;
  for (let d = 0; d < dim; d++) mean[d] /= all;
  let far = 0;
  for (let k = 0; k < points.length; k++) far = Math.max(far, Math.abs(points[k] - mean[k % dim]));
  const size = frame.largest(far);
  if (size === 0) return null;
  for (let k = 0; k < points.length; k++) points[k] = (points[k] - mean[k % dim]) / size;
  const centre = fitted(frame, points, dim);
  if (centre === null) return null;
  return centre.map((value, d) => mean[d] + size * value);
}

/** The vertices of this rank's facets, one behind the other. */
function nodesOf({ geometry }: FieldFrame, boundary: string): Float64Array {
  const { topology, coordinates } = geometry, { dim, cells, rankMesh } = topology;
  const facets = topology.facetsOf(boundary), points = new Float64Array(facets.count * dim * dim);
  const owned = rankMesh?.dofs(0, false).owned ?? topology.cellCount;
  let at = 0;
  for (let f = 0; f < facets.count; f++) {
    if (facets.cells[f] >= owned) continue;
    for (let k = 0; k <= dim; k++) {
      if (k === facets.locals[f]) continue;
      const node = cells[facets.cells[f] * (dim + 1) + k];
      for (let d = 0; d < dim; d++) points[at++] = coordinates[node * dim + d];
    }
  }
  return points.subarray(0, at);
}

/** The centre c with `|x|^2 = 2 c . x + d` at all points, which are of size 1. Collective. */
function fitted(frame: FieldFrame, points: Float64Array, dim: number): Float64Array | null {
  const width = dim + 1, sums = new Float64Array(width * width + width);
  const row = new Float64Array(width);
  for (let at = 0; at < points.length; at += dim) {
    let square = 0;
    for (let d = 0; d < dim; d++) {
      row[d] = points[at + d];
      square += row[d] ** 2;
    }
    row[dim] = 1;
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) sums[i * width + j] += row[i] * row[j];
      sums[width * width + i] += square * row[i];
    }
  }
  const total = frame.totals(sums), normal = total.slice(0, width * width);
  const solution = total.slice(width * width);
  // Nodes of a plane have no centre.
  if (!factor(normal, width, 1e-12)) return null;
  substitute(normal, width, solution);
  const centre = solution.slice(0, dim).map((value) => value / 2);
  const squares = centre.reduce((sum, value) => sum + value * value, solution[dim]);
  let worst = 0;
  for (let at = 0; at < points.length; at += dim) {
    let square = 0;
    for (let d = 0; d < dim; d++) square += (points[at + d] - centre[d]) ** 2;
    worst = Math.max(worst, Math.abs(square - squares));
  }
  return frame.largest(worst) <= 2 * same * squares ? centre : null;
}

/** Mean normals and radii this far apart (37 degrees) belong to different sides of a corner. */
const apart = 0.8;

/**
 * Turns the mean normals at nodes of a circle or a sphere into its radii: then rotations about the centre are free.
 *
 * @param coordinates Of all nodes.
 * @param dofs The nodes of the normals.
 */
export function turnToCentre(
  coordinates: Float64Array,
  dofs: Int32Array,
  centre: Float64Array,
  directions: Float64Array,
): void {
  const dim = centre.length, radius = new Float64Array(dim);
  for (let i = 0; i < dofs.length; i++) {
    let length = 0, along = 0;
    for (let d = 0; d < dim; d++) {
      radius[d] = coordinates[dofs[i] * dim + d] - centre[d];
      length += radius[d] ** 2;
      along += radius[d] * directions[i * dim + d];
    }
    length = Math.sqrt(length);
    if (Math.abs(along) < apart * length) continue;
    for (let d = 0; d < dim; d++) {
      directions[i * dim + d] = Math.sign(along) * radius[d] / length;
    }
  }
}
