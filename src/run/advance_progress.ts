import type { AdvanceOptions, AdvanceReport } from "../model/advance_options.ts";
import { requireModel, requireReporter } from "./call_checks.ts";
import type { Model } from "../model/model.ts";
import type { ProgressReporter } from "./progress.ts";

/**
 * Calls `model.advance` and shows how much of the model time has passed.
 *
 * @returns what `model.advance` returns.
 * @throws {TypeError} when an argument has a wrong type, or an option does not exist.
 * @throws {Error} what `model.advance` throws.
 *
 * @example
 * ```ts
 * import { advanceWithProgress, Model, progressReporter } from "@timestash/timestash";
 *
 * const model = new Model();
 * const reporter = await progressReporter();
 * await advanceWithProgress(model, reporter, { dt: 0.1, until: 1, step: () => {} });
 * ```
 */
export async function advanceWithProgress(
  model: Model,
  reporter: ProgressReporter,
  options: AdvanceOptions,
): Promise<AdvanceReport> {
  requireModel("advanceWithProgress", model);
  requireReporter("advanceWithProgress", reporter);
  const start = model.tracker.time;
  const { resolveAdvanceOptions } = await import("../model/advance_options.ts");
  resolveAdvanceOptions(options, start);
  const { until, onStep } = options;
  const task = reporter.begin(`advance to ${until}`, until - start);
  try {
    return await model.advance({
      ...options,
      onStep: async (step) => {
        task.done(step.time - start);
        await onStep?.(step);
      },
    });
  } finally {
    task.end();
  }
}
