/**
 * The HDF5 representation of element types, and the reverse mapping from HDF5's descriptions.
 *
 * @module
 */
import { type ArrayKind, bytesPerElement } from "../../arrays.ts";
import type { ReadDescription, WriteDescription } from "../../deps/h5wasm.ts";

/** HDF5's class numbers. */
export const CLASS = { integer: 0, float: 1, string: 3, enumeration: 8 } as const;

/** Kinds without a type in HDF5 (as compiled), which are stored as another and marked by name. */
const storedAs: { readonly [kind in ArrayKind]?: ArrayKind } = {
  float16: "uint16",
  uint8clamped: "uint8",
};

/** The kind in which numbers of `kind` are stored. */
export function storedKind(kind: ArrayKind): ArrayKind {
  return storedAs[kind] ?? kind;
}

/** True if the stored type does not identify the kind. */
export function needsKindMark(kind: ArrayKind): boolean {
  return kind in storedAs;
}

/** The description of a numeric dataset or attribute. */
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
  // 1 is HDF5's number for deflate; level 4 is the default of h5py.
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

/** The kind for a description, or null if it does not correspond to a typed array. */
export function kindOfDescription(description: ReadDescription): ArrayKind | null {
  const bits = description.size * 8;
  if (description.type === CLASS.float) {
    return description.size === 4 || description.size === 8 ? `float${bits}` as ArrayKind : null;
  }
  if (description.type !== CLASS.integer && description.type !== CLASS.enumeration) return null;
  if (![1, 2, 4, 8].includes(description.size)) return null;
  return `${description.signed ? "" : "u"}int${bits}` as ArrayKind;
}

/** The number of elements in a shape. */
export function elementsOf(shape: readonly number[]): number {
  let count = 1;
  for (const extent of shape) count *= extent;
  return count;
}
