/** A run that saves and archives at each step until it is killed: `_archive_loop.ts FAST SLOW`. @module */
import { Checkpoints } from "../../src/run/checkpoints.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { heat, step } from "./_run.ts";

const [fast, slow] = Deno.args;
const model = heat();
// Copying takes long enough to be met half-way, and is done by the thread.
model.tracker.table = new Float64Array(1 << 20).map((_, i) => Math.sqrt(i));
const checkpoints = new Checkpoints(model, fast, {
  every: { steps: 1 },
  keep: { last: 2 },
  archive: slow,
  archiveKeep: { last: 3 },
});
await resumeOrStart(model, checkpoints);
for (;;) {
  step(model);
  await checkpoints.afterStep();
  if (model.transcript.events({ kinds: ["archive"] }).length >= 2) console.log("two are there");
}
