/**
 * A light layer rises through a heavy one: the isoviscous case of van Keken et al. (1997), DOI 10.1029/97JB01353.
 * Particles carry what is light and what is heavy; their shares in the cells make the density. Where the mean velocity
 * has passed its first peak, the state before the peak is put back and the peak is gone through again in small steps;
 * then the run goes on from where it was. Published: growth 0.0109 to 0.0112, first peak 3.09e-3 to 3.10e-3 at
 * t = 206 to 212.
 *
 *     deno run examples/rayleigh_taylor.ts
 */
import {
  boxMesh,
  Materials,
  MeshVariable,
  Model,
  type Picture,
  plotHistory,
  plotSwarm,
  type Snapshot,
  Stokes,
  Swarm,
} from "../mod.ts";
import "../src/expression/mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const WIDTH = 0.9142, LAYER = 0.2, BUMP = 0.02;

/** How fine, and how far. */
export interface RayleighTaylorSettings {
  /** Cells along a side. */
  readonly cells: number;
  /** Particles per cell. */
  readonly perCell: number;
  /** The longest step. */
  readonly dt: number;
  readonly until: number;
}

/** What the story came to. */
export interface RayleighTaylorResult {
  readonly model: Model;
  readonly swarm: Swarm;
  readonly times: readonly number[];
  /** The root of the mean square of the velocity at these times. */
  readonly speeds: readonly number[];
  /** How fast the bump grows at first, per time. */
  readonly growth: number;
  readonly peak: { readonly time: number; readonly speed: number };
  /** The share of the light material above the height where it was. */
  readonly entrained: number;
  readonly atPeak: Snapshot;
}

/** Runs the story. */
export async function main(
  settings: RayleighTaylorSettings = { cells: 16, perCell: 20, dt: 4, until: 260 },
): Promise<RayleighTaylorResult> {
  const { cells, perCell, dt: longest, until } = settings;
  const model = new Model({ name: "rayleigh_taylor" });
  const mesh = boxMesh(model, { min: [0, 0], max: [WIDTH, 1], cells: [cells, cells] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  swarm.populate({ perCell });
  const materials = new Materials(swarm, { heavy: { density: 1 }, light: { density: 0 } });
  materials.assign("light", (x, y) => y < LAYER + BUMP * Math.cos(Math.PI * x / WIDTH));
  const stokes = new Stokes(v, p, {
    viscosity: 1,
    bodyForce: materials.buoyancy([0, -1]),
    rtol: 1e-6,
  });
  for (const side of ["bottom", "top"]) stokes.addDirichlet(side, 0);
  for (const side of ["left", "right"]) stokes.addFreeSlip(side);

  const speed = () => (v.norm() as number) / Math.sqrt(WIDTH);
  const flow = () => {
    materials.update();
    stokes.solve();
  };
  const step = (dt: number) => {
    swarm.advect(v, dt);
    flow();
  };
  const times: number[] = [], speeds: number[] = [];
  let peak: RayleighTaylorResult["peak"] | null = null, atPeak: Snapshot | null = null;
  flow();
  let before = model.saveState();
  while (model.tracker.time < until) {
    times.push(model.tracker.time);
    speeds.push(speed());
    const last = model.saveState();
    await model.advance({
      dt: Math.min(longest, stokes.estimateDt({ courant: 0.5 })),
      until: Math.min(until, model.tracker.time + longest),
      step,
    });
    if (peak === null && times.length > 2 && speed() < speeds[speeds.length - 1]) {
      const here = model.saveState(), end = model.tracker.time;
      model.loadState(before);
      ({ peak, atPeak } = await findPeak(model, step, speed, end));
      model.loadState(here);
    }
    before = last;
  }
  const growth = growthRate(times, speeds);
  const entrained = lightAbove(swarm, materials) / (LAYER * WIDTH);
  console.log(`growth ${growth.toFixed(5)}, published 0.0109 to 0.0112`);
  if (peak === null || atPeak === null) throw new Error(`no peak before t = ${until}`);
  console.log(
    `first peak ${peak.speed.toExponential(3)} at t = ${
      peak.time.toFixed(1)
    }, published 3.09e-3 to 3.10e-3 at 206 to 212`,
  );
  console.log(`entrained at t = ${until}: ${entrained.toFixed(3)}`);
  return { model, swarm, times, speeds, growth, peak, entrained, atPeak };
}

/** Goes through the peak again in small steps. */
async function findPeak(
  model: Model,
  step: (dt: number) => void,
  speed: () => number,
  end: number,
): Promise<{ peak: RayleighTaylorResult["peak"]; atPeak: Snapshot }> {
  let peak = { time: model.tracker.time, speed: speed() }, atPeak = model.saveState();
  while (model.tracker.time < end) {
    const { time } = model.tracker;
    await model.advance({ dt: 1, until: Math.min(end, time + 1), step });
    if (speed() <= peak.speed) continue;
    peak = { time: model.tracker.time, speed: speed() };
    atPeak = model.saveState();
  }
  return { peak, atPeak };
}

/** The slope of the logarithm of the speed, by least squares, while the bump is small. */
function growthRate(times: readonly number[], speeds: readonly number[]): number {
  const early = times.map((_, i) => i).filter((i) => times[i] <= 60);
  const mean = (f: (i: number) => number) => early.reduce((sum, i) => sum + f(i), 0) / early.length;
  const t = mean((i) => times[i]), s = mean((i) => Math.log(speeds[i]));
  return mean((i) => (times[i] - t) * (Math.log(speeds[i]) - s)) / mean((i) => (times[i] - t) ** 2);
}

/** The area of light material above its first height. */
function lightAbove(swarm: Swarm, materials: Materials): number {
  const above = swarm.coordinates, { data } = materials.index;
  let count = 0;
  for (let i = 0; i < swarm.count; i++) if (data[i] === 1 && above.get(i, 1) > LAYER) count++;
  return count / swarm.count * WIDTH;
}

/** The particles at the peak, and the speed in time. */
export async function picture(result: RayleighTaylorResult): Promise<Picture> {
  const { model, swarm, atPeak, times, speeds } = result;
  model.loadState(atPeak);
  const particles = await plotSwarm(swarm, {
    variable: "material",
    width: 330,
    radius: 1.4,
    title: "at the first peak",
  });
  const curve = await plotHistory({ time: times, speed: speeds }, {
    width: 430,
    title: "mean velocity",
  });
  return tiled("rayleigh_taylor", 2, [particles, curve]);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
