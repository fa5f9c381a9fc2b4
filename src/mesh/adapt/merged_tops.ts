/**
 * Which cells can become one, from their levels alone.
 *
 * @module
 */
import { deepest } from "./forest.ts";

/** The lowest bits of what {@link mergedTops} gives are a level. */
const levelMask = 255;

/**
 * How cells merge while all siblings allow it: for every cell the level of the cell that it becomes a part of, and 256
 * more for the first one of its parts, `[cellCount]`.
 *
 * @param levels of cells that stand depth first.
 * @param wants how many of its halvings each cell allows to be undone.
 */
export function mergedTops(levels: Uint8Array, wants: Uint8Array): Uint16Array {
  const count = levels.length, out = new Uint16Array(count);
  const firsts = new Int32Array(count), tops = levels.slice(), allowed = wants.slice();
  /** For each cell on the path from the root to this one, which half it is. */
  const side = new Uint8Array(deepest + 1);
  let level = 0, top = -1;
  for (let c = 0; c < count; c++) {
    // The path to the next leaf goes up while the cell is a second half, then to its sibling,
    // then down first halves.
    while (level > 0 && side[level] === 1) level--;
    if (level > 0) side[level] = 1;
    while (level < levels[c]) side[++level] = 0;
    firsts[++top] = c;
    tops[top] = levels[c];
    allowed[top] = wants[c];
    for (let l = level; l > 0 && side[l] === 1; l--) {
      if (tops[top] !== l || tops[top - 1] !== l) break;
      if (allowed[top] === 0 || allowed[top - 1] === 0) break;
      top--;
      tops[top]--;
      allowed[top] = Math.min(allowed[top], allowed[top + 1]) - 1;
    }
  }
  for (let t = 0; t <= top; t++) {
    out.fill(tops[t], firsts[t], t < top ? firsts[t + 1] : count);
    out[firsts[t]] += levelMask + 1;
  }
  return out;
}

/** Whether a cell is the first part of what it becomes a part of, by what {@link mergedTops} gives. */
export function isFirstPart(top: number): boolean {
  return top > levelMask;
}

/** The level of the cell that a cell becomes a part of, by what {@link mergedTops} gives. */
export function levelOf(top: number): number {
  return top & levelMask;
}
