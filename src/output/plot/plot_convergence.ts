import { checkOptions, describe, type OptionNames } from "../../options.ts";
import type { Curve, CurvesSpec } from "./curves.ts";
import type { Picture } from "./picture.ts";
import { pictureWidth, plotOptionNames, type PlotOptions } from "./plot_options.ts";
import type { HistoryColumns } from "./series.ts";

/** Options of {@link plotConvergence}. */
export interface ConvergencePlotOptions extends PlotOptions {
  /** The column with the sizes, by whose power errors fall: `"h"` (the default), `"dt"`, `"dofs"`. */
  readonly x?: string;
  /** The name of the vertical axis; defaults to `"error"`. */
  readonly y?: string;
}

const optionNames: OptionNames<ConvergencePlotOptions> = { ...plotOptionNames, x: true, y: true };

/**
 * The order p of error = C size^p: the slope of the line nearest to the logarithms in the mean square.
 *
 * @param size `[n]`, above 0, and not all equal.
 * @param error `[n]`, above 0.
 * @throws {TypeError} when they are not lists of numbers.
 * @throws {RangeError} when the lengths differ, there are fewer than two, or a number is not above 0.
 *
 * @example
 * ```ts
 * import { convergenceOrder } from "@timestash/timestash";
 *
 * console.log(convergenceOrder([0.1, 0.05, 0.025], [4e-2, 1e-2, 2.5e-3]).toFixed(2)); // 2.00
 * ```
 */
export function convergenceOrder(size: ArrayLike<number>, error: ArrayLike<number>): number {
  const x = logarithms("sizes", size), y = logarithms("errors", error);
  if (x.length !== y.length || x.length < 2) {
    throw new RangeError(
      `an order takes as many sizes as errors, two at least; got ${x.length} and ${y.length}`,
    );
  }
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
  const x0 = mean(x), y0 = mean(y);
  let products = 0, squares = 0;
  for (let i = 0; i < x.length; i++) {
    products += (x[i] - x0) * (y[i] - y0);
    squares += (x[i] - x0) ** 2;
  }
  if (squares > 0) return products / squares;
  throw new RangeError(`an order takes sizes that differ, got ${size[0]} only`);
}

function logarithms(what: string, values: ArrayLike<number>): number[] {
  if (typeof values !== "object" || typeof values?.length !== "number") {
    throw new TypeError(`an order takes lists of numbers, got ${describe(values)} for ${what}`);
  }
  return Array.from(values, (value) => {
    if (value > 0 && value < Infinity) return Math.log(value);
    throw new RangeError(`an order takes ${what} above 0, got ${String(value)}`);
  });
}

/**
 * Draws errors over sizes with logarithmic axes, each column with the line of its order beside it; the legend has the
 * orders, as {@link convergenceOrder} fits them.
 *
 * @param errors Columns of numbers above 0, `[n]` each: the sizes, and one or more columns of errors.
 * @throws {TypeError} when `errors` are not columns of numbers, or an option does not exist.
 * @throws {RangeError} when a column is missing or of another length, a number is not above 0, or the width is out
 *   of range.
 *
 * @example
 * ```ts
 * import { plotConvergence } from "@timestash/timestash";
 *
 * const h = [0.1, 0.05, 0.025];
 * const { svg } = await plotConvergence({ h, P1: h.map((x) => x * x), P2: h.map((x) => x ** 3) });
 * console.log(svg.includes("P2, order 3.00")); // true
 * ```
 */
export async function plotConvergence(
  errors: HistoryColumns,
  options: ConvergencePlotOptions = {},
): Promise<Picture> {
  checkOptions("plotConvergence", options, optionNames);
  const width = pictureWidth(options), { x = "h", y = "error" } = options;
  if (typeof errors !== "object" || errors === null || Array.isArray(errors)) {
    throw new TypeError(
      `plotConvergence takes columns of numbers by name, as { h, error }; got ${describe(errors)}`,
    );
  }
  const sizes = Object.hasOwn(errors, x) ? errors[x] : undefined;
  const names = Object.keys(errors).filter((name) => name !== x);
  if (sizes === undefined || names.length === 0) {
    throw new RangeError(
      `plotConvergence takes the column '${x}' and at least one more; there are: ${
        Object.keys(errors).join(", ") || "none"
      }`,
    );
  }
  const curves = names.flatMap((name, color) => fittedCurves(name, color, sizes, errors[name]));
  const spec: CurvesSpec = {
    title: options.title ?? `Convergence with ${x}`,
    subtitle: `${sizes.length} points; dashed: the fitted order`,
    width,
    curves,
    x: { name: x, units: "", log: true },
    y: { name: y, units: "", log: true },
  };
  const { drawCurves } = await import("./curves.ts");
  return await drawCurves(spec);
}

/** The points of a column, and the line of its order through their middle. */
function fittedCurves(
  name: string,
  color: number,
  x: ArrayLike<number>,
  y: ArrayLike<number>,
): Curve[] {
  const order = convergenceOrder(x, y), all = Array.from(x), count = all.length;
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, value) => sum + Math.log(value), 0) / count;
  const offset = mean(y) - order * mean(x);
  const ends = [Math.min(...all), Math.max(...all)];
  const line = ends.map((size) => Math.exp(offset + order * Math.log(size)));
  return [
    { name: `${name}, order ${order.toFixed(2)}`, x, y, style: "dotted", color },
    { name: "", x: ends, y: line, style: "dashed", color },
  ];
}
