/**
 * The thread that writes the files of background saves. All models of a process share one; it ends
 * by itself when there has been nothing to save for a while.
 *
 * @module
 */
import type { MessagePort, Worker } from "node:worker_threads";
import { threadMissing, threadSource } from "../comm/thread_source.ts";
import { unpack } from "../comm/thrown.ts";
import { workerThreads } from "../deps/worker_threads.ts";
import type { RankRequest } from "./lockstep.ts";
import type { PartReport } from "./rank_wrapper.ts";
import {
  PENDING,
  receivedRequest,
  REPORTS,
  type SaveAnswer,
  type SaveQuestion,
  type SaveReport,
  type SaveTask,
  STARTED,
} from "./save_messages.ts";

/** Milliseconds within which the thread must have started. */
const LONGEST_START = 30_000;

const program = new URL("./save_worker.ts", import.meta.url);

/** The thread of this process, from the first save until it ends. */
let shared: SaveThread | null = null;

/** Receives the outcome of one save. */
export type SaveEnded = (
  error: Error | null,
  lent: readonly ArrayBuffer[],
  part: PartReport | null,
) => void;

/** Receives what a save needs from other ranks, which has to be answered; null when it needs nothing more. */
export type SaveAsks = (request: RankRequest | null) => void;

/** A thread, and the saves that it has been given. */
export class SaveThread {
  /** The numbers of the arrays that the thread has kept from the last save. */
  kept: ReadonlySet<number> = new Set();
  readonly #words = new Int32Array(new SharedArrayBuffer(12));
  readonly #running = new Map<number, { readonly ended: SaveEnded; readonly asks: SaveAsks }>();
  readonly #worker: Worker;
  readonly #port: MessagePort;

  private constructor() {
    const { MessageChannel, Worker } = workerThreads();
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(threadSource(program), {
      workerData: { port: port2, words: this.#words },
      transferList: [port2],
    });
    this.#worker.on("message", () => this.drain());
    this.#worker.on("error", (error: Error) => this.#broken(error));
    this.#worker.unref();
  }

  /** What the thread needs and does not have; null if it can start. */
  static missing(): string | null {
    return threadMissing(program);
  }

  /** The thread for the next save, which is counted: it must be sent. */
  static forNextSave(): SaveThread {
    // The count becomes negative when the thread ends; both sides change it in one step, so a save
    // is never given to a thread that is about to end.
    if (shared !== null && Atomics.add(shared.#words, PENDING, 1) >= 0) return shared;
    shared = new SaveThread();
    Atomics.add(shared.#words, PENDING, 1);
    return shared;
  }

  /** Ends the thread of this process, if it has nothing to do. */
  static async end(): Promise<void> {
    const thread = shared;
    if (thread === null || thread.#running.size > 0) return;
    shared = null;
    thread.#port.close();
    await thread.#worker.terminate();
  }

  /** Sends a save; one of several ranks asks for what they have to exchange. */
  send(task: SaveTask, ended: SaveEnded, asks: SaveAsks = () => {}): void {
    this.#running.set(task.id, { ended, asks });
    this.#worker.ref();
    this.#port.postMessage(task, task.lent as ArrayBuffer[]);
  }

  /** Answers what a save asked for. */
  answer(answer: SaveAnswer): void {
    this.#port.postMessage(answer);
  }

  /** Takes back the count of a save that could not be sent. */
  giveUp(): void {
    Atomics.sub(this.#words, PENDING, 1);
  }

  /** Processes all reports that have arrived, without running the event loop. */
  drain(): void {
    const { receiveMessageOnPort } = workerThreads();
    for (;;) {
      const received = receiveMessageOnPort(this.#port) as
        | { message: SaveReport | SaveQuestion }
        | undefined;
      if (received === undefined) break;
      const { message } = received, { id } = message, { ended, asks } = this.#running.get(id)!;
      if ("request" in message) {
        asks(message.request && receivedRequest(message.request));
        continue;
      }
      const { error, lent, part } = message;
      this.#running.delete(id);
      ended(error === null ? null : unpack(error), lent, part);
    }
    if (this.#running.size === 0) this.#worker.unref();
  }

  /** Blocks, without running the event loop, until `isDone` or the thread has sent something. */
  waitUntil(isDone: () => boolean): void {
    const seen = Atomics.load(this.#words, REPORTS);
    this.drain();
    if (isDone()) return;
    const outcome = Atomics.wait(this.#words, REPORTS, seen, LONGEST_START);
    // No events arrive while we wait, so this is how a thread that failed to start is recognised.
    if (outcome === "timed-out" && Atomics.load(this.#words, STARTED) === 0) {
      this.#broken(new Error("the thread that saves in the background did not start"));
    }
    this.drain();
  }

  /** Fails all saves under way; the next save starts a new thread. */
  #broken(error: Error): void {
    if (shared === this) shared = null;
    this.#port.close();
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const { ended } of running) ended(error, [], null);
  }
}
