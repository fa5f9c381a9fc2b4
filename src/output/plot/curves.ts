/**
 * Several curves in one frame, with a legend.
 *
 * @module
 */
import { type Document, newDocument } from "../../deps/linkedom.ts";
import { loadPlot, type PlotLibrary, type PlotMark } from "../../deps/observable_plot.ts";
import { kindColor } from "./color_map.ts";
import { paper, tidied } from "./frame.ts";
import type { Picture } from "./picture.ts";
import { thinned } from "./series.ts";
import { fitted, ink, textElement, textWidth } from "./svg_text.ts";
import { extentOf, labelOf, logTicks, openRange, type TickStyle, tickStyle } from "./ticks.ts";

/** One curve. */
export interface Curve {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
  /** Dots at the points, a line through them, or a dashed line for what is compared with. */
  readonly style: "dotted" | "line" | "dashed";
  /** The colour, counted; curves of one colour belong together. Not named in the legend where `name` is empty. */
  readonly color: number;
}

/** What is drawn, and around it. */
export interface CurvesSpec {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  readonly curves: readonly Curve[];
  readonly x: Axis;
  readonly y: Axis;
}

/** One axis. */
export interface Axis {
  readonly name: string;
  readonly units: string;
  readonly log: boolean;
}

/** An axis with its range and ticks. */
interface Scale {
  readonly domain: readonly [number, number];
  readonly ticks: TickStyle;
  readonly label: string;
  readonly log: boolean;
}

const TOP = 58;
const RIGHT = 20;
const BOTTOM = 44;
const HEIGHT = 260;
const SIZE = 11;
const ROW = 17;

/** Draws them. */
export async function drawCurves(spec: CurvesSpec): Promise<Picture> {
  const [plot, document] = await Promise.all([loadPlot(), newDocument()]);
  const { width } = spec;
  const x = scaleOf(spec.x, spec.curves.map((curve) => curve.x), width / 90);
  const y = scaleOf(spec.y, spec.curves.map((curve) => curve.y), HEIGHT / 34);
  const widest = Math.max(0, ...y.ticks.ticks.map((t) => textWidth(y.ticks.text(t), SIZE)));
  const left = Math.max(56, Math.ceil(widest) + 36);
  const legend = legendRows(spec, left);
  const top = TOP + legend.rows * ROW + (legend.rows > 0 ? 4 : 0), height = top + HEIGHT + BOTTOM;
  const body = frameOf(plot, document, spec, { x, y, left, top }) + legend.text +
    textElement(y.label, 16, top + HEIGHT / 2, { size: SIZE, anchor: "middle", turn: -90 }) +
    textElement(x.label, (left + width - RIGHT) / 2, height - 8, { size: SIZE, anchor: "middle" });
  return paper(spec.title, spec.subtitle, width, height, body);
}

function scaleOf(axis: Axis, values: readonly ArrayLike<number>[], count: number): Scale {
  const extents = values.map(extentOf).filter(({ min }) => !Number.isNaN(min));
  const least = Math.min(...extents.map(({ min }) => min));
  const most = Math.max(...extents.map(({ max }) => max));
  const log = axis.log && least > 0 && Number.isFinite(most);
  const [low, high] = openRange(extents.length === 0 ? NaN : least, most);
  const room = log ? (high / low) ** 0.05 : 0.04 * (high - low);
  const domain: [number, number] = log ? [low / room, high * room] : [low - room, high + room];
  const ticks = log ? logTicks(...domain, count) : tickStyle(...domain, count);
  return { domain, ticks, log, label: labelOf(axis.name, axis.units, ticks.exponent) };
}

function frameOf(
  plot: PlotLibrary,
  document: Document,
  { width, curves }: CurvesSpec,
  { x, y, left, top }: { x: Scale; y: Scale; left: number; top: number },
): string {
  const axis = { label: null, tickSize: 4, fontSize: SIZE };
  const faint = { stroke: "#888", strokeOpacity: 0.25 };
  const type = ({ log }: Scale) => log ? "log" : "linear";
  const drawn = plot.plot({
    document,
    width,
    height: top + HEIGHT + BOTTOM,
    marginLeft: left,
    marginRight: RIGHT,
    marginTop: top,
    marginBottom: BOTTOM,
    x: { type: type(x), domain: x.domain, axis: null },
    y: { type: type(y), domain: y.domain, axis: null },
    marks: [
      plot.gridX(x.ticks.ticks, faint),
      plot.gridY(y.ticks.ticks, faint),
      plot.frame({ stroke: ink.line, strokeWidth: 0.75 }),
      plot.axisY(y.ticks.ticks, { ...axis, tickFormat: y.ticks.text }),
      plot.axisX(x.ticks.ticks, { ...axis, tickFormat: x.ticks.text }),
      ...curves.flatMap((curve) => marksOf(plot, curve, x, y)),
    ],
  });
  return `<g font-size="${SIZE}" text-anchor="middle" fill="currentColor">${
    tidied(drawn.innerHTML)
  }</g>`;
}

function marksOf(
  plot: PlotLibrary,
  { x, y, style, color }: Curve,
  xScale: Scale,
  yScale: Scale,
): PlotMark[] {
  const shown = (value: number, { log }: Scale) => log && !(value > 0) ? NaN : value;
  const points = thinned(y).map((i) => ({ x: shown(x[i], xScale), y: shown(y[i], yScale) }));
  const at = { x: "x", y: "y" }, paint = kindColor(color);
  const line = { ...at, stroke: paint, strokeWidth: 1.5 };
  if (style === "dashed") return [plot.line(points, { ...line, strokeDasharray: "5 4" })];
  return [
    plot.line(points, line),
    ...(style === "dotted" ? [plot.dot(points, { ...at, r: 3, fill: paint })] : []),
  ];
}

/** The names in rows below the subtitle, each behind a piece of its line; none where there is one curve. */
function legendRows({ curves, width }: CurvesSpec, left: number): { rows: number; text: string } {
  const named = curves.filter(({ name }) => name !== "");
  if (named.length < 2) return { rows: 0, text: "" };
  let at = left, row = 0, text = "";
  for (const { name, color, style } of named) {
    const label = fitted(name, SIZE, width - left - RIGHT - 30);
    const room = 30 + textWidth(label, SIZE) + 14;
    if (at > left && at + room - 14 > width - RIGHT) {
      at = left;
      row++;
    }
    const y = TOP + 4 + row * ROW, dash = style === "dashed" ? ' stroke-dasharray="5 4"' : "";
    text +=
      `<line x1="${at}" x2="${at + 22}" y1="${y - 4}" y2="${y - 4}" stroke="${
        kindColor(color)
      }" stroke-width="2"${dash}/>` + textElement(label, at + 28, y, { size: SIZE });
    at += room;
  }
  return { rows: row + 1, text };
}
