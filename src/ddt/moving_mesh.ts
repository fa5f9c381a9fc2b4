/**
 * Paths on a mesh that moved while material flowed.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { geometryBefore } from "../mesh/geometry_before.ts";
import { Places } from "../mesh/places.ts";
import type { TracedPoints, Wind } from "./departure.ts";

/** The mesh before a move, on which fields of that time are. */
export interface EarlierMesh {
  readonly places: Places;
  /** How far nodes moved since, `[nodeCount x dim]`. */
  readonly shift: Float64Array;
}

/** The mesh before a move. Collective. */
export function earlierMesh({ geometry, comm }: Places, shift: Float64Array): EarlierMesh {
  const before = allOrNone(comm, () => geometryBefore(geometry, shift));
  return { places: new Places(before, comm), shift };
}

/**
 * Puts points where their places in the mesh were before the move: cells and barycentric coordinates stay. Collective.
 *
 * @returns How far they moved with the mesh, `[count x dim]`.
 */
export function takeBack({ places, shift }: EarlierMesh, at: TracedPoints): Float64Array {
  const { topology: { dim, cells: nodes } } = places.geometry, width = dim + 1;
  const drift = places.read(at, dim, (cells, barycentric, count, out) => {
    for (let i = 0; i < count; i++) {
      for (let k = 0; k < width; k++) {
        const node = nodes[cells[i] * width + k] * dim, weight = barycentric[i * width + k];
        for (let d = 0; d < dim; d++) out[i * dim + d] += weight * shift[node + d];
      }
    }
  }, "here");
  for (let i = 0; i < drift.length; i++) at.points[i] -= drift[i];
  return drift;
}

/**
 * The velocity of material past a point that moves with the mesh: `v - drift / dt`, the drift being that of the point
 * at which the path ends. A path that follows it for dt, on the mesh before the move, ends exactly where the material
 * was if the velocity is 0 or that of the mesh; the midpoint rule keeps its second order.
 *
 * @param wind v on the mesh, by cells and barycentric coordinates; functions are asked at places in space.
 */
export function windPastMesh(wind: Wind, drift: Float64Array, dt: number): Wind {
  // Asked at the end of the path, then in its middle: there the mesh has moved half of the way.
  let share = 1;
  return (points, at, out) => {
    const places = points.slice();
    for (let i = 0; i < places.length; i++) places[i] += share * drift[i];
    share /= 2;
    wind(places, at, out);
    for (let i = 0; i < drift.length; i++) out[i] -= drift[i] / dt;
  };
}
