/**
 * Physical groups as named boundaries and regions.
 *
 * @module
 */
import { MeshFormatError } from "../../errors.ts";
import { localFacets } from "../simplex.ts";
import { numberTuples, sortTuples } from "../tuple_table.ts";
import type { Cells } from "./cells.ts";
import type { ElementList, RawMesh } from "./raw_mesh.ts";

/** Boundaries by name, and what could not be kept. */
export interface NamedBoundaries {
  /** Name to node ids, `[facetCount x dim]`. */
  readonly boundaries: Map<string, Int32Array>;
  readonly notes: string[];
}

/** Cell ids of the groups of full dimension, ascending. */
export function makeRegions(raw: RawMesh, cells: Cells): Map<string, Int32Array> {
  const list = cells.dim === 3 ? raw.tetrahedra : raw.triangles;
  const regions = new Map<string, Int32Array>();
  for (const [name, elements] of membersOf(raw, list, cells.dim)) {
    const ids = elements.map((element) => cells.cellOf[element]);
    // Only elements that come twice, or two groups of one name, are out of order.
    if (ids.some((id, i) => i > 0 && id <= ids[i - 1])) ids.sort();
    regions.set(name, ids.filter((id, i) => i === 0 || id !== ids[i - 1]));
  }
  return regions;
}

/**
 * Facets of the groups one dimension lower. On the rim they turn outwards; inside they turn as in the
 * file. Those that no cell has are left out.
 *
 * @throws {MeshFormatError} when three cells meet at one facet.
 */
export function makeBoundaries(raw: RawMesh, cells: Cells, path: string): NamedBoundaries {
  const { dim } = cells;
  const list = dim === 3 ? raw.triangles : raw.lines;
  const found = matchFacets(list, cells, path);
  const boundaries = new Map<string, Int32Array>();
  const notes: string[] = [];
  for (const [name, elements] of membersOf(raw, list, dim - 1)) {
    const seen = new Set<number>();
    const nodes: number[] = [];
    let lost = 0;
    for (const element of elements) {
      const facet = found.facetOf[element];
      if (facet < 0) lost++;
      else if (!seen.has(facet)) {
        seen.add(facet);
        pushFacet(nodes, element, list, cells, found.rimPlaces[facet]);
      }
    }
    if (nodes.length > 0) boundaries.set(name, Int32Array.from(nodes));
    if (lost > 0) {
      notes.push(
        `boundary "${name}": ${lost} of ${elements.length} facets belong to no cell and were left out`,
      );
    }
  }
  return { boundaries, notes };
}

/** Elements of every group of one dimension by name: named groups in the order of the file, then the others. */
function membersOf(raw: RawMesh, list: ElementList, dim: number): Map<string, Int32Array> {
  const bySet = raw.groupSets.map(() => 0);
  for (let i = 0; i < list.count; i++) bySet[list.sets[i]]++;
  const sizes = new Map<number, number>();
  raw.groupSets.forEach((tags, set) => {
    if (bySet[set] === 0) return;
    for (const tag of tags) sizes.set(tag, (sizes.get(tag) ?? 0) + bySet[set]);
  });
  const names = new Map<number, string>();
  for (const entry of raw.names) {
    if (entry.dim === dim && sizes.has(entry.tag) && entry.name !== "") {
      names.set(entry.tag, entry.name);
    }
  }
  for (const tag of [...sizes.keys()].sort((a, b) => a - b)) {
    if (!names.has(tag)) names.set(tag, `physical_${tag}`);
  }
  const members = new Map<string, Int32Array>();
  for (const [tag, name] of names) {
    const own = elementsWith(raw, list, tag, sizes.get(tag)!);
    const others = members.get(name);
    members.set(name, others ? joined(others, own) : own);
  }
  return members;
}

function elementsWith(raw: RawMesh, list: ElementList, tag: number, size: number): Int32Array {
  const inSet = raw.groupSets.map((tags) => tags.includes(tag));
  const elements = new Int32Array(size);
  let at = 0;
  for (let i = 0; i < list.count; i++) if (inSet[list.sets[i]]) elements[at++] = i;
  return elements;
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Which facet of the cells every element of `list` is, and where facets on the rim are. */
function matchFacets(list: ElementList, cells: Cells, path: string) {
  const { dim, nodes } = cells;
  const known = nodes.length;
  const tuples = new Int32Array((known + list.count) * dim);
  const local = localFacets(dim);
  let at = 0;
  for (let cell = 0; cell < known; cell += dim + 1) {
    for (let k = 0; k < local.length; k++) tuples[at++] = nodes[cell + local[k]];
  }
  // A node of no cell has the id -1, which no facet of a cell has.
  for (let k = 0; k < list.count * dim; k++) tuples[at++] = cells.newIds[list.nodes[k]];
  const { count, ids } = numberTuples(sortTuples(tuples, dim), dim);
  const times = new Uint8Array(count);
  const rimPlaces = new Int32Array(count).fill(-1);
  for (let place = 0; place < known; place++) {
    const seen = ++times[ids[place]];
    rimPlaces[ids[place]] = seen === 1 ? place : -1;
    if (seen < 3) continue;
    const x = Array.from(
      tuples.subarray(place * dim, (place + 1) * dim),
      (n) => `(${cells.coordinates.subarray(n * dim, (n + 1) * dim).join(", ")})`,
    );
    throw new MeshFormatError(
      path,
      `${path}: more than two cells share the facet between ${x.join(", ")}`,
    );
  }
  const facetOf = ids.slice(known).map((id) => times[id] > 0 ? id : -1);
  return { facetOf, rimPlaces };
}

function pushFacet(
  nodes: number[],
  element: number,
  list: ElementList,
  cells: Cells,
  rimPlace: number,
): void {
  const { dim } = cells;
  if (rimPlace < 0) {
    for (let k = 0; k < dim; k++) nodes.push(cells.newIds[list.nodes[element * dim + k]]);
    return;
  }
  const corner = rimPlace % (dim + 1), cell = rimPlace - corner;
  const local = localFacets(dim);
  for (let k = 0; k < dim; k++) nodes.push(cells.nodes[cell + local[corner * dim + k]]);
}
