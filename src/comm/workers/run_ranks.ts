import { checkOptions, describe, type OptionNames, requireNumber } from "../../options.ts";
import type { ConsoleLevel } from "./rank_main.ts";

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
 * @throws {CommError} when ranks make different calls, or one is missing; or in a bundled script, which does not have
 *   the files that threads start from.
 * @throws {Deno.errors.NotCapable} when the files of the toolkit may not be read.
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
  requireNumber("runRanks: count", count);
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
  const limits = { timeoutSeconds, windowBytes, onConsole };
  // Copied at the call, and so is the working folder: the caller may change both from then on.
  const work = { ...limits, count, program: addressOf(program), args: structuredClone(args) };
  const { runThreads } = await import("./rank_threads.ts");
  return await runThreads<R>(work);
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
