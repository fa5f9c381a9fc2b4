/**
 * What the transcript costs: a step of about a millisecond with one solve in it, and the events that it leaves,
 * in memory and in a file, against the length of the step.
 *
 *     deno run --allow-read --allow-write bench/transcript_bench.ts
 */
import { boxMesh, Diffusion, MeshVariable, Model } from "../mod.ts";
import { keeperOf } from "../src/model/transcript.ts";
import { CheckpointFolder } from "../src/run/checkpoint_folder.ts";
import { RunLog } from "../src/run/run_log.ts";
import { denoLayer } from "../src/snapshot/file/file_layer.ts";

/** The median of several measurements, in microseconds. */
function median(values: number[]): number {
  return 1000 * values.sort((a, b) => a - b)[values.length >> 1];
}

const model = new Model();
const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [24, 24] });
const T = new MeshVariable(mesh, "T");
T.set((x, y) => x * y);
const diffusion = new Diffusion(T, { diffusivity: 1 });
diffusion.addDirichlet("left", 0);

const steps: number[] = [];
for (let i = 0; i < 1000; i++) {
  const begun = performance.now();
  diffusion.solve({ dt: 1e-3 });
  model.tracker.step++;
  steps.push(performance.now() - begun);
}
const step = median(steps.slice(200));

const keeper = keeperOf(model.transcript);
const solve = { name: "Diffusion_0", iterations: 7, residual: 1e-9, seconds: 1e-3 };

/** Microseconds for the events of a step with one solve. */
function perStep(count: number): number {
  const blocks: number[] = [];
  for (let block = 0; block < 50; block++) {
    const begun = performance.now();
    for (let i = 0; i < count; i++) {
      keeper.timed("Diffusion_0.solve", () => solve);
      model.tracker.step++;
      keeper.notice();
    }
    blocks.push((performance.now() - begun) / count);
  }
  return median(blocks);
}

const inMemory = perStep(1000);
const folder = Deno.makeTempDirSync();
const log = new RunLog(new CheckpointFolder(folder, denoLayer), "bench", true, console.warn);
const leave = keeper.join([], { kind: "start" }, (event) => log.write(event));
const inFile = perStep(1000);
leave();
log.close();
Deno.removeSync(folder, { recursive: true });

const percent = (time: number) => `${time.toFixed(2)} us, ${(time / 10).toFixed(2)} % of 1 ms`;
console.log(`a step with a solve of ${T.data.length} unknowns: ${step.toFixed(0)} us`);
console.log(`its two events, in memory: ${percent(inMemory)}`);
console.log(`its two events, in memory and in a file: ${percent(inFile)}`);
