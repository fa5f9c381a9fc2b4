import { displayAs, printAs } from "../../display.ts";
import type { MeshVariable } from "../../mesh/mesh_variable.ts";
import type { FieldPlotOptions } from "../plot/plot_field.ts";
import type { Picture } from "../plot/picture.ts";
import { picturesOf } from "../plot/plot_states.ts";
import { xmlText } from "../xml_text.ts";
import { fixFields } from "../../fixed_fields.ts";

/** Options of {@link stateSlider}. */
export interface StateSliderOptions extends FieldPlotOptions {
  /** The steps of the states to show; defaults to `count` of them, evenly through those that are kept. */
  readonly steps?: readonly number[];
  /** How many states to show; defaults to 20. */
  readonly count?: number;
}

/**
 * Pictures with a slider, as plain HTML: a notebook shows it as the last value of a cell, and it needs no kernel to
 * be moved.
 *
 * @hideconstructor
 */
export class StateSlider {
  /** The pictures, one for each place of the slider. */
  readonly pictures: readonly Picture[];

  /** Made by `stateSlider`. */
  constructor(pictures: readonly Picture[]) {
    this.pictures = pictures;
    fixFields(this, new.target, StateSlider);
  }

  /** The slider and the pictures, which are images and cannot run anything. */
  get html(): string {
    const { pictures } = this, last = pictures.length - 1;
    const images = pictures.map(({ svg, title, width }, i) => {
      const source = new TextEncoder().encode(svg).toBase64();
      const hidden = i === last ? "" : ";display:none";
      return `<img alt="${xmlText(title)}" width="${width}" style="max-width:100%${hidden}" ` +
        `src="data:image/svg+xml;base64,${source}">`;
    });
    // All that runs: the picture of the slider's place is shown, and the others are not.
    const move = "const all=this.parentElement.querySelectorAll('img');" +
      "all.forEach((one,i)=>one.style.display=i===Number(this.value)?'':'none')";
    return `<div><input type="range" min="0" max="${last}" value="${last}" step="1" ` +
      `aria-label="which state" style="width:min(100%,600px);display:block" oninput="${move}">${
        images.join("")
      }</div>`;
  }

  static {
    displayAs(this, function () {
      return { "text/html": this.html, "text/plain": this.#line() };
    });
    printAs(this, function () {
      return this.#line();
    });
  }

  #line(): string {
    const { pictures } = this;
    return `StateSlider(${pictures.length} states, ${pictures[0].title} to ${
      pictures.at(-1)!.title
    })`;
  }
}

/**
 * A field at states that `model.timeline` keeps, with a slider, for a notebook. The model is put back to each of them,
 * and then to where it was. Collective.
 *
 * @param variable The field, on a mesh of the model whose timeline is meant.
 * @param options As for `plotField`; `steps` or `count`.
 * @throws {TypeError} when `variable` is not a mesh variable of a model, or an option does not exist.
 * @throws {RangeError} when no state is kept, or none of a step, or a number is out of range.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, stateSlider } from "@timestash/timestash";
 *
 * const model = new Model();
 * const T = new MeshVariable(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] }), "T");
 * for (; model.tracker.step < 3; model.tracker.step++) {
 *   T.set((x) => x * model.tracker.step);
 *   model.timeline.record();
 * }
 * const slider = await stateSlider(T, { units: "K" });
 * console.log(slider); // StateSlider(3 states, step 0, time 0 to step 2, time 0)
 * ```
 */
export async function stateSlider(
  variable: MeshVariable,
  options: StateSliderOptions = {},
): Promise<StateSlider> {
  return new StateSlider(await picturesOf("stateSlider", variable, { count: 20, ...options }));
}
