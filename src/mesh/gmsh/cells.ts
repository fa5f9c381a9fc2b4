/**
 * Cells from the elements of the highest dimension: each once, positively oriented, with volume.
 *
 * @module
 */
import { MeshFormatError } from "../../errors.ts";
import { side2, side3 } from "../orientation.ts";
import { numberTuples } from "../tuple_table.ts";
import type { ElementList, NodeTable, RawMesh } from "./raw_mesh.ts";

/** Cells over the nodes that they use. */
export interface Cells {
  readonly dim: 2 | 3;
  /** `[cellCount x (dim + 1)]`. */
  readonly nodes: Int32Array;
  /** `[nodeCount x dim]`, in the order of the file. */
  readonly coordinates: Float64Array;
  /** For every element of the list, its cell: an element that comes again is the same cell. */
  readonly cellOf: Int32Array;
  /** For every node of the file, its id in the mesh or -1. */
  readonly newIds: Int32Array;
}

/** Elements whose z differs by less than this part of their extent are in a plane. */
export const flatness = 1e-10;

/**
 * The cells of a mesh.
 *
 * @throws {MeshFormatError} when there are none, one has no volume or a node that is not finite, or
 *   triangles are not in a plane z = constant.
 */
export function makeCells(raw: RawMesh, path: string): Cells {
  const dim = raw.tetrahedra.count > 0 ? 3 : 2;
  const list = dim === 3 ? raw.tetrahedra : raw.triangles;
  const nodes = raw.nodes!;
  if (list.count === 0) {
    throw new MeshFormatError(
      path,
      `${path}: the file has neither triangles nor tetrahedra; mesh a surface or a volume, and ` +
        `check that a physical group holds it`,
    );
  }
  const { corners } = list;
  const places = list.nodes.subarray(0, list.count * corners);
  const { count, ids: cellOf, first } = numberTuples(sortEach(places.slice(), corners), corners);
  const { newIds, kept } = compact(places, nodes);
  const coordinates = positions(nodes, kept, dim, path);
  const cells = new Int32Array(count * corners);
  for (let c = 0; c < count; c++) {
    for (let k = 0; k < corners; k++) {
      cells[c * corners + k] = newIds[places[first[c] * corners + k]];
    }
  }
  const bad = orient(cells, coordinates, dim);
  if (bad >= 0) {
    throw new MeshFormatError(path, `${path}: ${describe(list, first[bad], nodes)}`);
  }
  return { dim, nodes: cells, coordinates, cellOf, newIds };
}

/** Insertion sort of every tuple. */
function sortEach(tuples: Int32Array, width: number): Int32Array {
  for (let start = 0; start < tuples.length; start += width) {
    for (let i = start + 1; i < start + width; i++) {
      const value = tuples[i];
      let j = i - 1;
      for (; j >= start && tuples[j] > value; j--) tuples[j + 1] = tuples[j];
      tuples[j + 1] = value;
    }
  }
  return tuples;
}

/** Numbers the nodes that cells use, in the order of the file. */
function compact(places: Int32Array, nodes: NodeTable) {
  const newIds = new Int32Array(nodes.count).fill(-1);
  for (let i = 0; i < places.length; i++) newIds[places[i]] = 0;
  let used = 0;
  for (let n = 0; n < newIds.length; n++) if (newIds[n] === 0) newIds[n] = used++;
  const kept = new Int32Array(used);
  for (let n = 0; n < newIds.length; n++) if (newIds[n] >= 0) kept[newIds[n]] = n;
  return { newIds, kept };
}

function positions(nodes: NodeTable, kept: Int32Array, dim: 2 | 3, path: string): Float64Array {
  const { coordinates: from, tags } = nodes;
  const out = new Float64Array(kept.length * dim);
  const least = [Infinity, Infinity, Infinity], most = [-Infinity, -Infinity, -Infinity];
  for (let n = 0; n < kept.length; n++) {
    for (let d = 0; d < 3; d++) {
      const x = from[3 * kept[n] + d];
      if (!Number.isFinite(x)) {
        const where = from.subarray(3 * kept[n], 3 * kept[n] + 3).join(", ");
        throw new MeshFormatError(path, `${path}: node ${tags[kept[n]]} is at (${where})`);
      }
      if (x < least[d]) least[d] = x;
      if (x > most[d]) most[d] = x;
      if (d < dim) out[n * dim + d] = x;
    }
  }
  const extent = Math.max(most[0] - least[0], most[1] - least[1], most[2] - least[2]);
  if (dim === 2 && !(most[2] - least[2] <= flatness * extent)) {
    throw new MeshFormatError(
      path,
      `${path}: the file has triangles and no tetrahedra, and z runs from ${least[2]} to ` +
        `${most[2]}; surfaces in space are not supported, only a plane z = constant is`,
    );
  }
  return out;
}

/** Makes every cell positive; returns the first that cannot be, or -1. */
function orient(cells: Int32Array, x: Float64Array, dim: 2 | 3): number {
  for (let i = 0; i < cells.length; i += dim + 1) {
    const a = cells[i], b = cells[i + 1], c = cells[i + 2];
    const d = dim === 3 ? cells[i + 3] : c;
    const side = dim === 3
      ? side3(x, a, b, c, x[3 * d], x[3 * d + 1], x[3 * d + 2])
      : side2(x, a, b, x[2 * c], x[2 * c + 1]);
    if (side < 0) {
      cells[i + 1] = c;
      cells[i + 2] = b;
    } else if (!(side > 0)) return i / (dim + 1);
  }
  return -1;
}

function describe(list: ElementList, element: number, nodes: NodeTable): string {
  const { corners } = list;
  const kind = corners === 3 ? "triangle" : "tetrahedron";
  const tags = [...list.nodes.subarray(element * corners, (element + 1) * corners)]
    .map((place) => nodes.tags[place]);
  return `element ${list.tags[element]}, a ${kind} with nodes ${tags.join(", ")}, has no ` +
    `${corners === 3 ? "area" : "volume"}`;
}
