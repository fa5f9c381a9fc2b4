/**
 * What plots can be told, and what they assume otherwise.
 *
 * @module
 */
import type { ModelHost } from "../../mesh/model_host.ts";
import { type ColorMapName, paletteOf } from "./color_map.ts";
import { openRange, type ValueExtent } from "./ticks.ts";
import type { ViewAngles } from "./projection.ts";
import { checkedWindow, type PlotWindow } from "./view.ts";

/** What every plot can be told. */
export interface PlotOptions {
  /** The line above the plot; what is plotted, when left out. */
  readonly title?: string;
  /** The width of the picture in pixels; 600 when left out. */
  readonly width?: number;
}

/** What plots of space can be told. */
export interface SpacePlotOptions extends PlotOptions {
  /** The part to show, in model coordinates (2-D, and plane sections); all of it when left out. */
  readonly window?: PlotWindow;
  /** Where a 3-D mesh is seen from. */
  readonly view?: ViewAngles;
  /** Units of length at the axes; those of the model's parameter `length`, if there is one. */
  readonly lengthUnits?: string;
}

/** What plots with colours for numbers can be told. */
export interface ColorPlotOptions {
  /** The colour map; `"viridis"` when left out. */
  readonly colors?: ColorMapName;
  /** The values at the ends of the colour map, `[low, high]`; the smallest and the largest there are, when left out. */
  readonly range?: readonly [number, number];
  /** Units of the values; those of the model's parameter of the same name, if there is one. */
  readonly units?: string;
}

/**
 * The width asked for.
 *
 * @throws {RangeError} when it is not from 200 to 4000.
 */
export function pictureWidth({ width = 600 }: PlotOptions): number {
  if (width >= 200 && width <= 4000) return Math.round(width);
  throw new RangeError(`width is a number of pixels from 200 to 4000, got ${width}`);
}

/** The window asked for, or `all`. */
export function windowOf({ window }: SpacePlotOptions, all: () => PlotWindow): PlotWindow {
  return window === undefined ? all() : checkedWindow(window);
}

/** The units of a quantity: as asked, or those of the parameter of that name. */
export function unitsOf(model: ModelHost, name: string, asked: string | undefined): string {
  if (asked !== undefined) return asked;
  const parameters = model.parameters as
    & { units?: (name: string) => string }
    & typeof model.parameters;
  return parameters.has(name) ? parameters.units?.(name) ?? "" : "";
}

/**
 * The range asked for, or that of the values.
 *
 * @throws {RangeError} when the range asked for is empty or not finite, or there is no such colour map.
 */
export function rangeOf(
  { range, colors }: ColorPlotOptions,
  extent: ValueExtent,
): [number, number] {
  if (colors !== undefined) paletteOf(colors, 1);
  if (range === undefined) return openRange(extent.min, extent.max);
  const [low, high] = range;
  if (Number.isFinite(high - low) && low < high) return [low, high];
  throw new RangeError(`range is [low, high] with low < high, got [${low}, ${high}]`);
}

/** `time 0.5 s · step 10`, so that a picture says when it is from. */
export function clockText(model: ModelHost): string {
  const { time, step } = model.tracker;
  if (step === 0 && time === 0) return "";
  const units = unitsOf(model, "time", undefined);
  return `time ${Number(time.toPrecision(5))}${units === "" ? "" : ` ${units}`}, step ${step}`;
}

/** The parts that say something, with dots between. */
export function sentence(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("  ·  ");
}
