/**
 * Boxes that repeat themselves along some axes.
 *
 * @module
 */
import type { MeshData } from "../mesh_data.ts";
import type { BoxAxis } from "./box.ts";
import type { Corners } from "./box_corners.ts";
import { show } from "./sizes.ts";

const axes: readonly BoxAxis[] = ["x", "y", "z"];

/** The boundaries at both ends of an axis. */
const sides = {
  2: [["left", "right"], ["bottom", "top"]],
  3: [["left", "right"], ["front", "back"], ["bottom", "top"]],
} as const;

/**
 * The periodic axes of a box, as numbers, ascending.
 *
 * @throws {TypeError} when they are not a list.
 * @throws {RangeError} when one is not an axis of the box, or is named twice.
 */
export function readAxes(given: unknown, dim: 2 | 3): number[] {
  if (given === undefined) return [];
  if (!Array.isArray(given)) {
    throw new TypeError(
      `boxMesh: periodic has to be a list of axes like ["x"], got ${show(given)}`,
    );
  }
  const found = given.map((name) => {
    const axis = axes.slice(0, dim).indexOf(name);
    if (axis >= 0) return axis;
    const known = axes.slice(0, dim).map((one) => `"${one}"`).join(", ");
    throw new RangeError(`boxMesh: a periodic axis is one of ${known}, got ${show(name)}`);
  });
  if (new Set(found).size === found.length) return found.sort();
  throw new RangeError(`boxMesh: periodic names an axis twice: ${show(given)}`);
}

/** Makes both ends of some axes one side; these are not boundaries any more. */
export function joinSides(data: MeshData, corners: Corners, periodic: readonly number[]): MeshData {
  if (periodic.length === 0) return data;
  const boundaries = new Map(data.boundaries), twins = new Map<string, Int32Array>();
  for (const axis of periodic) {
    for (const name of sides[data.dim][axis]) boundaries.delete(name);
    twins.set(axes[axis], pairsAlong(data, axis, corners.min[axis], corners.max[axis]));
  }
  return { ...data, boundaries, periodic: twins };
}

/** Nodes at the low end of an axis, each with the one at the high end: both ends are divided alike. */
function pairsAlong(
  { coordinates: x, dim }: MeshData,
  axis: number,
  low: number,
  high: number,
): Int32Array {
  const across = [0, 1, 2].slice(0, dim).filter((d) => d !== axis);
  const nodesAt = (value: number) => {
    const nodes: number[] = [];
    for (let n = 0; n * dim < x.length; n++) if (x[n * dim + axis] === value) nodes.push(n);
    const apart = (a: number, b: number) => {
      for (const d of across) {
        if (x[a * dim + d] !== x[b * dim + d]) return x[a * dim + d] - x[b * dim + d];
      }
      return 0;
    };
    return nodes.sort(apart);
  };
  const first = nodesAt(low), second = nodesAt(high);
  return Int32Array.from(first.flatMap((node, i) => [node, second[i]]));
}
