/**
 * Heat, flow and particles on curved cells, as a program that goes on from a file in a fresh process: `curved_program.ts FROM TO STEPS`.
 *
 * @module
 */
import { Stokes } from "../../src/flow/stokes.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

/** A heated annulus whose mesh moves a little in every step. */
export function buildCurved() {
  const model = new Model();
  const mesh = annulusMesh(model, { inner: 1, outer: 2, cellSize: 0.6, geometryDegree: 2 });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  const v = new MeshVariable(mesh, "v", { degree: 2, components: 2 });
  const p = new MeshVariable(mesh, "p");
  T.set((x, y) => 2 - Math.hypot(x, y) + 0.1 * x);
  const stokes = new Stokes(v, p, {
    viscosity: 1,
    bodyForce: (x, y, _z, out) => {
      out[0] = 30 * x * x;
      out[1] = 30 * y;
    },
  });
  stokes.addFreeSlip("outer");
  stokes.addDirichlet("inner", 0);
  const heat = new AdvectionDiffusion(T, { velocity: v, diffusivity: 0.1 });
  heat.addDirichlet("inner", 1);
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  swarm.populate({ perCell: 3 });
  const advance = (count: number) => {
    for (let k = 0; k < count; k++) {
      stokes.solve();
      heat.solve({ dt: 0.02 });
      swarm.advect(v, 0.02);
      const places = T.coordinates.data as Float64Array;
      mesh.deform(places.map((x, i) => x * (1 + 0.005 * (i % 2))));
      model.tracker.time += 0.02;
      model.tracker.step++;
    }
  };
  return { model, mesh, T, swarm, advance };
}

/** Loads `from`, takes steps, saves to `to`. */
async function resume(from: string, to: string, steps: number): Promise<void> {
  const { model, advance } = buildCurved();
  await model.loadState(from);
  advance(steps);
  await model.saveState({ file: to });
}

if (import.meta.main) await resume(Deno.args[0], Deno.args[1], Number(Deno.args[2]));
