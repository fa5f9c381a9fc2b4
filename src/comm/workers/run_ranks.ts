import type { Worker } from "node:worker_threads";
import { builtInModule } from "../../deps/built_in_module.ts";
import { CommError } from "../../errors.ts";
import { checkOptions, describe, type OptionNames } from "../../options.ts";
import { abortWord, sharedLayoutOf } from "./shared_layout.ts";
import type { ConsoleLevel, RankReport, RankTask } from "./rank_main.ts";
import { threadSource } from "../thread_source.ts";
import { unpack } from "../thrown.ts";
import { ringBell } from "./waiting.ts";

/** Options of {@link runRanks}. */
export interface RunRanksOptions {
  /** A rank that has waited this many seconds for another gives up and names it; defaults to 600. */
  readonly timeoutSeconds?: number;
  /**
   * Receives the lines that ranks print. By default they are printed with the rank in front:
   * `[2] step 40 done`.
   */
  readonly onConsole?: (rank: number, level: ConsoleLevel, text: string) => void;
  /** The size of the shared memory through which a rank's messages pass; defaults to 262144 bytes. */
  readonly windowBytes?: number;
}

const optionNames: OptionNames<RunRanksOptions> = {
  timeoutSeconds: true,
  onConsole: true,
  windowBytes: true,
};

function requireArguments(program: unknown, args: unknown, onConsole: unknown): void {
  if (!(program instanceof URL) && (typeof program !== "string" || program === "")) {
    throw new TypeError(`runRanks: program must be a path or a URL, got ${describe(program)}`);
  }
  if (!Array.isArray(args)) {
    throw new TypeError(`runRanks: args must be a list, as in [10, "a"], got ${describe(args)}`);
  }
  if (onConsole !== undefined && typeof onConsole !== "function") {
    throw new TypeError(`runRanks: onConsole must be a function, got ${describe(onConsole)}`);
  }
}

/**
 * Runs a program on `count` ranks, each a thread of this process, and resolves to the results by rank.
 *
 * The program is a module that exports a function `main(comm, ...args)`, sync or async. Arguments and
 * results are copied, as `structuredClone` does. When a rank throws, the run ends at once with that rank's
 * error; it also ends when a rank returns while others wait for it. The ranks need read permission for the
 * files of the toolkit and of the program where these are local.
 *
 * @param count The number of ranks; more than there are processors is allowed, but slow.
 * @param program A URL, or a path relative to the working folder.
 * @param args The arguments of `main` after the communicator.
 * @param options Limits, and where printed lines go.
 * @returns What `main` returned on each rank.
 * @throws {TypeError} when an option does not exist, or something has a wrong type.
 * @throws {RangeError} when `count` is not a whole number from 1 to 256, or an option is out of range.
 * @throws {CommError} when ranks make different calls, or one is missing.
 * @throws {Error} what a rank threw, with its number as `rank`.
 *
 * @example
 * ```ts
 * import { runRanks } from "@timestash/timestash";
 *
 * const program = `data:text/javascript,
 *   export const main = (comm, scale) => comm.allreduce(scale * comm.rank);`;
 * const sums = await runRanks(3, program, [10]);
 * console.log(sums); // [30, 30, 30]
 * ```
 */
export async function runRanks<R = unknown>(
  count: number,
  program: URL | string,
  args: readonly unknown[] = [],
  options: RunRanksOptions = {},
): Promise<R[]> {
  checkOptions("runRanks", options, optionNames);
  requireArguments(program, args, options.onConsole);
  const { timeoutSeconds = 600, windowBytes = 262144, onConsole = printLine } = options;
  if (!Number.isInteger(count) || count < 1 || count > 256) {
    throw new RangeError(`runRanks: count must be a whole number from 1 to 256, got ${count}`);
  }
  if (!(timeoutSeconds > 0)) {
    throw new RangeError(`runRanks: timeoutSeconds must be positive, got ${timeoutSeconds}`);
  }
  if (!Number.isInteger(windowBytes) || windowBytes < 64 || windowBytes > 2 ** 28) {
    throw new RangeError(
      `runRanks: windowBytes must be a whole number from 64 to ${2 ** 28}, got ${windowBytes}`,
    );
  }
  // The window must hold one number more than there are ranks, and be a multiple of the alignment.
  const window = Math.max(Math.ceil(windowBytes / 64) * 64, Math.ceil((count + 1) / 8) * 64);
  const ring = count <= 8 ? 65536 : 8192;
  const layout = sharedLayoutOf(count, window, ring);
  const memory = new SharedArrayBuffer(layout.total);
  // Spinning answers within a microsecond, but takes a processor from the others.
  const spins = count <= navigator.hardwareConcurrency ? 2000 : 20;
  const href = addressOf(program);
  const task = (rank: number): RankTask => (
    { memory, rank, size: count, window, ring, spins, timeoutSeconds, program: href, args }
  );
  const threads = new Threads<R>(count, memory, layout.words, onConsole);
  return await threads.run(task);
}

/** The threads of one run, and their results. */
class Threads<R> {
  readonly #count: number;
  readonly #control: Int32Array;
  readonly #words: (rank: number) => number;
  readonly #onConsole: (rank: number, level: ConsoleLevel, text: string) => void;
  readonly #workers: Worker[] = [];
  readonly #results: R[];
  #loaded = 0;
  #leaving = 0;
  #returned = 0;

  constructor(
    count: number,
    memory: SharedArrayBuffer,
    words: (rank: number) => number,
    onConsole: (rank: number, level: ConsoleLevel, text: string) => void,
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
    const { rank } = task, program = new URL("./rank_main.ts", import.meta.url);
    const worker = new (builtInModule("node:worker_threads").Worker)(threadSource(program), {
      workerData: task,
    });
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

function addressOf(program: URL | string): string {
  if (program instanceof URL) return program.href;
  if (/^[a-z][a-z+.-]+:/i.test(program)) return new URL(program).href;
  const folder = Deno.cwd().split("/").map(encodeURIComponent).join("/");
  return new URL(program.split("/").map(encodeURIComponent).join("/"), `file://${folder}/`).href;
}

function printLine(rank: number, level: ConsoleLevel, text: string): void {
  console[level](text.split("\n").map((line) => `[${rank}] ${line}`).join("\n"));
}
