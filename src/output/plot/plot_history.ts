import { checkOptions, type OptionNames, requireKnownNames } from "../../options.ts";
import { type Document, newDocument } from "../../deps/linkedom.ts";
import { loadPlot, type PlotLibrary, type PlotMark } from "../../deps/observable_plot.ts";
import { kindColor } from "./color_map.ts";
import { paper, tidied } from "./frame.ts";
import { extentOf, labelOf, logTicks, openRange, type TickStyle, tickStyle } from "./ticks.ts";
import type { Picture } from "./picture.ts";
import type { Model } from "../../model/model.ts";
import { Timeline, unitsInModel } from "../../model/timeline.ts";
import { pictureWidth, plotOptionNames, type PlotOptions, unitsOf } from "./plot_options.ts";
import { type Chart, chartOf, type HistorySource, type Series, thinned } from "./series.ts";
import { ink, textElement, textWidth } from "./svg_text.ts";
import { DOTTED, drawTogether } from "./together.ts";

/** Options of {@link plotHistory}. */
export interface HistoryPlotOptions extends PlotOptions {
  /** The horizontal axis: `"time"` (the default), `"step"`, or the name of a column. */
  readonly x?: string;
  /** The quantities to show, from top to bottom; defaults to all. */
  readonly names?: readonly string[];
  /** Units by name, including those of `"time"`. */
  readonly units?: Readonly<Record<string, string>>;
  /**
   * The quantities with a logarithmic scale; defaults to those that are positive and span more than a factor of
   * 100.
   */
  readonly log?: readonly string[];
  /** Whether the horizontal axis is logarithmic; defaults to false. */
  readonly logX?: boolean;
  /** With true, all quantities are curves in one frame, with a legend; by default each has a panel of its own. */
  readonly together?: boolean;
  /** Whether points have dots; defaults to lines of up to 60 points. */
  readonly markers?: boolean;
  /** The model whose parameters name the units that `units` does not; a timeline knows its own. */
  readonly model?: Model;
}

const optionNames: OptionNames<HistoryPlotOptions> = {
  ...plotOptionNames,
  x: true,
  names: true,
  units: true,
  log: true,
  logX: true,
  together: true,
  markers: true,
  model: true,
};

const LEFT_MIN = 56;
const RIGHT = 20;
const GAP = 14;
const TOP = 58;
const BOTTOM = 44;
const SIZE = 11;

/** A series with its scale. */
interface Panel {
  readonly series: Series;
  readonly height: number;
  readonly log: boolean;
  readonly domain: readonly [number, number];
  readonly ticks: TickStyle;
  readonly label: string;
}

/**
 * Draws quantities over time, each in a panel of its own above a common axis: the step sizes of `model.advance`
 * and how often a step was taken back; the states that `model.timeline` keeps, with the numbers on the tracker;
 * or columns of numbers that the script collected.
 *
 * @param history What `model.advance` resolved to, `model.timeline`, or columns such as
 *   `{ time, energy }`, each with one number per point, `[n]`.
 * @throws {TypeError} when `history` is something else.
 * @throws {RangeError} when a name does not exist, lengths differ, or the width is out of range.
 *
 * @example
 * ```ts
 * import { Model, plotHistory } from "@timestash/timestash";
 *
 * const model = new Model();
 * const report = await model.advance({ dt: 0.1, until: 1, step: () => {}, accept: (dt) => dt < 0.09 });
 * const steps = await plotHistory(report, { units: { time: "s", dt: "s" } });
 * const decay = await plotHistory({ time: [0, 1, 2], energy: [1, 0.5, 0.25] });
 * console.log(steps.svg.includes("taken back"), decay.title); // true energy
 * ```
 */
export async function plotHistory(
  history: HistorySource,
  options: HistoryPlotOptions = {},
): Promise<Picture> {
  checkOptions("plotHistory", options, optionNames);
  const chart = chartOf(history, options.x ?? "time", options.names);
  requireKnownNames("plotHistory: units", Object.keys(options.units ?? {}), chart.known);
  requireKnownNames("plotHistory: log", options.log ?? [], chart.known);
  const width = pictureWidth(options), unit = unitOf(history, options);
  if (options.together === true) {
    const { title, log, logX, markers } = options;
    return await drawTogether(chart, { title, width, unit, log, logX, markers });
  }
  const panels = panelsOf(chart, options, unit);
  const x = xScale(chart, width, options.logX ?? false);
  const widest = panels.flatMap(({ ticks }) =>
    ticks.ticks.map((t) => textWidth(ticks.text(t), SIZE))
  );
  const left = Math.max(LEFT_MIN, Math.ceil(Math.max(0, ...widest)) + 36);
  const [plot, document] = await Promise.all([loadPlot(), newDocument()]);
  let top = TOP, body = "";
  panels.forEach((panel, i) => {
    const box = { left, top, width, last: i === panels.length - 1 };
    body += drawPanel(plot, document, panel, x, box, options.markers) + panelLabel(panel, box);
    top += panel.height + GAP;
  });
  const height = top - GAP + BOTTOM;
  const name = labelOf(chart.x, unit(chart.x), x.style.exponent);
  body += textElement(name, (left + width - RIGHT) / 2, height - 8, {
    size: SIZE,
    anchor: "middle",
  });
  return paper(options.title ?? chart.title, chart.subtitle, width, height, body);
}

/** The units of a quantity. */
type UnitOf = (name: string) => string;

function unitOf(history: HistorySource, { units = {}, model }: HistoryPlotOptions): UnitOf {
  // The step size is a time.
  const inModel = (name: string): string =>
    history instanceof Timeline
      ? unitsInModel(history, name)
      : model === undefined
      ? ""
      : unitsOf(model, name, undefined);
  return (name) =>
    Object.hasOwn(units, name) ? units[name] : inModel(name === "dt" ? "time" : name);
}

function xScale({ series }: Chart, width: number, log: boolean) {
  const extents = series.map(({ x }) => extentOf(x));
  const [low, high] = openRange(
    Math.min(...extents.map(({ min }) => min)),
    Math.max(...extents.map(({ max }) => max)),
  );
  if (log) {
    if (!(low > 0)) {
      throw new RangeError(
        `plotHistory: a logarithmic axis takes values above 0, and x has ${low}`,
      );
    }
    const factor = (high / low) ** 0.02, domain = [low / factor, high * factor] as const;
    return { domain, log, style: logTicks(domain[0], domain[1], width / 90) };
  }
  const room = 0.02 * (high - low);
  const domain = [low - room, high + room] as const;
  return { domain, log, style: tickStyle(domain[0], domain[1], width / 90) };
}

function panelsOf({ series }: Chart, { log }: HistoryPlotOptions, unit: UnitOf): Panel[] {
  const height = series.length === 1 ? 220 : series.length === 2 ? 150 : 110;
  return series.map((one) => {
    const { min, max } = extentOf(one.y);
    const positive = min > 0;
    const logarithmic = positive && one.style !== "bars" &&
      (log === undefined ? max > 100 * min : log.includes(one.name));
    const panelHeight = one.style === "marks" ? 46 : one.style === "bars" ? 72 : height;
    const domain = domainOf(one, min, max, logarithmic);
    const ticks = ticksFor(one, domain, logarithmic, panelHeight);
    const label = one.style === "marks"
      ? one.name
      : labelOf(one.name, unit(one.name), ticks.exponent);
    return { series: one, height: panelHeight, log: logarithmic, domain, ticks, label };
  });
}

function domainOf({ style }: Series, min: number, max: number, log: boolean): [number, number] {
  if (style === "marks") return [-1, 1];
  if (style === "bars") return [0, Math.max(1, max) * 1.15];
  const [low, high] = openRange(min, max);
  if (log) return [low / (high / low) ** 0.06, high * (high / low) ** 0.06];
  const room = 0.07 * (high - low);
  // A scale that starts near zero includes it.
  return [low >= 0 && low < 0.25 * high ? 0 : low - room, high + room];
}

function ticksFor(
  { style }: Series,
  [low, high]: readonly [number, number],
  log: boolean,
  height: number,
): TickStyle {
  if (style === "marks") return { ticks: [], exponent: 0, text: String };
  if (style === "bars") {
    const { ticks } = tickStyle(0, high, 3);
    const whole = ticks.filter(Number.isInteger);
    return { ticks: whole.length > 1 ? whole : [0, Math.floor(high)], exponent: 0, text: String };
  }
  return log ? logTicks(low, high, height / 26) : tickStyle(low, high, height / 34);
}

/** The place of a panel. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly last: boolean;
}

function drawPanel(
  plot: PlotLibrary,
  document: Document,
  { series, height, log, domain, ticks }: Panel,
  x: ReturnType<typeof xScale>,
  { left, top, width, last }: Box,
  markers?: boolean,
): string {
  const axis = { label: null, tickSize: 4, fontSize: SIZE };
  const marks = [
    plot.gridY(ticks.ticks, { stroke: "#888", strokeOpacity: 0.25 }),
    plot.frame({ stroke: ink.line, strokeWidth: 0.75 }),
    plot.axisY(ticks.ticks, { ...axis, tickFormat: ticks.text }),
    plot.axisX(x.style.ticks, { ...axis, tickFormat: last ? x.style.text : () => "" }),
    ...marksOf(plot, series, markers),
  ];
  const drawn = plot.plot({
    document,
    width,
    height: top + height + BOTTOM,
    marginLeft: left,
    marginRight: RIGHT,
    marginTop: top,
    marginBottom: BOTTOM,
    x: { type: x.log ? "log" : "linear", domain: x.domain, axis: null },
    y: { type: log ? "log" : "linear", domain, axis: null },
    marks,
  });
  return `<g font-size="${SIZE}" text-anchor="middle" fill="currentColor">${
    tidied(drawn.innerHTML)
  }</g>`;
}

function panelLabel({ label, height }: Panel, { top }: Box): string {
  return textElement(label, 16, top + height / 2, { size: SIZE, anchor: "middle", turn: -90 });
}

function marksOf(
  plot: PlotLibrary,
  { style, x, y, labels = [] }: Series,
  markers?: boolean,
): PlotMark[] {
  const points = thinned(y).map((i) => ({ x: x[i], y: y[i], label: labels[i] ?? "" }));
  const at = { x: "x", y: "y" };
  const blue = kindColor(0), red = kindColor(3);
  if (style === "bars") {
    const some = points.filter((point) => point.y > 0);
    return [
      plot.ruleX(some, { x: "x", y1: 0, y2: "y", stroke: red, strokeWidth: 2 }),
      plot.dot(some, { ...at, r: 2.5, fill: red }),
    ];
  }
  if (style === "marks") {
    const pinned = points.filter(({ label }) => label !== "");
    return [
      plot.dot(points, { ...at, r: 2.5, fill: blue, fillOpacity: 0.7 }),
      plot.dot(pinned, { ...at, r: 4.5, fill: red }),
      ...anchored(pinned, x).map(([textAnchor, some]) =>
        plot.text(some, { ...at, text: "label", textAnchor, dy: -12, fontSize: SIZE, fill: red })
      ),
    ];
  }
  const line = { ...at, stroke: blue, strokeWidth: 1.5 };
  return [
    plot.line(points, style === "steps" ? { ...line, curve: "step-before" } : line),
    ...(markers ?? points.length <= DOTTED
      ? [plot.dot(points, { ...at, r: 2.2, fill: blue })]
      : []),
  ];
}

/** Labelled points in three groups, so that texts near the frame stay inside it. */
function anchored<P extends { readonly x: number }>(
  points: readonly P[],
  x: ArrayLike<number>,
): ["start" | "middle" | "end", P[]][] {
  const { min, max } = extentOf(x);
  const anchorOf = (point: P) => {
    const share = max > min ? (point.x - min) / (max - min) : 0.5;
    return share < 0.1 ? "start" : share > 0.9 ? "end" : "middle";
  };
  return (["start", "middle", "end"] as const)
    .map((anchor) => [anchor, points.filter((point) => anchorOf(point) === anchor)]);
}
