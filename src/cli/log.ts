import { buildCommand, type Command } from "../deps/stricli.ts";
import type { TranscriptKind } from "../model/transcript_event.ts";
import { requireKind } from "../model/transcript_query.ts";
import { CheckpointCatalog } from "../run/checkpoint_catalog.ts";
import type { StoredTranscript } from "../run/read_log.ts";
import {
  type CliContext,
  type CommonFlags,
  isDirectory,
  jsonFlag,
  printJson,
  requireDirectory,
  requireRun,
} from "./context.ts";
import { compared, comparisonLines, eventLines, summaryLines } from "./log_lines.ts";
import { parseCount, parseName, parseNames } from "./quantities.ts";

interface Flags extends CommonFlags {
  readonly run?: string;
  readonly kind?: TranscriptKind[];
  readonly name?: string;
  readonly from?: number;
  readonly to?: number;
  readonly last?: number;
  readonly leftBehind?: boolean;
  readonly summary: boolean;
  readonly compare?: string;
  readonly chart?: string;
}

async function log(this: CliContext, flags: Flags, directory: string): Promise<void> {
  const { json, compare } = flags, { out } = this.output;
  const transcript = await transcriptIn(directory, flags.run);
  const { damagedLines: damaged } = transcript;
  if (damaged > 0) {
    this.output.err(`damaged lines, which are skipped: ${damaged}; what they said is missing\n`);
  }
  if (flags.chart !== undefined) {
    await drawChart(transcript, flags.chart);
    if (!json) out(`wrote ${flags.chart}\n`);
  }
  if (compare !== undefined) {
    const other = isDirectory(compare)
      ? await transcriptIn(compare)
      : await transcriptIn(directory, compare);
    const comparison = compared(transcript, other);
    this.negative = comparison.firstDifference !== null;
    if (json) printJson(this, { runs: [transcript.run, other.run], ...comparison });
    else out(comparisonLines([transcript.run, other.run], comparison));
  } else if (flags.summary) {
    if (json) printJson(this, { run: transcript.run, ...transcript.summary() });
    else out(summaryLines(transcript.run, transcript.summary()));
  } else if (flags.chart === undefined || json) {
    const { kind: kinds, name, from: fromStep, to: toStep, last, leftBehind } = flags;
    const events = transcript.events({ kinds, name, fromStep, toStep, last, leftBehind });
    if (json) printJson(this, { run: transcript.run, events });
    else out(eventLines(events));
  }
}

async function transcriptIn(directory: string, run?: string): Promise<StoredTranscript> {
  requireDirectory(directory);
  const catalog = new CheckpointCatalog(directory);
  await requireRun(catalog, run);
  return await catalog.transcript({ run });
}

/** Step sizes, and what each step cost, over the steps that count. */
async function drawChart(transcript: StoredTranscript, path: string): Promise<void> {
  const png = /\.png$/i.test(path);
  if (!png && !/\.svg$/i.test(path)) {
    throw new RangeError(`--chart takes a name that ends in .svg or .png, got "${path}"`);
  }
  const events = transcript.events();
  const step: number[] = [], dt: number[] = [], seconds: number[] = [];
  const iterations: number[] = [], rejected: number[] = [];
  let solved = 0, attempts = 0;
  for (const event of events) {
    if (event.kind === "solve") solved += event.iterations ?? 0;
    else if (event.kind === "reject") attempts++;
    if (event.kind !== "step") continue;
    if (!event.leftBehind) {
      step.push(event.step);
      dt.push(event.dt ?? NaN);
      seconds.push(event.seconds ?? NaN);
      iterations.push(solved);
      rejected.push(attempts);
    }
    solved = attempts = 0;
  }
  if (step.length === 0) {
    throw new RangeError(`run "${transcript.run}" does not have a step that could be drawn`);
  }
  const { plotHistory } = await import("../output/plot/plot_history.ts");
  const columns = { step, dt, iterations, "taken back": rejected, seconds };
  const picture = await plotHistory(columns, {
    x: "step",
    title: `Run ${transcript.run}`,
    units: { seconds: "s" },
  });
  const { writeBytes } = await import("../output/files/whole_file.ts");
  writeBytes(path, png ? await picture.png() : new TextEncoder().encode(picture.svg));
}

/** Kinds of events that are separated by commas. */
function parseKinds(text: string): TranscriptKind[] {
  return parseNames(text).map((kind) => {
    requireKind(kind);
    return kind;
  });
}

/** `timestash log DIR` */
export const logCommand: Command<CliContext> = buildCommand<Flags, [string], CliContext>({
  func: log,
  parameters: {
    flags: {
      json: jsonFlag,
      run: { kind: "parsed", parse: parseName, brief: "This run, not the newest", optional: true },
      kind: {
        kind: "parsed",
        parse: parseKinds,
        brief: "Only these kinds, e.g. step,reject,solve,save,load,warning",
        placeholder: "KINDS",
        optional: true,
      },
      name: { kind: "parsed", parse: parseName, brief: "Only this solver", optional: true },
      from: { kind: "parsed", parse: parseCount, brief: "From this step on", optional: true },
      to: { kind: "parsed", parse: parseCount, brief: "Up to this step", optional: true },
      last: { kind: "parsed", parse: parseCount, brief: "Only the last so many", optional: true },
      leftBehind: {
        kind: "boolean",
        brief:
          "Only what was left behind when the model was put back; --no-left-behind: without it",
        optional: true,
      },
      summary: {
        kind: "boolean",
        brief: "Sums, solvers and reasons in place of the events",
        default: false,
        withNegated: false,
      },
      compare: {
        kind: "parsed",
        parse: parseName,
        brief:
          "Another run of the folder, or another folder, side by side; exit code 1 if steps differ",
        placeholder: "RUN",
        optional: true,
      },
      chart: {
        kind: "parsed",
        parse: parseName,
        brief: "Draw step sizes, iterations and times to this .svg or .png file",
        placeholder: "FILE",
        optional: true,
      },
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A folder of checkpoints", placeholder: "DIR", parse: String }],
    },
  },
  docs: { brief: "Tell what happened in a run: steps, solves, saves, and what was taken back" },
});
