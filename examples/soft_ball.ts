/**
 * Rock with a soft ball in it is squeezed until it yields. Every step is first taken elastically; where stress is then
 * above the yield stress, the step is put back and taken again as a plastic one. Where Newton's method does not get
 * through the plastic step, that is put back as well, and taken in two halves. In the end the same steps are taken
 * without any trying, and end in the same bytes.
 *
 *     deno run examples/soft_ball.ts
 */
import {
  boxMesh,
  ConvergenceError,
  diffSnapshots,
  MeshVariable,
  Model,
  type Picture,
  plotField,
  ViscoElastic,
} from "../mod.ts";
import "../src/expression/mod.ts";
import { drawOnRequest, tiled } from "./_picture.ts";

/** A step as it was taken in the end. */
export interface TakenStep {
  readonly dt: number;
  readonly isPlastic: boolean;
}

/** What the story came to. */
export interface SoftBallResult {
  readonly taken: readonly TakenStep[];
  /** Elastic steps that went too far, and plastic ones that were not found. */
  readonly putBack: { readonly elastic: number; readonly plastic: number };
  /** The largest of stress less yield stress after the last step. */
  readonly overstress: number;
  /** Whether the run that chose right at once ends in the same bytes. */
  readonly isSame: boolean;
  /** The second invariant of stress, and that of the strain rate. */
  readonly stress: MeshVariable;
  readonly rate: MeshVariable;
}

/** Rock around a ball. */
function build(cells: number) {
  const model = new Model({ name: "soft_ball" });
  model.parameters.define("cohesion", 0.6);
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [cells, cells] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p"), tau = new MeshVariable(mesh, "tau", { components: 3 });
  const flow = new ViscoElastic(v, p, {
    viscosity: 5,
    shearModulus: (x, y) => x * x + y * y < 0.2 ? 0.25 : 1,
    stress: tau,
    yieldStress: "max(cohesion + 0.2 * p, 0.1)",
    nonlinear: { maxSteps: 8 },
  });
  for (const side of mesh.boundaries.keys()) {
    flow.stokes.addDirichlet(side, (x, y, _z, out) => {
      out[0] = x;
      out[1] = -y;
    });
  }
  const step = ({ dt, isPlastic }: TakenStep) => {
    flow.solve({ dt, yielding: isPlastic });
    model.tracker.time += dt;
  };
  return { model, mesh, flow, step };
}

/** Runs the story on `cells x cells` squares. */
export function main(cells = 12): SoftBallResult {
  const { model, mesh, flow, step } = build(cells);
  const taken: TakenStep[] = [], putBack = { elastic: 0, plastic: 0 };
  const go = (dt: number): void => {
    const elastic = { dt, isPlastic: false }, plastic = { dt, isPlastic: true };
    const isElastic = model.attempt(() => {
      step(elastic);
      return flow.overstress();
    }, (overstress) => overstress <= 0);
    if (isElastic) {
      taken.push(elastic);
      return;
    }
    putBack.elastic++;
    try {
      model.transaction(() => step(plastic));
      taken.push(plastic);
    } catch (error) {
      if (!(error instanceof ConvergenceError)) throw error;
      putBack.plastic++;
      go(dt / 2);
      go(dt / 2);
    }
  };
  for (const dt of [0.1, 0.2, 0.2, 0.15, 0.15]) go(dt);
  for (const { dt, isPlastic } of taken) {
    console.log(`${isPlastic ? "plastic" : "elastic"} step of ${dt}`);
  }
  const overstress = flow.overstress();
  console.log(`put back: ${putBack.elastic} elastic, ${putBack.plastic} plastic`);

  const other = build(cells);
  taken.forEach(other.step);
  const isSame = diffSnapshots(model.saveState(), other.model.saveState()).length === 0;
  console.log(`the run that chose right at once: ${isSame ? "the same bytes" : "other bytes"}`);
  const stress = new MeshVariable(mesh, "invariant", { degree: 0 });
  const rate = new MeshVariable(mesh, "rate", { degree: 0 });
  flow.stokes.invariant("stress", stress);
  flow.stokes.invariant("strainRate", rate);
  return { taken, putBack, overstress, isSame, stress, rate };
}

/** Stress and strain rate at the end. */
export async function picture({ stress, rate }: SoftBallResult): Promise<Picture> {
  return tiled("soft_ball", 2, [
    await plotField(stress, { width: 330, range: [0, 0.8], title: "stress" }),
    await plotField(rate, { width: 330, range: [0, 20], colors: "magma", title: "strain rate" }),
  ]);
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
}
