/**
 * Draws the panels of a history below each other. Loaded when what is in them is known.
 *
 * @module
 */
import { type Document, newDocument } from "../../deps/linkedom.ts";
import { loadPlot, type PlotLibrary, type PlotMark } from "../../deps/observable_plot.ts";
import { kindColor } from "./color_map.ts";
import { paper, tidied } from "./frame.ts";
import type { Picture } from "./picture.ts";
import { type Series, thinned } from "./series.ts";
import { ink, textElement } from "./svg_text.ts";
import { extentOf, type TickStyle } from "./ticks.ts";
import { DOTTED } from "./together.ts";

/** A series with its scale. */
export interface Panel {
  readonly series: Series;
  readonly height: number;
  readonly log: boolean;
  readonly domain: readonly [number, number];
  readonly ticks: TickStyle;
  readonly label: string;
}

/** The horizontal axis of all panels. */
export interface PanelAxis {
  readonly domain: readonly [number, number];
  readonly log: boolean;
  readonly style: TickStyle;
  readonly label: string;
}

/** What is drawn, from top to bottom. */
interface PanelsSpec {
  readonly title: string;
  readonly subtitle: string;
  readonly width: number;
  readonly left: number;
  readonly panels: readonly Panel[];
  readonly x: PanelAxis;
  readonly markers: boolean | undefined;
}

const RIGHT = 20;
const GAP = 14;
const TOP = 58;
const BOTTOM = 44;
const SIZE = 11;

/** Draws them. */
export async function drawPanels(spec: PanelsSpec): Promise<Picture> {
  const { panels, x, left, width, markers } = spec;
  const [plot, document] = await Promise.all([loadPlot(), newDocument()]);
  let top = TOP, body = "";
  panels.forEach((panel, i) => {
    const box = { left, top, width, last: i === panels.length - 1 };
    body += drawPanel(plot, document, panel, x, box, markers) + panelLabel(panel, box);
    top += panel.height + GAP;
  });
  const height = top - GAP + BOTTOM;
  body += textElement(x.label, (left + width - RIGHT) / 2, height - 8, {
    size: SIZE,
    anchor: "middle",
  });
  return paper(spec.title, spec.subtitle, width, height, body);
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
  x: PanelAxis,
  { left, top, width, last }: Box,
  markers: boolean | undefined,
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
  markers: boolean | undefined,
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
