/**
 * The frame around a plot of space: title, axes of equal scale, legend.
 *
 * @module
 */
import { newDocument } from "../../deps/linkedom.ts";
import { loadPlot, type PlotLibrary, type PlotMark } from "../../deps/observable_plot.ts";
import { drawLegend, type Legend, legendRoom } from "./legend.ts";
import { labelOf, type TickStyle, tickStyle } from "./ticks.ts";
import { Picture } from "./picture.ts";
import { fitted, fittedParts, fontFamily, ink, textElement, textWidth } from "./svg_text.ts";
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

/** Optional additions to a plot. */
export interface Additions {
  /** Additional marks of Plot, in model coordinates, above the layers. */
  readonly marks?: ((plot: PlotLibrary) => readonly PlotMark[]) | undefined;
  /** Elements below the frame, in pixels from its lower left corner. */
  readonly below?: string;
}

/**
 * Composes a plot.
 *
 * @param layers Elements in pixels of the view, the lowest first; they are clipped at the frame.
 */
export async function compose(
  layout: FrameLayout,
  layers: readonly string[],
  { marks = () => [], below = "" }: Additions = {},
): Promise<Picture> {
  const { spec, view, left, top, width, height } = layout;
  const body = `<svg x="${left}" y="${top}" width="${view.width}" height="${view.height}" ` +
    `viewBox="0 0 ${view.width} ${view.height}">${layers.join("")}</svg>`;
  const foot = below === ""
    ? ""
    : `<g transform="translate(${left},${top + view.height})">${below}</g>`;
  const plot = await drawAxes(layout, marks);
  const legend = drawLegend(
    spec.legend,
    { left, top, width: view.width, height: view.height },
    layout.flat,
  );
  return paper(spec.title, spec.subtitle, width, height, body + plot + foot + legend);
}

/** A white page with a title and a subtitle. */
export function paper(
  title: string,
  subtitle: string,
  width: number,
  height: number,
  body: string,
): Picture {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" font-family="${fontFamily}" color="${ink.text}" ` +
    `fill="${ink.text}"><rect width="${width}" height="${height}" fill="white"/>` +
    textElement(fitted(title, 15, (width - 32) / 1.12), 16, 25, { size: 15, bold: true }) +
    textElement(fittedParts(subtitle, 11, width - 28), 16, 43, { size: 11, color: ink.faint }) +
    `${body}</svg>`;
  return new Picture(svg, title, width, height);
}

async function drawAxes(
  layout: FrameLayout,
  marks: (plot: PlotLibrary) => readonly PlotMark[],
): Promise<string> {
  const { spec: { axes }, view, left, top, width, height, x, y } = layout;
  const [plot, document] = await Promise.all([loadPlot(), newDocument()]);
  const own = axes === null ? [] : [
    plot.frame({ stroke: ink.line, strokeWidth: 0.75 }),
    plot.axisX(x.ticks, { tickFormat: x.text, ...centred(axes.x, axes.units, x), labelOffset: 36 }),
    plot.axisY(y.ticks, {
      tickFormat: y.text,
      ...centred(axes.y, axes.units, y),
      labelOffset: left - 14,
    }),
  ];
  const drawn = plot.plot({
    document,
    width,
    height,
    marginLeft: left,
    marginTop: top,
    marginRight: width - left - view.width,
    marginBottom: height - top - view.height,
    style: { fontSize: "11px" },
    x: { domain: [view.min[0], view.max[0]], axis: null },
    y: { domain: [view.min[1], view.max[1]], axis: null },
    marks: [...marks(plot), ...own],
  });
  return `<g font-size="11" text-anchor="middle" fill="currentColor">${
    tidied(drawn.innerHTML)
  }</g>`;
}

function centred(name: string, units: string, { exponent }: TickStyle) {
  return {
    label: labelOf(name, units, exponent),
    labelAnchor: "center",
    labelArrow: "none",
    tickSize: 4,
    fontSize: 11,
  };
}

/** Plot's elements without its style sheet, and with lengths of two decimals. */
export function tidied(inner: string): string {
  return inner.replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(
      / (transform|d|x|y|x1|x2|y1|y2|width|height|cx|cy)="[^"]*"/g,
      (attribute) => attribute.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (n) => String(round(Number(n)))),
    );
}

function round(value: number): number {
  return Math.round(value * 100) / 100 + 0;
}
