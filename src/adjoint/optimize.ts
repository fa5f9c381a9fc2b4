/**
 * Controls for which a run ends best. What looks for them is loaded when it is first used.
 *
 * @module
 */
import type { Model } from "../model/model.ts";
import type { OptimizeOptions, Optimum } from "./optimize_options.ts";

/**
 * Makes the objective of a run as small as possible, by a quasi-Newton method with limited memory (L-BFGS) whose
 * gradients are those of {@link gradient}. With `riesz: "L2"`, the default, directions and products are those of
 * fields, so that the number of iterations does not depend on the mesh.
 *
 * Every accepted iterate is a state: `iterates[k].state` can be loaded like any other. In the end the model is in the
 * state before the first step with the best controls; after an error it is as before. Collective.
 *
 * There are no bounds: where a control has to be positive, write its exponential in the formulas.
 *
 * Source: J. Nocedal, S. J. Wright, Numerical Optimization, 2nd ed., Springer 2006, chapter 7,
 * DOI 10.1007/978-0-387-40065-5.
 *
 * @param model The model, in the state before the first step, with the controls to start from.
 * @param options The run, the objective, the controls, and when to end.
 * @returns The smallest objective, and the iterates.
 * @throws {TypeError} when an option does not exist or is of a wrong type.
 * @throws {RangeError} when a number is out of range, or the run has no gradient; see {@link gradient}.
 * @throws {ModelBusyError} when another sweep of the model has not ended.
 * @throws {ConvergenceError} when the run with the first controls does not converge.
 * @throws {Error} what `step` and `onIterate` throw.
 *
 * @example
 * ```ts
 * import { boxMesh, Equation, MeshVariable, Model, optimize } from "@timestash/timestash";
 *
 * const model = new Model();
 * const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] });
 * const T = new MeshVariable(mesh, "T");
 * model.parameters.define("source", 0);
 * const heat = new Equation(T, { test: "v", weak: "dot(grad(T), grad(v)) - source * v" });
 * heat.addDirichlet(T, "left", 0);
 * const { value, iterates } = await optimize(model, {
 *   steps: 1,
 *   step: () => heat.solve(),
 *   objective: "(at(T, [1, 0.5]) - 1)^2",
 *   controls: ["source"],
 * });
 * console.log(value < 1e-12, model.parameters.get("source").toFixed(3)); // true 2.000
 * model.loadState(iterates[0].state); // the source is 0 again
 * ```
 */
export async function optimize(model: Model, options: OptimizeOptions): Promise<Optimum> {
  const { descend } = await import("./descent.ts");
  return await descend(model, options);
}
