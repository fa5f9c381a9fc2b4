/**
 * Elastic first, then look: each loading step is taken as if the material were elastic. Where the stress
 * leaves the yield surface the step is put back and taken again as a plastic one. The pattern of return
 * mapping (Simo and Hughes, Computational Inelasticity, 1998, box 3.1), with the whole model as the thing
 * that is put back.
 *
 *     deno run examples/yield_surface.ts
 */
import { boxMesh, MeshVariable, Model } from "../mod.ts";

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

/** Runs the story; `worst` is the largest distance beyond the yield surface at any end of step. */
export function main(): { elasticSteps: number; plasticSteps: number; worst: number } {
  const bar = build();
  const { model } = bar;
  const strain = 0.1;
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
    if (k % 4 === 0) {
      console.log(
        `${k}`.padStart(4) + model.tracker.strain.toFixed(2).padStart(9) +
          bar.stress.max().toFixed(4).padStart(17) + `   ${held ? "elastic" : "plastic"}`,
      );
    }
  }
  console.log(`\n${elasticSteps} elastic steps, ${plasticSteps} plastic ones`);
  return { elasticSteps, plasticSteps, worst };
}

if (import.meta.main) main();
