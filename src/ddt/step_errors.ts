/**
 * Estimates of the error of a step, by the histories that take part in it.
 *
 * @module
 */
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { valuesOf } from "./level_variables.ts";

/** What one history found out about the step that it ends. */
export interface StepError {
  /** The name of the history, or of the solver that keeps it. */
  readonly name: string;
  /** The order that the history was made with. */
  readonly order: number;
  /** The error relative to the largest value, and the order of the formula whose error it is. */
  readonly estimate: { readonly error: number; readonly order: number } | null;
}

/** Who listens, by model. It is a place in the script, not state. */
const listening = new WeakMap<object, StepErrors>();

/**
 * Collects the estimates of one step.
 *
 * State: none, it lives as long as the step.
 */
export class StepErrors implements Disposable {
  /** In the order in which the histories ended their steps. */
  readonly all: StepError[] = [];
  readonly #model: object;

  /** Listens until it is disposed of. */
  constructor(model: object) {
    this.#model = model;
    listening.set(model, this);
  }

  /** The listener of a model, or null where nobody asks. */
  static of(model: object): StepErrors | null {
    return listening.get(model) ?? null;
  }

  /** Stops listening. */
  [Symbol.dispose](): void {
    listening.delete(this.#model);
  }
}

/**
 * The largest entry of `difference` relative to the largest value of `variable`, on all ranks; 0 where nothing
 * differs. Collective.
 *
 * @param difference `[dofCount x components]`
 */
export function relativeSize(difference: Float64Array, variable: MeshVariable): number {
  const { comm } = variable.mesh.model;
  const own = [largest(difference), largest(valuesOf(variable))];
  const [size, scale] = comm.size === 1 ? own : own.map((value) => comm.allreduce(value, "max"));
  return size === 0 ? 0 : size / scale;
}

function largest(values: Float64Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    // A comparison with NaN is false, and an estimate that is not a number has to be seen.
    if (!(size <= most)) most = size;
  }
  return most;
}
