import { bytesOf, type TypedArray } from "../../arrays.ts";
import { type KindCode, roomFor } from "../codec.ts";
import { Mailbox, type Parcel } from "../mailbox.ts";
import { RankActivity, type SharedLayout } from "./shared_layout.ts";
import type { Waiting } from "./waiting.ts";

/** Everything in a ring is a multiple of this many bytes, so that a frame never wraps around its end. */
const unit = 32;

/** A message that has arrived in part. */
interface Arriving {
  readonly tag: number;
  readonly code: KindCode;
  readonly room: TypedArray;
  readonly bytes: Uint8Array;
  done: number;
}

/** Messages between ranks: one ring buffer for each ordered pair, written by one rank and read by the other. */
export class Rings {
  readonly #control: Int32Array;
  readonly #memory: Uint8Array;
  readonly #layout: SharedLayout;
  readonly #rank: number;
  readonly #waiting: Waiting;
  readonly #mailbox: Mailbox;
  readonly #arriving: (Arriving | null)[];
  readonly #frame = new Float64Array(unit / 8);

  constructor(
    memory: SharedArrayBuffer,
    layout: SharedLayout,
    rank: number,
    waiting: Waiting,
  ) {
    this.#control = new Int32Array(memory);
    this.#memory = new Uint8Array(memory);
    this.#layout = layout;
    this.#rank = rank;
    this.#waiting = waiting;
    this.#mailbox = new Mailbox(layout.size);
    this.#arriving = new Array(layout.size).fill(null);
    waiting.onIdle = () => this.#pullAll();
  }

  /** Sends a message; while the ring is full it waits, and receives what others send. */
  post(to: number, tag: number, code: KindCode, bytes: Uint8Array): void {
    this.#frame.set([tag, code, bytes.length]);
    this.#push(to, bytesOf(this.#frame));
    this.#push(to, bytes);
  }

  /** Waits for a message, and returns it. */
  take(from: number, tag: number): Parcel {
    const mailbox = this.#mailbox;
    const arrived = () => {
      this.#pull(from);
      return mailbox.has(from, tag);
    };
    if (!arrived()) this.#waiting.wait(arrived, RankActivity.recv, from, 0);
    return mailbox.take(from, tag)!;
  }

  #push(to: number, bytes: Uint8Array): void {
    const control = this.#control, { ring } = this.#layout;
    const word = this.#layout.ringWords(this.#rank, to);
    const base = this.#layout.ringBytes(this.#rank, to);
    const space = () => ring - ((control[word] - Atomics.load(control, word + 32)) | 0);
    for (let done = 0; done < bytes.length;) {
      if (space() === 0) this.#waiting.wait(() => space() > 0, RankActivity.send, to, 0);
      const at = control[word] & (ring - 1);
      const count = Math.min(space(), ring - at, bytes.length - done);
      this.#memory.set(bytes.subarray(done, done + count), base + at);
      done += count;
      Atomics.store(control, word, (control[word] + count + unit - 1 & -unit) | 0);
      this.#waiting.wake(to);
    }
  }

  #pullAll(): void {
    for (let r = 0; r < this.#layout.size; r++) if (r !== this.#rank) this.#pull(r);
  }

  /** Receives what has arrived from one rank; returns whether anything had. */
  #pull(from: number): boolean {
    const control = this.#control, { ring } = this.#layout;
    const word = this.#layout.ringWords(from, this.#rank);
    const base = this.#layout.ringBytes(from, this.#rank);
    let any = false;
    for (;;) {
      const read = control[word + 32];
      const available = (Atomics.load(control, word) - read) | 0;
      if (available === 0) break;
      any = true;
      const at = read & (ring - 1);
      const count = this.#take(from, base + at, Math.min(available, ring - at));
      Atomics.store(control, word + 32, (read + count) | 0);
      this.#waiting.wake(from);
    }
    return any;
  }

  /** Reads one frame or part of a message; returns the bytes used, rounded up to whole units. */
  #take(from: number, at: number, available: number): number {
    const arriving = this.#arriving[from];
    if (arriving === null) {
      const frame = new Float64Array(this.#memory.buffer, at, unit / 8);
      const [tag, code, length] = frame;
      const room = roomFor(code, length);
      this.#keep(from, { tag, code, room, bytes: bytesOf(room), done: 0 });
      return unit;
    }
    const { bytes, done } = arriving;
    const count = Math.min(available, bytes.length - done);
    bytes.set(this.#memory.subarray(at, at + count), done);
    arriving.done += count;
    this.#keep(from, arriving);
    return count + unit - 1 & -unit;
  }

  #keep(from: number, arriving: Arriving): void {
    const complete = arriving.done === arriving.bytes.length;
    this.#arriving[from] = complete ? null : arriving;
    if (complete) this.#mailbox.put(from, arriving);
  }
}
