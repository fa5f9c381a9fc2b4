/**
 * Background saves: the caller pays only for copying the model, and a worker thread writes the
 * file.
 *
 * @module
 */
import type { MessagePort, Worker } from "node:worker_threads";
import type { TypedArray } from "../arrays.ts";
import { threadSource } from "../comm/thread_source.ts";
import { unpack } from "../comm/thrown.ts";
import { threads } from "../deps/worker_threads.ts";
import type { SnapshotAttributes } from "../snapshot/contract.ts";
import type { OutgoingBackend } from "../snapshot/file/outgoing_backend.ts";
import { absolutePath, pathOf } from "../snapshot/file/paths.ts";
import {
  type BackgroundOptions,
  copyArray,
  lendArray,
  type SaveReport,
  type SaveTask,
  type SentEntry,
} from "./save_messages.ts";

/** The number of saves that may run at once; the next one waits until one of them is done. */
export const MOST_IN_FLIGHT = 2;

/** Milliseconds within which the thread must have started. */
const LONGEST_START = 30_000;

/** Frozen arrays of at least this size stay with the thread and are not sent again. */
const WORTH_KEEPING = 1 << 16;

/**
 * A save that runs in the background.
 *
 * @hideconstructor
 */
export class BackgroundSave {
  /** Where the file will be. */
  readonly path: string;
  #state: "running" | "done" | "failed" = "running";
  #error: Error | null = null;
  #seen = false;
  readonly #finished: Promise<string>;
  readonly #settle: { resolve: (path: string) => void; reject: (error: Error) => void };

  /** Constructed by `model.saveState({ file, background: true })`. */
  constructor(path: string) {
    this.path = path;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#finished = promise;
    this.#settle = { resolve, reject };
    // A failure that the caller does not await surfaces at the next save, not as an unhandled
    // rejection.
    promise.catch(() => {});
  }

  /** `running`, `done` once the file has been written, or `failed`. */
  get state(): "running" | "done" | "failed" {
    return this.#state;
  }

  /** The reason for the failure; null while the save is running or after it succeeded. */
  get error(): Error | null {
    this.#seen ||= this.#error !== null;
    return this.#error;
  }

  /**
   * Resolves to the path once the file has been written; rejects with the error if the save fails.
   */
  get finished(): Promise<string> {
    this.#seen = true;
    return this.#finished;
  }

  /** Resolves when the save has ended, whether or not it succeeded. */
  get ended(): Promise<void> {
    return this.#finished.then(() => {}, () => {});
  }

  /** Returns the failure if it has not been looked at yet, and marks it as seen. */
  takeUnseen(): Error | null {
    if (this.#seen) return null;
    this.#seen = true;
    return this.#error;
  }

  /** Ends the save; called once. */
  settle(error: Error | null): void {
    this.#state = error === null ? "done" : "failed";
    this.#error = error;
    if (error === null) this.#settle.resolve(this.path);
    else this.#settle.reject(error);
  }
}

/** The thread that writes the files, and the saves it has to do. */
export class BackgroundSaves {
  /**
   * The number of saves that the thread has ended, and a flag that is 1 once the thread is running.
   */
  readonly #words = new Int32Array(new SharedArrayBuffer(8));
  readonly #numbers = new WeakMap<TypedArray, number>();
  readonly #running = new Map<number, { save: BackgroundSave; from: OutgoingBackend }>();
  #kept = new Set<number>();
  #unseen: BackgroundSave[] = [];
  #thread: { worker: Worker; port: MessagePort } | null = null;
  #count = 0;

  /** The number of saves under way. */
  get inFlight(): number {
    this.#drain();
    return this.#running.size;
  }

  /**
   * Sends a capture to the thread. Blocks, without running the event loop, while too many saves are
   * under way.
   *
   * @throws {Error} the failure of an earlier save that was not looked at; no save is started then.
   */
  start(
    path: string | URL,
    from: OutgoingBackend,
    metadata: SnapshotAttributes,
    options: BackgroundOptions = {},
  ): BackgroundSave {
    this.#drain();
    while (this.#running.size >= MOST_IN_FLIGHT) this.#waitForOne();
    const failure = this.#takeFailure();
    if (failure !== null) {
      from.release();
      throw failure;
    }
    const save = new BackgroundSave(pathOf(path));
    const id = this.#count++;
    const { layout, compression, base, view } = options;
    const task: SaveTask = {
      id,
      // The path is absolute because the working folder may have changed when the thread writes the
      // file.
      path: absolutePath(path),
      metadata,
      options: { layout, compression, view, base: base && absolutePath(base) },
      entries: this.#entriesOf(from),
      lent: from.lent,
    };
    const { worker, port } = this.#thread ??= this.#begin();
    this.#running.set(id, { save, from });
    worker.ref();
    port.postMessage(task, from.lent);
    return save;
  }

  /** Resolves when no save is under way, whether or not the saves succeeded. */
  async idle(): Promise<void> {
    this.#drain();
    while (this.#running.size > 0) {
      const [{ save }] = this.#running.values();
      await save.ended;
    }
  }

  /**
   * Waits until no save is under way.
   *
   * @throws {Error} the failure of a save that was not looked at.
   */
  async finish(): Promise<void> {
    await this.idle();
    const failure = this.#takeFailure();
    if (failure !== null) throw failure;
  }

  /** Ends the thread after the saves under way. */
  async close(): Promise<void> {
    try {
      await this.finish();
    } finally {
      const thread = this.#thread;
      this.#thread = null;
      this.#kept.clear();
      thread?.port.close();
      await thread?.worker.terminate();
    }
  }

  #begin(): { worker: Worker; port: MessagePort } {
    Atomics.store(this.#words, 1, 0);
    const { MessageChannel, Worker } = threads();
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(threadSource(new URL("./save_worker.ts", import.meta.url)), {
      workerData: { port: port2, words: this.#words },
      transferList: [port2],
    });
    worker.on("message", () => this.#drain());
    worker.on("error", (error: Error) => this.#broken(error));
    worker.unref();
    return { worker, port: port1 };
  }

  /** Fails all saves under way; the next save starts a new thread. */
  #broken(error: Error): void {
    this.#thread?.port.close();
    this.#thread = null;
    this.#kept.clear();
    for (const { save } of this.#running.values()) this.#ended(save, error);
    this.#running.clear();
  }

  /** Processes all reports that have arrived, without running the event loop. */
  #drain(): void {
    if (this.#thread === null) return;
    const { port, worker } = this.#thread;
    const { receiveMessageOnPort } = threads();
    for (;;) {
      const received = receiveMessageOnPort(port) as { message: SaveReport } | undefined;
      if (received === undefined) break;
      const { id, error, lent } = received.message;
      const { save, from } = this.#running.get(id)!;
      this.#running.delete(id);
      from.giveBack(lent);
      this.#ended(save, error === null ? null : unpack(error));
    }
    if (this.#running.size === 0) worker.unref();
  }

  #ended(save: BackgroundSave, error: Error | null): void {
    save.settle(error);
    if (error !== null) this.#unseen.push(save);
  }

  #waitForOne(): void {
    const seen = Atomics.load(this.#words, 0);
    this.#drain();
    if (this.#running.size < MOST_IN_FLIGHT) return;
    const outcome = Atomics.wait(this.#words, 0, seen, LONGEST_START);
    // No events arrive while we wait, so this is how a thread that failed to start is recognised.
    if (outcome === "timed-out" && Atomics.load(this.#words, 1) === 0) {
      const files = "it needs --allow-read for the toolkit's own files";
      this.#broken(new Error(`the thread that saves in the background did not start: ${files}`));
    }
    this.#drain();
  }

  #takeFailure(): Error | null {
    const failures = this.#unseen.map((save) => save.takeUnseen()).filter((e) => e !== null);
    this.#unseen = [];
    return failures[0] ?? null;
  }

  /** Arrays that the thread already has are sent by number. */
  #entriesOf(from: OutgoingBackend): [string, SentEntry][] {
    const now = new Set<number>();
    const entries: [string, SentEntry][] = [];
    for (const key of from.keys()) {
      const { kind, data, shape, attributes, keys, className } = from.get(key)!;
      const rest = { kind, shape, attributes, keys, className };
      const frozen = from.frozen.has(key);
      if (data === null || !frozen || data.byteLength < WORTH_KEEPING) {
        const sent = data && (frozen ? copyArray(data) : lendArray(data));
        entries.push([key, { ...rest, data: sent }]);
        continue;
      }
      const number = this.#numberOf(data);
      now.add(number);
      const known = this.#kept.has(number);
      entries.push([key, { ...rest, data: known ? null : copyArray(data), kept: number }]);
    }
    this.#kept = now;
    return entries;
  }

  #numberOf(data: TypedArray): number {
    let number = this.#numbers.get(data);
    if (number === undefined) this.#numbers.set(data, number = this.#count++);
    return number;
  }
}
