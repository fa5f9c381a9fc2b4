/**
 * The layer of cells around those that a rank owns, found without knowing the whole mesh.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { IndexMap } from "./index_map.ts";

/** Cells of several ranks around nodes, by node. */
interface CellsAround {
  /** Where the cells of each node begin, `[nodes + 1]`. */
  readonly starts: Int32Array;
  /** Global ids of cells. */
  readonly cells: Int32Array;
  /** The ranks that own them. */
  readonly owners: Int32Array;
}

/**
 * A rank's own cells and, as ghosts, those that share a node with one of them. Nodes at the edge of a rank's cells are
 * looked up with the rank that keeps the books for their ids. Collective.
 *
 * @param counts How many nodes and cells there are on all ranks.
 * @param owned Global ids, ascending.
 * @param nodes Global ids of nodes that other ranks may have too, each as often as it has cells here.
 * @param cells Global ids of these cells.
 */
export function ghostCells(
  counts: { readonly nodeCount: number; readonly cellCount: number },
  owned: Int32Array,
  nodes: Int32Array,
  cells: Int32Array,
  comm: Comm,
): IndexMap {
  const { rank, size } = comm, share = Math.ceil(counts.nodeCount / size);
  const rows = listsByRank(nodes.length, size, (i) => Math.floor(nodes[i] / share));
  const parts = (of: Int32Array) => rows.map((list) => list.map((i) => of[i]));
  const asked = comm.alltoallv(parts(nodes)), given = comm.alltoallv(parts(cells));
  const found = comm.alltoallv(meetings(booksOf(asked, given, rank * share, share), size));
  const keys = new Float64Array(found.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of found) {
    keys.set(list, at);
    at += list.length;
  }
  const known = ascendingOnce(keys), ids = new Int32Array(owned.length + known.length);
  const owners = new Int32Array(known.length);
  ids.set(owned);
  for (let i = 0; i < known.length; i++) {
    ids[owned.length + i] = Math.floor(known[i] / size);
    owners[i] = known[i] % size;
  }
  return new IndexMap(ids, owners, counts.cellCount, comm);
}

/** Brings together what ranks have around the nodes from `first` on. */
function booksOf(
  nodes: readonly Int32Array[],
  cells: readonly Int32Array[],
  first: number,
  count: number,
): CellsAround {
  const starts = new Int32Array(count + 1);
  for (const list of nodes) {
    for (let i = 0; i < list.length; i++) starts[list[i] - first + 1]++;
  }
  for (let n = 0; n < count; n++) starts[n + 1] += starts[n];
  const ends = starts.slice(), all = new Int32Array(starts[count]);
  const owners = new Int32Array(all.length);
  for (let rank = 0; rank < nodes.length; rank++) {
    const list = nodes[rank], of = cells[rank];
    for (let i = 0; i < list.length; i++) {
      const at = ends[list[i] - first]++;
      all[at] = of[i];
      owners[at] = rank;
    }
  }
  return { starts, cells: all, owners };
}

/**
 * For every rank the cells of others that meet one of its cells at a node, as numbers that are a cell and its owner in
 * one: `cell * ranks + owner`.
 */
function meetings({ starts, cells, owners }: CellsAround, ranks: number): Float64Array[] {
  // Of the ranks that meet at a node, which is not known for ranks whose last node is another one.
  const last = new Int32Array(ranks).fill(-1), meeting = new Int32Array(ranks);
  const lengths = new Int32Array(ranks);
  const visit = (out: readonly Float64Array[] | null) => {
    last.fill(-1);
    lengths.fill(0);
    for (let node = 0; node + 1 < starts.length; node++) {
      const begin = starts[node], end = starts[node + 1];
      let count = 0;
      for (let i = begin; i < end; i++) {
        if (last[owners[i]] === node) continue;
        last[owners[i]] = node;
        meeting[count++] = owners[i];
      }
      for (let k = 0; count > 1 && k < count; k++) {
        const rank = meeting[k];
        for (let i = begin; i < end; i++) {
          if (owners[i] === rank) continue;
          if (out !== null) out[rank][lengths[rank]] = cells[i] * ranks + owners[i];
          lengths[rank]++;
        }
      }
    }
  };
  visit(null);
  const out = Array.from(lengths, (length) => new Float64Array(length));
  visit(out);
  return out.map(ascendingOnce);
}

/** Numbers in ascending order, each once; those given are sorted. */
function ascendingOnce(numbers: Float64Array): Float64Array {
  numbers.sort();
  let kept = 0;
  for (let i = 0; i < numbers.length; i++) {
    if (i === 0 || numbers[i] !== numbers[i - 1]) numbers[kept++] = numbers[i];
  }
  return numbers.slice(0, kept);
}
