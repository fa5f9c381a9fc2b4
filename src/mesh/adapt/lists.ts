/**
 * The boundaries and regions of a mesh whose cells were halved or merged.
 *
 * The facet of a cell opposite to its vertex k consists of the facets k of those parts that touch
 * it, and vertices keep their positions in all parts. A boundary facet therefore keeps its
 * orientation, and is restored with the same bytes when its parts are merged.
 *
 * @module
 */
import type { FacetList, Topology } from "../topology.ts";
import type { Coarsening } from "./coarsen.ts";
import { type Forest, PartWalk } from "./forest.ts";
import type { Refinement } from "./refine.ts";

/** The named lists of a topology: nodes of facets, and ids of cells. */
export interface Lists {
  readonly boundaries: Map<string, Int32Array>;
  readonly regions: Map<string, Int32Array>;
}

/** The lists after refinement: the parts of every facet and every cell take its place. */
export function refinedLists(before: Topology, forest: Forest, after: Refinement): Lists {
  const { dim, cells } = before, corners = dim + 1;
  const walk = new PartWalk(dim);
  const boundaries = new Map<string, Int32Array>();
  for (const [name, nodes] of before.boundaries) {
    const facets = before.facetsOf(name), out: number[] = [];
    const places = facetPlaces(cells, dim, facets, nodes);
    for (let f = 0; f < facets.count; f++) {
      const cell = facets.cells[f], bit = 1 << facets.locals[f];
      walk.start(forest.labels[cell], forest.levels[cell]);
      for (let part = after.start[cell]; part < after.start[cell + 1]; part++) {
        walk.next(after.levels[part]);
        if ((walk.mask & bit) === 0) continue;
        for (let k = 0; k < dim; k++) out.push(after.cells[part * corners + places[f * dim + k]]);
      }
    }
    boundaries.set(name, Int32Array.from(out));
  }
  const regions = new Map<string, Int32Array>();
  for (const [name, ids] of before.regions) {
    const out: number[] = [];
    for (const cell of ids) {
      for (let part = after.start[cell]; part < after.start[cell + 1]; part++) out.push(part);
    }
    regions.set(name, Int32Array.from(out));
  }
  return { boundaries, regions };
}

/** The lists after coarsening: the parts of one facet or cell are adjacent, and become one. */
export function coarsenedLists(before: Topology, after: Coarsening): Lists {
  const { dim, cells } = before, corners = dim + 1;
  const whole = enclosingCells(after, before.cellCount);
  const boundaries = new Map<string, Int32Array>();
  for (const [name, nodes] of before.boundaries) {
    const facets = before.facetsOf(name), out: number[] = [];
    const places = facetPlaces(cells, dim, facets, nodes);
    let cell = -1, local = -1;
    for (let f = 0; f < facets.count; f++) {
      if (whole[facets.cells[f]] === cell && facets.locals[f] === local) continue;
      cell = whole[facets.cells[f]];
      local = facets.locals[f];
      for (let k = 0; k < dim; k++) out.push(after.cells[cell * corners + places[f * dim + k]]);
    }
    boundaries.set(name, Int32Array.from(out));
  }
  const regions = new Map<string, Int32Array>();
  for (const [name, ids] of before.regions) {
    const out: number[] = [];
    for (const id of ids) if (out.at(-1) !== whole[id]) out.push(whole[id]);
    regions.set(name, Int32Array.from(out));
  }
  return { boundaries, regions };
}

/** For each previous cell, the new cell that it is a part of. */
export function enclosingCells(
  { start }: { readonly start: Int32Array },
  count: number,
): Int32Array {
  const whole = new Int32Array(count);
  for (let c = 0; c + 1 < start.length; c++) whole.fill(c, start[c], start[c + 1]);
  return whole;
}

/** The vertices of its cell that the nodes of every facet are, `[count x dim]`. */
export function facetPlaces(
  cells: Int32Array,
  dim: number,
  facets: FacetList,
  nodes: Int32Array,
): Uint8Array {
  const places = new Uint8Array(nodes.length), corners = dim + 1;
  for (let i = 0; i < places.length; i++) {
    const at = facets.cells[Math.floor(i / dim)] * corners;
    while (cells[at + places[i]] !== nodes[i]) places[i]++;
  }
  return places;
}
