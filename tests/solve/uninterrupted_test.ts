import { assert } from "@std/assert";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { SymbolicDDt } from "../../src/ddt/symbolic_ddt.ts";
import { expression } from "../../src/expression/mod.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { VectorFunction } from "../../src/mesh/points.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Projection } from "../../src/solve/projection.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameSnapshots } from "../model/_sim.ts";

type Step = (dt: number) => void;

/** A turning flow that stays in the square, stronger with time. */
const velocity: VectorFunction = (x, y, z, out, t) => {
  out.fill(0);
  const speed = 1 + 0.3 * t + 0.1 * z;
  out[0] = -y * (1 - x * x) * speed;
  out[1] = x * (1 - y * y) * speed;
};

/** What there is to put back: each solver, and each history under a solver. */
const cases: Record<string, (T: MeshVariable) => Step> = {
  "Poisson, from the last solution": (T) => {
    const u = new MeshVariable(T.mesh, "u");
    const poisson = new Poisson(u, { source: T, diffusivity: expression("kappa + x^2") });
    poisson.addDirichlet("left", (_x, y, _z, t) => y + t);
    poisson.addRobin("right", 2, 1);
    return (dt) => {
      poisson.solve();
      T.set((x, y, _z, t) => Math.sin(x + 3 * y) * (1 + t + dt));
    };
  },
  "Poisson without Dirichlet values": (T) => {
    const u = new MeshVariable(T.mesh, "u", { degree: 2 });
    const poisson = new Poisson(u, { source: (x, _y, _z, t) => Math.sin(3 * x) * (1 + t) });
    return () => void poisson.solve();
  },
  "Projection": (T) => {
    const u = new MeshVariable(T.mesh, "u", { degree: 2 });
    const projection = new Projection(u, { source: (x, y, _z, t) => Math.cos(x * y + t) });
    return () => void projection.solve();
  },
  ...Object.fromEntries([1, 2, 3].map((order) => [`Diffusion, BDF${order}`, (T: MeshVariable) => {
    const diffusion = new Diffusion(T, {
      diffusivity: 0.1,
      order,
      source: expression("kappa * t"),
    });
    diffusion.addNeumann("right", (_x, _y, _z, t) => t);
    return (dt: number) => void diffusion.solve({ dt });
  }])),
  "Diffusion, Crank-Nicolson": (T) => {
    const diffusion = new Diffusion(T, { diffusivity: expression("kappa"), theta: 0.5 });
    return (dt) => void diffusion.solve({ dt });
  },
  "AdvectionDiffusion, its own history": (T) => {
    const solver = new AdvectionDiffusion(T, { velocity, diffusivity: 0.01 });
    return (dt) => void solver.solve({ dt });
  },
  "AdvectionDiffusion, SemiLagrangianDDt with a moving velocity field": (T) => {
    const v = new MeshVariable(T.mesh, "v", { components: T.mesh.dim });
    v.set(velocity);
    const history = new SemiLagrangianDDt(T, { order: 2, velocity: v, clip: true });
    const solver = new AdvectionDiffusion(T, { velocity: v, diffusivity: 0.01, history });
    return (dt) => {
      solver.solve({ dt });
      v.set(velocity);
    };
  },
  "AdvectionDiffusion, EulerianDDt": (T) => {
    const history = new EulerianDDt(T, { order: 2, velocity });
    const solver = new AdvectionDiffusion(T, { velocity, diffusivity: 0.01, history });
    return (dt) => void solver.solve({ dt });
  },
  "AdvectionDiffusion, LagrangianDDt": (T) => {
    const history = new LagrangianDDt(T, { order: 2, velocity });
    const solver = new AdvectionDiffusion(T, { velocity, diffusivity: 0.01, history });
    return (dt) => void solver.solve({ dt });
  },
  "AdvectionDiffusion, LagrangianSwarmDDt": (T) => {
    const swarm = new Swarm(T.mesh);
    const value = swarm.addVariable("value");
    swarm.populate({ perCell: T.mesh.dim === 2 ? 4 : 5 });
    value.set((x, y) => Math.sin(2 * x) + y);
    const history = new LagrangianSwarmDDt(value, { order: 2 });
    const solver = new AdvectionDiffusion(T, { velocity, diffusivity: 0.01, history });
    return (dt) => {
      swarm.advect(velocity, dt);
      solver.solve({ dt });
    };
  },
  "SymbolicDDt": (T) => {
    const history = new SymbolicDDt(T.mesh.model, expression("kappa * sin(x) * t"), { order: 3 });
    return (dt) => {
      history.updatePreSolve(dt);
      T.set(history.bdf());
      history.updatePostSolve(dt);
    };
  },
};

function build(dim: 2 | 3, make: (T: MeshVariable) => Step): { model: Model; step: Step } {
  const model = new Model({ name: "uninterrupted" });
  model.parameters.define("kappa", 0.2);
  const mesh = boxMesh(model, {
    min: Array(dim).fill(-1),
    max: Array(dim).fill(1),
    cells: dim === 2 ? [7, 6] : [3, 3, 3],
  });
  const T = new MeshVariable(mesh, "T");
  T.set((x, y, z) => Math.sin(2 * x) + y + 0.1 * z);
  const own = make(T);
  return {
    model,
    step(dt) {
      own(dt);
      model.parameters.set("kappa", 0.2 + 0.05 * model.random.next());
      model.tracker.time += dt;
      model.tracker.step += 1;
    },
  };
}

/** Sizes that change, so that histories with steps of their own matter. */
const sizes = [0.02, 0.05, 0.03, 0.04, 0.02, 0.05];
const SAVED = 3;

for (const [name, make] of Object.entries(cases)) {
  for (const dim of [2, 3] as const) {
    Deno.test(`U = B = C in every byte: ${name}, ${dim}-D`, () => {
      const runs = (["U", "B", "C"] as const).map((kind) => {
        const { model, step } = build(dim, make);
        sizes.forEach((dt, k) => {
          if (k === SAVED && kind !== "U") {
            using token = model.saveState();
            if (kind === "C") tryAbsurd(step, 5000 * dt);
            model.loadState(token);
          }
          step(dt);
        });
        return model.saveState();
      });
      assertSameSnapshots(runs[0], runs[1]);
      assertSameSnapshots(runs[0], runs[2]);
      assert(runs[0].bytes > 0);
    });
  }
}

/** A step so long that it may fail in any way that a step can; what it leaves is what matters. */
function tryAbsurd(step: Step, dt: number): void {
  try {
    step(dt);
  } catch (error) {
    assert(error instanceof Error);
  }
}
