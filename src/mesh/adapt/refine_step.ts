/**
 * The pieces of a refined mesh that a rank gives, and fields on them.
 *
 * @module
 */
import { takeRows } from "../../arrays.ts";
import type { Comm } from "../../comm/comm.ts";
import { elementOf } from "../elements/mod.ts";
import type { FieldKind } from "../field_store.ts";
import type { Geometry } from "../geometry.ts";
import type { GivenFacets } from "../mesh_pieces.ts";
import { centroidsOf } from "../partition_cells.ts";
import { sumsBefore } from "../sums_before.ts";
import { placeNodes } from "./curved.ts";
import { PartWalk } from "./forest.ts";
import { facetPlaces } from "./lists.ts";
import { isByNode, type PartStep, type PieceValues } from "./part_step.ts";
import { type PartRefinement, refinePart } from "./refine_part.ts";
import { meansOfEnds, valueInPart } from "./transfer_refine.ts";

/** Cells are halved; which of the old ones each piece is a part of. */
export interface RefinePartStep extends PartStep {
  /** The parts of owned cell c are the pieces from `start[c]` up to `start[c + 1]`. */
  readonly start: Int32Array;
}

/**
 * Halves cells of a part. Collective.
 *
 * @param halvings of all cells that are here, `[cellCount]`.
 */
export function refineStepOf(
  geometry: Geometry,
  meshType: string,
  halvings: Uint8Array,
  comm: Comm,
): RefinePartStep {
  const { topology, coordinates } = geometry, { dim, rankMesh, nodeCount: old } = topology;
  const { cells, nodes } = rankMesh!, corners = dim + 1, { owned } = cells;
  const part = refinePart(geometry, halvings, comm), { map } = part, end = map.start[owned];
  const counts = new Int32Array(owned);
  for (let c = 0; c < owned; c++) counts[c] = map.start[c + 1] - map.start[c];
  const { before, total } = sumsBefore(cells.ids.slice(0, owned), cells.globalCount, counts, comm);
  const ids = new Int32Array(end);
  for (let c = 0; c < owned; c++) {
    for (let k = 0; k < counts[c]; k++) ids[map.start[c] + k] = before[c] + k;
  }
  const idOf = (node: number) => node < old ? nodes.ids[node] : part.ids[node - old];
  const local = map.cells.subarray(0, end * corners),
    all = placeNodes(topology, meshType, coordinates, map);
  const own = new Int32Array(nodes.owned + part.given.length), { given } = part;
  for (let i = 0; i < own.length; i++) own[i] = i < nodes.owned ? i : old + given[i - nodes.owned];
  const places = new Float64Array(own.length * dim);
  takeRows(all, own, dim, places);
  return {
    start: map.start,
    centres: centroidsOf(dim, local, all),
    pieces: {
      dim,
      cellCount: total,
      nodeCount: part.nodeCount,
      cells: ids,
      rows: local.map(idOf),
      forest: { labels: map.labels.slice(0, end), levels: map.levels.slice(0, end) },
      nodes: own.map(idOf),
      places,
      ...listsOf(geometry, part, idOf, comm),
    },
    carry: (kind, values) =>
      isByNode(kind)
        ? carriedNodes(part, kind, values, own)
        : carriedCells(geometry, part, kind, values),
  };
}

/** Boundaries and regions. */
function listsOf(
  geometry: Geometry,
  part: PartRefinement,
  idOf: (node: number) => number,
  comm: Comm,
) {
  const { rankMesh, regions: before } = geometry.topology, { owned } = rankMesh!.cells;
  const { start } = part.map, boundaries = new Map<string, GivenFacets>();
  for (const [name, facets] of rankMesh!.data.boundaries) {
    boundaries.set(name, refinedFacets(geometry, part, name, facets, idOf, comm));
  }
  const regions = new Map<string, Int32Array>();
  for (const [name, list] of before) {
    const out: number[] = [];
    for (const cell of list) {
      for (let p = start[cell]; cell < owned && p < start[cell + 1]; p++) out.push(p);
    }
    regions.set(name, Int32Array.from(out));
  }
  return { boundaries, regions };
}

/** The parts of the facets of owned cells, in the place of these. */
function refinedFacets(
  { topology }: Geometry,
  { map, forest }: PartRefinement,
  name: string,
  nodes: Int32Array,
  idOf: (node: number) => number,
  comm: Comm,
): GivenFacets {
  const { dim, rankMesh, cells } = topology, { rows, ...facets } = rankMesh!.boundary(name);
  const corners = dim + 1, { owned } = rankMesh!.cells, walk = new PartWalk(dim);
  const places = facetPlaces(cells, dim, facets, nodes);
  const given: number[] = [], counts: number[] = [], found: number[] = [], ids: number[] = [];
  const locals: number[] = [];
  for (let f = 0; f < rows.length; f++) {
    const cell = facets.cells[f], bit = 1 << facets.locals[f];
    if (cell >= owned) continue;
    given.push(rows[f]);
    const first = found.length;
    walk.start(forest.labels[cell], forest.levels[cell]);
    for (let part = map.start[cell]; part < map.start[cell + 1]; part++) {
      walk.next(map.levels[part]);
      if ((walk.mask & bit) === 0) continue;
      found.push(part);
      locals.push(facets.locals[f]);
      for (let k = 0; k < dim; k++) ids.push(idOf(map.cells[part * corners + places[f * dim + k]]));
    }
    counts.push(found.length - first);
  }
  const count = comm.allreduce(given.length);
  const { before } = sumsBefore(Int32Array.from(given), count, Int32Array.from(counts), comm);
  return {
    rows: Int32Array.from(
      counts.flatMap((n, f) => Array.from({ length: n }, (_, k) => before[f] + k)),
    ),
    cells: Int32Array.from(found),
    locals: Int32Array.from(locals),
    nodes: Int32Array.from(ids),
  };
}

/** P1: means of the ends, of the nodes that this rank gives. */
function carriedNodes(
  { map }: PartRefinement,
  { components }: FieldKind,
  values: Float64Array,
  own: Int32Array,
): PieceValues {
  const rows = new Float64Array(own.length * components);
  takeRows(meansOfEnds(map, components, values), own, components, rows);
  return { rows, losses: null };
}

/** Other elements: the polynomial of the old cell at every degree of freedom of its parts. */
function carriedCells(
  { topology }: Geometry,
  { map, forest }: PartRefinement,
  kind: FieldKind,
  values: Float64Array,
): PieceValues {
  const { dim, rankMesh } = topology, { owned } = rankMesh!.cells, { components } = kind;
  const { start } = map, walk = new PartWalk(dim), element = elementOf(dim, kind.degree);
  const { cellDofs } = topology.dofMap(kind.degree, kind.continuous), { perCell } = element;
  const rows = new Float64Array(start[owned] * perCell * components);
  for (let c = 0; c < owned; c++) {
    walk.start(forest.labels[c], forest.levels[c]);
    const dofs = cellDofs.subarray(c * perCell, (c + 1) * perCell);
    for (let part = start[c]; part < start[c + 1]; part++) {
      const vertices = walk.next(map.levels[part]);
      for (let i = 0; i < perCell; i++) {
        const at = (part * perCell + i) * components;
        valueInPart(element, vertices, i, dofs, values, components, rows, at);
      }
    }
  }
  return { rows, losses: null };
}
