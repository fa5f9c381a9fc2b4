import { bytesOf } from "../../arrays.ts";
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
import { RankActivity, RankWord, type SharedLayout } from "./shared_layout.ts";
import { Rings } from "./rings.ts";
import { Waiting } from "./waiting.ts";

/** The shared memory of a run, and how to wait in it. */
export interface SharedOptions {
  readonly memory: SharedArrayBuffer;
  readonly layout: SharedLayout;
  readonly rank: number;
  readonly timeoutSeconds: number;
  /** How often to look at a word before sleeping; small if there are more ranks than processors. */
  readonly spins: number;
}

/**
 * Connects ranks that are threads of one process. All shared memory exists twice, for even and odd steps: a
 * rank can be at most one step ahead of the others, so it never overwrites what another still reads.
 */
export class SharedTransport implements MessageTransport {
  readonly rank: number;
  readonly size: number;
  readonly eager: number;
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  readonly #layout: SharedLayout;
  readonly #memory: Uint8Array;
  readonly #waiting: Waiting;
  readonly #rings: Rings;
  /** The first word of each rank. */
  readonly #at: Int32Array;
  /** The places of the headers of even steps, then of odd steps, counted in float64. */
  readonly #headers: Int32Array;
  /** Where the bytes for each rank begin among those for all others, and their end, `[size + 1]`. */
  readonly #stream: Float64Array<ArrayBuffer>;
  #step = 0;
  #calls = 0;

  constructor({ memory, layout, rank, timeoutSeconds, spins }: SharedOptions) {
    const size = layout.size;
    this.rank = rank;
    this.size = size;
    this.eager = layout.window;
    this.words = new Int32Array(memory);
    this.numbers = new Float64Array(memory);
    this.#memory = new Uint8Array(memory);
    this.#layout = layout;
    this.#at = Int32Array.from({ length: size }, (_, r) => layout.words(r));
    this.#headers = Int32Array.from(
      { length: 2 * size },
      (_, i) => layout.slot(i < size ? 0 : 1, i % size) / 8,
    );
    this.#stream = new Float64Array(size + 1);
    this.#waiting = new Waiting(this.words, layout, rank, timeoutSeconds, spins);
    this.#rings = new Rings(memory, layout, rank, this.#waiting);
  }

  ownHeader(): number {
    return this.#headers[((this.#step + 1) & 1) * this.size + this.rank];
  }

  headerOf(rank: number): number {
    return this.#headers[(this.#step & 1) * this.size + rank];
  }

  enter(payload: Uint8Array | null): AgreementCode {
    if (payload !== null && payload.length > 0) {
      this.#memory.set(payload, this.ownHeader() * 8 + headerBytes);
    }
    return this.meet();
  }

  meet(patient = false): AgreementCode {
    const header = this.ownHeader(), own = this.#at[this.rank];
    this.words[own + RankWord.op] = this.words[2 * header];
    this.words[own + RankWord.calls] = ++this.#calls;
    this.#waiting.patient = patient;
    try {
      this.#advance();
    } finally {
      this.#waiting.patient = false;
    }
    return agreementOf(this);
  }

  payloadOf(rank: number, bytes: number): Uint8Array {
    const at = this.headerOf(rank) * 8 + headerBytes;
    return this.#memory.subarray(at, at + bytes);
  }

  enterCounts(
    counts: Float64Array<ArrayBuffer>,
    agree: (code: AgreementCode) => void,
  ): Incoming {
    const { rank, size, numbers } = this, stream = this.#stream;
    for (let to = 0; to < size; to++) {
      stream[to + 1] = stream[to] + (to === rank ? 0 : counts[to]);
    }
    agree(this.enter(bytesOf(stream)));
    const bytes = new Float64Array(size), starts = new Float64Array(size);
    let longest = 0;
    for (let from = 0; from < size; from++) {
      const at = this.headerOf(from) + headerBytes / 8;
      starts[from] = numbers[at + rank];
      bytes[from] = from === rank ? counts[rank] : numbers[at + rank + 1] - starts[from];
      longest = Math.max(longest, numbers[at + size]);
    }
    return { bytes, starts, longest };
  }

  gather(mine: Uint8Array, rooms: readonly Uint8Array[]): void {
    rooms[this.rank].set(mine);
    const window = this.#layout.window;
    const longest = rooms.reduce((length, room) => Math.max(length, room.length), 0);
    for (let at = 0; at < longest; at += window) {
      this.#layDown(mine, at);
      this.#advance();
      for (let k = 1; k < this.size; k++) this.#pickUp(rooms, (this.rank + k) % this.size, at);
    }
  }

  bcast(bytes: Uint8Array, root: number): void {
    for (let at = 0; at < bytes.length; at += this.#layout.window) {
      if (this.rank === root) this.#layDown(bytes, at);
      this.#advance();
      if (this.rank !== root) {
        const count = Math.min(this.#layout.window, bytes.length - at);
        bytes.set(this.payloadOf(root, count), at);
      }
    }
  }

  /** Each rank publishes its data for the others as one stream, piece by piece; they copy their parts. */
  exchange(
    parts: readonly Uint8Array[],
    rooms: readonly Uint8Array[],
    { starts, longest }: Pick<Incoming, "starts" | "longest">,
  ): void {
    const { rank, size } = this, window = this.#layout.window;
    rooms[rank].set(parts[rank]);
    for (let at = 0; at < longest; at += window) {
      this.#layDownStream(parts, at);
      this.#advance();
      for (let from = 0; from < size; from++) {
        if (from === rank) continue;
        const low = Math.max(starts[from], at);
        const high = Math.min(starts[from] + rooms[from].length, at + window);
        if (low >= high) continue;
        const base = this.headerOf(from) * 8 + headerBytes - at;
        rooms[from].set(this.#memory.subarray(base + low, base + high), low - starts[from]);
      }
    }
  }

  link(plan: LinkPlan): NeighbourLink {
    return { run: (out, into, width) => this.#runLink(plan, out, into, width) };
  }

  /** As `exchange`; the first piece of the stream is published with the header, and mostly there is only one. */
  #runLink(plan: LinkPlan, out: Float64Array, into: Float64Array, width: number): AgreementCode {
    const { to, from: { ranks, starts }, places, most } = plan;
    const total = to.starts[to.ranks.length] * width, piece = this.#layout.window / 8;
    let code: AgreementCode = CallAgreement.alike;
    for (let at = 0; at === 0 || at < most * width; at += piece) {
      if (at < total) {
        const part = out.subarray(at, Math.min(at + piece, total));
        this.numbers.set(part, this.ownHeader() + headerBytes / 8);
      }
      if (at > 0) this.#advance();
      else if ((code = this.meet()) === CallAgreement.differ) return code;
      for (let k = 0; k < ranks.length; k++) {
        const begin = places[k] * width, end = begin + (starts[k + 1] - starts[k]) * width;
        const low = Math.max(begin, at), high = Math.min(end, at + piece);
        if (low >= high) continue;
        const base = this.headerOf(ranks[k]) + headerBytes / 8 - at;
        into.set(this.numbers.subarray(base + low, base + high), starts[k] * width + low - begin);
      }
    }
    return code;
  }

  post(to: number, tag: number, code: KindCode, bytes: Uint8Array): void {
    this.#rings.post(to, tag, code, bytes);
  }

  take(from: number, tag: number): Parcel {
    return this.#rings.take(from, tag);
  }

  #layDown(bytes: Uint8Array, at: number): void {
    if (at >= bytes.length) return;
    const piece = bytes.subarray(at, Math.min(at + this.#layout.window, bytes.length));
    this.#memory.set(piece, this.ownHeader() * 8 + headerBytes);
  }

  #pickUp(rooms: readonly Uint8Array[], from: number, at: number): void {
    const count = Math.min(this.#layout.window, rooms[from].length - at);
    if (count > 0) rooms[from].set(this.payloadOf(from, count), at);
  }

  #layDownStream(parts: readonly Uint8Array[], at: number): void {
    const end = at + this.#layout.window;
    const base = this.ownHeader() * 8 + headerBytes - at;
    let start = 0;
    for (let to = 0; to < this.size && start < end; to++) {
      if (to === this.rank) continue;
      const part = parts[to];
      const low = Math.max(start, at), high = Math.min(start + part.length, end);
      if (low < high) this.#memory.set(part.subarray(low - start, high - start), base + low);
      start += part.length;
    }
  }

  /** Takes a step and waits until all ranks have taken it. Steps wrap around, so only differences matter. */
  #advance(): void {
    const words = this.words, at = this.#at, size = this.size, rank = this.rank;
    const step = (this.#step + 1) | 0;
    this.#step = step;
    Atomics.store(words, at[rank], step);
    for (let r = 0; r < size; r++) if (r !== rank) this.#waiting.wake(r);
    for (let r = 0; r < size; r++) {
      const word = at[r];
      if (((Atomics.load(words, word) - step) | 0) >= 0) continue;
      this.#waiting.wait(
        () => ((Atomics.load(words, word) - step) | 0) >= 0,
        RankActivity.step,
        r,
        step,
      );
    }
  }
}
