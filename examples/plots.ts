/**
 * Every kind of plot, of a convecting annulus and a ball in a box: the pictures of docs/look.md and of the
 * README. Without a folder nothing is written.
 *
 *     deno run examples/plots.ts
 *     deno run --allow-write=docs/pictures examples/plots.ts docs/pictures
 */
import {
  annulusMesh,
  boxMesh,
  type Mesh,
  MeshVariable,
  Model,
  type Picture,
  plotConvergence,
  plotField,
  plotHistory,
  plotMesh,
  plotProfile,
  plotSwarm,
  Poisson,
  Swarm,
} from "../mod.ts";
import { tiled } from "./_picture.ts";

const INNER = 0.5, OUTER = 1, CELLS = 3;

/** How far out, from 0 at the inner boundary to 1 at the outer one. */
const depth = (x: number, y: number) => (Math.hypot(x, y) - INNER) / (OUTER - INNER);

/** Hot below, cold above, with as many plumes as there are convection cells. */
function temperature(x: number, y: number): number {
  const s = depth(x, y);
  const plumes = Math.sin(Math.PI * s) * Math.cos(CELLS * Math.atan2(y, x));
  return 300 + 1300 * (1 - s + 0.22 * plumes);
}

/** Velocity from the stream function sin(pi s) sin(n phi): free of divergence, tangential at the rims. */
function flow(x: number, y: number, _z: number, out: Float64Array): void {
  const r = Math.hypot(x, y), phi = Math.atan2(y, x), s = depth(x, y);
  const radial = CELLS / r * Math.sin(Math.PI * s) * Math.cos(CELLS * phi);
  const around = -Math.PI / (OUTER - INNER) * Math.cos(Math.PI * s) * Math.sin(CELLS * phi);
  out[0] = (radial * x - around * y) / r;
  out[1] = (radial * y + around * x) / r;
}

interface Annulus {
  readonly model: Model;
  readonly mesh: Mesh;
  readonly T: MeshVariable;
  readonly velocity: MeshVariable;
  readonly swarm: Swarm;
}

function annulus(): Annulus {
  const model = new Model({ name: "annulus", seed: 1 });
  // Units of parameters are the units of fields and axes with their names.
  model.parameters.define("length", 1, { units: "Mm" });
  model.parameters.define("T", 300, { units: "K" });
  const mesh = annulusMesh(model, { inner: INNER, outer: OUTER, cellSize: 0.07 });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set(temperature);
  const velocity = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  velocity.set(flow);
  const swarm = new Swarm(mesh, { boundary: "lose" });
  const layer = swarm.addVariable("layer", { dtype: "uint8" });
  swarm.populate({ perCell: 3 });
  layer.set((x, y) => Math.floor(3 * depth(x, y)));
  return { model, mesh, T, velocity, swarm };
}

/** Narrow, and with two pixels for each unit: sharp, and still small files. */
const small = { width: 400 };

/** A part of the annulus. */
const closeUp = { min: [0.4, -0.3], max: [1, 0.3] } as const;

const layers = { 0: "lower", 1: "middle", 2: "upper" };

/** A good state, a step that is too long, and the good state again. */
async function takenBack({ model, velocity, swarm }: Annulus): Promise<Picture> {
  const look = (title: string) =>
    plotSwarm(swarm, { variable: "layer", kinds: layers, title, ...small, radius: 1.5 });
  for (let i = 0; i < 8; i++) swarm.advect(velocity, 0.0075, { order: 4 });
  const good = await look("A good state");
  using before = model.saveState();
  swarm.advect(velocity, 0.08, { order: 1 });
  const bad = await look("A step that was too long");
  model.loadState(before);
  return tiled("taken back", 3, [good, bad, await look("Taken back")]);
}

/** Adaptive steps through a flow that begins gently: how long they were, and what the timeline kept. */
async function histories(): Promise<Record<string, Picture>> {
  const { model, mesh, velocity, swarm } = annulus();
  model.timeline.record({ every: { steps: 4 }, budget: 50e6 });
  let spread = 0;
  const units = { time: "Myr", dt: "Myr" };
  const report = await model.advance({
    dt: 0.02,
    until: 0.25,
    step: (dt) => {
      const strength = 1 - Math.exp(-((model.tracker.time / 0.1) ** 2));
      velocity.set((x, y, z, out) => {
        flow(x, y, z, out);
        out[0] *= strength + 0.05;
        out[1] *= strength + 0.05;
      });
      spread = dt * velocity.max() / mesh.minRadius;
      swarm.advect(velocity, dt);
      model.tracker.speed = velocity.norm();
      model.tracker.rise = meanDepth(swarm);
    },
    accept: () => spread < 1,
    onStep: ({ step }) => {
      if (step === 20) model.timeline.pin("before the storm");
    },
  });
  return {
    steps: await plotHistory(report, { ...small, units }),
    timeline: await plotHistory(model.timeline, { ...small, units, names: ["speed", "rise"] }),
  };
}

/** How far out the particles of the lower layer are, on the mean. */
function meanDepth(swarm: Swarm): number {
  const x = swarm.coordinates.data, layer = swarm.variables.get("layer")!.data;
  let sum = 0, count = 0;
  for (let i = 0; i < swarm.count; i++) {
    if (layer[i] !== 0) continue;
    sum += depth(x[2 * i], x[2 * i + 1]);
    count++;
  }
  return sum / count;
}

/** How two waves of temperature in a wall fade, as columns of numbers. */
function modes(): Record<"time" | "long wave" | "short wave", number[]> {
  const time = Array.from({ length: 25 }, (_, i) => i / 100);
  const fading = (k: number) => time.map((t) => Math.exp(-((k * Math.PI) ** 2) * t));
  return { time, "long wave": fading(1), "short wave": fading(2) };
}

/** Errors of u = sin(pi x) sin(pi y) on finer and finer cells. */
async function convergence(): Promise<Picture> {
  const sizes = [4, 8, 16],
    exact = (x: number, y: number) => Math.sin(Math.PI * x) * Math.sin(Math.PI * y);
  const errorOf = (degree: 1 | 2, n: number) => {
    const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [n, n] });
    const u = new MeshVariable(mesh, "u", { degree });
    const poisson = new Poisson(u, { source: (x, y) => 2 * Math.PI ** 2 * exact(x, y) });
    for (const side of mesh.boundaries.keys()) poisson.addDirichlet(side, 0);
    poisson.solve();
    // At points that are not nodes.
    const points = Array.from(
      { length: 60 * 60 },
      (_, i) => [(i % 60 + 0.5) / 60, (Math.floor(i / 60) + 0.5) / 60],
    );
    const { data } = u.evaluate(points);
    const sum = points.reduce((sum, [x, y], i) => sum + (data[i] - exact(x, y)) ** 2, 0);
    return Math.sqrt(sum / points.length);
  };
  const columns = {
    h: sizes.map((n) => 1 / n),
    P1: sizes.map((n) => errorOf(1, n)),
    P2: sizes.map((n) => errorOf(2, n)),
  };
  return await plotConvergence(columns, small);
}

/** A ball of warmth in a box. */
async function threeD(): Promise<Record<string, Picture>> {
  const model = new Model({ name: "box" });
  const mesh = boxMesh(model, { min: [0, 0, 0], max: [2, 1, 1], cells: [16, 8, 8] });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y, z) => Math.exp(-4 * ((x - 1.4) ** 2 + (y - 0.3) ** 2 + (z - 0.7) ** 2)));
  return {
    mesh3d: await plotMesh(mesh, small),
    surface: await plotField(T, small),
    slice: await plotField(T, { ...small, slice: { axis: "y", at: 0.3 }, contours: true }),
  };
}

/** Draws everything; the PNG files by name. */
export async function main(folder?: string): Promise<Record<string, Uint8Array>> {
  const scene = annulus();
  const { mesh, T, velocity, swarm } = scene;
  const viscosity = new MeshVariable(mesh, "viscosity", { degree: 0 });
  viscosity.set((x, y) => 1e21 * Math.exp(2e-3 * (1600 - temperature(x, y))));
  const jumps = new MeshVariable(mesh, "heating", { degree: 1, continuous: false });
  jumps.set((x, y) => Math.sin(3 * x) * y);
  for (let i = 0; i < jumps.data.length; i++) jumps.data[i] += 0.08 * Math.sin(Math.floor(i / 3));
  const pictures: Record<string, Picture> = {
    mesh: await plotMesh(mesh, small),
    field: await plotField(T, { ...small, contours: true, colors: "magma" }),
    vector: await plotField(velocity, { width: 340, units: "m/yr" }),
    constant: await plotField(viscosity, { ...small, units: "Pa s" }),
    discontinuous: await plotField(jumps, { ...small, colors: "blueRed", range: [-1, 1] }),
    swarm: await plotSwarm(swarm, { ...small, variable: "layer", kinds: layers }),
    taken_back: await takenBack(scene),
    near: await plotField(T, { width: 340, edges: true, window: closeUp }),
    columns: await plotHistory(modes(), { ...small, together: true, units: { time: "s" } }),
    profile: await plotProfile(T, { ...small, from: [-1.1, 0], to: [1.1, 0] }),
    convergence: await convergence(),
    ...await histories(),
    ...await threeD(),
  };
  const files: Record<string, Uint8Array> = {};
  for (const [name, picture] of Object.entries(pictures)) {
    files[name] = await picture.png({ scale: picture.width > 1000 ? 1 : 2 });
    console.log(`${name}.png`.padEnd(20) + `${(files[name].length / 1000).toFixed(0)} kB`);
    if (folder !== undefined) Deno.writeFileSync(`${folder}/${name}.png`, files[name]);
  }
  return files;
}

if (import.meta.main) await main(Deno.args[0]);
