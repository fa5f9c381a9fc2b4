/**
 * Fluxes through boundaries on several ranks, against one. Runs on workers in `flux_test.ts`.
 *
 * @module
 */
import { assertAlmostEquals } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";

/** Fluxes that follow from gradients: the same but for the order of the sum, also where recovery looks far. */
export function main(comm: Comm): number {
  let checks = 0;
  for (const cells of [[1, 1], [2, 1], [3, 2], [4, 4], [2, 2, 1]]) {
    for (const degree of [1, 2] as const) {
      const [here, alone] = [comm, undefined].map((comm) => fluxes(comm, cells, degree));
      here.forEach((flux, i) => assertAlmostEquals(flux, alone[i], 1e-12));
      checks++;
    }
  }
  return checks;
}

function fluxes(comm: Comm | undefined, cells: number[], degree: 1 | 2): number[] {
  const mesh = boxMesh(new Model({ comm }), { min: cells.map(() => 0), max: cells, cells });
  const u = new MeshVariable(mesh, "u", { degree, components: 2 });
  u.set((x, y, z, out) => out.set([Math.sin(2 * x) * y + z, x]));
  const solver = new Diffusion(u, { diffusivity: (x) => 1 + x });
  return [...mesh.boundaries.keys()].flatMap((side) => [...solver.flux(side) as Float64Array]);
}
