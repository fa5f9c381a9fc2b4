/**
 * Whether labels and levels that came from a file belong to the cells that came with them.
 *
 * @module
 */
import { Coarsener } from "./coarsen.ts";
import { deepest, type ForestCells } from "./forest.ts";
import { labelRules } from "./labels.ts";
import { isFirstPart, levelOf, mergedTops } from "./merged_tops.ts";

/**
 * Requires that the cells of a whole mesh become those that it began as when all of them are put together.
 *
 * @throws {RangeError} when two cells that the levels call halves of one are not.
 */
export function requireSoundForest(cells: ForestCells): void {
  const { dim, labels, levels } = cells, { count } = labelRules(dim);
  const unknown = labels.findIndex((label) => label >= count);
  if (unknown >= 0) {
    throw new RangeError(
      `cell ${unknown} has the label ${labels[unknown]}, and there are ${count}`,
    );
  }
  const tops = mergedTops(levels, new Uint8Array(levels.length).fill(deepest));
  const lone = tops.findIndex((top) => isFirstPart(top) && levelOf(top) !== 0);
  if (lone >= 0) {
    throw new RangeError(`cell ${lone} is of level ${levels[lone]}, and its other half is missing`);
  }
  new Coarsener(cells, null).merge(tops);
}
