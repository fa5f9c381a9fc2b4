import { bytesOf } from "../../arrays.ts";
import { type KindCode, roomFor } from "../codec.ts";
import { Mailbox, type Parcel } from "../mailbox.ts";
import type { MpiLibrary } from "./library.ts";
import { statusBytes } from "./table.ts";

/** MPI tags: for the front of a message, and for what does not fit into it. */
const frontTag = 1, bodyTag = 2;
/** The MPI tag of the parts of an exchange. */
export const exchangeTag = 3;
/** A front holds the tag, the kind and the length, then as much of the message as fits. */
const frontBytes = 64, frontHeader = 24;
/** The kind of a front that announces the sender's end. */
const goodbye: KindCode = -2;

/** A send in progress, with the memory that it reads from. */
interface Pending {
  readonly request: Uint8Array;
  readonly memory: Uint8Array;
}

/**
 * Messages between two ranks. Sending copies and returns at once, so that sends and receives cannot block
 * each other in any order. Tags are compared here, so they may be any integer.
 */
export class MpiMail {
  readonly #library: MpiLibrary;
  readonly #rank: number;
  readonly #size: number;
  readonly #piece: number;
  readonly #mailbox: Mailbox;
  readonly #gone: boolean[];
  readonly #front = new ArrayBuffer(frontBytes);
  readonly #status = new Uint8Array(new ArrayBuffer(statusBytes));
  readonly #flag = new Int32Array(new ArrayBuffer(4));
  #pending: Pending[] = [];

  constructor(library: MpiLibrary, rank: number, size: number, piece: number) {
    this.#library = library;
    this.#rank = rank;
    this.#size = size;
    this.#piece = piece;
    this.#mailbox = new Mailbox(size);
    this.#gone = new Array(size).fill(false);
  }

  /** Sends a copy. */
  post(to: number, tag: number, code: KindCode, bytes: Uint8Array): void {
    this.#dropFinished();
    const front = new Uint8Array(new ArrayBuffer(frontBytes));
    new Float64Array(front.buffer).set([tag, code, bytes.length]);
    const fits = bytes.length <= frontBytes - frontHeader;
    if (fits) front.set(bytes, frontHeader);
    this.#send(to, front, frontTag);
    if (!fits) { for (const part of this.#pieces(bytes.slice())) this.#send(to, part, bodyTag); }
  }

  /** Waits for a message; null if the sender has ended without sending it. */
  take(from: number, tag: number): Parcel | null {
    for (;;) {
      const parcel = this.#mailbox.take(from, tag);
      if (parcel) return parcel;
      if (this.#gone[from]) return null;
      this.#receive(from);
    }
  }

  /** Announces to all other ranks that this one sends nothing more. */
  sayGoodbye(): void {
    for (let r = 0; r < this.#size; r++) {
      if (r !== this.#rank) this.post(r, 0, goodbye, new Uint8Array(0));
    }
  }

  /** Receives what was never asked for, so that every send can end; all ranks must have said goodbye. */
  finish(): void {
    for (let r = 0; r < this.#size; r++) {
      while (r !== this.#rank && !this.#gone[r]) this.#receive(r);
    }
    const { calls, flavour } = this.#library;
    for (const { request } of this.#pending) {
      calls.MPI_Waitall(1, request.subarray(0, flavour.requestBytes), this.#status);
    }
    this.#pending = [];
  }

  /** Begins a set of transfers that run at the same time. */
  batch(): Batch {
    return new Batch(this.#library, (bytes) => this.#pieces(bytes));
  }

  /** Receives one message. */
  #receive(from: number): void {
    const { calls, byte, world } = this.#library;
    const front = new Uint8Array(this.#front);
    calls.MPI_Recv(front, frontBytes, byte, from, frontTag, world, this.#status);
    const [tag, code, length] = new Float64Array(this.#front, 0, 3);
    if (code === goodbye) {
      this.#gone[from] = true;
      return;
    }
    const room = roomFor(code, length), bytes = bytesOf(room);
    if (length <= frontBytes - frontHeader) {
      bytes.set(front.subarray(frontHeader, frontHeader + length));
    } else {
      for (const part of this.#pieces(bytes)) {
        calls.MPI_Recv(part, part.length, byte, from, bodyTag, world, this.#status);
      }
    }
    this.#mailbox.put(from, { tag, code, room });
  }

  #send(to: number, memory: Uint8Array, tag: number): void {
    const { calls, byte, world } = this.#library;
    const request = new Uint8Array(new ArrayBuffer(8));
    calls.MPI_Isend(memory, memory.length, byte, to, tag, world, request);
    this.#pending.push({ request, memory });
  }

  #dropFinished(): void {
    const { calls } = this.#library;
    while (this.#pending.length > 0) {
      calls.MPI_Test(this.#pending[0].request, this.#flag, this.#status);
      if (this.#flag[0] === 0) return;
      this.#pending.shift();
    }
  }

  #pieces(bytes: Uint8Array): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += this.#piece) {
      pieces.push(bytes.subarray(at, Math.min(at + this.#piece, bytes.length)));
    }
    return pieces;
  }
}

/** The sends and receives of one exchange, all of them started before the first wait. */
class Batch {
  readonly #library: MpiLibrary;
  readonly #pieces: (bytes: Uint8Array) => Uint8Array[];
  readonly #starts: ((request: Uint8Array) => void)[] = [];

  constructor(library: MpiLibrary, pieces: (bytes: Uint8Array) => Uint8Array[]) {
    this.#library = library;
    this.#pieces = pieces;
  }

  send(to: number, bytes: Uint8Array): void {
    const { calls, byte, world } = this.#library;
    for (const part of this.#pieces(bytes)) {
      this.#starts.push((request) =>
        calls.MPI_Isend(part, part.length, byte, to, exchangeTag, world, request)
      );
    }
  }

  receive(from: number, room: Uint8Array): void {
    const { calls, byte, world } = this.#library;
    for (const part of this.#pieces(room)) {
      this.#starts.push((request) =>
        calls.MPI_Irecv(part, part.length, byte, from, exchangeTag, world, request)
      );
    }
  }

  /** Starts all transfers and waits for them. The closures keep the memory alive meanwhile. */
  wait(): void {
    const count = this.#starts.length;
    if (count === 0) return;
    const { calls, flavour: { requestBytes } } = this.#library;
    const requests = new Uint8Array(new ArrayBuffer(count * requestBytes));
    const statuses = new Uint8Array(new ArrayBuffer(count * statusBytes));
    this.#starts.forEach((start, i) => start(requests.subarray(i * requestBytes)));
    calls.MPI_Waitall(count, requests, statuses);
  }
}
