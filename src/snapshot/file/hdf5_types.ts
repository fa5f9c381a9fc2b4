/**
 * How element types are stored, and how HDF5's descriptions name them.
 *
 * @module
 */
import { type ArrayKind, bytesPerElement } from "../../arrays.ts";
import type { ReadDescription, WriteDescription } from "../../deps/h5wasm.ts";

/** HDF5's class numbers. */
export const CLASS = { integer: 0, float: 1, string: 3, enumeration: 8 } as const;

/** The kinds for which HDF5 (as compiled) has no type: stored under another, marked by name. */
const storedAs: { readonly [kind in ArrayKind]?: ArrayKind } = {
  float16: "uint16",
  uint8clamped: "uint8",
};

/** The kind whose numbers are written for `kind`. */
export function storedKind(kind: ArrayKind): ArrayKind {
  return storedAs[kind] ?? kind;
}

/** True where the stored type does not tell the kind. */
export function needsKindMark(kind: ArrayKind): boolean {
  return kind in storedAs;
}

/** The description of a dataset or attribute of numbers. */
export function describeType(
  kind: ArrayKind,
  shape: readonly number[],
  chunks: readonly number[] | null = null,
): WriteDescription {
  const stored = storedKind(kind);
  const float = stored.startsWith("float");
  const base = {
    type: float ? CLASS.float : CLASS.integer,
    size: bytesPerElement(stored),
    signed: float || !stored.startsWith("u"),
    littleEndian: true as const,
    vlen: false,
    shape: shape.map(BigInt),
    maxshape: null,
    chunks: chunks === null ? null : chunks.map(BigInt),
    total_size: 0,
  };
  // 1 is HDF5's number for deflate; level 4 is what h5py takes by default.
  return chunks === null ? base : { ...base, compression: 1, compression_opts: [4] };
}

/** The description of an attribute that holds one text of any length. */
export const textDescription: WriteDescription = {
  type: CLASS.string,
  size: 4,
  signed: false,
  littleEndian: true,
  vlen: true,
  cset: 1,
  shape: [],
  maxshape: null,
  chunks: null,
  total_size: 1,
};

/** The kind that a description stands for, or null for one that no typed array can hold. */
export function kindOfDescription(description: ReadDescription): ArrayKind | null {
  const bits = description.size * 8;
  if (description.type === CLASS.float) {
    return description.size === 4 || description.size === 8 ? `float${bits}` as ArrayKind : null;
  }
  if (description.type !== CLASS.integer && description.type !== CLASS.enumeration) return null;
  if (![1, 2, 4, 8].includes(description.size)) return null;
  return `${description.signed ? "" : "u"}int${bits}` as ArrayKind;
}

/** The number of elements of a shape. */
export function elementsOf(shape: readonly number[]): number {
  let count = 1;
  for (const extent of shape) count *= extent;
  return count;
}
