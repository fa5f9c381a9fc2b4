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
  /** A sentence for every name of which facets were left out. */
  readonly losses: Map<string, string>;
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
 * Facets of the groups one dimension lower. On the boundary of the domain they turn outwards; inside they turn as in the
 * file. Those that no cell has are left out.
 *
 * @throws {MeshFormatError} when three cells meet at one facet, or two on the same side of it.
 */
export function makeBoundaries(raw: RawMesh, cells: Cells, path: string): NamedBoundaries {
  const { dim } = cells;
  const list = dim === 3 ? raw.triangles : raw.lines;
  const found = matchFacets(list, cells, path);
  const boundaries = new Map<string, Int32Array>();
  const losses = new Map<string, string>();
  for (const [name, elements] of membersOf(raw, list, dim - 1)) {
    const seen = new Set<number>();
    const nodes: number[] = [];
    let lost = 0;
    for (const element of elements) {
      const facet = found.facetOf[element];
      if (facet < 0) lost++;
      else if (!seen.has(facet)) {
        seen.add(facet);
        pushFacet(nodes, element, list, cells, found.exteriorPlaces[facet]);
      }
    }
    if (nodes.length > 0) boundaries.set(name, Int32Array.from(nodes));
    if (lost > 0) {
      losses.set(
        name,
        `boundary "${name}": ${lost} of ${elements.length} facets belong to no cell and were left out`,
      );
    }
  }
  return { boundaries, losses };
}

/** Elements of every group of one dimension by name: named groups in the order of the file, then the others. */
function membersOf(raw: RawMesh, list: ElementList, dim: number): Map<string, Int32Array> {
  const byTag = elementsByTag(raw, list);
  const names = new Map<number, string>();
  for (const { dim: own, tag, name } of raw.names) {
    if (own === dim && name !== "" && byTag.has(tag)) names.set(tag, name);
  }
  for (const tag of [...byTag.keys()].sort((a, b) => a - b)) {
    if (!names.has(tag)) names.set(tag, `physical_${tag}`);
  }
  const members = new Map<string, Int32Array>();
  for (const [tag, name] of names) {
    const own = byTag.get(tag)!, others = members.get(name);
    members.set(name, others ? joined(others, own) : own);
  }
  return members;
}

/** Elements of every physical tag, in the order of the file. */
function elementsByTag(raw: RawMesh, list: ElementList): Map<number, Int32Array> {
  const perSet = new Int32Array(raw.groupSets.length);
  for (let i = 0; i < list.count; i++) perSet[list.sets[i]]++;
  const counts = new Map<number, number>();
  raw.groupSets.forEach((tags, set) => {
    if (perSet[set] === 0) return;
    for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + perSet[set]);
  });
  const groups = new Map<number, { elements: Int32Array; filled: number }>();
  for (const [tag, count] of counts) {
    groups.set(tag, { elements: new Int32Array(count), filled: 0 });
  }
  const groupsOfSet = raw.groupSets.map((tags) => tags.flatMap((tag) => groups.get(tag) ?? []));
  for (let i = 0; i < list.count; i++) {
    for (const group of groupsOfSet[list.sets[i]]) group.elements[group.filled++] = i;
  }
  return new Map([...groups].map(([tag, { elements }]) => [tag, elements]));
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Which facet of the cells every element of `list` is, and where exterior facets are. */
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
  const exteriorPlaces = new Int32Array(count).fill(-1);
  for (let place = 0; place < known; place++) {
    const id = ids[place], other = exteriorPlaces[id];
    const seen = ++times[id];
    if (seen === 1) exteriorPlaces[id] = place;
    else {
      if (seen > 2) refuse(path, "more than two cells share", place, cells);
      if (turn(place, cells) === turn(other, cells)) {
        refuse(path, "two cells overlap: they lie on the same side of", place, cells);
      }
      exteriorPlaces[id] = -1;
    }
  }
  const facetOf = ids.slice(known).map((id) => times[id] > 0 ? id : -1);
  return { facetOf, exteriorPlaces };
}

/** The node with number k of the facet at a place, which is opposite to that corner of its cell. */
function facetNode(place: number, k: number, { dim, nodes }: Cells): number {
  const corner = place % (dim + 1);
  return nodes[place - corner + localFacets(dim)[corner * dim + k]];
}

/** Whether the outward turn of a facet is that of its sorted nodes. */
function turn(place: number, cells: Cells): boolean {
  const a = facetNode(place, 0, cells), b = facetNode(place, 1, cells);
  if (cells.dim === 2) return a < b;
  const c = facetNode(place, 2, cells);
  return (a < b) === ((b < c) === (a < c));
}

function refuse(path: string, problem: string, place: number, cells: Cells): never {
  const { dim, coordinates } = cells;
  const points = Array.from({ length: dim }, (_, k) => {
    const node = facetNode(place, k, cells);
    return `(${coordinates.subarray(node * dim, (node + 1) * dim).join(", ")})`;
  });
  throw new MeshFormatError(path, `${path}: ${problem} the facet between ${points.join(", ")}`);
}

function pushFacet(
  nodes: number[],
  element: number,
  list: ElementList,
  cells: Cells,
  exteriorPlace: number,
): void {
  const { dim } = cells;
  if (exteriorPlace < 0) {
    for (let k = 0; k < dim; k++) nodes.push(cells.newIds[list.nodes[element * dim + k]]);
    return;
  }
  for (let k = 0; k < dim; k++) nodes.push(facetNode(exteriorPlace, k, cells));
}
