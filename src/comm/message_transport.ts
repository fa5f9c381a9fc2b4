/**
 * What a way of moving bytes between ranks has to offer; `CollectiveComm` makes a `Comm` of it.
 *
 * Every collective begins with `enter`: each rank lays down a header, and may read everybody's after it.
 * Headers say which call it is, so ranks that make different calls find out at once, all of them, in
 * the same call. Small messages travel behind the header.
 *
 * @module
 */
import type { KindCode } from "./codec.ts";
import { codeName } from "./codec.ts";
import type { Parcel } from "./mailbox.ts";
import { reductionName } from "./reduce.ts";

/** The calls, as they stand in headers. */
export const callNames = [
  "nothing yet",
  "barrier",
  "bcast",
  "allreduce",
  "allgather",
  "allgatherv",
  "alltoallv",
  "exscan",
  "the end of the program",
  "an agreement on how something went",
  "the end of work that may fail",
] as const;

/** Indices into `operations`. */
export const CallCode = {
  barrier: 1,
  bcast: 2,
  allreduce: 3,
  allgather: 4,
  allgatherv: 5,
  alltoallv: 6,
  exscan: 7,
  leave: 8,
  agreement: 9,
  ending: 10,
} as const;

/**
 * Bytes of a header: four 32-bit words (call and reduction, kind of message where all must agree, root,
 * own kind of message), then two float64 (bytes of the message, a number that rides along).
 */
export const headerBytes = 32;

/** `agreed` of a call that does not need one kind of message on all ranks. */
export const anyKind: KindCode = -1;

/** Moves bytes between ranks. All calls block; all but `post` and `take` are collective. */
export interface MessageTransport {
  readonly rank: number;
  readonly size: number;
  /** Bytes of the largest message that travels with its header. */
  readonly eager: number;
  /** The memory where headers stand, as 32-bit words and as float64. */
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  /** Where this rank writes its next header, counted in float64. */
  ownHeader(): number;
  /** Where a rank's header stands between `enter` and the next call, counted in float64. */
  headerOf(rank: number): number;
  /**
   * Lays down the header and at most `eager` bytes; returns when all ranks have. A patient rank waits also
   * for ranks that wait for it: they are to find that out.
   */
  enter(payload: Uint8Array | null, patient?: boolean): void;
  /** The bytes a rank laid down, valid until the next call. */
  payloadOf(rank: number, bytes: number): Uint8Array;
  /**
   * Like `enter`, with one count for each rank; the result tells how many bytes go from one rank
   * to another, asked only where one of the two is this rank.
   *
   * @param agree Throws where the ranks make different calls; then no count may be on its way.
   */
  enterCounts(
    counts: Float64Array<ArrayBuffer>,
    agree: () => void,
  ): (from: number, to: number) => number;
  /** Everybody's `mine` into `rooms[r]` of every rank. */
  gather(mine: Uint8Array, rooms: readonly Uint8Array[]): void;
  /** The root's bytes into everybody's. */
  bcast(bytes: Uint8Array, root: number): void;
  /** `parts[r]` to rank r, `rooms[r]` from rank r; `between` gives the bytes between any two ranks. */
  exchange(
    parts: readonly Uint8Array[],
    rooms: readonly Uint8Array[],
    between: (from: number, to: number) => number,
  ): void;
  /** Sends to another rank. */
  post(to: number, tag: number, code: KindCode, bytes: Uint8Array): void;
  /** Waits for a message of another rank. */
  take(from: number, tag: number): Parcel;
}

/** A call as its header tells it, for errors. */
export function describeHeader(words: Int32Array, numbers: Float64Array, at: number): string {
  const op = words[2 * at] & 0xff;
  const agreed = words[2 * at + 1];
  const name: string = callNames[op] ?? "an unknown call";
  if (op === CallCode.bcast) return `${name} from rank ${words[2 * at + 2]}`;
  if (op === CallCode.allreduce) {
    const reduction = reductionName(words[2 * at] >> 8);
    const length = numbers[at + 2];
    const kind = codeName(agreed);
    return `${name}("${reduction}") of a ${kind}` +
      (kind === "number" ? "" : ` array of ${length} bytes`);
  }
  const hasKind = op === CallCode.allgatherv || op === CallCode.alltoallv;
  return hasKind && agreed !== anyKind ? `${name} of ${codeName(agreed)}` : name;
}
