/**
 * What `gradient` takes and returns.
 *
 * @module
 */
import { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { requirePresent } from "../mesh/registered.ts";
import type { Model } from "../model/model.ts";
import { describe, type OptionNames, requireOptions } from "../options.ts";
import { requireModel } from "../run/call_checks.ts";
import { Objective } from "./objective.ts";
import { requireFreeName } from "./riesz.ts";
import type { ReverseOptions, ReverseReport } from "./reverse_options.ts";

/** What an objective is differentiated by: a variable (its values before the first step), or a parameter by name. */
export type Control = MeshVariable | string;

/** A part of an objective that is looked at in the course of the run. */
export interface ObjectiveAt {
  /** The formula; see {@link gradient}. */
  readonly text: string;
  /** The times at which it is added, as `tracker.time` has them; the end of the run by default. */
  readonly times?: readonly number[];
}

/** Options of {@link gradient}. */
export interface GradientOptions<C extends readonly Control[] = readonly Control[]>
  extends Pick<ReverseOptions, "step" | "steps" | "disk" | "onSchedule" | "progress"> {
  /** What is differentiated, at the end of the run or at given times; the sum where there are several. */
  readonly objective: string | ObjectiveAt | readonly ObjectiveAt[];
  /** By what. */
  readonly controls: C;
  /**
   * What the gradient by a variable is: `"L2"`, the field g with `dJ = integral of g . dm` for a change dm, which does
   * not depend on the mesh; or `"coefficients"`, the derivatives by the degrees of freedom. Defaults to `"L2"`.
   */
  readonly riesz?: Riesz;
  /** The memory for states; see {@link ReverseOptions.memory}. Defaults to 1 GiB. */
  readonly memory?: ReverseOptions["memory"];
}

/** What a gradient by a variable means. */
export type Riesz = "L2" | "coefficients";

/** A gradient by one control. */
export type GradientBy<C> = C extends MeshVariable ? MeshVariable : number;

/** What {@link gradient} returns. */
export interface Gradient<C extends readonly Control[] = readonly Control[]> {
  /** The objective. */
  readonly value: number;
  /** The gradient by each control: a variable `${name}_gradient` for a variable, a number for a parameter. */
  readonly gradients: { readonly [K in keyof C]: GradientBy<C[K]> };
  /** What gradients by variables are. */
  readonly riesz: Riesz;
  /** What the run backwards took; `forwardSteps` does not count the one more for each step that is looked at. */
  readonly report: ReverseReport;
}

/** An objective with the times at which it is looked at; null for the end. */
export interface TimedObjective {
  readonly objective: Objective;
  readonly times: readonly number[] | null;
}

/** Options that were checked. */
export interface GradientPlan {
  readonly options: GradientOptions;
  readonly objectives: readonly TimedObjective[];
  readonly variables: readonly MeshVariable[];
  readonly parameters: readonly string[];
  readonly riesz: Riesz;
}

const optionNames: OptionNames<GradientOptions> = {
  step: true,
  steps: true,
  objective: true,
  controls: true,
  riesz: true,
  memory: true,
  disk: true,
  onSchedule: true,
  progress: true,
};
const objectiveNames: OptionNames<ObjectiveAt> = { text: true, times: true };

/**
 * Checks a call of `gradient`; what it has in common with `reverse` is checked there.
 *
 * @throws {TypeError} when something is of a wrong type, or an option does not exist.
 * @throws {RangeError} when a formula cannot be read, a control comes twice or does not exist, or a number is out of
 *   range.
 */
export function checkGradient(model: Model, options: GradientOptions): GradientPlan {
  requireModel("gradient", model);
  requireOptions("gradient", options, optionNames);
  const { controls, objective, step, riesz = "L2" } = options;
  // The step is called inside of another one, so what `reverse` says of it would come too late.
  if (typeof step !== "function") {
    throw new TypeError(`gradient: step is a function that takes one step, got ${describe(step)}`);
  }
  if (!Array.isArray(controls) || controls.length === 0) {
    throw new TypeError(
      `gradient: controls is a list of variables and names of parameters, got ${
        describe(controls)
      }`,
    );
  }
  if (riesz !== "L2" && riesz !== "coefficients") {
    throw new RangeError(`gradient: riesz is "L2" or "coefficients", got ${describe(riesz)}`);
  }
  const variables = controls.filter((control) => control instanceof MeshVariable);
  const parameters = controls.filter((control) => typeof control === "string");
  controls.forEach((control, k) => checkControl(model, control, controls.indexOf(control) < k));
  variables.forEach(requireFreeName);
  const mesh = meshOf(model, variables);
  const objectives = listOf(objective).map(({ text, times }): TimedObjective => ({
    objective: new Objective(text, mesh),
    times: times ?? null,
  }));
  return { options, objectives, variables, parameters, riesz };
}

function checkControl(model: Model, control: unknown, isTwice: boolean): void {
  if (control instanceof MeshVariable) {
    if (control.mesh.model !== model) {
      throw new RangeError(`gradient: variable '${control.name}' belongs to another model`);
    }
    requirePresent("gradient", control);
    if (isTwice) throw new RangeError(`gradient: variable '${control.name}' is a control twice`);
    return;
  }
  if (typeof control !== "string") {
    throw new TypeError(
      `gradient: a control is a variable or the name of a parameter, got ${describe(control)}`,
    );
  }
  if (isTwice) throw new RangeError(`gradient: parameter '${control}' is a control twice`);
  const value = model.parameters.get(control);
  if (typeof value === "number") return;
  throw new TypeError(`gradient: parameter '${control}' is ${describe(value)}, not a number`);
}

function meshOf(model: Model, variables: readonly MeshVariable[]): Mesh {
  const named = variables.map(({ mesh }) => mesh), all = [...model.meshes.values()];
  const found = new Set(named.length > 0 ? named : all);
  if (found.size === 1) return [...found][0];
  throw new RangeError(
    `gradient: an objective reads the variables of one mesh, and ${
      named.length > 0 ? "the controls are on" : "the model has"
    } ${found.size}`,
  );
}

function listOf(objective: GradientOptions["objective"]): readonly ObjectiveAt[] {
  if (typeof objective === "string") return [{ text: objective }];
  const list = Array.isArray(objective) ? objective : [objective];
  if (list.length === 0) throw new RangeError("gradient: the list of objectives is empty");
  for (const one of list) {
    requireOptions("gradient: objective", one, objectiveNames);
    if (typeof one.text !== "string") {
      throw new TypeError(`gradient: objective.text is a formula, got ${describe(one.text)}`);
    }
    const { times } = one;
    if (times === undefined) continue;
    const isList = Array.isArray(times) && times.length > 0 && times.every(Number.isFinite);
    if (!isList) {
      throw new TypeError(`gradient: objective.times is a list of numbers, got ${describe(times)}`);
    }
  }
  return list;
}
