/**
 * Facets of boundaries and cells of regions on their way to the ranks that have their cells.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { Halo } from "./halo.ts";
import type { IndexMap } from "./index_map.ts";
import type { MeshPieces } from "./mesh_pieces.ts";
import type { BoundaryPart } from "./rank_mesh.ts";

/**
 * What lists say of cells that are here, `[things x (4 + dim)]`: the number of the list, boundaries first, then regions;
 * and of a facet its row, cell, vertex and nodes by global id; of a cell of a region its id twice.
 */
export type ListedThings = Float64Array;

/** Sends things to the owners of their cells, and on to those who have these as ghosts. Collective. */
export function listedThings(
  pieces: MeshPieces,
  owners: Int32Array,
  cells: IndexMap,
  comm: Comm,
): ListedThings {
  const width = 4 + pieces.dim, all = recordsOf(pieces);
  const { cells: ids } = pieces;
  const lists = listsByRank(all.length / width, comm.size, (i) => owners[all[i * width + 2]]);
  const own = joined(comm.alltoallv(lists.map((list) => {
    const out = new Float64Array(list.length * width);
    list.forEach((thing, i) => {
      out.set(all.subarray(thing * width, (thing + 1) * width), i * width);
      out[i * width + 2] = ids[all[thing * width + 2]];
    });
    return out;
  })));
  const byCell = new Map<number, number[]>();
  for (let at = 0; at < own.length; at += width) {
    const known = byCell.get(own[at + 2]);
    if (known === undefined) byCell.set(own[at + 2], [at]);
    else known.push(at);
  }
  const shared = Halo.of(cells, comm).exchange((list) => {
    const out: number[] = [];
    for (const cell of list) {
      for (const at of byCell.get(cells.ids[cell]) ?? []) out.push(...own.subarray(at, at + width));
    }
    return Float64Array.from(out);
  });
  return joined([own, ...shared.map(({ data }) => data)]);
}

/** What a rank gives, with the places of cells in its list where ids are in what is sent. */
function recordsOf({ dim, boundaries, regions }: MeshPieces): Float64Array {
  const out: number[] = [];
  let list = 0;
  for (const { rows, cells, locals, nodes } of boundaries.values()) {
    for (let f = 0; f < rows.length; f++) {
      out.push(list, rows[f], cells[f], locals[f], ...nodes.subarray(f * dim, (f + 1) * dim));
    }
    list++;
  }
  for (const cells of regions.values()) {
    for (const cell of cells) out.push(list, 0, cell, 0, ...new Array(dim).fill(0));
    list++;
  }
  return Float64Array.from(out);
}

/** Boundaries and regions of one rank, by name, in local numbers. */
export interface OwnLists {
  readonly parts: Map<string, BoundaryPart>;
  readonly facets: Map<string, Int32Array>;
  readonly regions: Map<string, Int32Array>;
}

/** The lists of this rank, in local numbers. */
export function ofListed(
  { dim, boundaries, regions }: MeshPieces,
  things: ListedThings,
  cells: IndexMap,
  nodes: IndexMap,
): OwnLists {
  const width = 4 + dim;
  const lists: number[][] = Array.from({ length: boundaries.size + regions.size }, () => []);
  for (let at = 0; at < things.length; at += width) lists[things[at]].push(at);
  const parts = new Map<string, BoundaryPart>(), facets = new Map<string, Int32Array>();
  for (const name of boundaries.keys()) {
    const order = lists[parts.size].sort((a, b) => things[a + 1] - things[b + 1]);
    const column = (k: number) => Int32Array.from(order, (at) => things[at + k]);
    const part = { cells: column(2).map((id) => cells.localOf(id)), locals: column(3) };
    parts.set(name, { rows: column(1), count: order.length, ...part });
    const ids = new Int32Array(order.length * dim);
    for (let i = 0; i < ids.length; i++) {
      ids[i] = nodes.localOf(things[order[(i / dim) | 0] + 4 + i % dim]);
    }
    facets.set(name, ids);
  }
  const own = new Map<string, Int32Array>();
  for (const name of regions.keys()) {
    const list = lists[boundaries.size + own.size];
    own.set(name, Int32Array.from(list, (at) => cells.localOf(things[at + 2])).sort());
  }
  return { parts, facets, regions: own };
}

function joined(lists: readonly Float64Array[]): Float64Array {
  const out = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    out.set(list, at);
    at += list.length;
  }
  return out;
}
