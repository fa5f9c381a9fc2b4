/**
 * A run that ends only when it is told to: `_loop.ts FOLDER loop|advance|background|full`, in a tight
 * loop of its own, by `model.advance`, with saves in the background, or on a disk that is full.
 *
 * @module
 */
import type { TestOptions } from "./_run.ts";
import { Checkpoints } from "../../src/run/checkpoints.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { denoLayer } from "../../src/snapshot/file/file_layer.ts";
import { heat, step } from "./_run.ts";

const [folder, kind] = Deno.args;
const full = {
  ...denoLayer,
  open: (path: string, mode: "read") => {
    if (path.includes("-step")) throw Object.assign(new Error("disk full"), { code: "ENOSPC" });
    return denoLayer.open(path, mode);
  },
};
const options: TestOptions = {
  every: { steps: kind === "loop" ? 1e12 : 1000 },
  keep: { last: 2 },
  background: kind === "background",
  ...(kind === "full" && { layer: full, maxFailures: 1e9 }),
  report: (message) => console.error(message.slice(0, 60)),
};
const model = heat();
const checkpoints = new Checkpoints(model, folder, options);
await resumeOrStart(model, checkpoints);
console.log("ready");
if (kind === "advance") {
  await model.advance({
    dt: 1e-3,
    until: 1e9,
    step: () => void (model.tracker.count = (model.tracker.count ?? 0) + 1),
    onStep: () => checkpoints.afterStep(),
  });
}
for (;;) {
  step(model, 1e-3);
  await checkpoints.afterStep();
}
