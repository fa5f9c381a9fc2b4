/**
 * Convection in a box that is heated from below, until nothing changes any more: the first case of a benchmark
 * by which codes of mantle convection are compared (B. Blankenbach et al., Geophys. J. Int. 98 (1989) 23-38,
 * DOI 10.1111/j.1365-246X.1989.tb05511.x). The flow follows from the temperature, `-div(2 strainRate(v)) + grad p =
 * Ra T e_y`, and carries it, `dT/dt + v . grad T = Laplace T`. Step sizes follow the fastest flow. In the end the heat
 * that leaves (the Nusselt number) and the mean speed stand beside the published ones.
 *
 *     deno run examples/convection.ts
 */
import {
  AdvectionDiffusion,
  boxMesh,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  plotHistory,
  Stokes,
} from "../mod.ts";
import { expression } from "../src/expression/mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

/** Case 1a: the Rayleigh number, and what all codes agree on. */
const RA = 1e4, NUSSELT = 4.884409, SPEED = 42.864947;
/** A step lets the fastest fluid cross so many cells, counted by the diameter of their inscribed circles. */
const COURANT = 1.7;
/** Steady is what changes by less than this part in a time of 0.02. */
const STEADY = 3e-5;

/** The benchmark's start: layers above and below, and a cell that begins to turn. */
function start(x: number, y: number): number {
  const below = 0.102367, above = 0.897633;
  const layers = y < below
    ? 0.5 + 0.5 * (below - y) / below
    : y > above
    ? 0.5 * (1 - y) / (1 - above)
    : 0.5;
  return layers + 0.1 * Math.cos(Math.PI * x) * Math.sin(Math.PI * y);
}

/** Rows of what was measured on the way. */
interface Measured {
  readonly time: number[];
  readonly nusselt: number[];
  readonly speed: number[];
}

/** What the story came to. */
export interface ConvectionResult {
  readonly model: Model;
  readonly T: MeshVariable;
  readonly measured: Measured;
  readonly steps: number;
  /** Heat through the top over the length, over that of a resting fluid. */
  readonly nusselt: number;
  /** The same at the bottom. */
  readonly nusseltBelow: number;
  /** The root of the mean of |v|^2. */
  readonly speed: number;
}

/** Runs the story on `cells x cells` squares; on coarse ones the speed keeps wavering, until `end`. */
export async function main(cells = 16, end = 0.4): Promise<ConvectionResult> {
  const model = new Model({ name: "convection" });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  T.set(start);
  const bodyForce = [0, expression(`${RA} * T`)];
  const stokes = new Stokes(v, p, { viscosity: 1, bodyForce, rtol: 1e-6 });
  for (const side of mesh.boundaries.keys()) stokes.addFreeSlip(side);
  const heat = new AdvectionDiffusion(T, { velocity: v, diffusivity: 1, rtol: 1e-8 });
  heat.addDirichlet("bottom", 1);
  heat.addDirichlet("top", 0);

  const through = (side: string) => heat.flux(side) / (T.integrate("bottom") as number);
  const measured: Measured = { time: [], nusselt: [], speed: [] };
  let steps = 0, iterations = stokes.solve().iterations;
  console.log("  time   steps   Nusselt number   mean speed");
  for (let before = 0, now = Infinity; Math.abs(now / before - 1) > STEADY;) {
    if (model.tracker.time > end - 1e-9) break;
    before = now;
    const { accepted } = await model.advance({
      dt: () => stokes.estimateDt({ courant: COURANT }),
      until: model.tracker.time + 0.02,
      step: (dt) => {
        heat.solve({ dt });
        iterations += stokes.solve().iterations;
      },
    });
    steps += accepted;
    now = v.norm();
    measured.time.push(model.tracker.time);
    measured.nusselt.push(-through("top"));
    measured.speed.push(now);
    console.log(
      model.tracker.time.toFixed(2).padStart(6) + `${steps}`.padStart(8) +
        (-through("top")).toFixed(4).padStart(17) + now.toFixed(3).padStart(13),
    );
  }
  const nusselt = -through("top"), nusseltBelow = through("bottom"), speed = v.norm();
  const off = (found: number, known: number) => `${(100 * (found / known - 1)).toFixed(3)} %`;
  console.log(
    `\nNusselt number ${nusselt.toFixed(4)}, published ${NUSSELT}: ${off(nusselt, NUSSELT)}`,
  );
  console.log(`mean speed     ${speed.toFixed(3)}, published ${SPEED}: ${off(speed, SPEED)}`);
  console.log(`${(iterations / (steps + 1)).toFixed(1)} iterations for each flow`);
  return { model, T, measured, steps, nusselt, nusseltBelow, speed };
}

/** The temperature in the end, and how the heat flow became steady. */
export async function picture({ T, measured }: ConvectionResult): Promise<Picture> {
  const { time, nusselt } = measured;
  return tiled("convection", 2, [
    await plotField(T, { width: 330, range: [0, 1], edges: false, title: "temperature" }),
    await plotHistory({ time, nusselt }, { x: "time", width: 330, title: "Nusselt number" }),
  ]);
}

if (import.meta.main) {
  const result = await main();
  await drawOnRequest(() => picture(result));
}
