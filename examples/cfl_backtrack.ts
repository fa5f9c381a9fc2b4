/**
 * A time step that is too long is seen, taken back and tried again with half its size; at the end the
 * model has the same bits as one that never took a bad step.
 *
 *     deno run examples/cfl_backtrack.ts
 *     deno run --allow-read examples/cfl_backtrack.ts --mesh tests/data/annulus.msh
 */
import {
  annulusMesh,
  diffSnapshots,
  type Mesh,
  MeshVariable,
  Model,
  type Picture,
  plotSwarm,
  readGmsh,
  Swarm,
  type SwarmVariable,
  SymbolicDDt,
} from "../mod.ts";
import { expression } from "../src/expression/mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

/** A particle may move this many CFL lengths (the mesh's smallest inscribed radius) in one step. */
const LIMIT = 1;
/** A step that loses more than one particle in a hundred went wrong, however far the others moved. */
const KEPT = 0.99;
/** The first try of some steps is far too long, on purpose. */
const FIRST_TRIES = [0.04, 0.002, 0.08, 0.002, 0.32];

interface Simulation {
  readonly model: Model;
  readonly mesh: Mesh;
  readonly velocity: MeshVariable;
  readonly temperature: MeshVariable;
  readonly swarm: Swarm;
  readonly start: SwarmVariable;
  readonly source: SymbolicDDt;
}

async function build(meshPath?: string): Promise<Simulation> {
  const model = new Model({ name: "cfl_backtrack", seed: 42 });
  const mesh = meshPath === undefined
    ? annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.1 })
    : await readGmsh(model, meshPath);
  model.parameters.define("spin", 2 * Math.PI, { units: "rad" });
  model.parameters.define("kick", 1e-3);
  const swarm = new Swarm(mesh, { boundary: "lose" });
  const material = swarm.addVariable("material", { dtype: "int32" });
  const start = swarm.addVariable("start", { components: mesh.dim });
  swarm.populate({ perCell: 3 });
  material.set((x, y) => (x * y > 0 ? 1 : 2));
  const velocity = new MeshVariable(mesh, "v", { components: mesh.dim });
  const temperature = new MeshVariable(mesh, "T", { degree: 2 });
  temperature.set((x) => x);
  const source = new SymbolicDDt(model, expression("spin * sin(t) * x"), { order: 2 });
  return { model, mesh, velocity, temperature, swarm, start, source };
}

/** One step of size `dt`. Returns how far the fastest particle went, in CFL lengths. */
function step(sim: Simulation, dt: number): number {
  const { model, velocity, temperature, swarm, start, source } = sim;
  const { tracker, parameters, random } = model;
  const spin = parameters.get("spin") * (1 + 0.5 * Math.sin(tracker.time));
  velocity.set((x, y, _z, out) => {
    out[0] = -spin * y;
    out[1] = spin * x;
  });
  start.data.set(swarm.coordinates.data);
  swarm.advect(velocity, dt, { order: 2 });
  kick(sim);
  const T = temperature.data;
  for (let i = 0; i < T.length; i++) T[i] += dt * (random.normal() - T[i]);
  source.updatePreSolve(dt);
  source.updatePostSolve(dt);
  tracker.time += dt;
  tracker.step += 1;
  tracker.dt = dt;
  return farthest(sim);
}

/** A small random push for each particle: the numbers belong to its id, whatever the order. */
function kick({ model, swarm }: Simulation): void {
  const { random, parameters } = model;
  const size = parameters.get("kick");
  const x = swarm.coordinates.data;
  random.advance();
  for (let i = 0; i < swarm.count; i++) {
    const own = random.keyed(swarm.ids[i]);
    for (let d = 0; d < swarm.mesh.dim; d++) x[i * swarm.mesh.dim + d] += size * own.normal();
  }
  swarm.migrate();
}

function farthest({ mesh, swarm, start }: Simulation): number {
  const dim = mesh.dim, x = swarm.coordinates.data, from = start.data;
  let largest = 0;
  for (let i = 0; i < swarm.count; i++) {
    let square = 0;
    for (let d = 0; d < dim; d++) square += (x[i * dim + d] - from[i * dim + d]) ** 2;
    largest = Math.max(largest, Math.sqrt(square));
  }
  return largest / mesh.minRadius;
}

/** Takes back what went too far. Returns the step sizes that held. */
function runWithBacktracking(sim: Simulation): number[] {
  console.log(`CFL length ${sim.mesh.minRadius.toFixed(4)}, ${sim.swarm.count} particles\n`);
  console.log("step   tried dt   moved / CFL length   particles");
  const accepted: number[] = [];
  for (const firstTry of FIRST_TRIES) {
    using before = sim.model.saveState();
    for (let dt = firstTry;; dt /= 2) {
      const particles = sim.swarm.count;
      const moved = step(sim, dt);
      const good = moved <= LIMIT && sim.swarm.count >= KEPT * particles;
      console.log(
        `${accepted.length + 1}`.padStart(4) + dt.toFixed(6).padStart(11) +
          moved.toFixed(2).padStart(21) + `${sim.swarm.count}`.padStart(12) +
          (good ? "   accepted" : "   taken back"),
      );
      if (good) {
        accepted.push(dt);
        break;
      }
      sim.model.loadState(before);
    }
  }
  return accepted;
}

/** Runs the story; `bitIdentical` says whether a run without the bad steps ends with the same bytes. */
export async function main(meshPath?: string): Promise<{
  accepted: number[];
  bitIdentical: boolean;
}> {
  const recovered = await build(meshPath);
  const accepted = runWithBacktracking(recovered);
  const untroubled = await build(meshPath);
  for (const dt of accepted) step(untroubled, dt);

  using a = recovered.model.saveState();
  using b = untroubled.model.saveState();
  const differences = diffSnapshots(a, b);
  for (const { key, what } of differences) console.log(`${key}: ${what}`);
  const bitIdentical = differences.length === 0;
  console.log(`\nbit-identical: ${bitIdentical}`);
  return { accepted, bitIdentical };
}

/** The particles in a good state, after a step that is far too long, and taken back. */
export async function picture(meshPath?: string): Promise<Picture> {
  const sim = await build(meshPath);
  const look = (title: string) =>
    plotSwarm(sim.swarm, { variable: "material", title, width: 330, radius: 1.5 });
  step(sim, 0.0025);
  const good = await look("A good state");
  using before = sim.model.saveState();
  step(sim, 0.08);
  const bad = await look("A step that was too long");
  sim.model.loadState(before);
  return tiled("taken back", 3, [good, bad, await look("Taken back")]);
}

if (import.meta.main) {
  const flag = Deno.args.indexOf("--mesh");
  const meshPath = flag < 0 ? undefined : Deno.args[flag + 1];
  const { bitIdentical } = await main(meshPath);
  await drawOnRequest(() => picture(meshPath));
  if (!bitIdentical) Deno.exit(1);
}
