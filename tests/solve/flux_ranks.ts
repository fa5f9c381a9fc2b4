/**
 * Fluxes through boundaries on several ranks, against one. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assertAlmostEquals } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { VectorFunction } from "../../src/mesh/points.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";

/** Fluxes that follow from gradients: the same but for the order of the sum, also where recovery looks far. */
export function main(comm: Comm): number {
  let checks = 0;
  for (const cells of [[1, 1], [2, 1], [3, 2], [4, 4], [2, 2, 1]]) {
    for (const degree of [1, 2] as const) {
      const [here, alone] = [comm, undefined].map((comm) => fluxes(comm, cells, degree));
      // Sums of up to a hundred terms in another order, of gradients over cells of size 1.
      here.forEach((flux, i) => assertAlmostEquals(flux, alone[i], 1e-12));
      checks++;
    }
  }
  for (const degree of [1, 2] as const) {
    const [here, alone] = [comm, undefined].map((comm) => fluxesOfSteps(comm, degree));
    // The tolerance of the linear solver, 1e-10, over the size of a cell.
    here.forEach((flux, i) => assertAlmostEquals(flux, alone[i], 1e-8));
    checks++;
  }
  return checks;
}

/** Those that keep Dirichlet values on sides that meet, and on one that stands alone. */
function fluxesOfSteps(comm: Comm | undefined, degree: 1 | 2): number[] {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [5, 4] });
  const u = new MeshVariable(mesh, "u", { degree, components: 2 });
  u.set((x, y, _z, out) => out.set([x * y, y]));
  const velocity: VectorFunction = (x, y, _z, out) => {
    out[0] = x * (1 - x);
    out[1] = y * (1 - y) * (2 * x - 1);
  };
  const options = { diffusivity: (x: number) => 1 + x };
  return [
    new Diffusion(u, { ...options, theta: 0.5 }),
    new Diffusion(u, { ...options, order: 2 }),
    new AdvectionDiffusion(u, { ...options, velocity }),
  ].flatMap((solver) => {
    for (const side of ["left", "top", "bottom"]) {
      solver.addDirichlet(side, (x, y, _z, t: number) => x + y * t, { component: 0 });
    }
    solver.addDirichlet("right", 1, { component: 1 });
    for (let n = 0; n < 3; n++) {
      const { dt } = solver.solve({ dt: 0.05 });
      model.tracker.time += dt;
    }
    return [...mesh.boundaries.keys()].flatMap((side) => [...solver.flux(side) as Float64Array]);
  });
}

function fluxes(comm: Comm | undefined, cells: number[], degree: 1 | 2): number[] {
  const mesh = boxMesh(new Model({ comm }), { min: cells.map(() => 0), max: cells, cells });
  const u = new MeshVariable(mesh, "u", { degree, components: 2 });
  u.set((x, y, z, out) => out.set([Math.sin(2 * x) * y + z, x]));
  const solver = new Diffusion(u, { diffusivity: (x) => 1 + x });
  return [...mesh.boundaries.keys()].flatMap((side) => [...solver.flux(side) as Float64Array]);
}
