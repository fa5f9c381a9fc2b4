/**
 * Events of a transcript, its summary, and two of them side by side, as lines of text.
 *
 * @module
 */
import type { TranscriptEntry, TranscriptSummary } from "../model/transcript_query.ts";
import type { StoredTranscript } from "../run/read_log.ts";
import { tableOf } from "./context.ts";

/** One line for each event. */
export function eventLines(events: readonly TranscriptEntry[]): string {
  if (events.length === 0) return "no events\n";
  const rows = events.map((event) => [
    String(event.n),
    new Date(event.at).toISOString(),
    String(event.step),
    short(event.time),
    event.kind,
    wordsOf(event),
    event.leftBehind ? "left behind" : "",
  ]);
  return tableOf([["event", "when", "step", "time", "what", "how", ""], ...rows]);
}

function wordsOf(event: TranscriptEntry): string {
  const { dt, steps, name, iterations, residual, cells, file, files, seconds, why } = event;
  const parts = [
    name === undefined ? "" : plainText(name),
    dt === undefined ? "" : `dt ${short(dt)}`,
    steps === undefined ? "" : `${steps} steps`,
    iterations === undefined ? "" : `${iterations} iterations`,
    residual === undefined ? "" : `residual ${residual.toPrecision(3)}`,
    event.failed ? "failed" : "",
    cells === undefined ? "" : `${cells} cells`,
    file === undefined ? "" : plainText(file),
    files === undefined ? "" : files.map(plainText).join(" "),
    seconds === undefined ? "" : `${short(seconds)} s`,
    event.script === undefined ? "" : plainText(event.script),
    event.scriptHash === undefined ? "" : plainText(event.scriptHash),
    event.toolkit === undefined ? "" : `timestash ${plainText(event.toolkit)}`,
    why === undefined ? "" : plainText(why),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** The summary of a run. */
export function summaryLines(run: string, summary: TranscriptSummary): string {
  const { solvers, reasons, step, time } = summary;
  const sums = sumRows(summary).map(([name, value]) => `  ${name}: ${value}\n`).join("");
  const rows = Object.entries(solvers).map(([name, solver]) => [
    plainText(name),
    String(solver.solves),
    String(solver.failed),
    String(solver.iterations),
    String(solver.mostIterations),
    solver.worstResidual.toPrecision(3),
    short(solver.seconds),
  ]);
  const head = ["solver", "solves", "failed", "iterations", "most", "worst residual", "seconds"];
  const why = Object.entries(reasons)
    .map(([reason, count]) => `  taken back ${count} time(s): ${plainText(reason)}\n`).join("");
  return `run ${plainText(run)}, at step ${step}, time ${short(time)}\n${sums}${why}` +
    (rows.length === 0 ? "" : tableOf([head, ...rows]));
}

function sumRows(summary: TranscriptSummary): [string, string][] {
  return [
    ["steps taken", `${summary.steps}, of which ${summary.stepsLeftBehind} left behind`],
    ["attempts rejected", String(summary.rejected)],
    ["transactions failed", String(summary.rollbacks)],
    ["put back in memory", String(summary.restores)],
    ["solves", `${summary.solves}, and ${summary.failedSolves} that did not converge`],
    ["iterations", String(summary.iterations)],
    ["meshes changed", String(summary.adaptations)],
    ["files saved", String(summary.saves)],
    ["files loaded", String(summary.loads)],
    ["checkpoints removed", String(summary.pruned)],
    ["warnings", String(summary.warnings)],
    ["resumed", `${summary.resumes} time(s)`],
    ["wall time", `${short(summary.seconds)} s`],
    ["of which solves", `${short(summary.solveSeconds)} s`],
  ];
}

/** Two runs side by side. */
export interface TranscriptComparison {
  /** The first step of the course at which the two differ in time or step size; null where none does. */
  readonly firstDifference: number | null;
  /** What the two summaries say. */
  readonly summaries: readonly [TranscriptSummary, TranscriptSummary];
}

/** Compares two transcripts: the steps that count, and the sums. */
export function compared(a: StoredTranscript, b: StoredTranscript): TranscriptComparison {
  const of = (it: StoredTranscript) =>
    new Map(it.events({ kinds: ["step"], leftBehind: false }).map((event) => [event.step, event]));
  const own = of(a), others = of(b);
  let firstDifference: number | null = null;
  for (const [step, event] of own) {
    const other = others.get(step);
    if (other === undefined) continue;
    if (Object.is(event.time, other.time) && Object.is(event.dt, other.dt)) continue;
    firstDifference = step;
    break;
  }
  return { firstDifference, summaries: [a.summary(), b.summary()] };
}

/** A comparison as text. */
export function comparisonLines(
  names: readonly [string, string],
  { firstDifference, summaries }: TranscriptComparison,
): string {
  const [a, b] = summaries.map(sumRows);
  const steps = summaries.map(({ step }) => String(step));
  const times = summaries.map(({ time }) => short(time));
  const rows = a.map(([name, value], i) => [name, value, b[i][1]]);
  return tableOf([["", ...names.map(plainText)], ["step", ...steps], ["time", ...times], ...rows]) +
    (firstDifference === null
      ? "the steps that both have are the same in time and size\n"
      : `the first step that differs in time or size: ${firstDifference}\n`);
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** Text from a file, without characters that a terminal would obey. */
function plainText(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what is to be removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "?");
}
