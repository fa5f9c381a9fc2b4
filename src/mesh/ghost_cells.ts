/**
 * The layer of cells around those that a rank owns, found without knowing the whole mesh.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { IndexMap } from "./index_map.ts";
import type { MeshBlocks } from "./mesh_blocks.ts";

/**
 * A rank's own cells and, as ghosts, those that share a node with one of them. Nodes at the edge of a rank's cells are
 * looked up with the rank that keeps the books for their ids. Collective.
 *
 * @param owned Global ids, ascending.
 * @param nodes Global ids of nodes that other ranks may have too, each as often as it has cells here.
 * @param cells Global ids of these cells.
 */
export function ghostCells(
  blocks: MeshBlocks,
  owned: Int32Array,
  nodes: Int32Array,
  cells: Int32Array,
  comm: Comm,
): IndexMap {
  const share = Math.ceil(blocks.nodeCount / comm.size);
  const rows = listsByRank(nodes.length, comm.size, (i) => Math.floor(nodes[i] / share));
  const parts = (of: Int32Array) => rows.map((list) => list.map((i) => of[i]));
  const books = meetings(comm.alltoallv(parts(nodes)), comm.alltoallv(parts(cells)), comm.size);
  const found = comm.alltoallv(books.map((pairs) => Int32Array.from(pairs)));
  const owners = new Map<number, number>();
  for (const pairs of found) {
    for (let i = 0; i < pairs.length; i += 2) owners.set(pairs[i], pairs[i + 1]);
  }
  const ghosts = Int32Array.from(owners.keys()).sort();
  const ids = new Int32Array(owned.length + ghosts.length);
  ids.set(owned);
  ids.set(ghosts, owned.length);
  return new IndexMap(ids, ghosts.map((id) => owners.get(id)!), blocks.cellCount, comm);
}

/** For every rank the cells of others that meet one of its cells at a node, each followed by its owner. */
function meetings(
  nodes: readonly Int32Array[],
  cells: readonly Int32Array[],
  ranks: number,
): number[][] {
  const around = new Map<number, number[]>();
  nodes.forEach((list, rank) =>
    list.forEach((node, i) => {
      let known = around.get(node);
      if (known === undefined) around.set(node, known = []);
      known.push(cells[rank][i], rank);
    })
  );
  const out: number[][] = Array.from({ length: ranks }, () => []);
  const told = new Set<number>();
  for (const known of around.values()) {
    const first = known[1];
    let isShared = false;
    for (let i = 3; i < known.length; i += 2) if (known[i] !== first) isShared = true;
    if (!isShared) continue;
    const meeting = new Set<number>();
    for (let i = 1; i < known.length; i += 2) meeting.add(known[i]);
    for (const rank of meeting) {
      for (let i = 0; i < known.length; i += 2) {
        if (known[i + 1] === rank) continue;
        const key = known[i] * ranks + rank;
        if (told.has(key)) continue;
        told.add(key);
        out[rank].push(known[i], known[i + 1]);
      }
    }
  }
  return out;
}
