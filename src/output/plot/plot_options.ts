/**
 * The options of plots, and their defaults.
 *
 * @module
 */
import type { OptionNames } from "../../options.ts";
import type { ModelHost } from "../../mesh/model_host.ts";
import { type ColorMapName, paletteOf } from "./color_map.ts";
import { openRange, type ValueExtent } from "./ticks.ts";
import type { ViewAngles } from "./projection.ts";
import { checkedWindow, type PlotWindow } from "./view.ts";

/** Options of every plot. */
export interface PlotOptions {
  /** The title; defaults to what is plotted. */
  readonly title?: string;
  /** The width of the picture in pixels; defaults to 600. */
  readonly width?: number;
}

/** Options of plots of space. */
export interface SpacePlotOptions extends PlotOptions {
  /** The part to show, in model coordinates (2-D and plane sections); defaults to everything. */
  readonly window?: PlotWindow;
  /** The direction from which a 3-D mesh is seen. */
  readonly view?: ViewAngles;
  /** The units of length on the axes; defaults to those of the model's parameter `length`, if it exists. */
  readonly lengthUnits?: string;
}

/** Options of plots with colours for numbers. */
export interface ColorPlotOptions {
  /** The colour map; defaults to `"viridis"`. */
  readonly colors?: ColorMapName;
  /** The values at the ends of the colour map, `[low, high]`; defaults to the smallest and largest value. */
  readonly range?: readonly [number, number];
  /** The units of the values; defaults to those of the model's parameter of the same name, if it exists. */
  readonly units?: string;
}

/** The names of {@link PlotOptions}. */
export const plotOptionNames: OptionNames<PlotOptions> = { title: true, width: true };

/** The names of {@link SpacePlotOptions}. */
export const spacePlotOptionNames: OptionNames<SpacePlotOptions> = {
  ...plotOptionNames,
  window: true,
  view: true,
  lengthUnits: true,
};

/** The names of {@link ColorPlotOptions}. */
export const colorPlotOptionNames: OptionNames<ColorPlotOptions> = {
  colors: true,
  range: true,
  units: true,
};

/**
 * The requested width.
 *
 * @throws {RangeError} when it is not from 200 to 4000.
 */
export function pictureWidth({ width = 600 }: PlotOptions): number {
  if (width >= 200 && width <= 4000) return Math.round(width);
  throw new RangeError(`width must be a number of pixels from 200 to 4000, got ${width}`);
}

/** The requested window, or `all`. */
export function windowOf({ window }: SpacePlotOptions, all: () => PlotWindow): PlotWindow {
  return window === undefined ? all() : checkedWindow(window);
}

/** The units of a quantity: as requested, or those of the parameter of that name. */
export function unitsOf(model: ModelHost, name: string, asked: string | undefined): string {
  if (asked !== undefined) return asked;
  const parameters = model.parameters as
    & { units?: (name: string) => string }
    & typeof model.parameters;
  return parameters.has(name) ? parameters.units?.(name) ?? "" : "";
}

/**
 * The requested range, or that of the values.
 *
 * @throws {RangeError} when the range is empty or not finite, or the colour map does not exist.
 */
export function rangeOf(
  { range, colors }: ColorPlotOptions,
  extent: ValueExtent,
): [number, number] {
  if (colors !== undefined) paletteOf(colors, 1);
  if (range === undefined) return openRange(extent.min, extent.max);
  const [low, high] = range;
  if (Number.isFinite(high - low) && low < high) return [low, high];
  throw new RangeError(`range must be [low, high] with low < high, got [${low}, ${high}]`);
}

/** The model's time and step for a subtitle: `time 0.5 s, step 10`. */
export function clockText(model: ModelHost): string {
  const { time, step } = model.tracker;
  if (step === 0 && time === 0) return "";
  const units = unitsOf(model, "time", undefined);
  return `time ${Number(time.toPrecision(5))}${units === "" ? "" : ` ${units}`}, step ${step}`;
}

/** The parts that are not empty, separated by dots. */
export function sentence(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("  ·  ");
}
