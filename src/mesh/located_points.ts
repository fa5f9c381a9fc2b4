/**
 * Points together with the cells they are in, so that fields can be evaluated without a search.
 *
 * @module
 */
import { rowsAt } from "./chosen_points.ts";
import type { Geometry } from "./geometry.ts";

/** Points whose cells are known. */
export interface LocatedPoints {
  /** How many points there are. */
  readonly count: number;
  /** Positions, `[count x dim]`. */
  readonly coordinates: Float64Array;
  /** The cell of each point, `[count]`. */
  readonly cells: Int32Array;
  /** The barycentric coordinates of each point in its cell, `[count x (dim + 1)]`. */
  readonly barycentric: Float64Array;
}

/** The points that are given by cells, `[count]`, and barycentric coordinates, `[count x (dim + 1)]`. */
export function placePoints(
  geometry: Geometry,
  cells: Int32Array,
  barycentric: Float64Array,
): LocatedPoints {
  const { topology, coordinates: x, curved } = geometry;
  const { dim, cells: corners } = topology;
  const count = cells.length, width = dim + 1;
  const coordinates = new Float64Array(count * dim);
  for (let i = 0; i < count; i++) {
    const bent = curved === null ? -1 : curved.numbers[cells[i]];
    if (bent >= 0) {
      curved!.place(bent, barycentric, i * width, coordinates, i * dim);
      continue;
    }
    for (let d = 0; d < dim; d++) {
      let sum = 0;
      for (let l = 0; l < width; l++) {
        sum += barycentric[i * width + l] * x[corners[cells[i] * width + l] * dim + d];
      }
      coordinates[i * dim + d] = sum;
    }
  }
  return { count, coordinates, cells, barycentric };
}

/** The points with the numbers `which`, in that order. */
export function selectPoints(points: LocatedPoints, which: ArrayLike<number>): LocatedPoints {
  const dim = points.barycentric.length / points.cells.length - 1, rows = Int32Array.from(which);
  return {
    count: rows.length,
    coordinates: rowsAt(points.coordinates, rows, dim),
    cells: rows.map((i) => points.cells[i]),
    barycentric: rowsAt(points.barycentric, rows, dim + 1),
  };
}
