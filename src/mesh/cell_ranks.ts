/**
 * Which ranks have a cell: its owner, and those for which it is a ghost.
 *
 * @module
 */
import type { CellRows } from "./neighbours.ts";
import type { Topology } from "./topology.ts";

/** The ranks that have cell c: `ranks[starts[c]]` to `ranks[starts[c + 1] - 1]`, ascending. */
export interface CellRanks {
  /** `[globalCellCount + 1]`. */
  readonly starts: Int32Array;
  readonly ranks: Int32Array;
}

/**
 * Every rank that has a cell of `whole`, by global id of the cell.
 *
 * @param owners Of every cell, `[globalCellCount]`.
 */
export function cellRanksOf(whole: Topology, owners: Int32Array): CellRanks {
  const { cells, dim, cellCount } = whole.joined;
  const corners = dim + 1;
  const around = ranksAtBorders(whole.joined, owners);
  const starts = new Int32Array(cellCount + 1), ranks: number[] = [];
  for (let c = 0; c < cellCount; c++) {
    let all: readonly number[] | null = null;
    for (let k = c * corners; k < (c + 1) * corners; k++) {
      const some = around.get(cells[k]);
      if (some === undefined) continue;
      all = all === null ? some : [...new Set([...all, ...some])].sort((a, b) => a - b);
    }
    if (all === null) ranks.push(owners[c]);
    else ranks.push(...all);
    starts[c + 1] = ranks.length;
  }
  return { starts, ranks: Int32Array.from(ranks) };
}

/** For every node whose cells have different owners: these, ascending. */
function ranksAtBorders(
  { cells, dim, nodeCount }: CellRows,
  owners: Int32Array,
): Map<number, number[]> {
  const first = new Int32Array(nodeCount).fill(-1), around = new Map<number, number[]>();
  for (let i = 0; i < cells.length; i++) {
    const node = cells[i], owner = owners[Math.floor(i / (dim + 1))];
    if (first[node] < 0) first[node] = owner;
    if (first[node] === owner) continue;
    const known = around.get(node);
    if (known === undefined) around.set(node, [first[node], owner]);
    else if (!known.includes(owner)) known.push(owner);
  }
  for (const ranks of around.values()) ranks.sort((a, b) => a - b);
  return around;
}
