/**
 * The contract of the message layer: one SPMD program with blocking collectives, as in MPI. Every rank
 * makes the same calls in the same order.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";

/** How `allreduce` combines values; sums add in rank order, so that the bits are the same every time. */
export type CommReduction = "sum" | "min" | "max";

/** A message: a typed array, or a small value that JSON can hold. */
export type CommMessage = TypedArray | JsonValue;

/** A value that JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | JsonValue[]
  | { [name: string]: JsonValue };

/** Blocking communication among `size` ranks. Results are new memory, never views of internal buffers. */
export interface Comm {
  /** This rank, 0 to `size - 1`. */
  readonly rank: number;
  /** The number of ranks. */
  readonly size: number;
  /** Returns when every rank has called it. */
  barrier(): void;
  /** `root`'s value on every rank. */
  bcast<T extends CommMessage>(value: T, root?: number): T;
  /** Combines one number of each rank. */
  allreduce(value: number, op?: CommReduction): number;
  /** Combines arrays element by element; they have the same kind and length on all ranks. */
  allreduce<T extends TypedArray>(values: T, op?: CommReduction): T;
  /** The values of all ranks, by rank. */
  allgather<T extends CommMessage>(value: T): T[];
  /** The arrays of all ranks, of any lengths, concatenated by rank. */
  allgatherv<T extends TypedArray>(values: T): T;
  /** Sends `parts[r]` to rank r; entry r of the result came from rank r. */
  alltoallv<T extends TypedArray>(parts: readonly T[]): T[];
  /** The sum over the ranks before this one; 0 on rank 0. */
  exscan(value: number): number;
  /** Sends to one rank; messages between two ranks with the same tag keep their order. */
  send(value: CommMessage, to: number, tag?: number): void;
  /** Waits for a message from one rank. */
  recv<T extends CommMessage>(from: number, tag?: number): T;
}
