/**
 * Coarsens a mesh that is divided among ranks. Ranks have all parts of what they merge, and tell each other which nodes
 * are still in use.
 *
 * @module
 */
import { takeRows } from "../../arrays.ts";
import type { Comm } from "../../comm/comm.ts";
import type { DofMap } from "../dof_map.ts";
import { elementOf } from "../elements/mod.ts";
import type { FieldKind } from "../field_store.ts";
import type { Geometry } from "../geometry.ts";
import { Halo } from "../halo.ts";
import type { GivenFacets } from "../mesh_pieces.ts";
import { centroidsOf } from "../partition_cells.ts";
import { localEdges } from "../simplex.ts";
import { sumsBefore } from "../sums_before.ts";
import { Coarsener, type Coarsening } from "./coarsen.ts";
import { integralsOf, meanOf } from "./conserve.ts";
import { enclosingCells, facetPlaces } from "./lists.ts";
import { isByNode, type PartStep, type PieceValues, valuesByCell } from "./part_step.ts";
import { CellProjection } from "./projection.ts";
import { averagedCells, dofBetween } from "./transfer_coarsen.ts";

/**
 * Merges cells of a part, of which this rank has all parts; null where nothing changes. Collective.
 *
 * @param tops of the cells that this rank owns, as `mergesOf` finds them.
 */
export function coarsenStepOf(geometry: Geometry, tops: Uint16Array, comm: Comm): PartStep | null {
  const { topology, coordinates } = geometry, { dim, rankMesh, nodeCount } = topology;
  const { cells, nodes } = rankMesh!, corners = dim + 1, { owned } = cells;
  const { labels, levels } = topology.forest!, rows = topology.cells.slice(0, owned * corners);
  const own = { labels: labels.slice(0, owned), levels: levels.slice(0, owned) };
  const coarsener = new Coarsener({ dim, nodeCount, cells: rows, ...own }, null);
  coarsener.merge(tops);
  const halo = Halo.of(nodes, comm), isUsed = new Uint8Array(nodeCount);
  coarsener.takeApart((used) => {
    const changed = shareUsed(used, halo);
    isUsed.set(used);
    return comm.allreduce(changed ? 1 : 0, "max") > 0;
  });
  const same = Int32Array.from({ length: nodeCount }, (_, n) => n);
  const map = coarsener.result({ kept: same, ids: same });
  const isFirst = new Int32Array(owned);
  const count = map.labels.length;
  for (let c = 0; c < count; c++) isFirst[map.start[c]] = 1;
  const { before, total } = sumsBefore(cells.ids.slice(0, owned), cells.globalCount, isFirst, comm);
  if (total === cells.globalCount) return null;
  const kept = Int32Array.from(isUsed.subarray(0, nodes.owned));
  const numbers = sumsBefore(nodes.ids.slice(0, nodes.owned), nodes.globalCount, kept, comm);
  const ids = new Float64Array(nodeCount);
  ids.set(numbers.before);
  halo.sync(ids, 1);
  const given = same.subarray(0, nodes.owned).filter((node) => kept[node] === 1);
  const places = new Float64Array(given.length * dim);
  takeRows(coordinates, given, dim, places);
  return {
    centres: centroidsOf(dim, map.cells, coordinates),
    pieces: {
      dim,
      cellCount: total,
      nodeCount: numbers.total,
      cells: Int32Array.from({ length: count }, (_, c) => before[map.start[c]]),
      rows: map.cells.map((node) => ids[node]),
      forest: { labels: map.labels, levels: map.levels },
      nodes: given.map((node) => ids[node]),
      places,
      ...listsOf(geometry, map, ids, comm),
    },
    carry: (kind, values) => carried(geometry, map, kind, values, given),
  };
}

/** Boundaries and regions. */
function listsOf(geometry: Geometry, map: Coarsening, ids: Float64Array, comm: Comm) {
  const { rankMesh, regions: before } = geometry.topology, { owned } = rankMesh!.cells;
  const boundaries = new Map<string, GivenFacets>();
  for (const [name, facets] of rankMesh!.data.boundaries) {
    boundaries.set(name, coarsenedFacets(geometry, map, name, facets, ids, comm));
  }
  const whole = enclosingCells(map, owned), regions = new Map<string, Int32Array>();
  for (const [name, list] of before) {
    const some = list.filter((cell) => cell < owned).map((cell) => whole[cell]);
    regions.set(name, some.filter((cell, i) => i === 0 || cell !== some[i - 1]));
  }
  return { boundaries, regions };
}

/** Marks what others use, too; whether that is more than was known here. */
function shareUsed(used: Uint8Array, halo: Halo): boolean {
  const flags = Float64Array.from(used);
  halo.addToOwners(flags);
  halo.sync(flags, 1);
  let changed = false;
  for (let n = 0; n < used.length; n++) {
    if (flags[n] === 0 || used[n] !== 0) continue;
    used[n] = 1;
    changed = true;
  }
  return changed;
}

/** The facets of owned cells: the parts of one are next to each other, and become one. */
function coarsenedFacets(
  { topology }: Geometry,
  map: Coarsening,
  name: string,
  nodes: Int32Array,
  ids: Float64Array,
  comm: Comm,
): GivenFacets {
  const { dim, rankMesh, cells } = topology, { rows, ...facets } = rankMesh!.boundary(name);
  const corners = dim + 1, { owned } = rankMesh!.cells, whole = enclosingCells(map, owned);
  const places = facetPlaces(cells, dim, facets, nodes);
  const given: number[] = [], counts: number[] = [], found: number[] = [], locals: number[] = [];
  const out: number[] = [];
  for (let f = 0; f < rows.length; f++) {
    if (facets.cells[f] >= owned) continue;
    const cell = whole[facets.cells[f]], local = facets.locals[f];
    const isNext = given.at(-1) === rows[f] - 1 && found.at(-1) === cell && locals.at(-1) === local;
    given.push(rows[f]);
    counts.push(isNext ? 0 : 1);
    if (isNext) continue;
    found.push(cell);
    locals.push(local);
    for (let k = 0; k < dim; k++) out.push(ids[map.cells[cell * corners + places[f * dim + k]]]);
  }
  const count = comm.allreduce(given.length), numbers = Int32Array.from(counts);
  const { before } = sumsBefore(Int32Array.from(given), count, numbers, comm);
  return {
    rows: before.filter((_, i) => counts[i] === 1),
    cells: Int32Array.from(found),
    locals: Int32Array.from(locals),
    nodes: Int32Array.from(out),
  };
}

function carried(
  geometry: Geometry,
  map: Coarsening,
  kind: FieldKind,
  values: Float64Array,
  given: Int32Array,
): PieceValues {
  const { topology, volumes } = geometry, { components } = kind;
  if (kind.degree === 0) {
    return { rows: averagedCells(map.start, volumes, components, values), losses: null };
  }
  if (!kind.continuous) return { rows: projectedCells(geometry, map, kind, values), losses: null };
  const dofs = topology.dofMap(kind.degree, true),
    byCell = keptByCell(geometry, map, kind, dofs, values);
  const losses = kind.transfer === "interpolate"
    ? null
    : lossesOf(geometry, map, kind, dofs, values, byCell);
  if (!isByNode(kind)) return { rows: byCell, losses };
  const rows = new Float64Array(given.length * components);
  takeRows(values, given, components, rows);
  return { rows, losses };
}

/** The values of the new cells at nodes and middles that stay, `[cells x perCell x components]`. */
function keptByCell(
  { topology }: Geometry,
  map: Coarsening,
  { degree, components }: FieldKind,
  dofs: DofMap,
  values: Float64Array,
): Float64Array {
  const { dim, cells } = topology, corners = dim + 1, { perCell } = elementOf(dim, degree);
  const edges = localEdges(dim), dofOf = new Int32Array(topology.nodeCount);
  for (let i = 0; i < cells.length; i++) {
    dofOf[cells[i]] = dofs.cellDofs[Math.floor(i / corners) * perCell + i % corners];
  }
  const from = new Int32Array(map.labels.length * perCell);
  for (let c = 0; c < map.labels.length; c++) {
    const part = map.start[c], at = c * perCell, isWhole = map.start[c + 1] === part + 1;
    for (let k = 0; k < perCell; k++) {
      if (isWhole) from[at + k] = dofs.cellDofs[part * perCell + k];
      else if (k < corners) from[at + k] = dofOf[map.cells[c * corners + k]];
      else {
        const e = 2 * (k - corners);
        const a = map.cells[c * corners + edges[e]], b = map.cells[c * corners + edges[e + 1]];
        const middle = map.middles.find(a, b);
        from[at + k] = middle >= 0 ? dofOf[middle] : dofBetween(topology, dofs, map, c, a, b);
      }
    }
  }
  const rows = new Float64Array(from.length * components);
  takeRows(values, from, components, rows);
  return rows;
}

/** What merged cells lost of their means, as `conserve` defines it, `[cells x (1 + components)]`. */
function lossesOf(
  { topology: { dim }, volumes }: Geometry,
  { start }: Coarsening,
  { degree, components }: FieldKind,
  dofs: DofMap,
  values: Float64Array,
  kept: Float64Array,
): Float64Array {
  const { perCell } = elementOf(dim, degree), weights = integralsOf(dim, degree, perCell);
  const width = 1 + components, out = new Float64Array((start.length - 1) * width);
  const rows = Int32Array.from({ length: kept.length / components }, (_, i) => i);
  for (let c = 0; c + 1 < start.length; c++) {
    if (start[c + 1] === start[c] + 1) continue;
    out[c * width] = 1;
    let parts = 0;
    for (let part = start[c]; part < start[c + 1]; part++) parts += volumes[part];
    for (let a = 0; a < components; a++) {
      const first = kept[c * perCell * components + a];
      let mean = 0;
      for (let part = start[c]; part < start[c + 1]; part++) {
        mean += volumes[part] *
          meanOf(dofs.cellDofs, part * perCell, weights, values, components, a, first);
      }
      const now = meanOf(rows, c * perCell, weights, kept, components, a, first);
      out[c * width + 1 + a] = mean / parts - now;
    }
  }
  return out;
}

function projectedCells(
  geometry: Geometry,
  { start, labels, levels }: Coarsening,
  kind: FieldKind,
  values: Float64Array,
): Float64Array {
  const { dim, forest } = geometry.topology, own = valuesByCell(geometry, kind, values);
  const projection = new CellProjection(dim, kind.degree, kind.components);
  const width = projection.perCell * kind.components, out = new Float64Array(labels.length * width);
  for (let c = 0; c < labels.length; c++) {
    const first = start[c];
    if (start[c + 1] === first + 1) {
      out.set(own.subarray(first * width, (first + 1) * width), c * width);
    } else projection.project(labels[c], levels[c], first, forest!.levels, own, out, c * width);
  }
  return out;
}
