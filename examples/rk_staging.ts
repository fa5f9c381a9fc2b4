/**
 * The classical Runge-Kutta step by going back to its start between the stages: each stage moves the
 * whole model forward from the same moment, its rate is read, and the model is put back. The orbit that
 * comes out has fourth order, and the same bits as stages computed by hand.
 *
 *     deno run examples/rk_staging.ts
 */
import { boxMesh, Model, type Picture, plotSwarm, Swarm } from "../mod.ts";
import { drawOnRequest } from "./_picture.ts";

/** Stage times and weights of the classical method (Kutta 1901). */
const STAGES = [0, 0.5, 0.5, 1];
const WEIGHTS = [1 / 6, 1 / 3, 1 / 3, 1 / 6];

function build(): { model: Model; swarm: Swarm } {
  const model = new Model({ name: "rk_staging" });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [8, 8] });
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  swarm.addParticles([[0.5, 0], [0, 0.25], [-0.3, 0.3]]);
  return { model, swarm };
}

/** A turning flow whose speed changes with time: after time 1 every particle is where it was. */
function rate(x: Float64Array, t: number, out: Float64Array): void {
  const spin = 2 * Math.PI * (1 + Math.cos(2 * Math.PI * t));
  for (let i = 0; i < x.length; i += 2) {
    out[i] = -spin * x[i + 1];
    out[i + 1] = spin * x[i];
  }
}

/** One step; every stage starts from the state that `saveState` kept. */
function staged({ model, swarm }: ReturnType<typeof build>, dt: number): void {
  using start = model.saveState();
  const n = swarm.count * 2;
  const slope = new Float64Array(n), sum = new Float64Array(n);
  for (let stage = 0; stage < STAGES.length; stage++) {
    const x = swarm.coordinates.data;
    for (let i = 0; i < n; i++) x[i] += STAGES[stage] * dt * slope[i];
    model.tracker.time += STAGES[stage] * dt;
    rate(x as Float64Array, model.tracker.time, slope);
    for (let i = 0; i < n; i++) sum[i] += WEIGHTS[stage] * slope[i];
    model.loadState(start);
  }
  const x = swarm.coordinates.data;
  for (let i = 0; i < n; i++) x[i] += dt * sum[i];
  model.tracker.time += dt;
  model.tracker.step += 1;
}

/** The same step without a model: plain arrays. */
function byHand(x: Float64Array, t: number, dt: number): void {
  const slope = new Float64Array(x.length), sum = new Float64Array(x.length);
  for (let stage = 0; stage < STAGES.length; stage++) {
    const at = x.map((value, i) => value + STAGES[stage] * dt * slope[i]);
    rate(at, t + STAGES[stage] * dt, slope);
    for (let i = 0; i < x.length; i++) sum[i] += WEIGHTS[stage] * slope[i];
  }
  for (let i = 0; i < x.length; i++) x[i] += dt * sum[i];
}

/** Runs to time 1 with `steps` steps. Returns the largest distance from the true end, and the check. */
function run(steps: number): { error: number; bitIdentical: boolean } {
  const sim = build();
  const truth = Float64Array.from(sim.swarm.coordinates.data as Float64Array);
  const plain = truth.slice();
  const dt = 1 / steps;
  for (let k = 0; k < steps; k++) {
    byHand(plain, sim.model.tracker.time, dt);
    staged(sim, dt);
  }
  const end = sim.swarm.coordinates.data as Float64Array;
  let error = 0;
  for (let i = 0; i < truth.length; i++) error = Math.max(error, Math.abs(end[i] - truth[i]));
  const bits = (array: Float64Array) =>
    new BigUint64Array(array.slice().buffer as ArrayBuffer).join();
  return { error, bitIdentical: bits(end.slice(0, truth.length)) === bits(plain) };
}

/** Runs the story for three step sizes; `orders` are measured between neighbouring ones. */
export function main(): { orders: number[]; bitIdentical: boolean } {
  console.log("steps        error   order");
  const results = [40, 80, 160].map((steps) => ({ steps, ...run(steps) }));
  const orders: number[] = [];
  results.forEach(({ steps, error }, i) => {
    if (i > 0) orders.push(Math.log2(results[i - 1].error / error));
    const order = i === 0 ? "" : orders[i - 1].toFixed(2);
    console.log(`${steps}`.padStart(5) + error.toExponential(3).padStart(13) + order.padStart(8));
  });
  const bitIdentical = results.every((result) => result.bitIdentical);
  console.log(`\nbit-identical: ${bitIdentical}`);
  return { orders, bitIdentical };
}

/** The orbits of the three particles: where they were after each of 40 steps. */
export async function picture(): Promise<Picture> {
  const sim = build();
  const orbits = build().swarm;
  const time = orbits.addVariable("time");
  for (let k = 1; k <= 40; k++) {
    staged(sim, 1 / 40);
    orbits.addParticles(sim.swarm.coordinates);
    time.data.fill(k / 40, time.data.length - sim.swarm.count);
  }
  const window = { min: [-0.6, -0.6], max: [0.6, 0.6] } as const;
  const title = "Three orbits, 40 steps";
  return await plotSwarm(orbits, { variable: "time", title, window, width: 420, radius: 3 });
}

if (import.meta.main) {
  const { bitIdentical } = main();
  await drawOnRequest(picture);
  if (!bitIdentical) Deno.exit(1);
}
