/**
 * A fault was planted somewhere in a thousand steps and shows only much later. The timeline kept
 * states on the way; `bisect` finds the first one that is wrong with log2 N + 1 restores.
 *
 *     deno run examples/bisect.ts
 */
import { boxMesh, MeshVariable, Model, type Picture, plotHistory } from "../mod.ts";
import { drawOnRequest } from "./_picture.ts";

const STEPS = 1000;
/** Where the energy balance is broken, by a bit flip in one node's value. */
const FAULT = 617;

/** What the story came to. */
export interface BisectResult {
  readonly found: number | null;
  /** How many states were looked at. */
  readonly asked: number;
  readonly megabytes: number;
  /** By how much the sum is off after each tenth step. */
  readonly drift: { readonly step: number[]; readonly drift: number[] };
}

/** Runs the story. */
export function main(): BisectResult {
  const model = new Model({ name: "bisect", seed: 5 });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [40, 40] });
  const u = new MeshVariable(mesh, "u");
  u.set(() => model.random.next());
  const total = () => u.data.reduce((sum, value) => sum + value, 0);
  const conserved = total();
  const drift: BisectResult["drift"] = { step: [], drift: [] };

  for (let step = 1; step <= STEPS; step++) {
    // Exchange between random pairs of nodes: the sum stays what it was.
    for (let pair = 0; pair < 50; pair++) {
      const i = model.random.int(0, u.data.length), j = model.random.int(0, u.data.length);
      const moved = 0.5 * (u.data[i] - u.data[j]);
      u.data[i] -= moved;
      u.data[j] += moved;
    }
    if (step === FAULT) u.data[7] += 1e-6;
    model.tracker.step = step;
    model.timeline.record({ every: { steps: 1 } });
    if (step % 10 === 0) {
      drift.step.push(step);
      drift.drift.push(Math.abs(total() - conserved));
    }
  }
  console.log(`after ${STEPS} steps the sum is off by ${(total() - conserved).toExponential(2)}`);

  let asked = 0;
  const found = model.timeline.bisect(() => {
    asked++;
    return Math.abs(total() - conserved) < 1e-8;
  });
  const megabytes = model.timeline.bytes / 1e6;
  console.log(`first wrong state: step ${found?.step}, found by looking at ${asked} of ${STEPS}`);
  console.log(
    `the timeline holds ${model.timeline.entries().length} states in ${megabytes.toFixed(1)} MB`,
  );
  return { found: found?.step ?? null, asked, megabytes, drift };
}

/** By how much the sum is off: rounding until the fault. */
export function picture({ drift, found }: BisectResult): Promise<Picture> {
  return plotHistory(drift, { x: "step", title: `The sum is off from step ${found} on` });
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
}
