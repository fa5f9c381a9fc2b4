/**
 * Heat and particles below a free surface: a run that is stopped, put back and gone on with elsewhere.
 *
 * @module
 */
import type { Comm } from "../../src/comm/comm.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import type { InteriorMotion, SurfaceScheme } from "../../src/surface/surface_options.ts";
import { type Layer, layer } from "./_surfaces.ts";

/** Steps of the run, each with a scheme of its own. */
export const schemes: readonly SurfaceScheme[] = ["rk2", "stabilised", "midpoint", "rk4", "euler"];

/** A run below a surface. */
export interface SurfaceRun extends Layer {
  readonly T: MeshVariable;
  readonly swarm: Swarm;
  /** Takes the steps from `first` up to `last`. */
  advance(first: number, last: number): void;
}

/** Warm fluid with particles under a wave. */
export function surfaceRun(comm?: Comm, interior: InteriorMotion = "vertical"): SurfaceRun {
  const model = new Model(comm === undefined ? {} : { comm });
  const made = layer({ model, n: 4, interior }), { mesh, surface } = made;
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => 1 - y + 0.2 * Math.cos(2 * Math.PI * x) * y);
  const { velocity, motion } = surface;
  const heat = new AdvectionDiffusion(T, { velocity, diffusivity: 1e-3, order: 2, motion });
  heat.addDirichlet("bottom", 1);
  const swarm = new Swarm(mesh, { boundary: "clamp" }), mark = swarm.addVariable("mark");
  swarm.populate({ perCell: 2 });
  mark.set((x: number) => x);
  const advance = (first: number, last: number) => {
    for (let step = first; step < last; step++) {
      const dt = [2, 3, 1.5, 4, 2.5][step];
      surface.step({ dt, scheme: schemes[step] });
      heat.solve({ dt });
      swarm.advect(velocity, dt, { motion });
      model.tracker.time += dt;
      model.tracker.step++;
    }
  };
  return { ...made, T, swarm, advance };
}
