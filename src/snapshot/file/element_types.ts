/**
 * The element types of the numbers in a file. HDF5 does not have all of ours: what it cannot tell apart is marked.
 *
 * @module
 */
import { type ArrayKind, bytesPerElement, kindOf, type TypedArray, viewOf } from "../../arrays.ts";
import type { ReadDescription } from "../../deps/h5wasm.ts";
import { kindOfDescription } from "./hdf5_types.ts";

/** Reinterprets the bytes as the element type that was saved. */
export function asKind(data: TypedArray, kind: string | undefined): TypedArray {
  if (kind === undefined || kind === kindOf(data)) return data;
  const wanted = kind as ArrayKind;
  if (bytesPerElement(wanted) !== data.BYTES_PER_ELEMENT) return data;
  return viewOf(wanted, data.buffer, data.length, data.byteOffset) as TypedArray;
}

/** The element type of a dataset, as {@link asKind} makes it; null if arrays cannot have it. */
export function kindStored(found: ReadDescription, marked: string | undefined): ArrayKind | null {
  const stored = kindOfDescription(found), wanted = marked as ArrayKind | undefined;
  if (stored === null || wanted === undefined) return stored;
  return bytesPerElement(wanted) === bytesPerElement(stored) ? wanted : stored;
}
