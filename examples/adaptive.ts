/**
 * The adaptive step in one call: `model.advance` takes steps, takes back those whose error is too large,
 * and lands on the end exactly. A van der Pol oscillator on every node of a mesh, each stiffer than its
 * left neighbour, so that the step size has to follow.
 *
 *     deno run examples/adaptive.ts
 */
import {
  type AdvanceReport,
  boxMesh,
  MeshVariable,
  Model,
  type Picture,
  plotHistory,
} from "../mod.ts";
import { drawOnRequest } from "./_picture.ts";

const TOLERANCE = 1e-5;

/** One step with Heun's method; the estimate is its distance to Euler's. */
function oscillators(model: Model): { step(dt: number): void; error(): number } {
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
  const u = new MeshVariable(mesh, "u", { components: 2 });
  u.set([2, 0]);
  const x = mesh.coordinates.data;
  model.parameters.define("stiffness", 5);
  let estimate = 0;

  function rate(y: Float64Array, out: Float64Array): void {
    const stiffness: number = model.parameters.get("stiffness");
    for (let i = 0; i < y.length; i += 2) {
      const mu = stiffness * x[i];
      out[i] = y[i + 1];
      out[i + 1] = mu * (1 - y[i] * y[i]) * y[i + 1] - y[i];
    }
  }

  return {
    step(dt) {
      const y = u.data, n = y.length;
      const k1 = new Float64Array(n), k2 = new Float64Array(n);
      rate(y, k1);
      rate(y.map((value, i) => value + dt * k1[i]), k2);
      estimate = 0;
      for (let i = 0; i < n; i++) {
        y[i] += 0.5 * dt * (k1[i] + k2[i]);
        estimate = Math.max(estimate, 0.5 * dt * Math.abs(k2[i] - k1[i]));
      }
    },
    error: () => estimate,
  };
}

/** What the story came to. */
export interface AdaptiveResult {
  readonly report: AdvanceReport;
  /** The longest step over the shortest, without the last one, which lands on the end. */
  readonly ratio: number;
}

/** Runs the story. */
export async function main(): Promise<AdaptiveResult> {
  const model = new Model({ name: "adaptive" });
  const { step, error } = oscillators(model);
  const report = await model.advance({
    dt: 0.5,
    until: 10,
    tolerance: TOLERANCE,
    step,
    error,
  });
  const { accepted, rejected, steps } = report;
  const sizes = steps.slice(0, -1).map(({ dt }) => dt);
  const smallest = Math.min(...sizes), largest = Math.max(...sizes);
  console.log(
    `landed on time ${model.tracker.time} with ${accepted} steps, ${rejected} taken back`,
  );
  console.log(`step sizes from ${smallest.toExponential(2)} to ${largest.toExponential(2)}`);
  console.log(`first step: ${steps[0].takenBack.join("; ") || "held at once"}`);
  return { report, ratio: largest / smallest };
}

/** How long the steps were, and which of them were taken back. */
export function picture({ report }: AdaptiveResult): Promise<Picture> {
  return plotHistory(report, { title: "Steps of the oscillators" });
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
