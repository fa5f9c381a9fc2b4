/**
 * One rank's part of a grid, made there: no rank ever has the whole, and ranks tell each other only where it is cut.
 *
 * @module
 */
import { allOrNone, requireSame } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { placeOf } from "./ascending.ts";
import { Geometry } from "./geometry.ts";
import { IndexMap } from "./index_map.ts";
import { NodeWindow } from "./node_window.ts";
import { type BoundaryPart, RankMesh } from "./rank_mesh.ts";
import { type CellRuns, countRuns, positionsIn, RowOwners, runsOfRank } from "./row_division.ts";
import { cellCountOf, cellsOf, positionsOf, type RowGrid, rowsOfCells } from "./row_grid.ts";
import { localFacets } from "./simplex.ts";
import { facetsAt } from "./spread_mesh.ts";
import { Topology } from "./topology.ts";

/**
 * This rank's part of a grid, as it would be divided if every rank had it whole. Collective.
 *
 * @param what The name of the mesh, for ranks to compare.
 * @throws {RangeError} when ranks give other meshes, or a cell has no volume.
 */
export function gridMesh(grid: RowGrid, comm: Comm, what: string): Geometry {
  requireSame(comm, "a mesh is the same on all ranks", `${what}, ${grid.words}`);
  const { own: runs, cuts } = runsOfRank(grid, comm.rank, comm.size);
  const owners = new RowOwners(grid, comm.allgather(cuts)), own = ownNodes(grid, runs);
  const cells = cellsHere(grid, runs, own, owners, comm);
  const ghosts = rowsOfCells(grid, cells.ids.subarray(cells.owned));
  const { nodes, numbers, ghostRows } = nodesHere(grid, own, ghosts, owners, comm);
  const rows = rowsHere(grid, runs, own.window, numbers, cells.count);
  rows.set(ghostRows, rows.length - ghostRows.length);
  const here = { dim: grid.dim, nodeCount: nodes.count, cells: rows };
  const { exterior, parts: boundaries } = facetsHere(grid, runs, cells);
  const facets = new Map<string, Int32Array>();
  for (const [name, part] of boundaries) facets.set(name, nodesOfFacets(grid, part, rows, nodes));
  const data = { ...here, boundaries: facets, regions: new Map(), forest: null };
  const none = { vertices: null, twins: null, fingerprint: null };
  const parts = { data, cells, nodes, boundaries, exterior, rim: exterior, ...none };
  const rankMesh = new RankMesh(parts, comm);
  return placed(grid, new Topology(rankMesh.data, rankMesh), comm);
}

/** The geometry of a part; where a cell has no volume, the error is that of one rank. Collective. */
function placed(grid: RowGrid, topology: Topology, comm: Comm): Geometry {
  const { dim, nodeCount } = grid, coordinates = grid.placesAt(topology.rankMesh!.nodes.ids);
  return allOrNone(comm, () => {
    try {
      return new Geometry(topology, coordinates);
    } catch (error) {
      // In the numbers of the whole mesh.
      const whole = { dim, nodeCount, cells: cellsOf(grid) };
      const all = new Topology({ ...whole, boundaries: new Map(), regions: new Map() });
      void new Geometry(all, grid.placesAt(nodeCount));
      throw error;
    }
  });
}

/** The nodes of a rank's own cells. */
interface OwnNodes {
  readonly window: NodeWindow;
  /** How many own cells are around each node of the window; 0 for those of others in between. */
  readonly around: Uint8Array;
  /** Nodes around which there are cells of others, too, ascending. */
  readonly atEdge: Int32Array;
}

function ownNodes(grid: RowGrid, runs: CellRuns): OwnNodes {
  const { kinds, mostAround } = grid, corners = grid.dim + 1, window = new NodeWindow(grid, runs);
  const around = new Uint8Array(window.count), first = new Int32Array(kinds * corners);
  for (let r = 0; r < runs.rows.length; r++) {
    grid.firstNodes(runs.rows[r], first);
    window.toPlaces(first);
    for (let m = 0; m < first.length; m++) {
      const i = r * kinds + ((m / corners) | 0), end = first[m] + runs.high[i];
      for (let at = first[m] + runs.low[i]; at < end; at++) around[at]++;
    }
  }
  const ids = window.nodes(), some = new Int32Array(mostAround);
  let count = 0;
  for (let at = 0; at < ids.length; at++) {
    if (around[at] === 0 || around[at] === mostAround) continue;
    if (grid.cellsAround(ids[at], some) > around[at]) ids[count++] = ids[at];
  }
  return { window, around, atEdge: ids.slice(0, count) };
}

/** The cells that this rank owns, and as ghosts those that share a node with one of them. */
function cellsHere(
  grid: RowGrid,
  runs: CellRuns,
  { atEdge }: OwnNodes,
  owners: RowOwners,
  comm: Comm,
): IndexMap {
  const some = new Int32Array(grid.mostAround);
  const found = new Int32Array(atEdge.length * grid.mostAround);
  let count = 0;
  for (const node of atEdge) {
    const length = grid.cellsAround(node, some);
    for (let k = 0; k < length; k++) {
      if (owners.ownerOf(some[k]) !== comm.rank) found[count++] = some[k];
    }
  }
  const ghosts = ascendingOnce(found.subarray(0, count)), owned = countRuns(runs);
  const ids = new Int32Array(owned + ghosts.length);
  writeIds(grid, runs, ids);
  ids.set(ghosts, owned);
  return new IndexMap(ids, ghosts.map((id) => owners.ownerOf(id)), cellCountOf(grid), comm);
}

/** Ids of cells, ascending. */
function writeIds({ kinds, rowLength }: RowGrid, runs: CellRuns, out: Int32Array): void {
  const { rows, low, high } = runs;
  for (let r = 0, at = 0; r < rows.length; r++) {
    const { begin, end } = positionsIn(runs, r, kinds), i = r * kinds;
    for (let p = begin, id = rows[r] * rowLength + p * kinds; p < end; p++, id += kinds) {
      for (let k = 0; k < kinds; k++) if (p >= low[i + k] && p < high[i + k]) out[at++] = id + k;
    }
  }
}

/** The nodes of cells by their numbers, in the order of {@link writeIds}; `count` rows, of which the last are empty. */
function rowsHere(
  grid: RowGrid,
  runs: CellRuns,
  window: NodeWindow,
  numbers: Int32Array,
  count: number,
): Int32Array {
  const { kinds } = grid, { rows, low, high } = runs, corners = grid.dim + 1;
  const out = new Int32Array(count * corners), first = new Int32Array(kinds * corners);
  for (let r = 0, at = 0; r < rows.length; r++) {
    grid.firstNodes(rows[r], first);
    window.toPlaces(first);
    const { begin, end } = positionsIn(runs, r, kinds), i = r * kinds;
    for (let p = begin; p < end; p++) {
      for (let k = 0; k < kinds; k++) {
        if (p < low[i + k] || p >= high[i + k]) continue;
        const from = k * corners;
        for (let v = from; v < from + corners; v++) out[at++] = numbers[first[v] + p];
      }
    }
  }
  return out;
}

/** The nodes of a rank's cells. */
interface NodesHere {
  readonly nodes: IndexMap;
  /** Local numbers by place in the window of own cells. */
  readonly numbers: Int32Array;
  /** The nodes of ghosts by local number, `[ghosts x (dim + 1)]`. */
  readonly ghostRows: Int32Array;
}

/** The nodes of own cells and ghosts, each owned by the owner of the lowest cell that has it. */
function nodesHere(
  grid: RowGrid,
  { window, around, atEdge }: OwnNodes,
  ghostRows: Int32Array,
  owners: RowOwners,
  comm: Comm,
): NodesHere {
  const some = new Int32Array(grid.mostAround);
  const ownerOf = (node: number) => {
    grid.cellsAround(node, some);
    return owners.ownerOf(some[0]);
  };
  const ofOthers = atEdge.filter((node) => ownerOf(node) !== comm.rank);
  // Places of the nodes of ghosts; -1 for those that no own cell has.
  const places = new Int32Array(ghostRows.length), outside = new Int32Array(ghostRows.length);
  let count = 0;
  for (let i = 0; i < places.length; i++) {
    const place = window.placeOf(ghostRows[i]), isOwn = place >= 0 && around[place] > 0;
    places[i] = isOwn ? place : -1;
    if (!isOwn) outside[count++] = ghostRows[i];
  }
  const known = new Int32Array(ofOthers.length + count);
  known.set(ofOthers);
  known.set(outside.subarray(0, count), ofOthers.length);
  const ghosts = ascendingOnce(known), numbers = new Int32Array(window.count);
  for (const node of ofOthers) numbers[window.placeOf(node)] = -1;
  let owned = 0;
  for (let at = 0; at < numbers.length; at++) {
    numbers[at] = around[at] > 0 && numbers[at] === 0 ? owned++ : -1;
  }
  const all = new Int32Array(owned + ghosts.length), ids = window.nodes();
  for (let at = 0; at < numbers.length; at++) if (numbers[at] >= 0) all[numbers[at]] = ids[at];
  all.set(ghosts, owned);
  for (const node of ofOthers) numbers[window.placeOf(node)] = placeOf(all, node, owned);
  for (let i = 0; i < places.length; i++) {
    places[i] = places[i] < 0 ? placeOf(all, ghostRows[i], owned) : numbers[places[i]];
  }
  const nodes = new IndexMap(all, ghosts.map(ownerOf), grid.nodeCount, comm);
  return { nodes, numbers, ghostRows: places };
}

/** Of the cells here, the facets at the edge of the domain: in the order of cells, and in those of the boundaries. */
function facetsHere(grid: RowGrid, runs: CellRuns, cells: IndexMap) {
  const corners = grid.dim + 1, names = [...grid.sides], out = new Int32Array(3 * corners);
  const places: number[] = [], bySide = names.map(() => ({ rows: [], places: [] } as Places));
  for (const cell of cellsAtEdge(grid, runs, cells)) {
    const local = cells.localOf(cell), count = grid.facetsAtEdge(cell, out);
    for (let k = 0; k < 3 * count; k += 3) {
      const place = local * corners + out[k], side = bySide[out[k + 1]];
      places.push(place);
      side.places.push(place);
      side.rows.push(out[k + 2]);
    }
  }
  const parts = new Map<string, BoundaryPart>();
  names.forEach((name, side) => {
    const { rows, places } = bySide[side];
    const keys = Float64Array.from(rows, (row, i) => row * rows.length + i).sort();
    const order = Int32Array.from(keys, (key) => key % rows.length);
    const sorted = { rows: order.map((i) => rows[i]), places: order.map((i) => places[i]) };
    parts.set(name, { rows: sorted.rows, ...facetsAt(sorted.places, corners) });
  });
  return { exterior: facetsAt(Int32Array.from(places), corners), parts };
}

/** Facets of one boundary. */
interface Places {
  /** Which of the facets of the boundary they are. */
  readonly rows: number[];
  /** cell * (dim + 1) + local facet. */
  readonly places: number[];
}

/** Global ids of the cells here that may be at the edge of the domain, ascending. */
function cellsAtEdge(grid: RowGrid, runs: CellRuns, { ids, owned }: IndexMap): Int32Array {
  const { kinds, rowLength } = grid, { rows, low, high } = runs, found: number[] = [];
  for (let r = 0; r < rows.length; r++) {
    const isEdge = grid.isEdgeRow(rows[r]), first = rows[r] * rowLength;
    for (let i = r * kinds, k = 0; k < kinds; i++, k++) {
      const last = positionsOf(grid, k) - 1;
      for (let p = low[i]; isEdge && p < high[i]; p++) found.push(first + p * kinds + k);
      if (isEdge || low[i] === high[i]) continue;
      if (low[i] === 0) found.push(first + k);
      if (high[i] > last && last > 0) found.push(first + last * kinds + k);
    }
  }
  const all = new Int32Array(found.length + ids.length - owned);
  all.set(found);
  let count = found.length;
  for (let i = owned; i < ids.length; i++) {
    const row = Math.floor(ids[i] / rowLength), q = ids[i] - row * rowLength;
    const isEnd = q < kinds || q >= rowLength - kinds;
    if (isEnd || grid.isEdgeRow(row)) all[count++] = ids[i];
  }
  return all.slice(0, count).sort();
}

/** The nodes of facets, `[facets x dim]`, in the order of {@link RowGrid.boundaries}. */
function nodesOfFacets(
  { dim }: RowGrid,
  { count, cells, locals }: BoundaryPart,
  rows: Int32Array,
  { ids }: IndexMap,
): Int32Array {
  const out = new Int32Array(count * dim), facets = localFacets(dim), corners = dim + 1;
  for (let f = 0; f < count; f++) {
    const nodeAt = (k: number) => rows[cells[f] * corners + facets[locals[f] * dim + k % dim]];
    let turn = 0;
    for (let k = 1; dim === 3 && k < 3; k++) if (ids[nodeAt(k)] < ids[nodeAt(turn)]) turn = k;
    for (let k = 0; k < dim; k++) out[f * dim + k] = nodeAt(turn + k);
  }
  return out;
}

/** Ids in ascending order, each once; those given are sorted. */
function ascendingOnce(ids: Int32Array): Int32Array {
  return ids.sort().filter((id, i) => i === 0 || id !== ids[i - 1]);
}
