/**
 * The heights of a surface, and the volume below it.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { ndarray } from "../deps/ndarray.ts";
import type { BoundaryValues } from "../flow/normal_stress.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import type { ScalarFunction } from "../mesh/points.ts";
import { describe } from "../options.ts";
import type { SurfaceShape } from "./surface_speeds.ts";

/** Places and heights of the surface's nodes, in 2-D from left to right. */
export function surfaceHeights({ geometry, nodes }: SurfaceShape): BoundaryValues {
  const { coordinates, topology: { dim } } = geometry;
  const order = dim === 2
    ? nodes.slice().sort((a, b) => coordinates[2 * a] - coordinates[2 * b])
    : nodes;
  const points = new Float64Array(order.length * dim), values = new Float64Array(order.length);
  order.forEach((node, i) => {
    points.set(coordinates.subarray(node * dim, (node + 1) * dim), i * dim);
    values[i] = points[(i + 1) * dim - 1];
  });
  return { points: ndarray(points, [order.length, dim]), values };
}

/**
 * How far every node of the surface is below its new height, `[nodeCount]`.
 *
 * @throws {TypeError} when `heights` is neither a number nor a function.
 * @throws {RangeError} when a height is not finite.
 */
export function targetHeights(
  { geometry, nodes }: SurfaceShape,
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
  const { coordinates: at, topology: { dim, nodeCount } } = geometry;
  return allOrNone(comm, () => {
    const out = new Float64Array(nodeCount);
    for (const i of nodes) {
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

/** The sum of the cells' volumes, in their order. */
export function volumeBelow({ geometry: { volumes } }: SurfaceShape): number {
  let sum = 0;
  for (const volume of volumes) sum += volume;
  return sum;
}
