import { bytesText } from "../bytes_text.ts";
import { buildCommand, type Command } from "../deps/stricli.ts";
import { CheckpointCatalog } from "../run/checkpoint_catalog.ts";
import {
  type CheckpointEntry,
  type CheckpointLabels,
  entryToJson,
} from "../run/checkpoint_entry.ts";
import {
  type CliContext,
  type CommonFlags,
  jsonFlag,
  printJson,
  requireDirectory,
  tableOf,
} from "./context.ts";

interface Flags extends CommonFlags {
  readonly run?: string;
  readonly archive?: string;
}

async function list(
  this: CliContext,
  { json, run, archive }: Flags,
  directory: string,
): Promise<void> {
  // With an archive, the local folder may be gone.
  requireDirectory(archive ?? directory);
  const catalog = new CheckpointCatalog(directory, archive === undefined ? {} : { archive });
  const entries = await catalog.list({ run: run ?? "all" });
  const runs = (await catalog.runs()).filter(({ id }) => run === undefined || id === run);
  const problems = await catalog.problems();
  if (json) {
    const checkpoints = entries.map((entry) => ({ ...entryToJson(entry), place: entry.place }));
    printJson(this, { directory, runs, checkpoints, problems });
    return;
  }
  const { out } = this.output;
  for (const { id, status, message, startedAt, resumed } of runs) {
    const why = message === null ? "" : ` (${message})`;
    const again = resumed === 0 ? "" : `, resumed ${resumed} time(s)`;
    out(`run ${id}: ${status}${why}, begun ${startedAt.toISOString()}${again}\n`);
  }
  if (entries.length === 0) out(`no checkpoints in ${directory}\n`);
  else {
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
    const head = ["file", "run", "step", "time", "saved", "size", "labels"];
    const rows = [head, ...entries.map(rowOf)];
    const places = ["place", ...entries.map(({ place }) => place ?? "")];
    out(tableOf(archive === undefined ? rows : rows.map((row, i) => [places[i], ...row])));
    out(`${entries.length} checkpoint(s), ${bytesText(bytes)}\n`);
  }
  for (const problem of problems) out(`note: ${problem}\n`);
}

function rowOf({ file, run, step, time, createdAt, bytes, labels }: CheckpointEntry): string[] {
  const size = bytesText(bytes);
  const short = String(Number(time.toPrecision(6)));
  return [file, run, `${step}`, short, createdAt.toISOString(), size, labelsText(labels)];
}

/** `pinned, misfit=0.3` */
export function labelsText(labels: CheckpointLabels): string {
  return Object.entries(labels)
    .map(([name, value]) => value === true ? name : `${name}=${value}`).join(", ");
}

/** `timestash list DIR` */
export const listCommand: Command<CliContext> = buildCommand<Flags, [string], CliContext>({
  func: list,
  parameters: {
    flags: {
      json: jsonFlag,
      run: { kind: "parsed", parse: String, brief: "Only this run", optional: true },
      archive: {
        kind: "parsed",
        parse: String,
        brief: "The folder of the archive, whose checkpoints are listed too",
        optional: true,
      },
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A folder of checkpoints", placeholder: "DIR", parse: String }],
    },
  },
  docs: { brief: "List the runs of a folder and their checkpoints" },
});
