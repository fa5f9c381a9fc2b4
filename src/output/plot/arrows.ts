/**
 * Arrows that show the direction of a plane vector field.
 *
 * @module
 */
import type { PlotLibrary, PlotMark } from "../../deps/observable_plot.ts";
import type { MeshVariable } from "../../mesh/mesh_variable.ts";
import type { PlotView } from "./view.ts";

/** The number of arrows side by side, if there is room. */
const COLUMNS = 22;

/** An arrow in model coordinates; its length in pixels. */
interface Arrow {
  readonly x: number;
  readonly y: number;
  readonly length: number;
  /** Degrees, clockwise from upward. */
  readonly turn: number;
}

/** Arrows on a regular grid, with the current values of the field. */
export function arrowMarks(
  variable: MeshVariable,
  view: PlotView,
): (plot: PlotLibrary) => readonly PlotMark[] {
  const arrows = arrowsOf(variable, view);
  return (plot) =>
    // Dark on a bright outline, so that the arrows are visible on every colour.
    [{ stroke: "white", strokeWidth: 3, strokeOpacity: 0.6 }, { stroke: "#111", strokeWidth: 1.2 }]
      .map((style) =>
        plot.vector(arrows, {
          x: "x",
          y: "y",
          length: { value: "length", scale: null },
          rotate: "turn",
          r: 2.6,
          ...style,
        })
      );
}

function arrowsOf(variable: MeshVariable, { min, max, width, height }: PlotView): Arrow[] {
  const spacing = Math.min(24, Math.max(14, width / COLUMNS));
  const columns = Math.max(1, Math.floor(width / spacing));
  const rows = Math.max(1, Math.floor(height / spacing));
  const points = new Float64Array(2 * columns * rows);
  for (let i = 0; i < points.length / 2; i++) {
    points[2 * i] = min[0] + (i % columns + 0.5) / columns * (max[0] - min[0]);
    points[2 * i + 1] = min[1] + (Math.floor(i / columns) + 0.5) / rows * (max[1] - min[1]);
  }
  const { data } = variable.evaluate(points);
  let longest = 0;
  for (let i = 0; i < data.length; i += 2) {
    const length = Math.hypot(data[i], data[i + 1]);
    if (Number.isFinite(length)) longest = Math.max(longest, length);
  }
  const arrows: Arrow[] = [];
  for (let i = 0; i < data.length; i += 2) {
    const length = Math.hypot(data[i], data[i + 1]);
    // An arrow shorter than its head cannot be read.
    if (!(length > 0.2 * longest)) continue;
    arrows.push({
      x: points[i],
      y: points[i + 1],
      length: Math.round(100 * (spacing - 2) * length / longest) / 100,
      turn: Math.round(100 * Math.atan2(data[i], data[i + 1]) * 180 / Math.PI) / 100,
    });
  }
  return arrows;
}
