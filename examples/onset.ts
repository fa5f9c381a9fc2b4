/**
 * How hot must a layer be from below before it begins to turn? The Rayleigh number at which a small disturbance
 * neither grows nor fades is found by bisection: each trial starts from one and the same state, takes a few steps
 * with its Rayleigh number, looks how the flow changed, and is put back. With free slip the answer is known,
 * (pi^2 + k^2)^3 / k^2 for a disturbance cos(k x) sin(pi z) (Lord Rayleigh, Phil. Mag. 32 (1916) 529-546, DOI
 * 10.1080/14786441608635602), and so is the rate at which it grows.
 *
 *     deno run examples/onset.ts
 */
import {
  AdvectionDiffusion,
  boxMesh,
  MeshVariable,
  Model,
  type Picture,
  plotHistory,
  Stokes,
} from "../mod.ts";
import { expression } from "../src/expression/mod.ts";
import { drawOnRequest } from "./_picture.ts";

/** One turning cell in a square: k = pi. */
const K = Math.PI, CRITICAL = (Math.PI ** 2 + K ** 2) ** 3 / K ** 2;
/** Steps of a trial, and their size: short beside the time of growth. The first one is of lower order. */
const STEPS = 3, DT = 2e-3;

/** The rate at which a disturbance grows, per unit of time. */
export function rateOfGrowth(ra: number): number {
  const decay = Math.PI ** 2 + K ** 2;
  return ra * K ** 2 / decay ** 2 - decay;
}

/** What the story came to. */
export interface OnsetResult {
  /** The Rayleigh number that was found. */
  readonly critical: number;
  readonly known: number;
  /** The Rayleigh numbers that were tried, and how fast the flow grew. */
  readonly trials: { readonly ra: number[]; readonly rate: number[] };
  /** Whether the model is, to the bit, as before the first trial. */
  readonly putBack: boolean;
}

/** Runs the story on `cells x cells` squares. */
export function main(cells = 12): OnsetResult {
  const model = new Model({ name: "onset" });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  model.parameters.define("Ra", 1000);
  T.set((x, y) => 1 - y + 1e-4 * Math.cos(K * x) * Math.sin(Math.PI * y));
  // The weight of the resting layer is left out: the pressure would only balance it.
  const buoyancy = expression("Ra * (T - 1 + y)");
  const stokes = new Stokes(v, p, { viscosity: 1, bodyForce: [0, buoyancy] });
  for (const side of mesh.boundaries.keys()) stokes.addFreeSlip(side);
  const heat = new AdvectionDiffusion(T, { velocity: v, diffusivity: 1 });
  heat.addDirichlet("bottom", 1);
  heat.addDirichlet("top", 0);

  const start = model.saveState(), temperatures = T.data.slice();
  const trials: OnsetResult["trials"] = { ra: [], rate: [] };
  const rateAt = (ra: number) => {
    model.loadState(start);
    model.parameters.set("Ra", ra);
    stokes.solve();
    let before = NaN;
    for (let k = 0; k < STEPS; k++) {
      heat.solve({ dt: DT });
      model.tracker.time += DT;
      stokes.solve();
      if (k === 0) before = v.norm();
    }
    const rate = Math.log(v.norm() / before) / ((STEPS - 1) * DT);
    trials.ra.push(ra);
    trials.rate.push(rate);
    console.log(
      `Ra ${ra.toFixed(2).padStart(8)}: the flow ${rate > 0 ? "grows" : "fades"}, rate ${
        rate.toFixed(3).padStart(7)
      }, known ${rateOfGrowth(ra).toFixed(3).padStart(7)}`,
    );
    return rate;
  };

  let low = 500, high = 1000;
  if (rateAt(low) > 0 || rateAt(high) < 0) throw new Error("the onset is not between 500 and 1000");
  while (high - low > 0.5) {
    const middle = (low + high) / 2;
    if (rateAt(middle) > 0) high = middle;
    else low = middle;
  }
  model.loadState(start);
  const putBack = T.data.every((value, i) => Object.is(value, temperatures[i]));
  const critical = (low + high) / 2;
  console.log(
    `\nthe layer begins to turn at Ra = ${critical.toFixed(1)}; known: ${CRITICAL.toFixed(1)}`,
  );
  return { critical, known: CRITICAL, trials, putBack };
}

/** The rates that were found. */
export function picture({ trials }: OnsetResult): Promise<Picture> {
  const order = trials.ra.map((_, i) => i).sort((a, b) => trials.ra[a] - trials.ra[b]);
  const Ra = order.map((i) => trials.ra[i]), rate = order.map((i) => trials.rate[i]);
  return plotHistory({ Ra, rate, known: Ra.map(rateOfGrowth) }, {
    x: "Ra",
    title: "Below Ra = 779 a disturbance fades",
  });
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
}
