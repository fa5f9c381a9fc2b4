/**
 * The triangles that make up the picture of a mesh: the cells in 2-D; the exterior facets or a plane section in 3-D.
 *
 * @module
 */
import { requireStraightCells } from "../../mesh/straight_cells.ts";
import { evaluateInto, type Field } from "../../mesh/interpolate.ts";
import type { Geometry } from "../../mesh/geometry.ts";
import { placePoints } from "../../mesh/located_points.ts";
import { geometryOf, type Mesh } from "../../mesh/mesh.ts";
import { localFacets } from "../../mesh/simplex.ts";

/** Triangles, each in one cell. */
export interface Patches {
  readonly count: number;
  /** `[count x 3 x dim]`. */
  readonly points: Float64Array;
  /** `[count]`. */
  readonly cells: Int32Array;
  /** The corners in their cells, `[count x 3 x (dim + 1)]`; null if the patches are the cells. */
  readonly barycentric: Float64Array | null;
}

/** Values on patches: one each, or at the corners, or at the corners and then the mid-edges (01, 12, 20). */
export interface PatchValues {
  readonly perPatch: 1 | 3 | 6;
  /** `[count x perPatch]`. */
  readonly values: Float64Array;
}

/** A plane across a 3-D mesh. */
export interface PlotSlice {
  /** The axis perpendicular to the plane. */
  readonly axis: "x" | "y" | "z";
  /** The coordinate of the plane on that axis. */
  readonly at: number;
}

/** The cells of a 2-D mesh, or the rim of a 3-D one. */
export function patchesOf(mesh: Mesh): Patches {
  if (mesh.dim === 3) requireStraightCells(mesh, "a plot of a 3-D mesh");
  return mesh.dim === 2 ? cellPatches(mesh) : rimPatches(mesh);
}

function cellPatches(mesh: Mesh): Patches {
  const geometry = geometryOf(mesh), { coordinates, topology: { cells, cellCount } } = geometry;
  if (geometry.curved !== null) return curvedPatches(geometry);
  const points = new Float64Array(2 * cells.length);
  for (let i = 0; i < cells.length; i++) {
    points[2 * i] = coordinates[2 * cells[i]];
    points[2 * i + 1] = coordinates[2 * cells[i] + 1];
  }
  const own = Int32Array.from({ length: cellCount }, (_, c) => c);
  return { count: cellCount, points, cells: own, barycentric: null };
}

/** Along each edge of a curved cell there are so many triangles. */
const CUTS = 4;

/** Straight cells as they are, and curved ones in pieces. */
function curvedPatches(geometry: Geometry): Patches {
  const { curved, topology: { cellCount } } = geometry;
  const whole = [[1, 0, 0], [0, 1, 0], [0, 0, 1]], pieces: number[][] = [];
  const at = (i: number, j: number) => [(CUTS - i - j) / CUTS, i / CUTS, j / CUTS];
  for (let i = 0; i < CUTS; i++) {
    for (let j = 0; i + j < CUTS; j++) {
      pieces.push(at(i, j), at(i + 1, j), at(i, j + 1));
      if (i + j < CUTS - 1) pieces.push(at(i + 1, j), at(i + 1, j + 1), at(i, j + 1));
    }
  }
  const cells: number[] = [], barycentric: number[] = [], owners: number[] = [];
  for (let c = 0; c < cellCount; c++) {
    const corners = curved!.numbers[c] < 0 ? whole : pieces;
    for (let k = 0; k < corners.length; k++) {
      barycentric.push(...corners[k]);
      owners.push(c);
      if (k % 3 === 0) cells.push(c);
    }
  }
  const places = Float64Array.from(barycentric);
  const { coordinates: points } = placePoints(geometry, Int32Array.from(owners), places);
  return { count: cells.length, points, cells: Int32Array.from(cells), barycentric: places };
}

function rimPatches(mesh: Mesh): Patches {
  const { coordinates, topology } = geometryOf(mesh);
  const { count, cells, locals } = topology.rimFacets;
  const table = localFacets(3);
  const points = new Float64Array(9 * count), barycentric = new Float64Array(12 * count);
  for (let f = 0; f < count; f++) {
    for (let k = 0; k < 3; k++) {
      const corner = table[3 * locals[f] + k];
      const node = topology.cells[4 * cells[f] + corner];
      points.set(coordinates.subarray(3 * node, 3 * node + 3), 9 * f + 3 * k);
      barycentric[12 * f + 4 * k + corner] = 1;
    }
  }
  return { count, points, cells, barycentric };
}

/**
 * The section of a plane with a 3-D mesh: one or two triangles for each cell that it meets.
 *
 * @throws {RangeError} when it misses the mesh, the axis is unknown or the mesh is 2-D.
 */
export function slicePatches(mesh: Mesh, { axis, at }: PlotSlice): Patches {
  requireStraightCells(mesh, "a slice");
  const d = ["x", "y", "z"].indexOf(axis);
  if (mesh.dim !== 3 || d < 0) {
    throw new RangeError(
      `slice must be a plane across a 3-D mesh, { axis: "x" | "y" | "z", at }; got axis ${axis} in ${mesh.dim}-D`,
    );
  }
  const { coordinates, topology: { cells, cellCount } } = geometryOf(mesh);
  const found: number[] = [], weights: number[] = [];
  const height = new Float64Array(4);
  for (let c = 0; c < cellCount; c++) {
    for (let k = 0; k < 4; k++) height[k] = coordinates[3 * cells[4 * c + k] + d] - at;
    const corners = cut(height);
    for (let k = 2; k < corners.length; k++) {
      found.push(c);
      weights.push(...corners[0], ...corners[k - 1], ...corners[k]);
    }
  }
  if (found.length === 0) {
    throw new RangeError(`slice: the plane ${axis} = ${at} does not meet mesh '${mesh.name}'`);
  }
  const barycentric = Float64Array.from(weights);
  const points = new Float64Array(9 * found.length);
  for (let i = 0; i < points.length; i++) {
    const corner = Math.floor(i / 3);
    const first = 4 * found[Math.floor(corner / 3)];
    for (let k = 0; k < 4; k++) {
      points[i] += barycentric[4 * corner + k] * coordinates[3 * cells[first + k] + i % 3];
    }
  }
  return { count: found.length, points, cells: Int32Array.from(found), barycentric };
}

/** The corners, in barycentric coordinates, of the polygon at height 0, in order around it. */
function cut(height: Float64Array): number[][] {
  const above = [0, 1, 2, 3].filter((k) => height[k] >= 0);
  const below = [0, 1, 2, 3].filter((k) => height[k] < 0);
  const corners = above.flatMap((a, i) =>
    // Every second row is reversed, so that four corners form a polygon that does not cross itself.
    (i % 2 === 0 ? below : below.toReversed()).map((b) => {
      const weights = [0, 0, 0, 0];
      const t = height[a] / (height[a] - height[b]);
      weights[a] = 1 - t;
      weights[b] = t;
      return weights;
    })
  );
  return corners;
}

const nodes = {
  1: [[1 / 3, 1 / 3, 1 / 3]],
  3: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  6: [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]],
} as const;

/**
 * A component of a field on patches, exactly; or the length of the vector, exact at the nodes.
 *
 * @param component a number, or null for the length.
 */
export function samplePatches(
  field: Field,
  patches: Patches,
  component: number | null,
): PatchValues {
  const perPatch = field.element.degree === 0 ? 1 : field.element.degree === 1 ? 3 : 6;
  const { count, cells } = patches;
  const values = new Float64Array(count * perPatch);
  const width = field.element.dim + 1, { components } = field;
  const cell = new Int32Array(perPatch), at = new Float64Array(perPatch * width);
  const row = new Float64Array(perPatch * components);
  for (let p = 0; p < count; p++) {
    cell.fill(cells[p]);
    if (p === 0 || patches.barycentric !== null) placeNodes(patches, p, nodes[perPatch], width, at);
    evaluateInto(field, cell, at, perPatch, row);
    for (let k = 0; k < perPatch; k++) {
      const o = k * components;
      values[p * perPatch + k] = component === null
        ? lengthAt(row, o, components)
        : row[o + component];
    }
  }
  return { perPatch, values };
}

function lengthAt(row: Float64Array, offset: number, components: number): number {
  let square = 0;
  for (let a = 0; a < components; a++) square += row[offset + a] * row[offset + a];
  return Math.sqrt(square);
}

function placeNodes(
  { barycentric }: Patches,
  patch: number,
  places: readonly (readonly number[])[],
  width: number,
  out: Float64Array,
): void {
  out.fill(0);
  places.forEach((weights, n) => {
    for (let corner = 0; corner < 3; corner++) {
      if (barycentric === null) out[n * width + corner] = weights[corner];
      else {
        for (let k = 0; k < width; k++) {
          out[n * width + k] += weights[corner] * barycentric[(patch * 3 + corner) * width + k];
        }
      }
    }
  });
}
