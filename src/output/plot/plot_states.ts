import { MeshVariable } from "../../mesh/mesh_variable.ts";
import { Model } from "../../model/model.ts";
import type { Timeline } from "../../model/timeline.ts";
import { checkOptions, describe } from "../../options.ts";
import type { Picture } from "./picture.ts";
import { fieldPlotOptionNames, type FieldPlotOptions, plotField } from "./plot_field.ts";
import { pictureWidth } from "./plot_options.ts";
import { briefly, extentOf, openRange } from "./ticks.ts";

/** Options of {@link plotStates}. */
export interface StatesPlotOptions extends FieldPlotOptions {
  /** The steps of the states to show; defaults to `count` of them, evenly through those that are kept. */
  readonly steps?: readonly number[];
  /** How many states to show; defaults to 6. */
  readonly count?: number;
  /** How many pictures stand in a row; defaults to 3. */
  readonly columns?: number;
}

/** The space above the pictures, and the least width of one. */
const TOP = 56, NARROWEST = 200;

/**
 * Draws a field at states that `model.timeline` keeps, as small pictures with one scale of colours. The model is put
 * back to each of them, and then to where it was. Collective.
 *
 * @param variable The field, on a mesh of the model whose timeline is meant.
 * @param options As for {@link plotField}; `steps`, or `count`, and `columns`.
 * @throws {TypeError} when `variable` is not a mesh variable of a model, or an option does not exist.
 * @throws {RangeError} when no state is kept, or none of a step, or a number is out of range.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, plotStates } from "@timestash/timestash";
 *
 * const model = new Model();
 * const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] }), "T");
 * for (; model.tracker.step < 4; model.tracker.step++) {
 *   T.set((x) => x * model.tracker.step);
 *   model.timeline.record();
 * }
 * const picture = await plotStates(T, { columns: 2, units: "K" });
 * console.log(picture.title, model.tracker.step); // T 4
 * ```
 */
export async function plotStates(
  variable: MeshVariable,
  options: StatesPlotOptions = {},
): Promise<Picture> {
  const { columns = 3 } = options;
  const pictures = await picturesOf("plotStates", variable, { count: 6, ...options, columns });
  const across = Math.min(columns, pictures.length);
  const rows = Math.ceil(pictures.length / across);
  const width = Math.max(...pictures.map((picture) => picture.width));
  const height = Math.max(...pictures.map((picture) => picture.height));
  const body = pictures.map(({ svg }, i) => {
    const x = (i % across) * width, y = TOP + Math.floor(i / across) * height;
    return svg.replace("<svg ", `<svg x="${x}" y="${y}" `);
  }).join("");
  const title = options.title ?? variable.name;
  const subtitle = `${pictures.length} states of the timeline`;
  const { paper } = await import("./frame.ts");
  return paper(title, subtitle, across * width, TOP + rows * height, body);
}

/** The pictures of a field at states of the timeline, all with one scale of colours; without `count`, of all. */
// deno-lint-ignore require-await -- all that goes wrong rejects
export async function picturesOf(
  what: string,
  variable: MeshVariable,
  options: StatesPlotOptions,
): Promise<Picture[]> {
  const { steps, count = Infinity, columns = 1, ...field } = options;
  for (const [name, value] of Object.entries({ count, columns })) {
    if (value === Infinity || Number.isInteger(value) && value >= 1) continue;
    throw new RangeError(
      `${what}: ${name} is a whole number of at least 1, got ${describe(value)}`,
    );
  }
  checkOptions(what, field, fieldPlotOptionNames);
  const timeline = timelineOf(what, variable);
  const shown = steps ?? spread(timeline.entries().map(({ step }) => step), count);
  if (shown.length === 0) {
    throw new RangeError(`${what}: the timeline keeps no state; call model.timeline.record()`);
  }
  const width = Math.max(NARROWEST, Math.floor(pictureWidth(field) / columns));
  const range = field.range ?? rangeOver(timeline, variable, shown, field.component);
  // What a picture shows is taken when it is asked for, so the model may move on.
  return Promise.all(
    timeline.visit(({ step, time }) =>
      plotField(variable, {
        ...field,
        width,
        range,
        title: `step ${step}, time ${briefly(time)}`,
      }), shown),
  );
}

function timelineOf(what: string, variable: MeshVariable): Timeline {
  if (!(variable instanceof MeshVariable)) {
    throw new TypeError(`${what} takes a mesh variable first, got ${describe(variable)}`);
  }
  const { model } = variable.mesh;
  if (model instanceof Model) return model.timeline;
  throw new TypeError(`${what} takes a variable of a model, whose timeline has the states`);
}

/** As many of the steps as asked for, evenly, the first and the last among them. */
function spread(steps: readonly number[], count: number): number[] {
  if (steps.length <= count) return [...new Set(steps)];
  const chosen = Array.from(
    { length: count },
    (_, i) =>
      steps[count === 1 ? steps.length - 1 : Math.round(i * (steps.length - 1) / (count - 1))],
  );
  return [...new Set(chosen)];
}

/** The least and the greatest value at all the states; of a vector, of its length. */
function rangeOver(
  timeline: Timeline,
  variable: MeshVariable,
  steps: readonly number[],
  component?: number,
): [number, number] {
  const extents = timeline.visit(() => {
    const { data, components } = variable;
    const values = Float64Array.from({ length: data.length / components }, (_, i) => {
      const row = data.subarray(i * components, (i + 1) * components);
      return components === 1
        ? row[0]
        : component === undefined
        ? Math.hypot(...row)
        : row[component];
    });
    return extentOf(values);
  }, steps);
  return openRange(
    Math.min(...extents.map(({ min }) => min)),
    Math.max(...extents.map(({ max }) => max)),
  ) as [number, number];
}
