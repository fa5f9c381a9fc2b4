/**
 * The places of title, axes and legend around a plot of space, with the same scale in both directions.
 *
 * @module
 */
import { type Legend, legendRoom } from "./legend.ts";
import { textWidth } from "./svg_text.ts";
import { type TickStyle, tickStyle } from "./ticks.ts";
import type { PlotView, PlotWindow } from "./view.ts";

/** What is drawn around the data. */
export interface FrameSpec {
  readonly title: string;
  readonly subtitle: string;
  /** The largest width of the whole picture. */
  readonly width: number;
  readonly window: PlotWindow;
  readonly legend: Legend;
  /** Names and units of the axes; null for none, as in projections. */
  readonly axes: { readonly x: string; readonly y: string; readonly units: string } | null;
}

/** The places of everything in the picture. */
export interface FrameLayout {
  readonly spec: FrameSpec;
  readonly view: PlotView;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Whether the legend is below the plot. */
  readonly flat: boolean;
  readonly x: TickStyle;
  readonly y: TickStyle;
}

const TOP = 56;
const FLAT = 150;
const NARROWEST = 320;
/** The space below a frame without axes. */
export const FOOT = 64;

/** Lays out the picture, with the same scale of model space in both directions. */
export function frameLayoutOf(spec: FrameSpec): FrameLayout {
  const { window: { min, max }, legend, axes } = spec;
  const wide = max[0] - min[0], high = max[1] - min[1];
  const aspect = high / wide;
  const flat = axes !== null && legend?.kind === "bar" && (spec.width - 160) * aspect < FLAT;
  const room = legendRoom(legend, flat);
  const trial = tickStyle(min[1], max[1], 5);
  const yText = Math.max(0, ...trial.ticks.map((tick) => textWidth(trial.text(tick), 11)));
  const left = axes === null ? 16 : Math.ceil(yText) + 38;
  const right = Math.max(16, room.right);
  let width = spec.width - left - right;
  let height = width * aspect;
  const tallest = spec.width * 0.9;
  if (height > tallest) {
    height = tallest;
    width = Math.max(NARROWEST - left - right, height / aspect);
  }
  width = Math.round(width);
  height = Math.round(Math.max(24, height));
  const bottom = (axes === null ? FOOT : 44) + room.bottom;
  return {
    spec,
    view: { ...stretched(spec.window, width, height), width, height },
    left,
    top: TOP,
    width: left + width + right,
    height: TOP + height + bottom,
    flat,
    x: tickStyle(min[0], max[0], Math.max(2, width / 70)),
    y: tickStyle(min[1], max[1], Math.max(1.5, height / 50)),
  };
}

/** The window, enlarged in one direction so that its scale is exactly the same in both. */
function stretched({ min, max }: PlotWindow, width: number, height: number): PlotWindow {
  const perPixel = Math.max((max[0] - min[0]) / width, (max[1] - min[1]) / height);
  const grown = [width, height].map((pixels, d) => {
    const middle = (min[d] + max[d]) / 2, half = pixels * perPixel / 2;
    return [middle - half, middle + half];
  });
  return { min: [grown[0][0], grown[1][0]], max: [grown[0][1], grown[1][1]] };
}
