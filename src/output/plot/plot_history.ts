import { checkOptions, type OptionNames, requireKnownNames } from "../../options.ts";
import type { Panel, PanelAxis } from "./history_panels.ts";
import { extentOf, labelOf, logTicks, openRange, type TickStyle, tickStyle } from "./ticks.ts";
import type { Picture } from "./picture.ts";
import type { Model } from "../../model/model.ts";
import { Timeline, unitsInModel } from "../../model/timeline.ts";
import { pictureWidth, plotOptionNames, type PlotOptions, unitsOf } from "./plot_options.ts";
import { type Chart, chartOf, type HistorySource, type Series } from "./series.ts";
import { textWidth } from "./svg_text.ts";
import { drawTogether } from "./together.ts";

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
const SIZE = 11;

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
  const { drawPanels } = await import("./history_panels.ts");
  return await drawPanels({
    title: options.title ?? chart.title,
    subtitle: chart.subtitle,
    width,
    left,
    panels,
    x: { ...x, label: labelOf(chart.x, unit(chart.x), x.style.exponent) },
    markers: options.markers,
  });
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

function xScale({ series }: Chart, width: number, log: boolean): Omit<PanelAxis, "label"> {
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
