import { allocate, copyInto, isTypedArray, kindOf, type TypedArray } from "../arrays.ts";
import { CommError } from "../errors.ts";
import { copyOf } from "./codec.ts";
import type { Comm, CommMessage, CommReduction } from "./comm.ts";
import { reductionCode } from "./reduce.ts";

/**
 * The communicator of a program on one rank. It accepts and refuses the same values as the communicators of
 * several ranks, and results are copies, so a program that works here works there.
 *
 * @example
 * ```ts
 * import { SelfComm } from "@timestash/timestash";
 *
 * const comm = new SelfComm();
 * console.log(comm.size, comm.allreduce(2.5)); // 1 2.5
 * ```
 */
export class SelfComm implements Comm {
  /** Always 0. */
  readonly rank = 0;
  /** Always 1. */
  readonly size = 1;
  /** Messages that the rank sent to itself, by tag. */
  readonly #mail = new Map<number, CommMessage[]>();

  /** Returns at once. */
  barrier(): void {}

  /**
   * A copy of `value`.
   *
   * @throws {RangeError} when `root` is not 0.
   * @throws {TypeError} when `value` cannot be sent.
   */
  bcast<T extends CommMessage>(value: T, root = 0): T {
    only(root, "bcast");
    return copyOf(value, "bcast");
  }

  /** The value itself, or a copy of an array. */
  allreduce(value: number, op?: CommReduction): number;
  allreduce<T extends TypedArray>(values: T, op?: CommReduction): T;
  allreduce(value: number | TypedArray, op: CommReduction = "sum"): number | TypedArray {
    reductionCode(op);
    if (typeof value === "number") return value;
    return copyOfArray(value, "allreduce");
  }

  /** A list of one: a copy of `value`. */
  allgather<T extends CommMessage>(value: T): T[] {
    return [copyOf(value, "allgather")];
  }

  /** A copy of `values`. */
  allgatherv<T extends TypedArray>(values: T): T {
    return copyOfArray(values, "allgatherv");
  }

  /**
   * A list with a copy of the only part.
   *
   * @throws {RangeError} when there is not exactly one part.
   */
  alltoallv<T extends TypedArray>(parts: readonly T[]): T[] {
    if (parts.length !== 1) {
      throw new RangeError(
        `alltoallv takes one part for each rank, which is 1 here; got ${parts.length}`,
      );
    }
    return [copyOfArray(parts[0], "alltoallv")];
  }

  /**
   * Always 0, since this is the first rank.
   *
   * @throws {TypeError} when `value` is not a number.
   */
  exscan(value: number): number {
    if (typeof value !== "number") {
      throw new TypeError(`exscan takes a number, got ${typeof value}`);
    }
    return 0;
  }

  /** Keeps a copy for a later `recv` with the same tag. */
  send(value: CommMessage, to: number, tag = 0): void {
    only(to, "send");
    const message = copyOf(value, "send");
    const queue = this.#mail.get(tag);
    if (queue) queue.push(message);
    else this.#mail.set(tag, [message]);
  }

  /**
   * The oldest message sent with this tag.
   *
   * @throws {CommError} when there is no such message, since no other rank could send it.
   */
  recv<T extends CommMessage>(from: number, tag = 0): T {
    only(from, "recv");
    const message = this.#mail.get(tag)?.shift();
    if (message === undefined) {
      throw new CommError(
        0,
        `recv: rank 0 waits for itself, and has sent itself nothing with tag ${tag}`,
      );
    }
    return message as T;
  }
}

function only(rank: number, what: string): void {
  if (rank !== 0) {
    throw new RangeError(`${what}: rank ${rank} does not exist; the only one is 0`);
  }
}

/** Copies with `set` into new memory, which keeps NaN payloads. */
function copyOfArray<T extends TypedArray>(values: T, what: string): T {
  if (!isTypedArray(values)) {
    throw new TypeError(
      `${what} takes typed arrays, got ${values === null ? null : typeof values}`,
    );
  }
  const copy = allocate(kindOf(values), values.length);
  copyInto(copy, values);
  return copy as T;
}
