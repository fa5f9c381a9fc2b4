import { type TypedArray, wordsOf } from "../arrays.ts";

/**
 * Sixteen digits that differ, but for a chance of one in 2^64, where lengths or bytes of the arrays do: for ranks
 * that are to have the same ones, and compare.
 */
export function fingerprintOf(arrays: Iterable<TypedArray>): string {
  let a = 0x9e3779b9 | 0, b = 0x85ebca6b | 0;
  const mix = (word: number) => {
    a = Math.imul(a ^ word, 0x01000193);
    a ^= a >>> 15;
    b = Math.imul(b + word | 0, 0x85ebca77);
    b ^= b >>> 13;
  };
  for (const array of arrays) {
    const words = wordsOf(array);
    mix(words.length);
    for (let i = 0; i < words.length; i++) mix(words[i]);
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
