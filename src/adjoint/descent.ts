/**
 * One run of `optimize`: L-BFGS with states for iterates.
 *
 * @module
 */
import { ConvergenceError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { requireModel } from "../run/call_checks.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { ControlSpace } from "./control_space.ts";
import { checkGradient } from "./gradient_options.ts";
import { sweepGradient } from "./gradient_sweep.ts";
import { LimitedMemory } from "./lbfgs.ts";
import { wolfeStep } from "./line_search.ts";
import { betweenSweeps, oneSweep } from "./one_sweep.ts";
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

/** What `optimize` does. */
export async function descend(model: Model, options: OptimizeOptions): Promise<Optimum> {
  requireModel("optimize", model);
  const plan = checkOptimize(options);
  checkGradient(model, plan.run);
  return await oneSweep(model, "optimize", () => descendAlone(model, plan));
}

async function descendAlone(model: Model, plan: OptimizePlan): Promise<Optimum> {
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

/** One call of `optimize`. */
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
    const { value, gradients } = await sweepGradient(this.#model, this.#plan.run);
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
    const { onIterate } = this.#plan;
    if (onIterate === undefined) return true;
    return await betweenSweeps(this.#model, () => onIterate(iterate)) !== false;
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
