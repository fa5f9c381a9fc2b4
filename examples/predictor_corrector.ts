/**
 * A predictor is run only to be looked at: an explicit step tells where the field goes, the model is put
 * back, and the step is done again with the mean of the rates at both ends (Heun). The difference between
 * the two is the error estimate that decides whether the step holds.
 *
 *     deno run examples/predictor_corrector.ts
 */
import { boxMesh, diffSnapshots, MeshVariable, Model, type Picture, plotHistory } from "../mod.ts";
import { drawOnRequest } from "./_picture.ts";

const TOLERANCE = 1e-3;

interface Simulation {
  readonly model: Model;
  readonly u: MeshVariable;
}

function build(): Simulation {
  const model = new Model({ name: "predictor_corrector" });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [16, 16] });
  model.parameters.define("growth", 4, { units: "1/s" });
  const u = new MeshVariable(mesh, "u");
  u.set((x, y) => 0.05 + 0.1 * x * y);
  return { model, u };
}

/** Logistic growth, u' = growth u (1 - u), at every dof. */
function rate({ model, u }: Simulation): Float64Array {
  const growth: number = model.parameters.get("growth");
  return u.data.map((value) => growth * value * (1 - value));
}

function move({ model, u }: Simulation, dt: number, slope: Float64Array): void {
  for (let i = 0; i < slope.length; i++) u.data[i] += dt * slope[i];
  model.tracker.time += dt;
  model.tracker.step += 1;
  model.tracker.dt = dt;
}

/** Heun's step. Returns the largest difference between predictor and corrector. */
function heun(sim: Simulation, dt: number): number {
  const { model, u } = sim;
  using start = model.saveState();
  const before = rate(sim);
  move(sim, dt, before);
  const predicted = u.data.slice();
  const after = rate(sim);
  model.loadState(start);
  move(sim, dt, before.map((slope, i) => 0.5 * (slope + after[i])));
  return u.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - predicted[i])), 0);
}

/** What was tried, one number for each try. */
interface Tries {
  readonly time: number[];
  readonly dt: number[];
  readonly estimate: number[];
}

/** Steps to time 1, taking back what the estimate refuses. Returns the step sizes that held. */
function run(sim: Simulation): { accepted: number[]; rejected: number; tries: Tries } {
  const { tracker } = sim.model;
  const accepted: number[] = [];
  const tries: Tries = { time: [], dt: [], estimate: [] };
  let rejected = 0, dt = 0.25;
  console.log("step      time         dt     estimate");
  while (tracker.time < 1 - 1e-12) {
    dt = Math.min(dt, 1 - tracker.time);
    using start = sim.model.saveState();
    tries.time.push(tracker.time);
    tries.dt.push(dt);
    const estimate = heun(sim, dt);
    tries.estimate.push(estimate);
    const good = estimate <= TOLERANCE;
    console.log(
      `${tracker.step}`.padStart(4) + tracker.time.toFixed(4).padStart(10) +
        dt.toExponential(2).padStart(11) + estimate.toExponential(2).padStart(13) +
        (good ? "   accepted" : "   taken back"),
    );
    if (good) accepted.push(dt);
    else {
      rejected++;
      sim.model.loadState(start);
    }
    // The estimate falls with the square of dt.
    dt *= Math.min(2, Math.max(0.2, 0.9 * Math.sqrt(TOLERANCE / estimate)));
  }
  return { accepted, rejected, tries };
}

/** What the story came to. */
export interface PredictorCorrectorResult {
  readonly accepted: number;
  readonly rejected: number;
  /** Against the exact logistic curve, at time 1. */
  readonly error: number;
  readonly bitIdentical: boolean;
  readonly tries: Tries;
}

/** Runs the story. */
export function main(): PredictorCorrectorResult {
  const recovered = build();
  const first = recovered.u.data.slice();
  const { accepted, rejected, tries } = run(recovered);
  const untroubled = build();
  for (const dt of accepted) heun(untroubled, dt);

  let error = 0;
  recovered.u.data.forEach((value, i) => {
    const grown = first[i] * Math.exp(4);
    error = Math.max(error, Math.abs(value - grown / (1 - first[i] + grown)));
  });
  using a = recovered.model.saveState();
  using b = untroubled.model.saveState();
  const bitIdentical = diffSnapshots(a, b).length === 0;
  console.log(`\n${accepted.length} steps accepted, ${rejected} taken back`);
  console.log(`largest error at time 1: ${error.toExponential(2)}`);
  console.log(`bit-identical: ${bitIdentical}`);
  return { accepted: accepted.length, rejected, error, bitIdentical, tries };
}

/** Step sizes and estimates of all tries; where a try was taken back, there are two at one time. */
export function picture({ tries }: PredictorCorrectorResult): Promise<Picture> {
  const title = "Steps of the predictor and corrector";
  return plotHistory({ ...tries }, { title, log: ["dt", "estimate"] });
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
  if (!result.bitIdentical) Deno.exit(1);
}
