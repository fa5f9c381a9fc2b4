import { bytesText } from "../bytes_text.ts";
import { buildCommand, type Command } from "../deps/stricli.ts";
import { CheckpointCatalog } from "../run/checkpoint_catalog.ts";
import { COULD_NOT_REMOVE } from "../run/prune.ts";
import { checkRetention, type RetentionDecision, type RetentionPolicy } from "../run/retention.ts";
import {
  type CliContext,
  type CommonFlags,
  jsonFlag,
  printJson,
  requireDirectory,
  requireRun,
  tableOf,
} from "./context.ts";
import {
  parseBytes,
  parseCount,
  parseDuration,
  parseName,
  parseNames,
  parsePositive,
} from "./quantities.ts";

interface Flags extends CommonFlags {
  readonly dryRun: boolean;
  readonly run?: string;
  readonly last?: number;
  readonly everySteps?: number;
  readonly everyTime?: number;
  readonly best?: string;
  readonly bestCount: number;
  readonly largest: boolean;
  readonly pinned?: readonly string[];
  readonly maxAge?: number;
  readonly maxBytes?: number;
}

async function prune(this: CliContext, flags: Flags, directory: string): Promise<void> {
  requireDirectory(directory);
  const keep = keepOf(flags);
  const { dryRun, run, json } = flags;
  const catalog = new CheckpointCatalog(directory, {
    report: (line) => this.output.err(line + "\n"),
  });
  await requireRun(catalog, run);
  const { removed, kept, bytes } = await catalog.prune({ dryRun, keep, run });
  const failed = kept.some(({ why }) => why === COULD_NOT_REMOVE);
  this.negative = failed;
  if (json) {
    const plain = ({ entry, why }: RetentionDecision) => ({
      file: entry.file,
      run: entry.run,
      why,
    });
    printJson(this, { dryRun, bytes, removed: removed.map(plain), kept: kept.map(plain) });
    return;
  }
  const rows = [...kept.map((it) => ["keep", it]), ...removed.map((it) => ["remove", it])] as [
    string,
    RetentionDecision,
  ][];
  if (rows.length > 0) {
    this.output.out(tableOf(rows.map(([what, { entry, why }]) => [what, entry.file, why])));
  }
  const done = dryRun ? "would be removed" : "removed";
  this.output.out(`${removed.length} checkpoint(s), ${bytesText(bytes)}, ${done}\n`);
}

function keepOf(flags: Flags): RetentionPolicy {
  const { last, everySteps, everyTime, best, bestCount, largest, pinned, maxAge, maxBytes } = flags;
  const every = everySteps === undefined && everyTime === undefined
    ? undefined
    : { steps: everySteps, time: everyTime };
  const keep: RetentionPolicy = {
    last,
    every,
    best: best === undefined ? undefined : { by: best, count: bestCount, largest },
    pinned,
    maxAge,
    maxBytes,
  };
  const rules = [last, every, best, maxAge, maxBytes];
  if (rules.every((rule) => rule === undefined)) {
    throw new RangeError(
      "prune needs a rule: --last, --every-steps, --every-time, --best, --max-age or --max-bytes",
    );
  }
  checkRetention(keep);
  return keep;
}

const parsed = <T>(brief: string, parse: (text: string) => T) =>
  ({ kind: "parsed", parse, brief, optional: true }) as const;

/** `timestash prune DIR` */
export const pruneCommand: Command<CliContext> = buildCommand<Flags, [string], CliContext>({
  func: prune,
  parameters: {
    flags: {
      json: jsonFlag,
      dryRun: {
        kind: "boolean",
        brief: "Only show what would be removed, and why",
        default: false,
        withNegated: false,
      },
      run: parsed("Only this run", parseName),
      last: parsed("Keep this many of the newest", parseCount),
      everySteps: parsed("Keep the first in each period of this many steps", parseCount),
      everyTime: parsed("Keep the first in each period of this model time", parsePositive),
      best: parsed("Keep the best by this label, where the smallest is the best", parseName),
      bestCount: {
        kind: "parsed",
        parse: parseCount,
        brief: "How many of the best to keep",
        default: "1",
      },
      largest: {
        kind: "boolean",
        brief: "Take the largest as the best",
        default: false,
        withNegated: false,
      },
      pinned: parsed("Labels that keep a checkpoint, separated by commas (pinned)", parseNames),
      maxAge: parsed("Remove what is older, e.g. 12h or 7d", parseDuration),
      maxBytes: parsed("Remove the oldest until the rest fits, e.g. 20GB", parseBytes),
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A folder of checkpoints", placeholder: "DIR", parse: String }],
    },
  },
  docs: {
    brief: "Remove checkpoints that no rule keeps",
    fullDescription:
      "Removes checkpoints that no rule keeps, run by run. The newest of each run, pinned ones and what " +
      "a kept one needs always stay; runs that are still running are left alone.",
    customUsage: ["[--dry-run] [--json] --last N DIR", "--every-steps 1000 --max-bytes 20GB DIR"],
  },
});
