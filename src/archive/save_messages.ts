/**
 * What the main thread and the thread that saves tell each other.
 *
 * @module
 */
import { type ArrayKind, bytesOf, kindOf, type TypedArray, viewOf } from "../arrays.ts";
import type { Thrown } from "../comm/thrown.ts";
import type { SnapshotAttributes, SnapshotEntry } from "../snapshot/contract.ts";
import type { FileOptions } from "./file_options.ts";

/**
 * An array on its way: its memory and how to look at it. A view itself must not be sent: Deno's node
 * threads look for ports in messages and go through typed arrays element by element.
 */
export interface SentArray {
  readonly kind: ArrayKind;
  readonly buffer: ArrayBuffer;
  readonly length: number;
}

/** An array whose memory is lent, so that it can be transferred; it starts at the beginning. */
export function lendArray(data: TypedArray): SentArray {
  return { kind: kindOf(data), buffer: data.buffer as ArrayBuffer, length: data.length };
}

/** An array in memory of its own. */
export function copyArray(data: TypedArray): SentArray {
  return { kind: kindOf(data), buffer: bytesOf(data).slice().buffer, length: data.length };
}

/** The array that was sent. */
export function receiveArray({ kind, buffer, length }: SentArray): TypedArray {
  return viewOf(kind, buffer, length) as TypedArray;
}

/** An entry on its way; an array that the other side has already goes by number. */
export type SentEntry = Omit<SnapshotEntry, "data"> & {
  readonly data: SentArray | null;
  /** The number of an array that is never written into and stays with the worker. */
  readonly kept?: number;
};

/** The options that make sense in another thread. */
export type BackgroundOptions = FileOptions;

/** One save to do. */
export interface SaveTask {
  readonly id: number;
  readonly path: string;
  readonly metadata: SnapshotAttributes;
  readonly options: BackgroundOptions;
  readonly entries: readonly (readonly [key: string, entry: SentEntry])[];
  /** Buffers that were lent, to be sent back. */
  readonly lent: readonly ArrayBuffer[];
}

/** One save done, or failed. */
export interface SaveReport {
  readonly id: number;
  readonly error: Thrown | null;
  readonly lent: readonly ArrayBuffer[];
}
