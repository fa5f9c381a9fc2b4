import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion, type DiffusionOptions } from "../../src/solve/diffusion.ts";
import { unitBox } from "./_fields.ts";

/** u = x on the unit square, with nothing held. */
function insulated(cells: number, options: Partial<DiffusionOptions> = {}, degree: 1 | 2 = 1) {
  const model = new Model(), u = new MeshVariable(unitBox(cells, 2, model), "u", { degree });
  u.set((x) => x);
  return { u, diffusion: new Diffusion(u, { diffusivity: 1, ...options }) };
}

Deno.test("a step of any length keeps the mean where nothing is held", () => {
  // At 1e10 rounding used to decide: the mean became 0.91 on 32 x 32 squares.
  for (const [cells, degree] of [[4, 1], [24, 1], [6, 2]] as const) {
    for (const dt of [1e3, 1e6, 1e10, 1e15, 1e60]) {
      const { u, diffusion } = insulated(cells, {}, degree);
      diffusion.solve({ dt });
      assertAlmostEquals(u.integrate(), 0.5, 1e-8, `${cells}, P${degree}, dt ${dt}`);
      // The slowest mode, cos(pi x), is damped to -4 / pi^2 / (1 + pi^2 dt).
      const expected = 8 / Math.PI ** 4 / dt;
      assertAlmostEquals((u.max() - u.min()) / expected, 1, dt > 1e12 ? 1e300 : 0.15);
    }
  }
});

Deno.test("sources count in a long step, and so does a step after it", () => {
  const { u, diffusion } = insulated(8, {
    source: (x: number) => 3e-9 * x,
    diffusivity: (x: number) => 1 + x,
  });
  diffusion.solve({ dt: 1e9 });
  assertAlmostEquals(u.integrate(), 0.5 + 1.5, 1e-8);
  diffusion.solve({ dt: 0.1 });
  assertAlmostEquals(u.integrate(), 2, 1e-8);
});

Deno.test("a step that double precision cannot hold is refused, and nothing is changed", () => {
  const { u, diffusion } = insulated(4);
  assertThrows(() => diffusion.solve({ dt: 1e300 }), RangeError, "take a shorter step");
  assertEquals([u.min(), u.max()], [0, 1]);
  // What is held does not need the past.
  diffusion.addDirichlet("left", 2);
  diffusion.solve({ dt: 1e300 });
  assertAlmostEquals(u.min(), 2, 1e-8);
});

Deno.test("an equation whose rate is lost in rounding is refused", () => {
  const model = new Model(), u = new MeshVariable(unitBox(8, 2, model), "u");
  u.set((x) => x);
  const equation = new Equation(u, {
    test: "v",
    weak: "dt(u) * v + (1 + u^2) * dot(grad(u), grad(v))",
  });
  equation.solve({ dt: 1e3 });
  assertAlmostEquals(u.integrate(), 0.5, 1e-7);
  const before = u.data.slice();
  assertThrows(() => equation.solve({ dt: 1e10 }), RangeError, "the mean of u");
  assert(before.every((value, i) => Object.is(value, u.data[i])));
  equation.addDirichlet(u, "left", 2);
  equation.solve({ dt: 1e10 });
  assertAlmostEquals(u.min(), 2, 1e-6);
});
