/**
 * What `optimize` takes and returns.
 *
 * @module
 */
import { describe, type OptionNames, requireOptions } from "../options.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Control, GradientOptions } from "./gradient_options.ts";

/** An iterate that was accepted. */
export interface Iterate {
  /** 0 is the start. */
  readonly iteration: number;
  /** The objective. */
  readonly value: number;
  /** The norm of the gradient: of fields that of L2, or of coefficients, with that of numbers. */
  readonly gradientNorm: number;
  /** The model before the first step, with these controls: load it to go back. Released ones are no longer kept. */
  readonly state: Snapshot;
}

/** Options of {@link optimize}. */
export interface OptimizeOptions extends GradientOptions<readonly Control[]> {
  /** After how many iterations it ends. Defaults to 50. */
  readonly iterations?: number;
  /** It has converged where the norm of the gradient is this part of that at the start. Defaults to 1e-6. */
  readonly rtol?: number;
  /** How many steps the quasi-Newton method remembers. Defaults to 10. */
  readonly pairs?: number;
  /** Of how many iterates, the last ones, the states are kept. Defaults to all. */
  readonly keep?: number;
  /**
   * Called after each accepted iterate, the start included, with the model in its state; the answer `false` ends the
   * iteration. Sync or async.
   */
  readonly onIterate?: (iterate: Iterate) => unknown;
}

/** What {@link optimize} returns. */
export interface Optimum {
  /** The smallest objective. */
  readonly value: number;
  /** Whether the gradient is small enough. */
  readonly converged: boolean;
  /** Why it ended. */
  readonly reason: "gradient" | "iterations" | "no descent" | "onIterate";
  /** How many times objective and gradient were computed. */
  readonly evaluations: number;
  /** Accepted iterates, the start first. */
  readonly iterates: readonly Iterate[];
}

/** Options with their defaults. */
export type OptimizePlan =
  & Required<Pick<OptimizeOptions, "iterations" | "rtol" | "pairs" | "keep">>
  & { readonly run: GradientOptions; readonly onIterate: OptimizeOptions["onIterate"] };

const optionNames: OptionNames<OptimizeOptions> = {
  step: true,
  steps: true,
  objective: true,
  controls: true,
  riesz: true,
  memory: true,
  disk: true,
  onSchedule: true,
  progress: true,
  iterations: true,
  rtol: true,
  pairs: true,
  keep: true,
  onIterate: true,
};

/**
 * Checks what `optimize` has besides the options of `gradient`.
 *
 * @throws {TypeError} when an option does not exist or is of a wrong type.
 * @throws {RangeError} when a number is out of range.
 */
export function checkOptimize(options: OptimizeOptions): OptimizePlan {
  requireOptions("optimize", options, optionNames);
  const { iterations = 50, rtol = 1e-6, pairs = 10, keep = Infinity, onIterate, ...run } = options;
  for (const [name, count] of Object.entries({ iterations, pairs, keep })) {
    const isCount = name === "keep" && count === Infinity || Number.isInteger(count) && count >= 1;
    if (isCount) continue;
    throw new RangeError(`optimize: ${name} is a whole number from 1, got ${describe(count)}`);
  }
  if (!(typeof rtol === "number" && rtol > 0 && rtol < 1)) {
    throw new RangeError(`optimize: rtol is between 0 and 1, got ${describe(rtol)}`);
  }
  if (onIterate !== undefined && typeof onIterate !== "function") {
    throw new TypeError(`optimize: onIterate is a function, got ${describe(onIterate)}`);
  }
  return { iterations, rtol, pairs, keep, onIterate, run };
}
