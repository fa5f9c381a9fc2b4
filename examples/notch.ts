/**
 * A brittle layer over a weak one with a notch is pushed from both sides until it breaks along shear bands: Spiegelman
 * et al. (2016), DOI 10.1002/2015GC006228. The viscosity of the layer follows from strain rate and pressure. From one
 * and the same start the flow is looked for by Picard's method and by Newton's; in between the start is put back.
 * Published: Picard's method stalls between 1e-4 and 1e-3 where the layer is strong, Newton's gets through.
 *
 *     deno run examples/notch.ts
 */
import {
  bounded,
  boxMesh,
  composite,
  ConvergenceError,
  druckerPrager,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  Stokes,
} from "../mod.ts";
import { expression } from "../src/expression/mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

/** Units: 30 km, the speed of the walls, and 1e22 Pa s. */
const LENGTH = 3e4, VISCOSITY = 1e22, YEAR = 3.15576e7;

/** How a search went. */
export interface Search {
  readonly method: "picard" | "newton";
  /** Of the layer, Pa s. */
  readonly viscosity: number;
  /** Of each wall, mm per year. */
  readonly speed: number;
  /** Relative residuals before the first step and after each. */
  readonly residuals: readonly number[];
}

/** What the story came to. */
export interface NotchResult {
  readonly model: Model;
  readonly searches: readonly Search[];
  /** The second invariant of the strain rate after the last search. */
  readonly rate: MeshVariable;
}

/** Runs the story with `cells` cells in the height, a multiple of 12. */
export function main(cells = 12): NotchResult {
  const model = new Model({ name: "notch" });
  const mesh = boxMesh(model, { min: [0, 0], max: [4, 1], cells: [4 * cells, cells] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  const weak = new MeshVariable(mesh, "weak", { degree: 0 });
  const rate = new MeshVariable(mesh, "rate", { degree: 0 });
  weak.set((x, y) => y < 0.25 || y < 0.25 + 1 / 12 && Math.abs(x - 2) < 1 / 12 ? 1 : 0);
  model.parameters.define("layer", 1, { units: "1e22 Pa s" });
  model.parameters.define("cohesion", 1, { units: "viscosity times speed over length" });
  model.parameters.define("weight", 1, { units: "the same, over length" });
  const plastic = druckerPrager({ cohesion: "cohesion", friction: 30, least: "0.01 * cohesion" });
  const layer = bounded(composite("layer", plastic), { min: 1e21 / VISCOSITY });
  const viscosity = expression(`weak > 0.5 ? ${1e21 / VISCOSITY} : ${layer}`);

  const start = model.saveState(), searches: Search[] = [];
  console.log("layer (Pa s)  walls (mm/yr)   method   steps   residual");
  for (const [eta, speed] of [[1e23, 2.5], [1e24, 5], [5e24, 12.5]]) {
    for (const method of ["picard", "newton"] as const) {
      model.loadState(start);
      const stress = VISCOSITY * speed * 1e-3 / YEAR / LENGTH;
      model.parameters.set("layer", eta / VISCOSITY);
      model.parameters.set("cohesion", 1e8 / stress);
      model.parameters.set("weight", 2700 * 9.81 * LENGTH / stress);
      const stokes = new Stokes(v, p, {
        viscosity,
        bodyForce: [0, expression("-weight")],
        nonlinear: { method, tolerance: 1e-9, maxSteps: method === "picard" ? 30 : 50 },
        maxIterations: 2000,
      });
      stokes.addFreeSlip("bottom");
      stokes.addDirichlet("left", 1, { component: 0 });
      stokes.addDirichlet("right", -1, { component: 0 });
      const residuals = search(stokes);
      if (method === "newton") stokes.invariant("strainRate", rate);
      model.unregister(stokes);
      searches.push({ method, viscosity: eta, speed, residuals });
      console.log(
        eta.toExponential(0).padStart(12) + `${speed}`.padStart(15) + method.padStart(9) +
          `${residuals.length - 1}`.padStart(8) +
          residuals[residuals.length - 1].toExponential(1).padStart(11),
      );
    }
  }
  return { model, searches, rate };
}

/** The residuals of a solve, whether it comes to an end or not. */
function search(stokes: Stokes): readonly number[] {
  try {
    return stokes.solve().nonlinear!.residuals;
  } catch (error) {
    if (error instanceof ConvergenceError) return error.history;
    throw error;
  }
}

/** The shear bands. */
export async function picture({ rate }: NotchResult): Promise<Picture> {
  rate.data.forEach((value, i) => rate.data[i] = Math.log10(value));
  const title = "logarithm of the strain rate";
  return tiled("notch", 1, [await plotField(rate, { width: 640, colors: "magma", title })]);
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
}
