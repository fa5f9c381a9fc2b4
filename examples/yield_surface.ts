/**
 * Elastic first, then look: each loading step is taken as if the material were elastic. Where the stress
 * leaves the yield surface the step is put back and taken again as a plastic one. The pattern of return
 * mapping (Simo and Hughes, Computational Inelasticity, 1998, box 3.1), with the whole model as the thing
 * that is put back.
 *
 *     deno run examples/yield_surface.ts
 */
import { boxMesh, MeshVariable, Model, type Picture, plotHistory } from "../mod.ts";
import { drawOnRequest } from "./_picture.ts";

const STEPS = 20;

interface Bar {
  readonly model: Model;
  /** One value per cell each. */
  readonly stress: MeshVariable;
  readonly plasticStrain: MeshVariable;
  readonly stiffness: MeshVariable;
}

function build(): Bar {
  const model = new Model({ name: "yield_surface", seed: 3 });
  model.parameters.define("yieldStress", 1, { units: "MPa" });
  model.parameters.define("hardening", 0.2);
  model.tracker.strain = 0;
  const mesh = boxMesh(model, { min: [0, 0], max: [4, 1], cells: [8, 2] });
  const perCell = (name: string) => new MeshVariable(mesh, name, { degree: 0 });
  const bar = {
    model,
    stress: perCell("stress"),
    plasticStrain: perCell("plasticStrain"),
    stiffness: perCell("stiffness"),
  };
  bar.stress.set(0);
  bar.plasticStrain.set(0);
  bar.stiffness.set((x) => 1 + 0.2 * Math.sin(x));
  return bar;
}

/** The whole strain step is elastic. */
function elastic({ model, stress, stiffness }: Bar, strain: number): void {
  for (let i = 0; i < stress.data.length; i++) stress.data[i] += stiffness.data[i] * strain;
  model.tracker.strain += strain;
}

/** By how much the worst cell is beyond its yield stress, which hardens with plastic strain. */
function overstress(bar: Bar): number {
  return bar.stress.data.reduce(
    (worst, value, i) => Math.max(worst, value - limit(bar, i)),
    -Infinity,
  );
}

function limit({ model, plasticStrain }: Bar, cell: number): number {
  const { parameters } = model;
  return parameters.get("yieldStress") + parameters.get("hardening") * plasticStrain.data[cell];
}

/** Part of the strain flows, so that the stress ends on the yield surface. */
function plastic(bar: Bar, strain: number): void {
  const { model, stress, plasticStrain, stiffness } = bar;
  const hardening: number = model.parameters.get("hardening");
  for (let i = 0; i < stress.data.length; i++) {
    const trial = stress.data[i] + stiffness.data[i] * strain;
    const flow = Math.max(0, (trial - limit(bar, i)) / (stiffness.data[i] + hardening));
    plasticStrain.data[i] += flow;
    stress.data[i] = trial - stiffness.data[i] * flow;
  }
  model.tracker.strain += strain;
}

/** What the story came to. */
export interface YieldSurfaceResult {
  readonly elasticSteps: number;
  readonly plasticSteps: number;
  /** The largest distance beyond the yield surface at any end of a step. */
  readonly worst: number;
  /** The loading curve, a number for each step. */
  readonly curve: Readonly<Record<"strain" | "stress" | "plasticStrain", number[]>>;
}

/** Runs the story. */
export function main(): YieldSurfaceResult {
  const bar = build();
  const { model } = bar;
  const strain = 0.1;
  const curve: YieldSurfaceResult["curve"] = { strain: [], stress: [], plasticStrain: [] };
  let elasticSteps = 0, plasticSteps = 0, worst = -Infinity;
  console.log("step   strain   largest stress   regime");
  for (let k = 1; k <= STEPS; k++) {
    const held = model.attempt(() => elastic(bar, strain), () => overstress(bar) <= 0);
    if (held) elasticSteps++;
    else {
      plastic(bar, strain);
      plasticSteps++;
    }
    model.tracker.step += 1;
    worst = Math.max(worst, overstress(bar));
    curve.strain.push(model.tracker.strain);
    curve.stress.push(bar.stress.max() as number);
    curve.plasticStrain.push(bar.plasticStrain.max() as number);
    if (k % 4 === 0) {
      console.log(
        `${k}`.padStart(4) + model.tracker.strain.toFixed(2).padStart(9) +
          bar.stress.max().toFixed(4).padStart(17) + `   ${held ? "elastic" : "plastic"}`,
      );
    }
  }
  console.log(`\n${elasticSteps} elastic steps, ${plasticSteps} plastic ones`);
  return { elasticSteps, plasticSteps, worst, curve };
}

/** The loading curve: elastic up to the yield stress, hardening beyond. */
export function picture({ curve }: YieldSurfaceResult): Promise<Picture> {
  return plotHistory(curve, { x: "strain", title: "Loading a bar", units: { stress: "MPa" } });
}

if (import.meta.main) {
  const result = main();
  await drawOnRequest(() => picture(result));
}
