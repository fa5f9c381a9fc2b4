import type { CheckpointCatalog } from "../run/checkpoint_catalog.ts";
import type { CommandContext } from "../deps/stricli.ts";
import { type ProgressReporter, progressReporter, silentReporter } from "../run/progress.ts";

/** Where a command writes: the terminal, or a test. */
export interface CliOutput {
  /** Receives the result. */
  out(text: string): void;
  /** Receives error messages. */
  err(text: string): void;
}

/** Flags that every command has. */
export interface CommonFlags {
  /** Prints JSON. */
  readonly json: boolean;
}

/** The context in which commands run. */
export interface CliContext extends CommandContext {
  readonly output: CliOutput;
  /** Set if the answer is "no" (damaged, different); the exit code is then 1. */
  negative: boolean;
}

/** The flag of every command. */
export const jsonFlag = {
  kind: "boolean",
  brief: "Print JSON",
  default: false,
  withNegated: false,
} as const;

/** Prints one value as JSON; numbers that JSON does not have become texts. */
export function printJson(context: CliContext, value: unknown): void {
  context.output.out(JSON.stringify(value, jsonValue, 2) + "\n");
}

/** A replacer for `JSON.stringify`, for values that JSON does not have. */
export function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value;
}

/** A table with columns two spaces apart; the first row is the heading. */
export function tableOf(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd() + "\n"
  ).join("");
}

/** Progress on a terminal; nothing elsewhere, where the lines would end up in a log. */
export async function terminalProgress(): Promise<ProgressReporter> {
  return Deno.stderr.isTerminal() ? await progressReporter({ style: "bar" }) : silentReporter;
}

/** Whether a path is a folder that exists. */
export function isDirectory(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Requires that a path is a folder.
 *
 * @throws {Deno.errors.NotFound} when it is not.
 */
export function requireDirectory(path: string): void {
  if (isDirectory(path)) return;
  throw new Deno.errors.NotFound(`"${path}" is not a folder; give the folder of the checkpoints`);
}

/**
 * Requires that a folder has the run that was asked for, if one was.
 *
 * @throws {RangeError} when it does not; the message lists those that it has.
 */
export async function requireRun(catalog: CheckpointCatalog, run?: string): Promise<void> {
  if (run === undefined) return;
  const ids = (await catalog.runs()).map(({ id }) => id);
  if (ids.includes(run)) return;
  const all = ids.length === 0 ? "it has none" : `it has ${ids.join(", ")}`;
  throw new RangeError(`there is no run "${run}" in "${catalog.directory}"; ${all}`);
}
