import { bytesText } from "../bytes_text.ts";
import { buildCommand, type Command } from "../deps/stricli.ts";
import { CheckpointCatalog } from "../run/checkpoint_catalog.ts";
import { countingLayer, type ProgressReporter } from "../run/progress.ts";
import { denoLayer } from "../snapshot/file/file_layer.ts";
import { type VerifyReport, verifySnapshotSync } from "../archive/verify_snapshot.ts";
import {
  type CliContext,
  type CommonFlags,
  isDirectory,
  jsonFlag,
  printJson,
  terminalProgress,
} from "./context.ts";

async function verify(this: CliContext, { json }: CommonFlags, path: string): Promise<void> {
  const progress = await terminalProgress();
  const reports: VerifyReport[] = [];
  let halves: string[] = [];
  if (isDirectory(path)) {
    for (const file of snapshotsIn(path)) {
      reports.push(verifyOne(`${path}/${file}`, progress));
    }
    const problems = await new CheckpointCatalog(path).problems();
    halves = problems.filter((problem) => problem.startsWith("."));
  } else reports.push(verifyOne(path, progress));
  this.negative = reports.some(({ ok }) => !ok);
  if (json) printJson(this, { ok: !this.negative, files: reports, unfinished: halves });
  else {
    for (const report of reports) this.output.out(linesOf(report));
    for (const half of halves) this.output.out(`unfinished  ${half}\n`);
    if (reports.length === 0) this.output.out(`no snapshots in ${path}\n`);
  }
}

function snapshotsIn(path: string): string[] {
  return Array.from(Deno.readDirSync(path))
    .filter(({ name, isFile }) => isFile && !name.startsWith(".") && /\.(h5|hdf5|hdf)$/i.test(name))
    .map(({ name }) => name)
    .sort();
}

/** In a folder, a file that is not a snapshot is reported, and the others are still verified. */
function verifyOne(path: string, progress: ProgressReporter): VerifyReport {
  const task = progress.begin(`verifying ${path}`, Deno.statSync(path).size);
  const layer = countingLayer(denoLayer, "read", (bytes) => task.done(bytes));
  try {
    return verifySnapshotSync(path, { layer });
  } catch (error) {
    if (!(error instanceof Error) || error instanceof Deno.errors.NotFound) throw error;
    const problems = [error.message];
    return { path, ok: false, damaged: [], problems, files: [path], bytes: 0 };
  } finally {
    task.end();
  }
}

function linesOf({ path, ok, bytes, files, problems }: VerifyReport): string {
  const linked = files.length > 1 ? ` in ${files.length} files` : "";
  if (ok) return `ok          ${path}  (${bytesText(bytes)}${linked})\n`;
  return `DAMAGED     ${path}\n` + problems.map((problem) => `            ${problem}\n`).join("");
}

/** `timestash verify FILE|DIR` */
export const verifyCommand: Command<CliContext> = buildCommand<CommonFlags, [string], CliContext>({
  func: verify,
  parameters: {
    flags: { json: jsonFlag },
    positional: {
      kind: "tuple",
      parameters: [{
        brief: "A snapshot, or a folder of them",
        placeholder: "PATH",
        parse: String,
      }],
    },
  },
  docs: {
    brief: "Compare snapshots with their checksums; exit code 1 if one is damaged",
    customUsage: ["[--json] FILE", "[--json] DIR"],
  },
});
