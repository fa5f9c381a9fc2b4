import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

const tau = 2 * Math.PI, dt = 0.11;

/** Flow, transport along paths and on particles, diffusion and a random walk on a torus; `advance(from, to)` takes steps. */
export function periodicRun() {
  const model = new Model({ name: "torus", seed: 4 });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [5, 4], periodic: ["x", "y"] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p"), T = new MeshVariable(mesh, "T");
  const c = new MeshVariable(mesh, "c"), q = new MeshVariable(mesh, "q", { degree: 2 });
  T.set((x, y) => Math.cos(tau * x) + Math.sin(tau * y));
  c.set((x) => Math.cos(tau * x));
  q.set((_x, y) => Math.sin(tau * y));
  const stokes = new Stokes(v, p, {
    viscosity: 1,
    bodyForce: [(_x, y) => 60 * Math.sin(tau * y), (x) => 60 * Math.sin(tau * x)],
  });
  const options = { velocity: v, order: 2 };
  const solvers = [
    new AdvectionDiffusion(T, { ...options, diffusivity: 0.01 }),
    new AdvectionDiffusion(c, {
      velocity: v,
      diffusivity: 0.01,
      history: new LagrangianDDt(c, options),
    }),
    new Diffusion(q, { diffusivity: 0.02, order: 2 }),
  ];
  const swarm = new Swarm(mesh, { wraps: true });
  swarm.populate({ perCell: 2 });
  const advance = (from: number, to: number) => {
    for (let step = from; step < to; step++) {
      stokes.solve();
      for (const solver of solvers) solver.solve({ dt });
      swarm.advect(v, dt, { order: 4 });
      const x = swarm.coordinates.data;
      swarm.ids.forEach((id, i) => {
        const own = model.random.keyed(id);
        for (let d = 0; d < 2; d++) x[2 * i + d] += 0.3 * own.normal();
      });
      model.random.advance();
      swarm.migrate();
      model.tracker.time += dt;
      model.tracker.step += 1;
    }
  };
  return { model, swarm, advance };
}
