/**
 * Splits a history into series, one panel for each quantity.
 *
 * @module
 */
import { bytesText } from "../../bytes_text.ts";
import type { AcceptedStep, AdvanceReport } from "../../model/advance_options.ts";
import { Timeline, trackersOf } from "../../model/timeline.ts";
import { requireKnownNames } from "../../options.ts";
import { briefly, extentOf, grouped } from "./ticks.ts";
import { sentence } from "./plot_options.ts";

/** Columns of numbers by name, all of the same length; one of them is the horizontal axis. */
export type HistoryColumns = Readonly<Record<string, ArrayLike<number>>>;

/** A history that `plotHistory` can draw. */
export type HistorySource = AdvanceReport | Timeline | HistoryColumns;

/** One quantity over the common axis. */
export interface Series {
  readonly name: string;
  /** A line; a staircase for values that hold over an interval; bars from 0; or marks with labels on one line. */
  readonly style: "line" | "steps" | "bars" | "marks";
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** For marks: a text for each, or an empty one. */
  readonly labels?: readonly string[];
}

/** Everything that is drawn. */
export interface Chart {
  readonly title: string;
  readonly subtitle: string;
  /** The name of the common axis. */
  readonly x: string;
  readonly series: readonly Series[];
  /** The names that units and scales may be given for. */
  readonly known: readonly string[];
}

/**
 * Splits a history into series.
 *
 * @param x The name of the horizontal axis.
 * @param names The quantities to show; all when undefined.
 * @throws {TypeError} when it is not a history.
 * @throws {RangeError} when a column is missing, or lengths differ.
 */
export function chartOf(
  history: HistorySource,
  x: string,
  names: readonly string[] | undefined,
): Chart {
  if (history instanceof Timeline) return timelineChart(history, x, names);
  if (typeof history !== "object" || history === null || Array.isArray(history)) {
    throw new TypeError(
      "plotHistory takes the report of model.advance, model.timeline, or columns of numbers by name",
    );
  }
  if (isReport(history)) {
    requireKnownNames("plotHistory: x", [x], ["time", "step"]);
    requireKnownNames("plotHistory: names", names ?? [], ["dt", "taken back"]);
    return reportChart(history, x, names);
  }
  return columnChart(history, x, names);
}

function isReport(history: AdvanceReport | HistoryColumns): history is AdvanceReport {
  const { accepted, steps } = history as Partial<AdvanceReport>;
  return typeof accepted === "number" && Array.isArray(steps);
}

function reportChart(
  { accepted, rejected, steps }: AdvanceReport,
  x: string,
  names: readonly string[] = rejected > 0 ? ["dt", "taken back"] : ["dt"],
): Chart {
  const of = (pick: (step: AcceptedStep) => number) => steps.map(pick);
  const at = x === "step" ? of((step) => step.step) : of((step) => step.time);
  const dt = of((step) => step.dt);
  const { min, max } = extentOf(dt);
  // The staircase begins at the start of the first step.
  const start = steps.length === 0 ? [] : [x === "step" ? at[0] - 1 : at[0] - dt[0]];
  const series: Series[] = [
    { name: "dt", style: "steps", x: [...start, ...at], y: [...dt.slice(0, 1), ...dt] },
  ];
  const y = of((step) => step.takenBack.length);
  series.push({ name: "taken back", style: "bars", x: at, y });
  return {
    title: "Steps",
    subtitle: sentence(
      `${accepted} held, ${rejected} taken back`,
      accepted === 0 ? "" : `dt ${briefly(min)} to ${briefly(max)}`,
    ),
    x,
    series: series.filter(({ name }) => names.includes(name)),
    known: ["time", "step", "dt", "taken back"],
  };
}

function timelineChart(timeline: Timeline, x: string, names?: readonly string[]): Chart {
  requireKnownNames("plotHistory: x", [x], ["time", "step"]);
  const states = trackersOf(timeline);
  const at = states.map((kept) => x === "step" ? kept.step : kept.time);
  const numbers = states.map(({ values }) => values);
  const known = new Set(numbers.flatMap((values) => Object.keys(values)));
  const skip = new Set(["time", "step", x]);
  const wanted = names ?? [...known].filter((name) => !skip.has(name));
  const series: Series[] = [{
    name: "states",
    style: "marks",
    x: at,
    y: at.map(() => 0),
    labels: states.map(({ pin }) => pin ?? ""),
  }];
  for (const name of wanted) {
    if (!known.has(name)) throw missing(name, [...known]);
    const y = numbers.map((values) => Object.hasOwn(values, name) ? values[name] : NaN);
    series.push({ name, style: name === "dt" ? "steps" : "line", x: at, y });
  }
  const pins = states.filter(({ pin }) => pin !== null).length;
  return {
    title: "Timeline",
    subtitle: sentence(
      `${grouped(states.length)} states kept in ${bytesText(timeline.bytes)}`,
      pins === 0 ? "" : `${pins} pinned`,
    ),
    x,
    series,
    known: [...new Set(["time", "step", ...known])],
  };
}

function columnChart(columns: HistoryColumns, x: string, names?: readonly string[]): Chart {
  const known = Object.keys(columns);
  const at = columns[x];
  if (at === undefined) throw missing(x, known);
  const series = (names ?? known.filter((name) => name !== x)).map((name): Series => {
    const y = columns[name];
    if (y === undefined) throw missing(name, known);
    if (y.length !== at.length) {
      throw new RangeError(
        `plotHistory: '${name}' has ${y.length} numbers and '${x}' has ${at.length}; the lengths must be equal`,
      );
    }
    return { name, style: name === "dt" ? "steps" : "line", x: at, y };
  });
  if (series.length === 0) {
    throw new RangeError(`plotHistory: a second column is needed besides '${x}'`);
  }
  return {
    title: series.map(({ name }) => name).join(", "),
    subtitle: `${grouped(at.length)} points`,
    x,
    series,
    known,
  };
}

function missing(name: string, known: readonly string[]): RangeError {
  const there = known.map((other) => `'${other}'`).join(", ") || "none";
  return new RangeError(`plotHistory: '${name}' does not exist; the names are: ${there}`);
}

/** Longer series are drawn by the extremes in this many intervals. */
const INTERVALS = 700;

/** The points to draw: all; of very many, the first, lowest, highest and last of each interval, in order. */
export function thinned(y: ArrayLike<number>): number[] {
  const count = y.length;
  if (count <= 4 * INTERVALS) return Array.from({ length: count }, (_, i) => i);
  const kept: number[] = [];
  for (let k = 0; k < INTERVALS; k++) {
    const from = Math.floor(k * count / INTERVALS), to = Math.floor((k + 1) * count / INTERVALS);
    let low = from, high = from;
    for (let i = from; i < to; i++) {
      if (!(y[i] >= y[low])) low = i;
      if (!(y[i] <= y[high])) high = i;
    }
    kept.push(...new Set([from, low, high, to - 1].sort((a, b) => a - b)));
  }
  return kept;
}
