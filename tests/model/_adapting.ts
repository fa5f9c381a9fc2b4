/** Models that adapt, with one of everything that lives on a mesh. */
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { recoveryError } from "../../src/mesh/error_indicators.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { readGmsh } from "../../src/mesh/read_gmsh.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Projection } from "../../src/solve/projection.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

/** Meshes by name, in a model. */
export const meshMakers: Readonly<Record<string, (model: Model) => Mesh>> = {
  box2: (model) => boxMesh(model, { min: [-1, -1], max: [1, 1], cellSize: 0.4 }),
  annulus: (model) => annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.25 }),
  box3: (model) => boxMesh(model, { min: [-1, -1, -1], max: [1, 1, 1], cells: [2, 2, 2] }),
  // Gmsh's triangles and tetrahedra, whose angles are not those of a lattice.
  triangles: (model) => gmsh(model, "annulus_41.msh"),
  tetrahedra: (model) => gmsh(model, "cubes_41.msh"),
};

function gmsh(model: Model, file: string): Mesh {
  return readGmsh(model, new URL(`../data/gmsh/${file}`, import.meta.url));
}

/** A model that adapts; `step` moves all of it on. */
export interface Adapting {
  readonly model: Model;
  readonly mesh: Mesh;
  readonly T: MeshVariable;
  readonly swarm: Swarm;
  step(dt?: number): void;
  /** `step`, and the clock moves on. */
  tick(dt?: number): void;
  /** Refines around a place that depends on the step, and coarsens elsewhere. */
  adapt(): void;
}

/**
 * Variables of every kind, particles, solvers and histories.
 *
 * @param everything false leaves out the solvers and histories that cost most.
 */
export function adapting(name: string, everything = true, comm?: Comm): Adapting {
  const model = new Model({ name: "adapting", seed: 5, comm });
  const mesh = meshMakers[name](model), { dim } = mesh;
  const sides = [...mesh.boundaries.keys()];
  const turn = (x: number, y: number, _z: number, out: Float64Array) => {
    out[0] = -y;
    out[1] = x;
  };
  const hill = (x: number, y: number) => Math.exp(-6 * ((x - 0.6) ** 2 + y * y));
  const T = new MeshVariable(mesh, "T");
  T.set(hill);
  const kinds = [[0, false, 1], [1, false, 2], [2, false, 1], [2, true, 1], [
    2,
    true,
    dim,
  ]] as const;
  const others = kinds.map(([degree, continuous, components], i) => {
    const variable = new MeshVariable(mesh, `w${i}`, { degree, continuous, components });
    variable.set(Float64Array.from(
      { length: variable.dofCount * components },
      (_, k) =>
        Math.sin(variable.globalDofIds[Math.floor(k / components)] + 0.1 * (k % components)),
    ));
    return variable;
  });
  const bounded = new MeshVariable(mesh, "bounded", { transfer: "interpolate" });
  bounded.set((x, y) => (x * y > 0 ? 1 : 0));
  new MeshVariable(mesh, "unset", { degree: 2 });
  const velocity = new MeshVariable(mesh, "v", { components: dim });
  velocity.set(turn);
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  const tag = swarm.addVariable("tag", { dtype: "int32" });
  swarm.populate({ perCell: 1 });
  tag.set((x) => (x > 0 ? 1 : 2));
  const poisson = new Poisson(others[3], { source: 1 });
  poisson.addDirichlet(sides[0], 0);
  const transport = new AdvectionDiffusion(T, { velocity, diffusivity: 0.01, order: 2 });
  const rest: (() => void)[] = [];
  if (everything) {
    const heat = new MeshVariable(mesh, "heat");
    heat.set(hill);
    const diffusion = new Diffusion(heat, { diffusivity: 0.1, order: 3 });
    diffusion.addDirichlet(sides[1], (x) => 0.1 * x);
    const smooth = new MeshVariable(mesh, "smooth");
    const projection = new Projection(smooth, { source: (x: number, y: number) => x - y });
    rest.push(() => projection.solve());
    const moved = [0, 1, 2].map((i) => {
      const u = new MeshVariable(mesh, `u${i}`);
      u.set(hill);
      return u;
    });
    const ddts = [
      new EulerianDDt(moved[0], { order: 2, velocity }),
      new SemiLagrangianDDt(moved[1], { order: 2, velocity }),
      new LagrangianDDt(moved[2], { order: 2, velocity: turn }),
    ];
    rest.push(() => {
      for (const ddt of ddts) {
        ddt.updatePreSolve(0.02);
        const c = ddt.leadingCoefficient(), u = moved[ddts.indexOf(ddt)];
        u.set(ddt.historyTerms().map((h) => -h / c));
        ddt.updatePostSolve();
      }
    });
    const last = rest.pop()!;
    rest.push(() => diffusion.solve({ dt: 0.02 }), last);
  }
  model.tracker.history = [];
  return {
    model,
    mesh,
    T,
    swarm,
    step(dt = 0.02) {
      poisson.solve();
      transport.solve({ dt });
      for (const run of rest) run();
      swarm.advect(velocity, dt);
      model.tracker.history.push(T.max());
    },
    tick(dt = 0.02) {
      this.step(dt);
      model.tracker.time += dt;
      model.tracker.step++;
    },
    adapt() {
      const angle = 0.7 * model.tracker.step;
      const x0 = 0.6 * Math.cos(angle), y0 = 0.6 * Math.sin(angle);
      mesh.adapt(
        (x, y, _z, h) => {
          const near = Math.hypot(x - x0, y - y0) < 0.45;
          return near && h > 0.12 ? dim : near ? 0 : -dim;
        },
        { maxLevel: 2 * dim },
      );
      recoveryError(T);
    },
  };
}
