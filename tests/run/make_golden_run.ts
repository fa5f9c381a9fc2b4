/**
 * Writes tests/data/runs/v1; run once, with the code whose folder it is to be:
 * `deno run --allow-read --allow-write tests/run/make_golden_run.ts`
 */
import { packFolder } from "../archive/_packed.ts";
import { goldenCheckpoints, goldenRun, goldenStep, lastStep } from "./_golden_run.ts";

const dir = Deno.makeTempDirSync({ prefix: "timestash_" });
const model = goldenRun(), checkpoints = goldenCheckpoints(model, dir);
while (model.tracker.step < lastStep) {
  goldenStep(model);
  await checkpoints.afterStep();
}
await checkpoints.close();
await packFolder(dir, new URL("../data/runs/v1/", import.meta.url));
Deno.removeSync(dir, { recursive: true });
