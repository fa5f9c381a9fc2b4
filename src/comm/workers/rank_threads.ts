/**
 * Starts the threads of ranks and collects their results; loaded when ranks are first run.
 *
 * @module
 */
import type { Worker } from "node:worker_threads";
import { workerThreads } from "../../deps/worker_threads.ts";
import { CommError } from "../../errors.ts";
import { threadMissing, threadSource } from "../thread_source.ts";
import { unpack } from "../thrown.ts";
import type { RankReport, RankTask } from "./rank_main.ts";
import type { RunRanksOptions } from "./run_ranks.ts";
import { abortWord, sharedLayoutOf } from "./shared_layout.ts";
import { ringBell } from "./waiting.ts";

/** Where printed lines go. */
type OnConsole = NonNullable<RunRanksOptions["onConsole"]>;

const rankProgram = new URL("./rank_main.ts", import.meta.url);

/** A call of `runRanks`, with all options resolved. */
export interface RankWork extends Required<RunRanksOptions> {
  readonly count: number;
  /** The address of the program. */
  readonly program: string;
  readonly args: readonly unknown[];
}

/** Runs the program on threads, and resolves to the results by rank. */
export async function runThreads<R>(work: RankWork): Promise<R[]> {
  requireThreads();
  const { count, program, args, timeoutSeconds, windowBytes, onConsole } = work;
  // The window must hold one number more than there are ranks, and be a multiple of the alignment.
  const window = Math.max(Math.ceil(windowBytes / 64) * 64, Math.ceil((count + 1) / 8) * 64);
  const ring = count <= 8 ? 65536 : 8192;
  const layout = sharedLayoutOf(count, window, ring);
  const memory = new SharedArrayBuffer(layout.total);
  // Spinning answers within a microsecond, but takes a processor from the others.
  const spins = count <= navigator.hardwareConcurrency ? 2000 : 20;
  const task = (rank: number): RankTask => (
    { memory, rank, size: count, window, ring, spins, timeoutSeconds, program, args }
  );
  const threads = new Threads<R>(count, memory, layout.words, onConsole);
  return await threads.run(task);
}

/** Asks before Deno does, which would ask each thread's user or end each thread by itself. */
function requireThreads(): void {
  const missing = threadMissing(rankProgram);
  if (missing === null) return;
  if (missing.startsWith("--allow-read")) {
    const folder = decodeURIComponent(new URL("../../", rankProgram).pathname);
    throw new Deno.errors.NotCapable(
      `runRanks: the threads of the ranks read the files of the toolkit; start the script with ` +
        `--allow-read=${folder} and with --allow-read for the program's folder`,
    );
  }
  throw new CommError(
    0,
    `runRanks: the program of the threads, ${missing}, is not there, as in a bundled script; run the script ` +
      "from its sources",
  );
}

/** The threads of one run, and their results. */
class Threads<R> {
  readonly #count: number;
  readonly #control: Int32Array;
  readonly #words: (rank: number) => number;
  readonly #onConsole: OnConsole;
  readonly #workers: Worker[] = [];
  readonly #results: R[];
  #loaded = 0;
  #leaving = 0;
  #returned = 0;

  constructor(
    count: number,
    memory: SharedArrayBuffer,
    words: (rank: number) => number,
    onConsole: OnConsole,
  ) {
    this.#count = count;
    this.#control = new Int32Array(memory);
    this.#words = words;
    this.#onConsole = onConsole;
    this.#results = new Array(count);
  }

  async run(task: (rank: number) => RankTask): Promise<R[]> {
    try {
      return await new Promise<R[]>((resolve, reject) => {
        for (let rank = 0; rank < this.#count; rank++) {
          this.#start(task(rank), () => resolve(this.#results), reject);
        }
      });
    } finally {
      Atomics.compareExchange(this.#control, abortWord, 0, -1);
      for (let r = 0; r < this.#count; r++) ringBell(this.#control, this.#words(r));
      await Promise.all(this.#workers.map((worker) => worker.terminate()));
    }
  }

  #start(task: RankTask, done: () => void, fail: (error: Error) => void): void {
    const { rank } = task;
    const worker = new (workerThreads().Worker)(threadSource(rankProgram), { workerData: task });
    let returned = false;
    this.#workers.push(worker);
    worker.on("message", (report: RankReport) => {
      if (report.kind === "console") this.#onConsole(rank, report.level, report.text);
      else if (report.kind === "loaded") {
        if (++this.#loaded === this.#count) {
          for (const each of this.#workers) each.postMessage("go");
        }
      } else if (report.kind === "result") {
        returned = true;
        this.#results[rank] = report.value as R;
        if (++this.#returned === this.#count) done();
      } else if (report.kind === "exit") {
        if (!report.agreed || ++this.#leaving === this.#count) Deno.exit(report.code);
      } else if (report.first) fail(ofRank(unpack(report.error), rank, this.#count));
    });
    worker.on("error", (error: Error) => fail(ofRank(error, rank, this.#count)));
    worker.on("exit", () => {
      if (returned || Atomics.load(this.#control, abortWord) !== 0) return;
      fail(new CommError(rank, `rank ${rank} ended before its main returned`));
    });
  }
}

/** Adds the rank to the error, as a field and in its stack; the message stays as it was. */
function ofRank(error: Error, rank: number, count: number): Error {
  if (!("rank" in error)) Object.defineProperty(error, "rank", { value: rank, enumerable: true });
  error.stack = `${error.stack ?? error.message}\n    on rank ${rank} of ${count}`;
  return error;
}
