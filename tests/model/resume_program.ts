/** Builds a model with solvers, loads a file, goes on, saves. Runs as a process. @module */
import { SymbolicDDt } from "../../src/ddt/symbolic_ddt.ts";
import { Equation } from "../../src/equation/equation.ts";
import { expression } from "../../src/expression/mod.ts";
import type { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { build, step } from "./_sim.ts";

/** The model, and one step of it: two solvers, an equation whose text changes, a history, particles, random numbers. */
export function buildSolving(): { model: Model; advance: (dt: number) => void } {
  const sim = build();
  const { model, mesh, T } = sim;
  model.parameters.define("kappa", 0.3);
  const diffusion = new Diffusion(T, { diffusivity: expression("kappa * (1 + x^2)"), order: 2 });
  diffusion.addDirichlet("left", (_x, y, _z, t) => y * Math.cos(t));
  const potential = new MeshVariable(mesh, "potential");
  const poisson = new Poisson(potential, { source: T });
  poisson.addDirichlet("right", 0);
  const reaction = new MeshVariable(mesh, "reaction"), product = new MeshVariable(mesh, "product");
  reaction.set((x, y) => 1 + x * y);
  const equation = new Equation([reaction, product], {
    test: ["p", "q"],
    order: 3,
    define: { rate: "reaction^2" },
    weak: `dt(reaction) * p + kappa * dot(grad(reaction), grad(p)) + (rate - product) * p
      + dot(grad(product), grad(q)) + (product - abs(T)^kappa) * q`,
  });
  equation.addDirichlet(reaction, "left", 1);
  const history = new SymbolicDDt(model, expression("kappa * sin(x)"), { order: 3 });
  return {
    model,
    advance(dt) {
      history.updatePreSolve(dt);
      diffusion.solve({ dt });
      poisson.solve();
      equation.solve({ dt });
      // A text is state.
      equation.define = { rate: `reaction^2 + ${model.tracker.step} / 10` };
      step(sim, dt);
      history.updatePostSolve(dt);
      model.parameters.set("kappa", 0.3 + 0.1 * model.random.next());
    },
  };
}

/** Steps of changing size, so that histories matter. */
export const sizes = [0.05, 0.02, 0.04, 0.03, 0.05, 0.01];

/** Loads `from`, takes the steps from `first` on, saves to `to`. */
export async function resume(from: string, to: string, first: number): Promise<void> {
  const { model, advance } = buildSolving();
  await model.loadState(from);
  for (const dt of sizes.slice(first)) advance(dt);
  await model.saveState({ file: to });
}

if (import.meta.main && Deno.args.length === 3) {
  await resume(Deno.args[0], Deno.args[1], Number(Deno.args[2]));
}
