/**
 * A hot spot runs around a square, now slowly, now fast. The step size follows by step doubling: one long
 * step is taken and put back, two short ones are taken, and their difference is the error estimate. Steps
 * that were too long are taken back. The true field is known, so the error is measured.
 *
 *     deno run examples/adaptive_heat.ts
 */
import {
  type AdvanceReport,
  boxMesh,
  Diffusion,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  plotHistory,
} from "../mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const KAPPA = 0.02;
const WIDTH = 0.2;
const TOLERANCE = 1e-4;

/** Where the spot is, and how fast it moves, at time t: once around, with a pause and a dash. */
function spot(t: number): { x: number; y: number; vx: number; vy: number } {
  const angle = 2 * Math.PI * t + 0.9 * Math.sin(4 * Math.PI * t);
  const speed = 2 * Math.PI + 3.6 * Math.PI * Math.cos(4 * Math.PI * t);
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return { x: 0.5 + 0.2 * c, y: 0.5 + 0.2 * s, vx: -0.2 * speed * s, vy: 0.2 * speed * c };
}

/** The field, a Gaussian around the spot. */
function truth(x: number, y: number, t: number): number {
  const at = spot(t);
  return Math.exp(-((x - at.x) ** 2 + (y - at.y) ** 2) / WIDTH ** 2);
}

/** The heating that makes `truth` the solution of dT/dt = KAPPA div grad T + source. */
function source(x: number, y: number, _z: number, t: number): number {
  const { x: cx, y: cy, vx, vy } = spot(t);
  const [dx, dy] = [x - cx, y - cy], w2 = WIDTH ** 2;
  const rate = 2 * (dx * vx + dy * vy) / w2;
  const laplacian = 4 * (dx * dx + dy * dy) / (w2 * w2) - 4 / w2;
  return truth(x, y, t) * (rate - KAPPA * laplacian);
}

interface Simulation {
  readonly model: Model;
  readonly T: MeshVariable;
  readonly diffusion: Diffusion;
}

function build(): Simulation {
  const model = new Model({ name: "adaptive_heat" });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [20, 20] });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y) => truth(x, y, 0));
  const diffusion = new Diffusion(T, { diffusivity: KAPPA, source, theta: 0.5 });
  for (const side of mesh.boundaries.keys()) {
    diffusion.addDirichlet(side, (x, y, _z, t) => truth(x, y, t));
  }
  return { model, T, diffusion };
}

/** Two half steps, and how far they are from one whole one. The clock is left where it was. */
function doubled({ model, T, diffusion }: Simulation, dt: number): number {
  const { tracker } = model;
  const { time } = tracker;
  const start = model.saveState();
  diffusion.solve({ dt });
  const long = T.data.slice();
  model.loadState(start);
  start.release();
  diffusion.solve({ dt: dt / 2 });
  tracker.time = time + dt / 2;
  diffusion.solve({ dt: dt / 2 });
  tracker.time = time;
  // Of two results of order 2 the better one is off by a third of their difference.
  return T.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - long[i]) / 3), 0);
}

/** The largest difference to the true field, over all dofs. */
function error({ model, T }: Simulation): number {
  const at = T.coordinates.data, { time } = model.tracker;
  return T.data.reduce(
    (worst, value, i) => Math.max(worst, Math.abs(value - truth(at[2 * i], at[2 * i + 1], time))),
    0,
  );
}

/** What the story came to. */
export interface AdaptiveHeatResult {
  readonly report: AdvanceReport;
  readonly T: MeshVariable;
  /** The largest error at any end of a step. */
  readonly error: number;
  /** The longest step over the shortest, without the last one, which lands on the end. */
  readonly ratio: number;
}

/** Runs once around. */
export async function main(): Promise<AdaptiveHeatResult> {
  const sim = build();
  let estimate = 0, worst = 0;
  console.log("  time         dt   estimate      error   taken back");
  const report = await sim.model.advance({
    dt: 0.05,
    until: 1,
    tolerance: TOLERANCE,
    order: 2,
    step: (dt) => estimate = doubled(sim, dt),
    error: () => estimate,
    onStep: ({ step, time, dt, takenBack }) => {
      worst = Math.max(worst, error(sim));
      if (step % 10 !== 0 && takenBack.length === 0) return;
      console.log(
        time.toFixed(4).padStart(6) + dt.toExponential(2).padStart(11) +
          estimate.toExponential(2).padStart(11) + error(sim).toExponential(2).padStart(11) +
          `${takenBack.length}`.padStart(13),
      );
    },
  });
  const { accepted, rejected, steps } = report;
  const sizes = steps.slice(0, -1).map(({ dt }) => dt);
  const ratio = Math.max(...sizes) / Math.min(...sizes);
  console.log(`\n${accepted} steps accepted, ${rejected} taken back`);
  console.log(`step sizes within a factor of ${ratio.toFixed(1)}`);
  console.log(`largest error on the way: ${worst.toExponential(2)}`);
  return { report, T: sim.T, error: worst, ratio };
}

/** The step sizes once around, and the spot at the end. */
export async function picture({ report, T }: AdaptiveHeatResult): Promise<Picture> {
  return tiled("adaptive heat", 2, [
    await plotHistory(report, { title: "Slow and fast around the square", width: 480 }),
    await plotField(T, { width: 340, colors: "magma" }),
  ]);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
