/** Goes on with a run on a torus from a file, and saves its end: `periodic_program.ts FROM TO`. @module */
import { periodicRun } from "./_periodic_run.ts";

if (import.meta.main) {
  const [from, to] = Deno.args, { model, advance } = periodicRun();
  await model.loadState(from);
  advance(model.tracker.step, 4);
  await model.saveState({ file: to });
}
