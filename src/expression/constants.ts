/**
 * Names in formulas that stand for fixed numbers, by name. A formula cannot use them for anything else.
 *
 * `NaN` and `Infinity` are numbers like any other, which happen to be written as words.
 *
 * @module
 */
export const constants: ReadonlyMap<string, number> = new Map([
  ["pi", Math.PI],
  ["e", Math.E],
  ["true", 1],
  ["false", 0],
]);

/** Numbers that are written as words. */
export const numberWords: ReadonlyMap<string, number> = new Map([
  ["NaN", NaN],
  ["Infinity", Infinity],
]);
