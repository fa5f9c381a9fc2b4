/**
 * What cells share (a node, an edge, a degree of freedom) belongs to the rank that owns the cell with the lowest
 * global id among those that have it. Every rank that has all of these cells comes to the same answer.
 *
 * @param cellThings What each cell has, `[cells x perCell]`, as numbers below `count`.
 * @param perCell How many things a cell has.
 * @param count How many things there are.
 * @param ids Global ids of the cells; null where they ascend.
 * @returns the row of the cell that decides for each thing, `[count]`; -1 for one that no cell has.
 */
export function owningCells(
  cellThings: Int32Array,
  perCell: number,
  count: number,
  ids: Int32Array | null,
): Int32Array {
  const deciding = new Int32Array(count).fill(-1);
  for (let cell = 0, i = 0; i < cellThings.length; cell++) {
    for (let k = 0; k < perCell; k++, i++) {
      const known = deciding[cellThings[i]];
      if (known < 0 || (ids !== null && ids[cell] < ids[known])) deciding[cellThings[i]] = cell;
    }
  }
  return deciding;
}
