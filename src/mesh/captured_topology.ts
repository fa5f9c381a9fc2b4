/**
 * Compares the cells, boundaries and regions that another number of ranks captured with those that are live. Every rank
 * compares what it has or is sent; none puts the whole together.
 *
 * @module
 */
import { freeMemory, sameBytes, type TypedArray } from "../arrays.ts";
import { ownedRows } from "../snapshot/assemble.ts";
import { type CapturedParts, numbersIn, type RowSpan } from "../snapshot/captured_parts.ts";
import { childKey } from "../snapshot/contract.ts";
import { entryOf, unfit } from "../snapshot/rank_entries.ts";
import { RowRoutes, rowsByReceiver } from "../snapshot/row_routes.ts";
import { CapturedNodes } from "./captured_nodes.ts";
import { CapturedRows } from "./captured_rows.ts";
import { sameNames } from "./names.ts";
import type { RankMesh } from "./rank_mesh.ts";
import { meshPaths, storedPartition } from "./stored.ts";
import type { Topology } from "./topology.ts";
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";

/**
 * Whether the captured topology is the live one in every byte. Collective.
 *
 * @param key The key of the mesh in the captures.
 * @throws {SnapshotInvalidatedError} unless the ranks captured each cell exactly once.
 */
export function isTopologyInParts(live: Topology, parts: CapturedParts, key: string): boolean {
  const { rankMesh } = live;
  if (rankMesh === null || !hasSameShape(live, rankMesh, parts, key)) return false;
  const nodes = new CapturedNodes(parts, key);
  let same = areCellsSame(live, rankMesh, parts, key, nodes);
  for (const name of live.boundaries.keys()) {
    same = isBoundarySame(live, rankMesh, parts, key, nodes, name) && same;
  }
  for (const name of live.regions.keys()) {
    same = isRegionSame(live, rankMesh, parts, key, name) && same;
  }
  for (const [name, pairs] of live.twins ?? []) {
    same = areTwinsSame(pairs, parts, `${key}/${childKey(meshPaths.twins, name)}`) && same;
  }
  return parts.comm.allreduce(same ? 1 : 0, "min") > 0;
}

/** Whether names and numbers fit; the same on all ranks, which know the same heads. */
function hasSameShape(
  { dim, boundaries, regions, twins, forest }: Topology,
  { cells, nodes }: RankMesh,
  { heads }: CapturedParts,
  key: string,
): boolean {
  const [first] = heads, at = (path: string) => first.get(`${key}/${path}`);
  const { ranks, globalCells, globalNodes } = storedPartition(at(meshPaths.partition));
  const cellHead = at(meshPaths.cells), nodeHead = at(meshPaths.coordinates);
  const counts = ranks > 1 ? [globalCells, globalNodes] : [cellHead?.shape[0], nodeHead?.shape[0]];
  const listed = (path: string, live: Iterable<string>) =>
    sameNames(at(path)?.keys ?? [], [...live]);
  const adapted = forest !== null;
  return cellHead?.elements === "int32" && cellHead.shape[1] === dim + 1 &&
    ranks === heads.length &&
    counts[0] === cells.globalCount && counts[1] === nodes.globalCount &&
    listed(meshPaths.boundaries, boundaries.keys()) && listed(meshPaths.regions, regions.keys()) &&
    listed(meshPaths.twins, twins?.keys() ?? []) &&
    (at(meshPaths.labels) !== undefined) === adapted &&
    (at(meshPaths.levels) !== undefined) === adapted;
}

/** Cells by global id: their nodes, labels and levels. */
function areCellsSame(
  { cells, dim, forest }: Topology,
  { cells: indexMap, nodes: { ids } }: RankMesh,
  parts: CapturedParts,
  key: string,
  nodes: CapturedNodes,
): boolean {
  const rows = new CapturedRows(parts, key), { globalCount } = indexMap, corners = dim + 1;
  const path = `${key}/${meshPaths.cells}`;
  const given = rows.ids(meshPaths.cellIds, globalCount);
  const routes = RowRoutes.of(parts.comm, given, indexMap.ids, globalCount);
  freeMemory([given]);
  if (routes === null) {
    throw unfit(`"${path}" does not hold each of ${globalCount} rows exactly once`);
  }
  const held = rows.held(meshPaths.cells, meshPaths.cellIds, globalCount) as Int32Array;
  const spans = rows.spans(meshPaths.cells, meshPaths.cellIds, globalCount);
  const global = nodes.global(held, spans, corners), captured = routes.bring(global, corners);
  let same = captured.every((node, i) => node === ids[cells[i]]);
  freeMemory([global, captured]);
  for (const what of forest === null ? [] : ["labels", "levels"] as const) {
    const bytes = routes.bring(rows.held(meshPaths[what], meshPaths.cellIds, globalCount), 1);
    same = sameBytes(bytes, forest![what]) && same;
    freeMemory([bytes]);
  }
  routes.free();
  return same;
}

/** Facets by their row in the boundary of the whole mesh; several ranks may have one. */
function isBoundarySame(
  { boundaries, dim }: Topology,
  rankMesh: RankMesh,
  parts: CapturedParts,
  key: string,
  nodes: CapturedNodes,
  name: string,
): boolean {
  const path = `${key}/${childKey(meshPaths.boundaries, name)}`;
  const rowsOf = (part: number) => entryOf(parts.heads[part], path).shape[0] ?? 0;
  const spans = parts.spans(rowsOf);
  const rows = parts.heads.length === 1
    ? numbersIn(spans)
    : parts.rows(`${key}/${childKey(meshPaths.boundaryRows, name)}`, rowsOf).slice() as Int32Array;
  const facets = parts.rows(path, rowsOf) as Int32Array;
  const captured = { ids: rows, data: nodes.global(facets, spans, dim) };
  const { ids } = rankMesh.nodes;
  const live = {
    ids: rankMesh.boundaryRows(name),
    data: boundaries.get(name)!.map((node) => ids[node]),
  };
  return sameRowSets(parts.comm, dim, captured, live);
}

/** The cells of a region that ranks own, by global id. */
function isRegionSame(
  { regions }: Topology,
  { cells }: RankMesh,
  parts: CapturedParts,
  key: string,
  name: string,
): boolean {
  const path = `${key}/${childKey(meshPaths.regions, name)}`;
  const rowsOf = (part: number) => entryOf(parts.heads[part], path).shape[0] ?? 0;
  const spans = parts.spans(rowsOf), listed = parts.rows(path, rowsOf).slice() as Int32Array;
  const ids = parts.heads.length === 1
    ? listed
    : ownedIn(listed, spans, parts, `${key}/${meshPaths.cellIds}`);
  const none = new Int32Array(0);
  const live = regions.get(name)!.filter((cell) => cell < cells.owned).map((cell) =>
    cells.ids[cell]
  );
  return sameRowSets(parts.comm, 0, { ids, data: none }, { ids: live, data: none });
}

/** Global ids of those of some cells that their parts own. */
function ownedIn(
  local: Int32Array,
  spans: readonly RowSpan[],
  parts: CapturedParts,
  path: string,
): Int32Array {
  const ids = new CapturedNodes(parts, "", path).global(local, spans, 1);
  let at = 0;
  const owned = spans.flatMap(({ part, first, last }) => {
    const end = ownedRows(entryOf(parts.heads[part], path)) ?? 0;
    return Array.from({ length: last - first }, () => local[at++] < end);
  });
  return ids.filter((_, i) => owned[i]);
}

/** Pairs of the whole mesh, which all parts have. */
function areTwinsSame(live: Int32Array, parts: CapturedParts, path: string): boolean {
  const rowsOf = (part: number) => entryOf(parts.heads[part], path).shape[0] ?? 0;
  const spans = parts.spans(rowsOf), captured: TypedArray = parts.rows(path, rowsOf);
  let at = 0;
  return spans.every(({ part, first, last }) => {
    if (rowsOf(part) * 2 !== live.length) return false;
    const own = captured.subarray(at, at += 2 * (last - first));
    return sameBytes(own, live.subarray(2 * first, 2 * last));
  });
}

/** Rows with ids; a row may occur several times, on one rank and on several. */
export interface RowSet {
  /** `[count]`, from 0. */
  readonly ids: Int32Array;
  /** `[count x width]`. */
  readonly data: Int32Array;
}

/**
 * Whether the rows of two sets, of all ranks together, are the same. Each rank compares those with some of the ids.
 * Collective.
 *
 * @returns what this rank has found; the ranks have to agree.
 */
export function sameRowSets(comm: Comm, width: number, a: RowSet, b: RowSet): boolean {
  const one = arranged(comm, width, a), other = arranged(comm, width, b);
  return one.length === other.length && one.every((word, i) => word === other[i]);
}

/** The rows of all ranks whose ids belong here, each once, ascending: `[rows x (1 + width)]`. */
function arranged(comm: Comm, width: number, { ids, data }: RowSet): Int32Array {
  const row = width + 1, table = new Int32Array(ids.length * row);
  for (let i = 0; i < ids.length; i++) {
    table[i * row] = ids[i];
    for (let k = 0; k < width; k++) table[i * row + 1 + k] = data[i * width + k];
  }
  const lists = listsByRank(ids.length, comm.size, (i) => (ids[i] >>> 0) % comm.size);
  const arrived = comm.alltoallv(rowsByReceiver(new Uint32Array(table.buffer), row, lists));
  const all = new Int32Array(arrived.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const words of arrived) {
    all.set(words, at);
    at += words.length;
  }
  return distinctRows(all, row);
}

function distinctRows(table: Int32Array, row: number): Int32Array {
  const compared = (i: number, j: number): number => {
    for (let k = 0; k < row; k++) {
      if (table[i * row + k] !== table[j * row + k]) return table[i * row + k] - table[j * row + k];
    }
    return 0;
  };
  const order = Int32Array.from({ length: table.length / row }, (_, i) => i).sort(compared);
  const out = new Int32Array(table.length);
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    if (i > 0 && compared(order[i - 1], order[i]) === 0) continue;
    for (let k = 0; k < row; k++) out[count++] = table[order[i] * row + k];
  }
  return out.subarray(0, count);
}
