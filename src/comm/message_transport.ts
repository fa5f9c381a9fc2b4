/**
 * The operations that a way of moving bytes between ranks must provide; `CollectiveComm` builds a `Comm`
 * on them.
 *
 * Every collective begins with `meet`, alone or inside `enter`: each rank writes a header that names its call, and
 * the ranks learn whether all of them make the same one. This takes constant size; only where calls differ do the
 * ranks get the headers of all. With `enter` they always do, and small messages are sent with the headers.
 *
 * @module
 */
import type { KindCode } from "./codec.ts";
import { codeName } from "./codec.ts";
import type { Parcel } from "./mailbox.ts";
import { reductionName } from "./reduce.ts";

/** The names of the calls, by the number that headers use. */
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
  "an exchange with neighbours",
  "a comparison of what the ranks pass",
] as const;

/** The numbers of the calls: indices into `callNames`. */
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
  neighbours: 11,
  comparison: 12,
} as const;

/** What the headers of all ranks say together. */
export const CallAgreement = {
  /** The ranks make different calls. */
  differ: -1,
  /** All make the same call, and the number that is sent with it is 0 on every rank. */
  alike: 0,
  /** All make the same call, and the number is not 0 on some rank. */
  alikeWithValue: 1,
} as const;

/** One of {@link CallAgreement}; every rank gets the same. */
export type AgreementCode = typeof CallAgreement[keyof typeof CallAgreement];

/**
 * Bytes of a header: four 32-bit words (call and reduction, kind of message where all must agree, root,
 * own kind of message), then two float64 (bytes of the message, a number that is sent with it).
 */
export const headerBytes = 32;

/** The value of `agreed` for a call whose messages may be of different kinds on different ranks. */
export const anyKind: KindCode = -1;

/** Moves bytes between ranks. All calls block; all but `post` and `take` are collective. */
export interface MessageTransport {
  readonly rank: number;
  readonly size: number;
  /** The size of the largest message that is sent with its header, in bytes. */
  readonly eager: number;
  /** The memory that holds the headers, as 32-bit words and as float64. */
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  /** The place of this rank's next header, counted in float64. */
  ownHeader(): number;
  /**
   * The place of a rank's header, counted in float64: of every rank between `enter` and the next call, and after
   * a `meet` in which the ranks differed.
   */
  headerOf(rank: number): number;
  /**
   * Publishes the header; returns when all ranks have done so. A patient rank also waits for ranks that wait for
   * it, since those will detect the deadlock themselves.
   */
  meet(patient?: boolean): AgreementCode;
  /** The same with at most `eager` bytes; if all ranks make the same call, everyone then has the headers of all. */
  enter(payload: Uint8Array | null): AgreementCode;
  /** The bytes that a rank published, valid until the next call. */
  payloadOf(rank: number, bytes: number): Uint8Array;
  /**
   * Like `enter`, with the number of bytes for each rank.
   *
   * @param agree Throws if the ranks make different calls; counts are sent only after it has returned.
   */
  enterCounts(
    counts: Float64Array<ArrayBuffer>,
    agree: (code: AgreementCode) => void,
  ): Incoming;
  /** Prepares an exchange with the same neighbours and counts every time; not collective. */
  link(plan: LinkPlan): NeighbourLink;
  /** Copies `mine` of each rank r into `rooms[r]` of every rank. */
  gather(mine: Uint8Array, rooms: readonly Uint8Array[]): void;
  /** Copies the root's bytes into those of every rank. */
  bcast(bytes: Uint8Array, root: number): void;
  /** Sends `parts[r]` to rank r and fills `rooms[r]` from rank r, whose part begins at `starts[r]` of its stream. */
  exchange(
    parts: readonly Uint8Array[],
    rooms: readonly Uint8Array[],
    streams: Pick<Incoming, "starts" | "longest">,
  ): void;
  /** Sends a message to another rank. */
  post(to: number, tag: number, code: KindCode, bytes: Uint8Array): void;
  /** Waits for a message of another rank. */
  take(from: number, tag: number): Parcel;
}

/**
 * What comes to this rank. The parts that a rank has for the others, in their order and without its own, are its
 * stream. Valid until the next call.
 */
export interface Incoming {
  /** Bytes by sender. */
  readonly bytes: Float64Array;
  /** Where this rank's part begins in the stream of each sender; only where the transport needs it. */
  readonly starts: Float64Array;
  /** The bytes of the longest stream of any rank; likewise. */
  readonly longest: number;
}

/** Some ranks, ascending and without this one, and how many entries each of them gets or sends. */
export interface Neighbours {
  readonly ranks: Int32Array;
  /** Where each neighbour's entries begin among those of all, `[ranks + 1]`. */
  readonly starts: Int32Array;
}

/** An exchange whose neighbours and counts are known. */
export interface LinkPlan {
  readonly to: Neighbours;
  readonly from: Neighbours;
  /** Where the entries for this rank begin among those that each neighbour in `from` sends, `[from.ranks]`. */
  readonly places: Int32Array;
  /** The most entries that any rank sends. */
  readonly most: number;
}

/** A prepared exchange. */
export interface NeighbourLink {
  /**
   * Publishes the header, and if all ranks make the same call, sends and receives. Collective among all ranks,
   * also those without neighbours.
   *
   * @param out The entries to send, `[entries x width]`; in memory that garbage collection does not move.
   * @param into Receives entries, in the order of the neighbours; likewise.
   * @param width Numbers per entry.
   */
  run(out: Float64Array, into: Float64Array, width: number): AgreementCode;
}

/** What the headers of all ranks say together, where this rank has them. */
export function agreementOf(transport: MessageTransport): AgreementCode {
  const { words, numbers, size } = transport, mine = 2 * transport.headerOf(transport.rank);
  const op = words[mine], agreed = words[mine + 1], root = words[mine + 2];
  let code: AgreementCode = CallAgreement.alike;
  for (let r = 0; r < size; r++) {
    const at = transport.headerOf(r);
    if (words[2 * at] !== op || words[2 * at + 1] !== agreed || words[2 * at + 2] !== root) {
      return CallAgreement.differ;
    }
    if (numbers[at + 3] !== 0) code = CallAgreement.alikeWithValue;
  }
  return code;
}

/** The call that a header describes, for error messages. */
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
  if (op === CallCode.neighbours) {
    return `${name} of ${words[2 * at + 2]} numbers per entry (the ${agreed}. of this program)`;
  }
  const hasKind = op === CallCode.allgatherv || op === CallCode.alltoallv;
  return hasKind && agreed !== anyKind ? `${name} of ${codeName(agreed)}` : name;
}
