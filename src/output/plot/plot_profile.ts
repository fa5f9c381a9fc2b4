import { MeshVariable } from "../../mesh/mesh_variable.ts";
import { describe, type OptionNames, requireOptions } from "../../options.ts";
import type { Curve, CurvesSpec } from "./curves.ts";
import type { Picture } from "./picture.ts";
import { pictureWidth, plotOptionNames, type PlotOptions, unitsOf } from "./plot_options.ts";
import { briefly } from "./ticks.ts";

/** Options of {@link plotProfile}. */
export interface ProfilePlotOptions extends PlotOptions {
  /** Where the line begins, `[dim]`. */
  readonly from: ArrayLike<number>;
  /** Where it ends, `[dim]`. */
  readonly to: ArrayLike<number>;
  /** How many points of it are evaluated; defaults to 400. */
  readonly points?: number;
  /** Units of the values; defaults to those of the model's parameter with the first variable's name. */
  readonly units?: string;
  /** Whether the values have a logarithmic axis; defaults to false. */
  readonly log?: boolean;
}

const optionNames: OptionNames<ProfilePlotOptions> = {
  ...plotOptionNames,
  from: true,
  to: true,
  points: true,
  units: true,
  log: true,
};

/** Numbers along a line. */
export interface Profile {
  /** The distance from where the line begins, `[n]`. */
  readonly distance: Float64Array;
  /** One column for each component of each variable, `[n]`; NaN outside of the mesh. */
  readonly values: Readonly<Record<string, Float64Array>>;
}

/**
 * The values of fields along a line. Collective: every rank gets all of them.
 *
 * @param fields A mesh variable, or several of one mesh or of several.
 * @throws {TypeError} when something is of a wrong type, or an option does not exist.
 * @throws {RangeError} when a point does not have the numbers of the mesh's dimension, the ends coincide, or there are
 *   fewer than two points.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, profileOf } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const T = new MeshVariable(mesh, "T");
 * T.set((x, y) => x + y);
 * const { distance, values } = profileOf(T, { from: [0, 0.5], to: [1, 0.5], points: 3 });
 * console.log([...distance], [...values.T]); // [ 0, 0.5, 1 ] [ 0.5, 1, 1.5 ]
 * ```
 */
export function profileOf(
  fields: MeshVariable | readonly MeshVariable[],
  options: ProfilePlotOptions,
): Profile {
  requireOptions("profileOf", options, optionNames);
  const all = variablesOf("profileOf", fields), { points = 400 } = options;
  if (!Number.isInteger(points) || points < 2) {
    throw new RangeError(`profileOf: points is a whole number from 2, got ${describe(points)}`);
  }
  const { dim } = all[0].mesh, from = placeOf("from", options.from, dim);
  const to = placeOf("to", options.to, dim);
  const length = Math.hypot(...to.map((end, d) => end - from[d]));
  if (!(length > 0)) throw new RangeError("profileOf: from and to are the same point");
  const share = Float64Array.from({ length: points }, (_, i) => i / (points - 1));
  const places = new Float64Array(points * dim);
  for (let i = 0; i < points; i++) {
    for (let d = 0; d < dim; d++) {
      places[i * dim + d] = i === points - 1 ? to[d] : from[d] + share[i] * (to[d] - from[d]);
    }
  }
  const columns: [string, Float64Array][] = [];
  for (const variable of all) {
    if (variable.mesh.dim !== dim) {
      throw new RangeError("profileOf: all variables have the same number of dimensions");
    }
    const { data } = variable.evaluate(places), { components, name } = variable;
    for (let a = 0; a < components; a++) {
      const column = Float64Array.from({ length: points }, (_, i) => data[i * components + a]);
      columns.push([components === 1 ? name : `${name}[${a}]`, column]);
    }
  }
  return { distance: share.map((s) => s * length), values: Object.fromEntries(columns) };
}

/**
 * Draws fields along a line, all in one frame; what is outside of the mesh is a gap. Collective.
 *
 * @param fields A mesh variable, or several; each component is a curve.
 * @throws {TypeError} as {@link profileOf}.
 * @throws {RangeError} as {@link profileOf}, and when the width is out of range.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, plotProfile } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const T = new MeshVariable(mesh, "T");
 * T.set((x) => x * x);
 * const picture = await plotProfile(T, { from: [0, 0.5], to: [1, 0.5], units: "K" });
 * console.log(picture.title); // T
 * ```
 */
export async function plotProfile(
  fields: MeshVariable | readonly MeshVariable[],
  options: ProfilePlotOptions,
): Promise<Picture> {
  requireOptions("plotProfile", options, optionNames);
  const all = variablesOf("plotProfile", fields), width = pictureWidth(options);
  const { distance, values } = profileOf(fields, options);
  const { model } = all[0].mesh, names = Object.keys(values);
  const place = (point: ArrayLike<number>) =>
    `(${Array.from(point, (x) => briefly(x)).join(", ")})`;
  const curves = names.map((name, color): Curve => {
    return { name, x: distance, y: values[name], style: "line", color };
  });
  const spec: CurvesSpec = {
    title: options.title ?? names.join(", "),
    subtitle: `from ${place(options.from)} to ${place(options.to)}`,
    width,
    curves,
    x: { name: "distance", units: unitsOf(model, "length", undefined), log: false },
    y: {
      name: names.length === 1 ? names[0] : "value",
      units: unitsOf(model, all[0].name, options.units),
      log: options.log ?? false,
    },
  };
  const { drawCurves } = await import("./curves.ts");
  return await drawCurves(spec);
}

function variablesOf(
  what: string,
  fields: MeshVariable | readonly MeshVariable[],
): readonly MeshVariable[] {
  const all = Array.isArray(fields) ? fields as readonly MeshVariable[] : [fields as MeshVariable];
  const wrong = all.find((field) => !(field instanceof MeshVariable));
  if (all.length > 0 && wrong === undefined) return all;
  throw new TypeError(
    `${what} takes a mesh variable, or a list of them; got ${describe(wrong ?? fields)}`,
  );
}

function placeOf(name: string, point: ArrayLike<number>, dim: number): number[] {
  if (typeof point !== "object" || typeof point?.length !== "number") {
    throw new TypeError(`profileOf: ${name} is a point, [${dim}]; got ${describe(point)}`);
  }
  const place = Array.from(point);
  if (place.length === dim && place.every(Number.isFinite)) return place;
  throw new RangeError(
    `profileOf: ${name} has ${dim} finite numbers, got [${place.map(String).join(", ")}]`,
  );
}
