/**
 * The quadrature points of all cells, at which coefficients are wanted.
 *
 * @module
 */
import type { Geometry } from "../../mesh/geometry.ts";
import { type LocatedPoints, placePoints } from "../../mesh/located_points.ts";
import type { Reference } from "./reference.ts";

/** Geometries are immutable: points are kept as long as their geometry lives. */
const known = new WeakMap<Geometry, Map<number, LocatedPoints>>();

/** The quadrature points of all cells, `[cellCount x points]`; not to be written. */
export function cellPoints(geometry: Geometry, reference: Reference): LocatedPoints {
  const { degree, quadrature } = reference;
  let degrees = known.get(geometry);
  if (degrees === undefined) known.set(geometry, degrees = new Map());
  let points = degrees.get(degree);
  if (points === undefined) degrees.set(degree, points = place(geometry, quadrature.barycentric));
  return points;
}

function place(geometry: Geometry, barycentric: Float64Array): LocatedPoints {
  const { cellCount, dim } = geometry.topology;
  const points = barycentric.length / (dim + 1);
  const cells = new Int32Array(cellCount * points);
  const all = new Float64Array(cells.length * (dim + 1));
  for (let c = 0; c < cellCount; c++) {
    cells.fill(c, c * points, (c + 1) * points);
    all.set(barycentric, c * barycentric.length);
  }
  return placePoints(geometry, cells, all);
}
