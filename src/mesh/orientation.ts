/**
 * On which side of an edge or a face a point lies, with the exact sign, and so whether a cell contains the point:
 * J. R. Shewchuk, Adaptive precision floating-point arithmetic and fast robust geometric predicates, Discrete Comput.
 * Geom. 18 (1997), DOI 10.1007/PL00009321.
 *
 * Exact as long as no product of coordinate differences overflows or underflows: differences between
 * 1e-70 and 1e70 are safe in 2-D and in 3-D.
 *
 * @module
 */
import { orient2d, orient3d } from "../deps/robust_predicates.ts";
import type { Geometry } from "./geometry.ts";
import { localFacets } from "./simplex.ts";

/**
 * Positive when p is to the left of the line from node a to node b: the sign of det(b - a, p - a).
 *
 * @param x Coordinates, `[n x 2]`; `a` and `b` are node ids.
 */
export function side2(x: Float64Array, a: number, b: number, px: number, py: number): number {
  // The package has the y axis pointing down.
  return -orient2d(x[2 * a], x[2 * a + 1], x[2 * b], x[2 * b + 1], px, py);
}

/**
 * Positive when a, b, c turn counter-clockwise seen from p: the sign of det(b - a, c - a, p - a).
 *
 * @param x Coordinates, `[n x 3]`; `a`, `b` and `c` are node ids.
 */
export function side3(
  x: Float64Array,
  a: number,
  b: number,
  c: number,
  px: number,
  py: number,
  pz: number,
): number {
  const i = 3 * a, j = 3 * b, k = 3 * c;
  return -orient3d(
    x[i],
    x[i + 1],
    x[i + 2],
    x[j],
    x[j + 1],
    x[j + 2],
    x[k],
    x[k + 1],
    x[k + 2],
    px,
    py,
    pz,
  );
}

/** Whether a closed cell contains a point; exact. z is ignored in 2-D. */
export function insideCell(
  geometry: Geometry,
  cell: number,
  x: number,
  y: number,
  z: number,
): boolean {
  return geometry.topology.dim === 2
    ? insideTriangle(geometry, cell, x, y)
    : insideTetrahedron(geometry, cell, x, y, z);
}

/** Whether a closed triangle contains a point; exact. */
export function insideTriangle(geometry: Geometry, cell: number, x: number, y: number): boolean {
  const { topology: { cells }, coordinates } = geometry;
  const a = cells[3 * cell], b = cells[3 * cell + 1], c = cells[3 * cell + 2];
  return side2(coordinates, a, b, x, y) >= 0 && side2(coordinates, b, c, x, y) >= 0 &&
    side2(coordinates, c, a, x, y) >= 0;
}

const faces = localFacets(3);

/** Whether a closed tetrahedron contains a point; exact. */
export function insideTetrahedron(
  geometry: Geometry,
  cell: number,
  x: number,
  y: number,
  z: number,
): boolean {
  const { topology: { cells }, coordinates } = geometry;
  for (let f = 0; f < 12; f += 3) {
    const a = cells[4 * cell + faces[f]], b = cells[4 * cell + faces[f + 1]];
    const c = cells[4 * cell + faces[f + 2]];
    // Faces turn counter-clockwise seen from outside, so clockwise seen from inside.
    if (!(side3(coordinates, a, b, c, x, y, z) <= 0)) return false;
  }
  return true;
}
