/**
 * A heavy disc sinks through a fluid. Particles carry what is disc and what is fluid; their means over the cells
 * are the density and the viscosity of the flow. From one and the same start three discs are let go: as soft as the
 * fluid, a hundred times and a million times as stiff. After each the start is put back. The soft disc flattens and
 * sinks fastest, the others keep their shape, and stiffness above a hundred hardly makes a difference.
 *
 *     deno run examples/sinker.ts
 */
import {
  boxMesh,
  MeshVariable,
  Model,
  type Picture,
  plotSwarm,
  type Snapshot,
  Stokes,
  Swarm,
  swarmMeans,
} from "../mod.ts";
import { expression } from "../src/expression/mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

const RADIUS = 0.125, HEIGHT = 0.7, END = 110;

/** What became of one disc. */
export interface SunkenDisc {
  readonly stiffness: number;
  /** How far its middle sank. */
  readonly depth: number;
  /** The distance of its furthest particle from its middle, in radii. */
  readonly reach: number;
  readonly steps: number;
  /** The most iterations that a flow took. */
  readonly iterations: number;
  readonly end: Snapshot;
}

/** What the story came to. */
export interface SinkerResult {
  readonly model: Model;
  readonly swarm: Swarm;
  readonly discs: readonly SunkenDisc[];
}

/** Runs the story on `cells x cells` squares. */
export async function main(cells = 24): Promise<SinkerResult> {
  const model = new Model({ name: "sinker" });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  const disc = swarm.addVariable("disc"), viscosity = swarm.addVariable("viscosity");
  swarm.populate({ perCell: 12 });
  disc.set((x, y) => Math.hypot(x - 0.5, y - HEIGHT) < RADIUS ? 1 : 0);
  // P0 fields: what the particles of a cell are in the mean.
  const heavy = new MeshVariable(mesh, "heavy", { degree: 0 });
  const eta = new MeshVariable(mesh, "eta", { degree: 0 });
  const stokes = new Stokes(v, p, { viscosity: eta, bodyForce: [0, expression("-heavy")] });
  for (const side of mesh.boundaries.keys()) stokes.addFreeSlip(side);

  const start = model.saveState(), discs: SunkenDisc[] = [];
  console.log("stiffness   steps   sank by     reach");
  for (const stiffness of [1, 1e2, 1e6]) {
    model.loadState(start);
    for (let i = 0; i < swarm.count; i++) viscosity.data[i] = disc.data[i] === 1 ? stiffness : 1;
    let iterations = 0;
    const flow = () => {
      swarmMeans(disc, heavy);
      swarmMeans(viscosity, eta, "harmonic");
      iterations = Math.max(iterations, stokes.solve().iterations);
    };
    flow();
    const before = shapeOf(swarm, disc.data);
    const { accepted: steps } = await model.advance({
      dt: () => stokes.estimateDt({ courant: 0.7 }),
      until: END,
      step: (dt) => {
        swarm.advect(v, dt);
        flow();
      },
    });
    const after = shapeOf(swarm, disc.data);
    const depth = before.y - after.y, { reach } = after;
    discs.push({ stiffness, depth, reach, steps, iterations, end: model.saveState() });
    console.log(
      stiffness.toExponential(0).padStart(9) + `${steps}`.padStart(8) +
        depth.toFixed(4).padStart(10) + reach.toFixed(3).padStart(10),
    );
  }
  return { model, swarm, discs };
}

/** The height of the middle of the disc, and how far it reaches from there. */
function shapeOf(swarm: Swarm, disc: ArrayLike<number>): { y: number; reach: number } {
  const at = swarm.coordinates, places: [number, number][] = [];
  for (let i = 0; i < swarm.count; i++) {
    if (disc[i] === 1) places.push([at.get(i, 0), at.get(i, 1)]);
  }
  const mean = (d: 0 | 1) => places.reduce((sum, place) => sum + place[d], 0) / places.length;
  const x = mean(0), y = mean(1);
  const far = Math.max(...places.map((place) => Math.hypot(place[0] - x, place[1] - y)));
  return { y, reach: far / RADIUS };
}

/** The three discs at the end: each state is put back, and drawn. */
export async function picture({ model, swarm, discs }: SinkerResult): Promise<Picture> {
  const pictures: Picture[] = [];
  for (const { end, stiffness } of discs) {
    model.loadState(end);
    const title = `stiffness ${stiffness.toExponential(0)}`;
    pictures.push(
      await plotSwarm(swarm, { variable: "disc", width: 260, radius: 1.8, range: [0, 1], title }),
    );
  }
  return tiled("sinker", 3, pictures);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
