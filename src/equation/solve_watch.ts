/**
 * Lets the floors above look on while equations are solved: gradients of runs are made of what they see.
 *
 * @module
 */
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import type { BoundaryConditions } from "../solve/conditions.ts";
import type { EquationFrame } from "./equation_frame.ts";
import type { Rates } from "./equation_history.ts";

/** An equation that is about to be solved. */
export interface WatchedEquation {
  readonly name: string;
  readonly unknowns: readonly MeshVariable[];
  /** The variables with earlier values of each unknown, newest first; null where it has no rate. */
  readonly levels: readonly (readonly MeshVariable[] | null)[];
  /** The Dirichlet values of each unknown. */
  readonly dirichlet: readonly BoundaryConditions[];
  /** The weight of the new time; 1 for backward differences. */
  readonly theta: number;
}

/** A solve that succeeded; the unknowns have their new values. */
export interface WatchedSolve {
  readonly equation: WatchedEquation;
  readonly frame: EquationFrame;
  /** What was solved for, `[unknowns]`: with theta below 1, unknowns with rates at the time between. */
  readonly x: Float64Array;
  /** Of the step; null where the equation has no rates. */
  readonly rates: Rates | null;
}

/** Who looks on. What it throws before a solve leaves the model as it is. */
export interface SolveWatcher {
  /** Before anything is changed. */
  before(equation: WatchedEquation): void;
  /** After a solve that succeeded. */
  after(solve: WatchedSolve): void;
}

/** Whoever looks on at a model. */
const watchers = new WeakMap<ModelHost, SolveWatcher>();

/** Has the solves of a model looked at; null ends that. */
export function watchSolves(model: ModelHost, watcher: SolveWatcher | null): void {
  if (watcher === null) watchers.delete(model);
  else watchers.set(model, watcher);
}

/** Who looks on at a model; undefined where there is none. */
export function watcherOf(model: ModelHost): SolveWatcher | undefined {
  return watchers.get(model);
}
