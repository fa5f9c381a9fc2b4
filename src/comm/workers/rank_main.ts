/**
 * The entry of a rank's thread: loads the program, calls its `main`, and reports the result.
 *
 * @module
 */
import { format } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import { CollectiveComm } from "../collective_comm.ts";
import { doLastWork, endsBy, type ProgramEnd } from "../program_end.ts";
import { abortWord, RankActivity, RankWord, sharedLayoutOf } from "./shared_layout.ts";
import { SharedTransport } from "./shared_transport.ts";
import { pack, type Thrown } from "../thrown.ts";
import { ringBell } from "./waiting.ts";

/** The data that the main thread passes to each rank's thread. */
export interface RankTask {
  readonly memory: SharedArrayBuffer;
  readonly rank: number;
  readonly size: number;
  readonly window: number;
  readonly ring: number;
  readonly spins: number;
  readonly timeoutSeconds: number;
  readonly program: string;
  readonly args: readonly unknown[];
}

/** The console method that printed a line. */
export type ConsoleLevel = "log" | "info" | "debug" | "warn" | "error";

/** A message from a rank's thread to the main thread. */
export type RankReport =
  | { readonly kind: "loaded" }
  | { readonly kind: "console"; readonly level: ConsoleLevel; readonly text: string }
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "error"; readonly error: Thrown; readonly first: boolean }
  | { readonly kind: "exit"; readonly code: number; readonly agreed: boolean };

const task = workerData as RankTask;
const layout = sharedLayoutOf(task.size, task.window, task.ring);
const control = new Int32Array(task.memory);

function report(message: RankReport): void {
  parentPort!.postMessage(message);
}

/** Sends printed lines to the main thread, since a notebook does not show what its threads print. */
function gatherConsole(): void {
  for (const level of ["log", "info", "debug", "warn", "error"] as const) {
    console[level] = (...values: unknown[]) => {
      report({ kind: "console", level, text: format(...values) });
    };
  }
}

/** Wakes all ranks, so that they look at what has changed. */
function ringAll(): void {
  for (let r = 0; r < task.size; r++) ringBell(control, layout.words(r));
}

async function loadMain(): Promise<(...args: unknown[]) => unknown> {
  const program = await import(task.program) as Record<string, unknown>;
  if (typeof program["main"] !== "function") {
    throw new TypeError(
      `${task.program} does not export a function "main"; a program for ranks has ` +
        `"export function main(comm, ...args)". It exports: ${
          Object.keys(program).join(", ") || "nothing"
        }`,
    );
  }
  return program["main"] as (...args: unknown[]) => unknown;
}

/**
 * Resolves when all ranks have loaded the program. A rank that blocked earlier could block the downloads of
 * the others, since threads share connections.
 */
function allRanksLoaded(): Promise<void> {
  return new Promise((resolve) => {
    parentPort!.once("message", () => resolve());
    report({ kind: "loaded" });
  });
}

async function run(): Promise<void> {
  try {
    const main = await loadMain();
    await allRanksLoaded();
    const { memory, rank, timeoutSeconds, spins } = task;
    const comm = new CollectiveComm(
      new SharedTransport({ memory, layout, rank, timeoutSeconds, spins }),
    );
    endsBy(comm, processEnd);
    const value = await main(comm, ...task.args);
    doLastWork(comm);
    report({ kind: "result", value });
    Atomics.store(control, layout.words(rank) + RankWord.doing, RankActivity.returned);
  } catch (error) {
    endRun(error);
  }
  ringAll();
}

/** A thread cannot end its process; the main thread does so when all ranks ask for it, or one insists. */
const processEnd: ProgramEnd = {
  together(code) {
    report({ kind: "exit", code, agreed: true });
    // A pending timer keeps the thread alive; otherwise it would exit and be reported as missing.
    return new Promise(() => setTimeout(() => {}, 2 ** 31 - 1));
  },
  alone: (code) => report({ kind: "exit", code, agreed: false }),
};

/** The first error ends the run; errors that follow from it are ignored. */
function endRun(error: unknown): void {
  const first = Atomics.compareExchange(control, abortWord, 0, task.rank + 1) === 0;
  report({ kind: "error", error: pack(error), first });
}

/** Catches errors that `main` does not await, from timers and from floating promises. */
function catchStrayErrors(): void {
  addEventListener("error", (event) => {
    event.preventDefault();
    endRun(event.error);
    ringAll();
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    endRun(event.reason);
    ringAll();
  });
}

gatherConsole();
catchStrayErrors();
await run();
