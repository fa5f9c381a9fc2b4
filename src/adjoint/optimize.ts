/**
 * Controls for which a run ends best.
 *
 * @module
 */
import { ConvergenceError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { requireModel } from "../run/call_checks.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { ControlSpace } from "./control_space.ts";
import { gradient } from "./gradient.ts";
import { checkGradient } from "./gradient_options.ts";
import { LimitedMemory } from "./lbfgs.ts";
import { wolfeStep } from "./line_search.ts";
import {
  checkOptimize,
  type Iterate,
  type OptimizeOptions,
  type OptimizePlan,
  type Optimum,
} from "./optimize_options.ts";

/** How flat the slope has to become: along the first direction, whose length says nothing, and along later ones. */
const firstFlatness = 0.1, flatness = 0.9;

/** Evaluations of one line search. */
const mostTrials = 20;

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
  requireModel("optimize", model);
  const plan = checkOptimize(options);
  checkGradient(model, plan.run);
  using start = model.saveState();
  try {
    return await new Descent(model, plan, start).run();
  } catch (error) {
    model.loadState(start);
    throw error;
  }
}

/** A place with its objective and gradient. */
interface Point {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

/** One call of {@link optimize}. */
class Descent {
  readonly #model: Model;
  readonly #plan: OptimizePlan;
  readonly #start: Snapshot;
  readonly #space: ControlSpace;
  readonly #memory: LimitedMemory;
  readonly #iterates: Iterate[] = [];
  #evaluations = 0;

  constructor(model: Model, plan: OptimizePlan, start: Snapshot) {
    const { controls, riesz = "L2" } = plan.run;
    this.#model = model;
    this.#plan = plan;
    this.#start = start;
    this.#space = new ControlSpace(model, controls, riesz);
    this.#memory = new LimitedMemory(this.#space.inner, plan.pairs);
  }

  async run(): Promise<Optimum> {
    let here = await this.#evaluate(this.#space.gather());
    const goal = this.#plan.rtol * this.#norm(here.gradient);
    for (let iteration = 0;; iteration++) {
      const goesOn = await this.#accept(iteration, here);
      if (this.#norm(here.gradient) <= goal) return this.#end("gradient", here);
      if (!goesOn) return this.#end("onIterate", here);
      if (iteration === this.#plan.iterations) return this.#end("iterations", here);
      const next = await this.#next(here);
      if (next === null) return this.#end("no descent", here);
      const difference = (a: Float64Array, b: Float64Array) => a.map((value, i) => value - b[i]);
      this.#memory.add(difference(next.x, here.x), difference(next.gradient, here.gradient));
      here = next;
    }
  }

  /** A point with a smaller objective; null where none is found. */
  async #next(here: Point): Promise<Point | null> {
    const { inner } = this.#space, memory = this.#memory;
    for (;;) {
      const isFirst = memory.size === 0;
      const direction = memory.direction(here.gradient);
      const slope = inner(here.gradient, direction);
      let last: Point = here;
      const at = async (length: number) => {
        last = await this.#trial(here.x.map((value, i) => value + length * direction[i]));
        return { value: last.value, slope: inner(last.gradient, direction) };
      };
      // The minimum of a parabola that ends at 0, since the scale of the controls is not known.
      const first = isFirst ? Math.min(1e6, -2 * Math.abs(here.value) / slope) || 1 : 1;
      const flatter = isFirst ? firstFlatness : flatness;
      const isDescent = slope < 0 &&
        await wolfeStep({ value: here.value, slope }, first, flatter, at, mostTrials);
      if (isDescent) return last;
      if (isFirst) return null;
      memory.clear();
    }
  }

  /** Where a run does not converge there is no value: the step was too long. */
  async #trial(x: Float64Array): Promise<Point> {
    try {
      return await this.#evaluate(x);
    } catch (error) {
      if (!(error instanceof ConvergenceError)) throw error;
      return { x, value: Infinity, gradient: new Float64Array(x.length) };
    }
  }

  async #evaluate(x: Float64Array): Promise<Point> {
    this.#place(x);
    this.#evaluations++;
    const { value, gradients } = await gradient(this.#model, this.#plan.run);
    return { x, value, gradient: this.#space.gather(gradients) };
  }

  /** The model before the first step, with some controls. */
  #place(x: Float64Array): void {
    this.#model.loadState(this.#start);
    this.#space.set(x);
  }

  /** Keeps an iterate; whether to go on. */
  async #accept(iteration: number, { x, value, gradient }: Point): Promise<boolean> {
    this.#place(x);
    const state = this.#model.saveState();
    const iterate = { iteration, value, gradientNorm: this.#norm(gradient), state };
    this.#iterates.push(iterate);
    this.#iterates.at(-1 - this.#plan.keep)?.state.release();
    return await this.#plan.onIterate?.(iterate) !== false;
  }

  #norm(gradient: Float64Array): number {
    return Math.sqrt(this.#space.inner(gradient, gradient));
  }

  #end(reason: Optimum["reason"], { x, value }: Point): Optimum {
    this.#place(x);
    const iterates = this.#iterates;
    const converged = reason === "gradient";
    return { value, converged, reason, evaluations: this.#evaluations, iterates };
  }
}
