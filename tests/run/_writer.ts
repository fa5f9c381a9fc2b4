/** A process that runs a model with checkpoints into a folder that it shares: `_writer.ts FOLDER SEED`. @module */
import { checkpointsOf, heat, runTo } from "./_run.ts";

const [folder, seed] = Deno.args;
const { checkpoints, warnings } = checkpointsOf(heat({ seed: Number(seed) }), folder, {
  every: { steps: 1 },
});
await runTo(checkpoints, 20);
await checkpoints.complete();
console.log([checkpoints.run!.id, ...warnings].join("; "));
