/**
 * Several quantities as curves in one frame.
 *
 * @module
 */
import type { Curve, CurvesSpec } from "./curves.ts";
import type { Picture } from "./picture.ts";
import type { Chart } from "./series.ts";
import { extentOf } from "./ticks.ts";

/** Lines through more points than this are drawn without dots. */
export const DOTTED = 60;

/** How they are drawn. */
interface TogetherSpec {
  readonly title?: string | undefined;
  readonly width: number;
  /** The units of a quantity. */
  readonly unit: (name: string) => string;
  readonly log?: readonly string[] | undefined;
  readonly logX?: boolean | undefined;
  readonly markers?: boolean | undefined;
}

/**
 * Draws all quantities of a chart in one frame; the axis is logarithmic if one of them is to be.
 *
 * @throws {RangeError} when there is no quantity.
 */
export async function drawTogether(
  chart: Chart,
  { title = chart.title, width, unit, log, logX = false, markers }: TogetherSpec,
): Promise<Picture> {
  const series = chart.series.filter(({ style }) => style !== "marks");
  if (series.length === 0) throw new RangeError("plotHistory: there is no quantity to draw");
  const extents = series.map(({ y }) => extentOf(y));
  const least = Math.min(...extents.map(({ min }) => min));
  const most = Math.max(...extents.map(({ max }) => max));
  const curves = series.map(({ name, x, y }, color): Curve => {
    const dotted = markers ?? y.length <= DOTTED;
    return { name, x, y, style: dotted ? "dotted" : "line", color };
  });
  const units = new Set(series.map(({ name }) => unit(name)));
  const spec: CurvesSpec = {
    title,
    subtitle: chart.subtitle,
    width,
    curves,
    x: { name: chart.x, units: unit(chart.x), log: logX },
    y: {
      name: series.length === 1 ? series[0].name : "value",
      units: units.size === 1 ? [...units][0] : "",
      log: log === undefined ? least > 0 && most > 100 * least : log.length > 0,
    },
  };
  const { drawCurves } = await import("./curves.ts");
  return await drawCurves(spec);
}
