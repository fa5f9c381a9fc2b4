/**
 * The gradient of a run. What does it is loaded when it is first used.
 *
 * @module
 */
import type { Model } from "../model/model.ts";
import type { Control, Gradient, GradientOptions } from "./gradient_options.ts";

/**
 * The gradient of a number that a run ends with, by initial fields, sources, coefficients, boundary values and
 * parameters, in one run backwards however many controls there are.
 *
 * It is the gradient of the discrete run, exact but for the tolerances of the solves: for every solve of an `Equation`,
 * `R(u, past, m) = 0`, the adjoint `lambda` solves `(dR/du)^T lambda = -dJ/du`, and `dJ/dm` and `dJ/d(past)` grow by
 * `lambda . dR/dm` and `lambda . dR/d(past)`. Schemes (backward differences of order 1 to 3, theta), steps of any sizes, several
 * equations, linear and nonlinear ones are all the same to it. States come from `reverse`, so that memory
 * is bounded.
 *
 * The objective is a formula of `integral(f)`, `integral(f, "boundary")` and `at(f, [x, y])`, where f is any formula of
 * variables of the mesh and of their gradients: `"integral((T - seen)^2) + 1e-3 * integral(dot(grad(m), grad(m)))"`.
 * It is taken at the end, or at times at which steps end.
 *
 * A step consists of solves of `Equation`. The sizes of steps, and what is in the tracker, are constants. Whatever
 * else a step changes is refused by name: a field by another solver or by `set`, particles, parameters, random
 * numbers; so are Dirichlet values that are functions, `frozen(...)`, and problems that are decided up to a constant.
 * A step that does something else when it is taken again (`Math.random`, a clock) is found out.
 *
 * In the end the model is in the state in which it began; gradients by variables are in variables `${name}_gradient`,
 * `[dofCount x components]`. Collective.
 *
 * Source: A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, DOI 10.1137/1.9780898717761.
 *
 * @param model The model, in the state before the first step.
 * @param options The run, the objective and the controls.
 * @returns The objective, and the gradient by each control.
 * @throws {TypeError} when an option does not exist or is of a wrong type, or a Dirichlet value is a function.
 * @throws {RangeError} when a formula cannot be read, a number is out of range, a step changes something by other
 *   means than the solve of an `Equation`, or no step ends at a time of the objective.
 * @throws {ModelBusyError} when another sweep of the model has not ended.
 * @throws {ConvergenceError} when a solve or its adjoint does not converge.
 * @throws {ReplayError} when a step does not give the same when it is taken again.
 * @throws {Error} what `step` throws.
 *
 * @example
 * ```ts
 * import { boxMesh, Equation, gradient, MeshVariable, Model } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = new Model();
 * const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] });
 * const T = new MeshVariable(mesh, "T");
 * T.set((x) => x);
 * model.parameters.define("decay", 2);
 * const heat = new Equation(T, { test: "v", weak: "dt(T) * v + decay * T * v" });
 * const { value, gradients: [byStart, byDecay] } = await gradient(model, {
 *   steps: 10,
 *   step: () => model.tracker.time += heat.solve({ dt: 0.1 }).dt,
 *   objective: "integral(T)",
 *   controls: [T, "decay"],
 * });
 * assertAlmostEquals(value, 0.5 * 1.2 ** -10, 1e-8);
 * assertAlmostEquals(byStart.max(), 1.2 ** -10, 1e-8); // everywhere
 * assertAlmostEquals(byDecay, -0.5 * 1.2 ** -11, 1e-8);
 * ```
 */
export async function gradient<const C extends readonly Control[]>(
  model: Model,
  options: GradientOptions<C>,
): Promise<Gradient<C>> {
  const { aloneGradient } = await import("./gradient_sweep.ts");
  return await aloneGradient(model, options) as Gradient<C>;
}
