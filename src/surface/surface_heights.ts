/**
 * The heights of a surface, and the volume below it.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { ndarray } from "../deps/ndarray.ts";
import type { BoundaryValues } from "../flow/normal_stress.ts";
import { firstFrom } from "../mesh/ascending.ts";
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import type { ScalarFunction } from "../mesh/points.ts";
import { describe } from "../options.ts";
import type { SurfaceShape } from "./surface_shape.ts";

/** Places and heights of the surface's nodes, in 2-D from left to right. */
export function surfaceHeights({ dim, nodes, places }: SurfaceShape): BoundaryValues {
  const order = Int32Array.from(nodes.keys());
  if (dim === 2) order.sort((a, b) => places[2 * a] - places[2 * b]);
  const points = new Float64Array(order.length * dim), values = new Float64Array(order.length);
  order.forEach((node, i) => {
    points.set(places.subarray(node * dim, (node + 1) * dim), i * dim);
    values[i] = points[(i + 1) * dim - 1];
  });
  return { points: ndarray(points, [order.length, dim]), values };
}

/**
 * How far every node of the surface is below its new height, by their numbers. Collective.
 *
 * @throws {TypeError} when `heights` is neither a number nor a function.
 * @throws {RangeError} when a height is not finite.
 */
export function targetHeights(
  { dim, nodes, places: at }: SurfaceShape,
  heights: number | ScalarFunction,
  { comm, tracker }: ModelHost,
  who: string,
): Float64Array {
  if (typeof heights !== "number" && typeof heights !== "function") {
    throw new TypeError(
      `${who}.setHeights takes a number or a function (x, y, z, t) => number, got ${
        describe(heights)
      }`,
    );
  }
  return allOrNone(comm, () => {
    const out = new Float64Array(nodes.length);
    for (let i = 0; i < nodes.length; i++) {
      const o = i * dim, z = dim === 3 ? at[o + 2] : 0;
      const height = typeof heights === "number"
        ? heights
        : heights(at[o], at[o + 1], z, tracker.time);
      if (!Number.isFinite(height)) {
        throw new RangeError(
          `${who}.setHeights: the height at (${at.subarray(o, o + dim).join(", ")}) is ${height}`,
        );
      }
      out[i] = height - at[o + dim - 1];
    }
    return out;
  });
}

/** The sum of the cells' volumes, in their order, so that any number of ranks gets the same bits. Collective. */
export function volumeBelow(mesh: Mesh): number {
  const { volumes, topology: { rankMesh } } = geometryOf(mesh), { comm } = mesh.model;
  if (rankMesh === null) return sumAfter(0, volumes);
  const { cells: { ids, owned, globalCount } } = rankMesh, { rank, size } = comm;
  // Each rank gets a block of ids, and adds it to the sum of those before.
  const first = (r: number) => Math.floor(globalCount * r / size);
  const cuts = Array.from({ length: size + 1 }, (_, r) => firstFrom(ids, first(r), 0, owned));
  const parts = <T extends Int32Array | Float64Array>(all: T) =>
    comm.alltoallv(cuts.slice(1).map((end, r) => all.slice(cuts[r], end) as T));
  const block = new Float64Array(first(rank + 1) - first(rank)), arrived = parts(volumes);
  parts(ids).forEach((from, r) => from.forEach((id, i) => block[id - first(rank)] = arrived[r][i]));
  let sum = 0;
  for (let r = 0; r < size; r++) sum = comm.bcast(r === rank ? sumAfter(sum, block) : 0, r);
  return sum;
}

function sumAfter(sum: number, values: Float64Array): number {
  for (const value of values) sum += value;
  return sum;
}
