import { MeshVariable } from "../../mesh/mesh_variable.ts";
import { describe, type OptionNames, requireOptions } from "../../options.ts";
import { anchored } from "../../snapshot/file/paths.ts";
import { Picture, pixelsOf } from "./picture.ts";
import { picturesOf, type StatesPlotOptions } from "./plot_states.ts";
import type { Pixels } from "./png_file.ts";

/** Options of {@link saveAnimation}. */
export interface AnimationOptions {
  /** Pictures per second; defaults to 5. */
  readonly fps?: number;
  /** The pixels per unit of the pictures; defaults to 1. */
  readonly scale?: number;
  /** For a field: which states of the timeline, and how they are drawn; defaults to all, as `plotField` does. */
  readonly plot?: Omit<StatesPlotOptions, "columns">;
}

const optionNames: OptionNames<AnimationOptions> = { fps: true, scale: true, plot: true };

/** The width of one picture of a field. */
const WIDTH = 480;

/**
 * Saves pictures as an animated PNG file, which browsers, notebooks and README pages play: every colour is kept, and
 * a viewer that knows nothing of animations shows the first. Smaller pictures stand on white.
 *
 * @param path Where to; the name should end in `.png`.
 * @param what Pictures, or a mesh variable at the states that `model.timeline` keeps, with one scale of colours.
 * @throws {TypeError} when it is neither, or an option does not exist.
 * @throws {RangeError} when there is nothing to show, `fps` is not from 0.1 to 100, or the scale not from 0.1 to 10.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, saveAnimation } from "@timestash/timestash";
 *
 * const model = new Model();
 * const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] }), "T");
 * for (; model.tracker.step < 3; model.tracker.step++) {
 *   T.set((x) => x * model.tracker.step);
 *   model.timeline.record();
 * }
 * const folder = Deno.makeTempDirSync();
 * await saveAnimation(`${folder}/T.png`, T, { fps: 2 });
 * console.log(Deno.statSync(`${folder}/T.png`).size > 1000); // true
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export async function saveAnimation(
  path: string | URL,
  what: MeshVariable | readonly Picture[],
  options: AnimationOptions = {},
): Promise<void> {
  requireOptions("saveAnimation", options, optionNames);
  const { fps = 5, scale = 1, plot = {} } = options, place = anchored(path);
  if (!(fps >= 0.1 && fps <= 100)) {
    throw new RangeError(`saveAnimation: fps is a number from 0.1 to 100, got ${describe(fps)}`);
  }
  const pictures = what instanceof MeshVariable
    ? await picturesOf("saveAnimation", what, { width: WIDTH, ...plot })
    : what;
  const wrong = !Array.isArray(pictures) || pictures.some((it) => !(it instanceof Picture));
  if (wrong) {
    throw new TypeError(
      `saveAnimation takes a list of pictures or a mesh variable, got ${describe(what)}`,
    );
  }
  if (pictures.length === 0) throw new RangeError("saveAnimation: the list of pictures is empty");
  const frames: Pixels[] = [];
  for (const picture of pictures) frames.push(await pixelsOf(picture, "saveAnimation", { scale }));
  const width = Math.max(...frames.map((frame) => frame.width));
  const height = Math.max(...frames.map((frame) => frame.height));
  const { encodeApng } = await import("./png_file.ts");
  const bytes = await encodeApng(
    frames.map((frame) => onWhite(frame, width, height)),
    Math.round(1000 / fps),
  );
  const { writeBytes } = await import("../files/whole_file.ts");
  writeBytes(place, bytes);
}

/** A frame as large as all of them. */
function onWhite(frame: Pixels, width: number, height: number): Pixels {
  if (frame.width === width && frame.height === height) return frame;
  const data = new Uint8Array(4 * width * height).fill(255), row = 4 * frame.width;
  for (let y = 0; y < frame.height; y++) {
    data.set(frame.data.subarray(y * row, (y + 1) * row), 4 * y * width);
  }
  return { width, height, data };
}
