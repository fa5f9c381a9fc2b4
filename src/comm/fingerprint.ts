import { type TypedArray, wordsOf } from "../arrays.ts";

/**
 * A hash of 16 hex digits that covers the lengths and bytes of arrays, so that ranks can check that they have
 * the same ones without sending them. Two different inputs agree with probability 2^-64.
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
