import { assert } from "@std/assert";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { heightsAfter, layer, ordersOf, relaxationTime } from "./_surfaces.ts";

Deno.test("a surface moves with order 1, 2, 2 and 4 in time, over four halvings", () => {
  const exact = heightsAfter("rk4", 64);
  for (const [scheme, order] of [["euler", 1], ["rk2", 2], ["midpoint", 2], ["rk4", 4]] as const) {
    const found = ordersOf(scheme, [2, 4, 8, 16, 32], exact);
    // The order is approached from above; rk4 ends at 1e-10, where the flow's own tolerance is not far.
    for (const one of found) assert(one > order - 0.1, `${scheme}: ${found}`);
    assert(found[3] < order + 0.2, `${scheme}: ${found}`);
  }
});

/** A warm layer with some particles, after the time of relaxation: heights, temperatures at points, particles. */
function warmLayer(steps: number): readonly Float64Array[] {
  const { model, mesh, surface } = layer({ n: 12, amplitude: 0.1, scheme: "rk2" });
  const T = new MeshVariable(mesh, "T", { degree: 2 }), { velocity, motion } = surface;
  const heat = new AdvectionDiffusion(T, { velocity, diffusivity: 1e-3, motion });
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  T.set((x, y) => Math.sin(2 * x) * Math.cos(y));
  swarm.addParticles([[0.1, 0.9], [0.3, 0.7], [0.45, 0.85], [0.2, 0.4], [0.05, 1.05], [0.4, 0.2]]);
  const dt = relaxationTime / steps;
  for (let k = 0; k < steps; k++) {
    surface.step({ dt });
    heat.solve({ dt });
    swarm.advect(velocity, dt, { motion });
    model.tracker.time += dt;
  }
  const places = [[0.2, 0.5], [0.4, 0.8], [0.1, 0.9], [0.3, 0.3], [0.25, 0.6]];
  const { values } = surface.heights();
  return [values, T.evaluate(places).data.slice(), swarm.coordinates.data.slice()];
}

Deno.test("heat and particles below a surface follow with order 2 in time", () => {
  const exact = warmLayer(64);
  const errors = [4, 8, 16].map((steps) =>
    warmLayer(steps).map((values, k) =>
      Math.max(...values.map((value, i) => Math.abs(value - exact[k][i])))
    )
  );
  ["heights", "temperatures", "particles"].forEach((what, k) => {
    const found = [0, 1].map((i) => Math.log2(errors[i][k] / errors[i + 1][k]));
    // Over both halvings; temperatures also have the error of the mesh, which changes with the steps.
    assert(found[0] + found[1] > 3.4, `${what}: ${found}, ${errors.map((e) => e[k])}`);
  });
});
