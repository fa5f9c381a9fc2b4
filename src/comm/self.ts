import type { TypedArray } from "../arrays.ts";
import { CommError } from "../errors.ts";
import type { Comm, Message, Reduction } from "./comm.ts";

/** The communicator of a program that runs alone. */
export class SelfComm implements Comm {
  readonly rank = 0;
  readonly size = 1;
  /** Messages sent to oneself, by tag. */
  readonly #mail = new Map<number, Message[]>();

  barrier(): void {}

  bcast<T extends Message>(value: T, root = 0): T {
    this.#only(root);
    return copyOf(value);
  }

  allreduce(value: number, op?: Reduction): number;
  allreduce<T extends TypedArray>(values: T, op?: Reduction): T;
  allreduce(value: number | TypedArray, _op: Reduction = "sum"): number | TypedArray {
    return typeof value === "number" ? value : value.slice();
  }

  allgather<T extends Message>(value: T): T[] {
    return [copyOf(value)];
  }

  allgatherv<T extends TypedArray>(values: T): T {
    return copyOf(values);
  }

  alltoallv<T extends TypedArray>(parts: readonly T[]): T[] {
    if (parts.length !== 1) {
      throw new RangeError(`alltoallv takes one part per rank: 1, got ${parts.length}`);
    }
    return [copyOf(parts[0])];
  }

  exscan(_value: number): number {
    return 0;
  }

  send(value: Message, to: number, tag = 0): void {
    this.#only(to);
    const queue = this.#mail.get(tag);
    if (queue) queue.push(copyOf(value));
    else this.#mail.set(tag, [copyOf(value)]);
  }

  recv<T extends Message>(from: number, tag = 0): T {
    this.#only(from);
    const message = this.#mail.get(tag)?.shift();
    if (message === undefined) {
      throw new CommError(0, `recv: rank 0 waits for itself, and nothing was sent with tag ${tag}`);
    }
    return message as T;
  }

  #only(rank: number): void {
    if (rank !== 0) throw new RangeError(`rank ${rank} does not exist: there is one rank, 0`);
  }
}

/** Typed arrays by `slice`, which keeps NaN payloads; the rest is small. */
function copyOf<T extends Message>(value: T): T {
  return (ArrayBuffer.isView(value) ? value.slice() : structuredClone(value)) as T;
}
