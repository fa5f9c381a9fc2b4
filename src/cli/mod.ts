/**
 * The command line, which looks at snapshots and folders of checkpoints without a script.
 *
 * ```sh
 * deno run --allow-read --allow-write src/cli/mod.ts list runs/
 * ```
 *
 * From elsewhere, give the path or the address of this file, or the name that an import map has for it.
 *
 * Exit codes: 0 for success, 1 for a negative answer (damaged, different), 2 for a command that was not
 * understood, 3 for a command that failed.
 *
 * @module
 */
import { buildApplication, buildRouteMap, run, text_en } from "../deps/stricli.ts";
import { messageOf } from "../error_guard.ts";
import { version } from "../version.ts";
import { consolidateCommand } from "./consolidate.ts";
import type { CliContext, CliOutput } from "./context.ts";
import { diffCommand } from "./diff.ts";
import { exportCommand } from "./export.ts";
import { inspectCommand } from "./inspect.ts";
import { listCommand } from "./list.ts";
import { logCommand } from "./log.ts";
import { pruneCommand } from "./prune.ts";
import { purgeCommand } from "./purge.ts";
import { verifyCommand } from "./verify.ts";
import { viewCommand } from "./view.ts";

const FAILED = 3;

const application = buildApplication(
  buildRouteMap({
    routes: {
      inspect: inspectCommand,
      verify: verifyCommand,
      diff: diffCommand,
      list: listCommand,
      log: logCommand,
      prune: pruneCommand,
      purge: purgeCommand,
      export: exportCommand,
      consolidate: consolidateCommand,
      view: viewCommand,
    },
    docs: {
      brief: "Look at, check and tidy snapshots and folders of checkpoints",
      fullDescription:
        "Look at, check and tidy snapshots and folders of checkpoints.\n\nExit codes: 0 success; " +
        "1 negative answer (damaged, different); 2 command not understood; 3 command failed.",
    },
  }),
  {
    name: "timestash",
    versionInfo: { currentVersion: version },
    scanner: { caseStyle: "allow-kebab-for-camel" },
    documentation: { disableAnsiColor: true },
    determineExitCode: () => FAILED,
    localization: {
      text: {
        ...text_en,
        exceptionWhileRunningCommand: (error) => `timestash: ${messageOf(error)}`,
      },
    },
  },
);

const terminal: CliOutput = {
  out: (text) => writeAll(Deno.stdout, text),
  err: (text) => writeAll(Deno.stderr, text),
};

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    // The reader has closed the pipe, as `head` does.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    Deno.exit(0);
  }
}

/**
 * Runs one command.
 *
 * @param args as on the command line, e.g. `["verify", "runs/"]`.
 * @param output where texts go; defaults to the terminal.
 * @returns the exit code.
 */
export async function main(args: readonly string[], output: CliOutput = terminal): Promise<number> {
  const stdout = { write: (text: string) => output.out(text) };
  const stderr = { write: (text: string) => output.err(text) };
  const process: {
    stdout: typeof stdout;
    stderr: typeof stderr;
    exitCode?: number | string | null;
  } = { stdout, stderr };
  const context: CliContext = { process, output, negative: false };
  await run(application, args.length === 0 ? ["--help"] : [...args], context);
  const code = Number(process.exitCode ?? 0);
  if (code === 0) return context.negative ? 1 : 0;
  // The parser's own codes are negative.
  return code < 0 ? 2 : code;
}

export type { CliOutput };

if (import.meta.main) Deno.exit(await main(Deno.args));
