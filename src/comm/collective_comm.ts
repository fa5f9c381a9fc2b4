import { allocate, bytesOf, isTypedArray, kindOf, type TypedArray, viewOf } from "../arrays.ts";
import { CommError } from "../errors.ts";
import {
  codeOf,
  decode,
  encode,
  type Encoded,
  type KindCode,
  numberCode,
  roomFor,
} from "./codec.ts";
import type { Comm, CommMessage, CommReduction } from "./comm.ts";
import { Headers } from "./headers.ts";
import { Links } from "./links.ts";
import { Mailbox } from "./mailbox.ts";
import { Outcomes } from "./outcomes.ts";
import { reduceInto, reducePair, reductionCode } from "./reduce.ts";
import { anyKind, CallCode, type MessageTransport } from "./message_transport.ts";

/** Up to this many bytes, every rank gathers and adds whole arrays; of larger ones each rank adds a share. */
const wholeReduction = 32768;

/** Implements `Comm` over any transport, with the same checks and the same bits on workers and MPI. */
export class CollectiveComm implements Comm {
  readonly rank: number;
  readonly size: number;
  /** Tells the ranks whether something failed on any of them. */
  readonly outcomes: Outcomes;
  readonly #transport: MessageTransport;
  readonly #headers: Headers;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  /** Prepares exchanges with the same neighbours every time. */
  readonly links: Links;
  /** Messages that this rank sent to itself. */
  readonly #own = new Mailbox(1);

  constructor(transport: MessageTransport) {
    this.#transport = transport;
    this.rank = transport.rank;
    this.size = transport.size;
    this.#headers = new Headers(transport);
    this.outcomes = new Outcomes(transport, this.#headers);
    this.links = new Links(this, transport, this.#headers);
    this.#words = transport.words;
    this.#numbers = transport.numbers;
  }

  barrier(): void {
    this.#headers.write(CallCode.barrier, anyKind, 0, 0, 0, 0);
    this.#headers.require(this.#transport.meet());
  }

  bcast<T extends CommMessage>(value: T, root = 0): T {
    this.#check(root, "bcast");
    const sends = this.rank === root;
    const own: Encoded = sends ? encode(value, "bcast") : nothing;
    const transport = this.#transport;
    this.#headers.write(CallCode.bcast, anyKind, root, own.code, own.bytes.length, 0);
    this.#headers.require(this.#transport.enter(this.#eager(own.bytes)));
    const at = transport.headerOf(root);
    const code = this.#words[2 * at + 3], bytes = this.#numbers[at + 2];
    const room = roomFor(code, bytes);
    if (bytes <= transport.eager) bytesOf(room).set(transport.payloadOf(root, bytes));
    else {
      if (sends) bytesOf(room).set(own.bytes);
      transport.bcast(bytesOf(room), root);
    }
    return decode(code, room) as T;
  }

  allreduce(value: number, op?: CommReduction): number;
  allreduce<T extends TypedArray>(values: T, op?: CommReduction): T;
  allreduce(value: number | TypedArray, op: CommReduction = "sum"): number | TypedArray {
    const code = reductionCode(op);
    if (typeof value === "number") return this.#reduceNumber(value, code);
    if (!isTypedArray(value)) {
      throw new TypeError(`allreduce takes a number or a typed array, got ${typeof value}`);
    }
    return this.#reduceArray(value, code);
  }

  allgather<T extends CommMessage>(value: T): T[] {
    const { code, bytes } = encode(value, "allgather");
    this.#headers.write(CallCode.allgather, anyKind, 0, code, bytes.length, 0);
    this.#headers.require(this.#transport.enter(this.#eager(bytes)));
    const rooms: TypedArray[] = [], codes: KindCode[] = [];
    for (let r = 0; r < this.size; r++) {
      const at = this.#transport.headerOf(r);
      codes.push(this.#words[2 * at + 3]);
      rooms.push(roomFor(codes[r], this.#numbers[at + 2]));
    }
    this.#collect(bytes, rooms.map(bytesOf));
    return rooms.map((room, r) => decode(codes[r], room) as T);
  }

  allgatherv<T extends TypedArray>(values: T): T {
    this.#mustBeArray(values, "allgatherv");
    const code = codeOf(values), bytes = bytesOf(values);
    this.#headers.write(CallCode.allgatherv, code, 0, code, bytes.length, 0);
    this.#headers.require(this.#transport.enter(this.#eager(bytes)));
    const starts = [0];
    for (let r = 0; r < this.size; r++) {
      starts.push(starts[r] + this.#numbers[this.#transport.headerOf(r) + 2]);
    }
    const all = roomFor(code, starts[this.size]);
    const memory = bytesOf(all);
    const rooms = starts.slice(1).map((end, r) => memory.subarray(starts[r], end));
    this.#collect(bytes, rooms);
    return all as T;
  }

  alltoallv<T extends TypedArray>(parts: readonly T[]): T[] {
    if (parts.length !== this.size) {
      throw new RangeError(
        `alltoallv takes one part for each of the ${this.size} ranks, got ${parts.length}`,
      );
    }
    for (const part of parts) this.#mustBeArray(part, "alltoallv");
    const code = codeOf(parts[0]);
    for (const part of parts) {
      if (codeOf(part) !== code) {
        throw new TypeError(
          `alltoallv takes parts of one kind, got ${kindOf(parts[0])} and ${kindOf(part)}`,
        );
      }
    }
    this.#headers.write(CallCode.alltoallv, code, 0, code, 0, 0);
    const counts = Float64Array.from(parts, (part) => part.byteLength);
    const incoming = this.#transport.enterCounts(
      counts,
      (agreed) => this.#headers.require(agreed),
    );
    const rooms = parts.map((_, r) => roomFor(code, incoming.bytes[r]));
    this.#transport.exchange(parts.map(bytesOf), rooms.map(bytesOf), incoming);
    return rooms as T[];
  }

  exscan(value: number): number {
    if (typeof value !== "number") {
      throw new TypeError(`exscan takes a number, got ${typeof value}`);
    }
    this.#headers.write(CallCode.exscan, anyKind, 0, 0, 0, value);
    this.#headers.require(this.#transport.enter(null));
    if (this.rank === 0) return 0;
    const transport = this.#transport;
    let sum = this.#numbers[transport.headerOf(0) + 3];
    for (let r = 1; r < this.rank; r++) sum += this.#numbers[transport.headerOf(r) + 3];
    return sum;
  }

  send(value: CommMessage, to: number, tag = 0): void {
    this.#check(to, "send");
    checkTag(tag, "send");
    if (to === this.rank) {
      const { code, bytes } = encode(value, "send");
      const room = roomFor(code, bytes.length);
      bytesOf(room).set(bytes);
      this.#own.put(0, { tag, code, room });
      return;
    }
    const { code, bytes } = encode(value, "send");
    this.#transport.post(to, tag, code, bytes);
  }

  recv<T extends CommMessage>(from: number, tag = 0): T {
    this.#check(from, "recv");
    checkTag(tag, "recv");
    const parcel = from === this.rank ? this.#own.take(0, tag) : this.#transport.take(from, tag);
    if (parcel === undefined) {
      throw new CommError(
        this.rank,
        `recv: rank ${this.rank} waits for itself, and has sent itself nothing with tag ${tag}`,
      );
    }
    return decode(parcel.code, parcel.room) as T;
  }

  #reduceNumber(value: number, code: number): number {
    const transport = this.#transport, numbers = this.#numbers;
    this.#headers.write(CallCode.allreduce | code << 8, numberCode, 0, numberCode, 0, value);
    this.#headers.require(this.#transport.enter(null));
    let result = numbers[transport.headerOf(0) + 3];
    for (let r = 1; r < this.size; r++) {
      result = reducePair(result, numbers[transport.headerOf(r) + 3], code);
    }
    return result;
  }

  #reduceArray(values: TypedArray, code: number): TypedArray {
    const transport = this.#transport;
    const kind = kindOf(values), bytes = bytesOf(values);
    this.#headers.write(
      CallCode.allreduce | code << 8,
      codeOf(values),
      0,
      codeOf(values),
      bytes.length,
      0,
    );
    const small = bytes.length <= transport.eager && bytes.length <= wholeReduction;
    this.#headers.require(this.#transport.enter(small ? bytes : null));
    this.#headers.sameLengths();
    const result = allocate(kind, values.length);
    if (bytes.length > wholeReduction) {
      this.#reduceInShares(values, result, code);
      return result;
    }
    let rooms: Uint8Array[] = [];
    if (!small) {
      const scratch = new Uint8Array(bytes.length * this.size);
      rooms = share(scratch, this.size, () => bytes.length);
      transport.gather(bytes, rooms);
    }
    for (let r = 0; r < this.size; r++) {
      const room = small ? transport.payloadOf(r, bytes.length) : rooms[r];
      if (r === 0) bytesOf(result).set(room);
      else reduceInto(result, viewOf(kind, room.buffer, values.length, room.byteOffset), code);
    }
    return result;
  }

  /** Each rank adds its share of the elements, then all ranks gather the shares. */
  #reduceInShares(values: TypedArray, result: TypedArray, code: number): void {
    const size = this.size, rank = this.rank, kind = kindOf(values), bytes = values.byteLength;
    const width = values.BYTES_PER_ELEMENT;
    const start = (r: number): number => Math.floor(values.length * r / size);
    const bytesFor = (r: number): number => (start(r + 1) - start(r)) * width;
    const parts = share(bytesOf(values), size, bytesFor);
    const arrived = Array.from({ length: size }, () => allocate(kind, bytesFor(rank) / width));
    this.#transport.exchange(parts, arrived.map(bytesOf), {
      starts: Float64Array.from(
        parts,
        (_, r) => start(rank) * width - (r < rank ? bytesFor(r) : 0),
      ),
      longest: bytes - Math.min(...parts.map((part) => part.length)),
    });
    for (let r = 1; r < size; r++) reduceInto(arrived[0], arrived[r], code);
    this.#transport.gather(bytesOf(arrived[0]), share(bytesOf(result), size, bytesFor));
  }

  /** Copies each rank's message into its room: from behind the headers, or in bulk if one is too large. */
  #collect(own: Uint8Array, rooms: readonly Uint8Array[]): void {
    const transport = this.#transport;
    if (rooms.some((room) => room.length > transport.eager)) {
      transport.gather(own, rooms);
      return;
    }
    for (let r = 0; r < this.size; r++) {
      if (rooms[r].length > 0) rooms[r].set(transport.payloadOf(r, rooms[r].length));
    }
  }

  #eager(bytes: Uint8Array): Uint8Array | null {
    return bytes.length <= this.#transport.eager ? bytes : null;
  }

  #check(rank: number, what: string): void {
    if (!Number.isInteger(rank) || rank < 0 || rank >= this.size) {
      throw new RangeError(
        `${what}: rank ${rank} does not exist; there are ${this.size}, from 0 to ${this.size - 1}`,
      );
    }
  }

  #mustBeArray(value: unknown, what: string): void {
    if (!isTypedArray(value)) {
      throw new TypeError(
        `${what} takes typed arrays, got ${value === null ? null : typeof value}`,
      );
    }
  }
}

const nothing: Encoded = { code: anyKind, bytes: new Uint8Array(0) };

/** Consecutive views of `memory`, `bytesFor(r)` long. */
function share(
  memory: Uint8Array,
  size: number,
  bytesFor: (rank: number) => number,
): Uint8Array[] {
  const views: Uint8Array[] = [];
  for (let r = 0, at = 0; r < size; r++) {
    views.push(memory.subarray(at, at += bytesFor(r)));
  }
  return views;
}

function checkTag(tag: number, what: string): void {
  if (!Number.isSafeInteger(tag)) throw new RangeError(`${what}: a tag is an integer, got ${tag}`);
}
