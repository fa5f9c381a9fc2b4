/**
 * What the thread of a rank runs: loads the program, calls its `main`, and hands back what became of it.
 *
 * @module
 */
import { format } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import { CollectiveComm } from "../collective_comm.ts";
import { endsBy, type ProgramEnd } from "../program_end.ts";
import { abortWord, RankActivity, RankWord, sharedLayoutOf } from "./shared_layout.ts";
import { SharedTransport } from "./shared_transport.ts";
import { pack, type Thrown } from "./thrown.ts";
import { ringBell } from "./waiting.ts";

/** What the starter hands to each thread. */
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

/** How a line was printed. */
export type ConsoleLevel = "log" | "info" | "debug" | "warn" | "error";

/** What a thread reports. */
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

/** Lines go to the starter, which knows where they can be seen (a notebook's threads have no output). */
function gatherConsole(): void {
  for (const level of ["log", "info", "debug", "warn", "error"] as const) {
    console[level] = (...values: unknown[]) => {
      report({ kind: "console", level, text: format(...values) });
    };
  }
}

/** Wakes all, who then find out what has changed. */
function ringAll(): void {
  for (let r = 0; r < task.size; r++) ringBell(control, layout.words(r));
}

async function loadMain(): Promise<(...args: unknown[]) => unknown> {
  const program = await import(task.program) as Record<string, unknown>;
  if (typeof program.main !== "function") {
    throw new TypeError(
      `${task.program} exports no function "main"; a program for ranks has ` +
        `"export function main(comm, ...args)". It exports: ${
          Object.keys(program).join(", ") || "nothing"
        }`,
    );
  }
  return program.main as (...args: unknown[]) => unknown;
}

/**
 * Returns when the starter has heard this from all ranks. A rank that blocked earlier could block the
 * others' downloads, since threads share connections.
 */
function everybodyLoaded(): Promise<void> {
  return new Promise((resolve) => {
    parentPort!.once("message", () => resolve());
    report({ kind: "loaded" });
  });
}

async function run(): Promise<void> {
  try {
    const main = await loadMain();
    await everybodyLoaded();
    const { memory, rank, timeoutSeconds, spins } = task;
    const comm = new CollectiveComm(
      new SharedTransport({ memory, layout, rank, timeoutSeconds, spins }),
    );
    endsBy(comm, processEnd);
    const value = await main(comm, ...task.args);
    report({ kind: "result", value });
    Atomics.store(control, layout.words(rank) + RankWord.doing, RankActivity.returned);
  } catch (error) {
    endRun(error);
  }
  ringAll();
}

/** A thread cannot end its process: the starter does, when all threads ask for it, or one insists. */
const processEnd: ProgramEnd = {
  together(code) {
    report({ kind: "exit", code, agreed: true });
    // An open timer keeps the thread; without one it would end by itself, and be missed.
    return new Promise(() => setTimeout(() => {}, 2 ** 31 - 1));
  },
  alone: (code) => report({ kind: "exit", code, agreed: false }),
};

/** The first error ends the run; those that follow from it do not count. */
function endRun(error: unknown): void {
  const first = Atomics.compareExchange(control, abortWord, 0, task.rank + 1) === 0;
  report({ kind: "error", error: pack(error), first });
}

/** Errors that no `await` of main sees: from timers, and from promises that nobody waits for. */
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
