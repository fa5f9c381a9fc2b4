import { assertEquals } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import { expression } from "../../src/expression/mod.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { unitBox } from "./_fields.ts";

/** What `work` writes to `console.warn`. */
function warnings(work: () => void): string[] {
  const said: string[] = [], usual = console.warn;
  console.warn = (text: string) => said.push(text);
  try {
    work();
  } finally {
    console.warn = usual;
  }
  return said;
}

type Make = (u: MeshVariable) => { solve: (options: { dt: number }) => unknown };

const timed: Record<string, Make> = {
  "source": (u) => new Diffusion(u, { diffusivity: 1, source: (_x, _y, _z, t: number) => t }),
  "diffusivity": (u) => new Diffusion(u, { diffusivity: expression("1 + t") }),
  "what is prescribed on left": (u) => {
    const diffusion = new Diffusion(u, { diffusivity: 1 });
    diffusion.addDirichlet("left", (_x, _y, _z, t: number) => t);
    return diffusion;
  },
  "the velocity": (u) =>
    new AdvectionDiffusion(u, {
      diffusivity: 1,
      velocity: (_x, _y, _z, out, t: number) => out.fill(t),
    }),
  "the formula": (u) =>
    new Equation(u, { test: "v", weak: "dt(u) * v + dot(grad(u), grad(v)) - t * v" }),
};

const untimed: Make = (u) => new Diffusion(u, { diffusivity: (x) => 1 + x, source: 1 });

function made(make: Make) {
  const model = new Model(), u = new MeshVariable(unitBox(2, 2, model), "u");
  u.set(1);
  return { model, solver: make(u) };
}

for (const [what, make] of Object.entries(timed)) {
  Deno.test(`a step that forgot the clock is noticed where ${what} depends on t`, () => {
    const { model, solver } = made(make);
    const said = warnings(() => {
      for (let k = 0; k < 3; k++) solver.solve({ dt: 0.1 });
    });
    assertEquals(said.length, 1);
    assertEquals(said[0].includes(`${what} depends on t`), true, said[0]);
    assertEquals(model.tracker.time, 0);
  });
}

Deno.test("a clock that moves, a step put back and values without t are not warned about", () => {
  assertEquals(
    warnings(() => {
      const { solver } = made(untimed);
      for (let k = 0; k < 3; k++) solver.solve({ dt: 0.1 });
      for (const make of Object.values(timed)) {
        const { model, solver } = made(make);
        for (let k = 0; k < 3; k++) {
          solver.solve({ dt: 0.1 });
          model.tracker.time += 0.1;
        }
        using before = model.saveState();
        solver.solve({ dt: 0.1 });
        model.loadState(before);
        solver.solve({ dt: 0.05 });
      }
    }),
    [],
  );
});
