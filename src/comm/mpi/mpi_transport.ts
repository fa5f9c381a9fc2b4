import { bytesOf } from "../../arrays.ts";
import { CommError } from "../../errors.ts";
import type { KindCode } from "../codec.ts";
import type { Parcel } from "../mailbox.ts";
import {
  type AgreementCode,
  agreementOf,
  CallAgreement,
  headerBytes,
  type Incoming,
  type LinkPlan,
  type MessageTransport,
  type NeighbourLink,
} from "../message_transport.ts";
import type { MpiLibrary } from "./library.ts";
import { MpiLink } from "./mpi_link.ts";
import { MpiMail } from "./mpi_mail.ts";
import { statusBytes } from "./table.ts";

/** Bytes of a header and the small message that follows it. */
const slotBytes = 64;
/** Bytes per rank and round of a gather that has to receive into separate memory. */
const scratchBytes = 1 << 24;
/** MPI counts are 32-bit: longer messages go in pieces of this many bytes. */
const defaultPiece = 2 ** 30;

/** Words of a header that are the same on all ranks: the call, the kind and the root. */
const agreedWords = 3;
const vectorLength = 2 * agreedWords + 1;
/** Up to this many ranks, gathering all headers takes no longer than finding the largest words. */
const fewRanks = 16;

/** Connects ranks that are processes of one MPI job. */
export class MpiTransport implements MessageTransport {
  readonly rank: number;
  readonly size: number;
  readonly eager: number = slotBytes - headerBytes;
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  readonly mail: MpiMail;
  readonly #library: MpiLibrary;
  readonly #memory: Uint8Array;
  readonly #own: Uint8Array;
  readonly #all: Uint8Array;
  readonly #piece: number;
  readonly #areFew: boolean;
  /** The words of a header, each followed by its complement, and whether the number with it is not 0. */
  readonly #vector = new Int32Array(new ArrayBuffer(4 * vectorLength));
  /** The largest of all ranks. */
  readonly #largest = new Int32Array(new ArrayBuffer(4 * vectorLength));
  #scratch = new Uint8Array(0);

  constructor(library: MpiLibrary, pieceBytes: number = defaultPiece, few: number = fewRanks) {
    const { calls, world } = library;
    const answer = new Int32Array(1);
    calls.MPI_Comm_rank(world, answer);
    this.rank = answer[0];
    calls.MPI_Comm_size(world, answer);
    this.size = answer[0];
    this.#areFew = this.size <= few;
    const slots = new ArrayBuffer(slotBytes * (1 + this.size));
    this.words = new Int32Array(slots);
    this.numbers = new Float64Array(slots);
    this.#memory = new Uint8Array(slots);
    this.#own = new Uint8Array(slots, 0, slotBytes);
    this.#all = new Uint8Array(slots, slotBytes);
    this.#library = library;
    this.#piece = pieceBytes;
    this.mail = new MpiMail(library, this.rank, this.size, pieceBytes);
  }

  ownHeader(): number {
    return 0;
  }

  headerOf(rank: number): number {
    return slotBytes / 8 * (1 + rank);
  }

  enter(payload: Uint8Array | null): AgreementCode {
    if (payload !== null) this.#memory.set(payload, headerBytes);
    const code = this.meet();
    if (code !== CallAgreement.differ && !this.#areFew) this.#gatherHeaders();
    return code;
  }

  /** Few ranks gather their headers at once, which takes one call instead of two where these are needed. */
  meet(): AgreementCode {
    if (!this.#areFew) return this.#meetMany();
    this.#gatherHeaders();
    return agreementOf(this);
  }

  /** All ranks make the same call if for each word the largest is the complement of the largest complement. */
  #meetMany(): AgreementCode {
    const { calls, int32, max, world } = this.#library;
    const vector = this.#vector, largest = this.#largest, words = this.words;
    for (let k = 0; k < agreedWords; k++) {
      vector[2 * k] = words[k];
      vector[2 * k + 1] = ~words[k];
    }
    vector[2 * agreedWords] = this.numbers[3] !== 0 ? 1 : 0;
    calls.MPI_Allreduce(vector, largest, vectorLength, int32, max, world);
    for (let k = 0; k < agreedWords; k++) {
      if (largest[2 * k] === ~largest[2 * k + 1]) continue;
      this.#gatherHeaders();
      return CallAgreement.differ;
    }
    return largest[2 * agreedWords] === 0 ? CallAgreement.alike : CallAgreement.alikeWithValue;
  }

  #gatherHeaders(): void {
    const { calls, byte, world } = this.#library;
    calls.MPI_Allgather(this.#own, slotBytes, byte, this.#all, slotBytes, byte, world);
  }

  payloadOf(rank: number, bytes: number): Uint8Array {
    const at = slotBytes * (1 + rank) + headerBytes;
    return this.#memory.subarray(at, at + bytes);
  }

  enterCounts(
    counts: Float64Array<ArrayBuffer>,
    agree: (code: AgreementCode) => void,
  ): Incoming {
    agree(this.meet());
    const { calls, byte, world } = this.#library;
    const arriving = new Float64Array(this.size);
    calls.MPI_Alltoall(bytesOf(counts), 8, byte, bytesOf(arriving), 8, byte, world);
    return { bytes: arriving, starts: arriving.subarray(0, 0), longest: 0 };
  }

  gather(mine: Uint8Array, rooms: readonly Uint8Array[]): void {
    const total = rooms.reduce((sum, room) => sum + room.length, 0);
    const whole = total <= this.#piece ? joined(rooms) : null;
    if (whole !== null) {
      this.#gatherPiece(mine, whole, rooms, 0, this.#piece);
      return;
    }
    const piece = Math.max(8, Math.min(scratchBytes, Math.floor(this.#piece / this.size)));
    const longest = rooms.reduce((length, room) => Math.max(length, room.length), 0);
    const needed = this.size * Math.min(piece, longest);
    if (this.#scratch.length < needed) this.#scratch = new Uint8Array(needed);
    for (let at = 0; at < longest; at += piece) {
      const sent = mine.subarray(Math.min(at, mine.length), Math.min(at + piece, mine.length));
      const starts = this.#gatherPiece(sent, this.#scratch, rooms, at, piece);
      for (let r = 0; r < this.size; r++) {
        if (starts[r + 1] > starts[r]) {
          rooms[r].set(this.#scratch.subarray(starts[r], starts[r + 1]), at);
        }
      }
    }
  }

  bcast(bytes: Uint8Array, root: number): void {
    const { calls, byte, world } = this.#library;
    for (let at = 0; at < bytes.length; at += this.#piece) {
      const part = bytes.subarray(at, Math.min(at + this.#piece, bytes.length));
      calls.MPI_Bcast(part, part.length, byte, root, world);
    }
  }

  exchange(parts: readonly Uint8Array[], rooms: readonly Uint8Array[]): void {
    const { rank, size } = this, mail = this.mail;
    rooms[rank].set(parts[rank]);
    const requests = mail.batch();
    for (let k = 1; k < size; k++) requests.receive((rank + k) % size, rooms[(rank + k) % size]);
    for (let k = 1; k < size; k++) {
      const to = (rank + size - k) % size;
      requests.send(to, parts[to]);
    }
    requests.wait();
  }

  link(plan: LinkPlan): NeighbourLink {
    return new MpiLink(this, this.#library, plan, this.#piece);
  }

  post(to: number, tag: number, code: KindCode, bytes: Uint8Array): void {
    this.mail.post(to, tag, code, bytes);
  }

  take(from: number, tag: number): Parcel {
    const parcel = this.mail.take(from, tag);
    if (parcel !== null) return parcel;
    throw new CommError(
      this.rank,
      `rank ${this.rank} waits in recv for a message with tag ${tag} from rank ${from}, ` +
        `which has ended its program`,
    );
  }

  /** Gathers bytes `at` to `at + piece` of every rank, concatenated; returns where each rank's start. */
  #gatherPiece(
    mine: Uint8Array,
    into: Uint8Array,
    rooms: readonly Uint8Array[],
    at: number,
    piece: number,
  ): Int32Array {
    const { calls, byte, world } = this.#library, size = this.size;
    // On array buffers of their own, which garbage collection does not move during a call.
    const counts = new Int32Array(new ArrayBuffer(4 * size));
    const starts = new Int32Array(new ArrayBuffer(4 * (size + 1)));
    for (let r = 0; r < size; r++) {
      counts[r] = Math.max(0, Math.min(piece, rooms[r].length - at));
      starts[r + 1] = starts[r] + counts[r];
    }
    const sent = mine.length > 0 ? mine : nothing;
    calls.MPI_Allgatherv(sent, mine.length, byte, into, counts, starts, byte, world);
    return starts;
  }
}

/** An empty message still needs an address. */
const nothing = new Uint8Array(statusBytes);

/** One view of all rooms if they are contiguous in one buffer; otherwise null. */
function joined(rooms: readonly Uint8Array[]): Uint8Array | null {
  const { buffer, byteOffset } = rooms[0];
  let end = byteOffset;
  for (const room of rooms) {
    if (room.buffer !== buffer || room.byteOffset !== end) return null;
    end += room.length;
  }
  return new Uint8Array(buffer, byteOffset, end - byteOffset);
}
