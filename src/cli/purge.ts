import { bytesText } from "../bytes_text.ts";
import { buildCommand, type Command } from "../deps/stricli.ts";
import { CheckpointCatalog } from "../run/checkpoint_catalog.ts";
import type { PurgeDecision } from "../run/purge.ts";
import {
  type CliContext,
  type CommonFlags,
  jsonFlag,
  printJson,
  requireDirectory,
  tableOf,
} from "./context.ts";
import { parseDuration } from "./quantities.ts";

interface Flags extends CommonFlags {
  readonly olderThan: number;
  readonly dryRun: boolean;
}

async function purge(
  this: CliContext,
  { olderThan, dryRun, json }: Flags,
  directory: string,
): Promise<void> {
  requireDirectory(directory);
  const catalog = new CheckpointCatalog(directory, {
    report: (line) => this.output.err(line + "\n"),
  });
  const { removed, kept, bytes } = await catalog.purge({ olderThan, dryRun });
  if (json) {
    const plain = ({ run, why }: PurgeDecision) => ({ run: run.id, why });
    printJson(this, { dryRun, bytes, removed: removed.map(plain), kept: kept.map(plain) });
    return;
  }
  const rows = [
    ...kept.map(({ run, why }) => ["keep", run.id, why]),
    ...removed.map(({ run, why }) => ["remove", run.id, why]),
  ];
  if (rows.length > 0) this.output.out(tableOf(rows));
  const done = dryRun ? "would be removed" : "removed";
  this.output.out(`${removed.length} run(s), ${bytesText(bytes)}, ${done}\n`);
}

/** `timestash purge DIR` */
export const purgeCommand: Command<CliContext> = buildCommand<Flags, [string], CliContext>({
  func: purge,
  parameters: {
    flags: {
      json: jsonFlag,
      olderThan: {
        kind: "parsed",
        parse: parseDuration,
        brief: "Remove runs that nothing was added to for this long, e.g. 30d",
      },
      dryRun: {
        kind: "boolean",
        brief: "Only show what would be removed, and why",
        default: false,
        withNegated: false,
      },
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A folder of checkpoints", placeholder: "DIR", parse: String }],
    },
  },
  docs: {
    brief: "Remove whole runs that ended long ago",
    fullDescription:
      "Removes the record and all checkpoints of runs that nothing was added to for a while. " +
      "Pinned checkpoints stay, and so do runs that are still running.",
  },
});
