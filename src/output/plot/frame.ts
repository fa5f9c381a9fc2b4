/**
 * The frame around a plot of space: title, axes of equal scale, legend. Loaded when what is in it is known.
 *
 * @module
 */
import { newDocument } from "../../deps/linkedom.ts";
import { loadPlot, type PlotLibrary, type PlotMark } from "../../deps/observable_plot.ts";
import type { FrameLayout } from "./frame_layout.ts";
import { drawLegend } from "./legend.ts";
import { labelOf, type TickStyle } from "./ticks.ts";
import { Picture } from "./picture.ts";
import { fitted, fittedParts, fontFamily, ink, textElement } from "./svg_text.ts";

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
