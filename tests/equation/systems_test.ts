import { assert, assertThrows } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import { ConvergenceError } from "../../src/errors.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { assertSameBytes } from "../_helpers.ts";
import { errorOf, fittedOrder, sides, unitBox } from "../solve/_fields.ts";
import { grayScott, separation } from "./_systems.ts";

Deno.test("Cahn-Hilliard: mass stays, energy falls, and the end is that of dolfinx", () => {
  const { model, equation, mass, energy } = separation(20);
  const start = mass();
  let before = energy();
  for (let k = 0; k < 10; k++) {
    equation.solve({ dt: 5e-6 });
    model.tracker.time += 5e-6;
    // 1^T J du = -1^T R: the drift is the sum of what linear systems leave.
    assert(Math.abs(mass() - start) < 1e-12, `${mass() - start}`);
    const now = energy();
    assert(now < before, `${now}, before ${before}`);
    before = now;
  }
  // cahn_hilliard(20, 10) of bench/peers/equation_dolfinx.py in dolfinx 0.5.2; both solve to 1e-11.
  assert(Math.abs(before - 3.8344961784556544) < 1e-8, `${before}`);
});
Deno.test("Gray-Scott: a step of 20 does not converge, which is said, and nothing changes", () => {
  const { V, equation } = grayScott(36);
  const before = V.data.slice();
  const error = assertThrows(() => equation.solve({ dt: 20 }), ConvergenceError);
  assert(error.history.length > 1 && error.history.at(-1)! > 1e-3);
  assertSameBytes(V.data, before);
});

/** |grad u|^2 does not vanish, where the equation would be singular. */
const steep = "(x + 0.3 * sin(2 * x) * cos(y))";

for (const degree of [1, 2] as const) {
  Deno.test(`p-Laplace with p = 4 on P${degree} from the solution of Poisson: order ${degree + 1}`, () => {
    const sizes = degree === 1 ? [6, 12, 24] : [3, 6, 12];
    const errors = sizes.map((n) => {
      const u = new MeshVariable(unitBox(n), "u", { degree });
      const solution = (x: number, y: number) => x + 0.3 * Math.sin(2 * x) * Math.cos(y);
      const define = { f: `-div(dot(grad(${steep}), grad(${steep})) * grad(${steep}))` };
      const start = new Equation(u, { test: "v", define, weak: "dot(grad(u), grad(v)) - f * v" });
      const equation = new Equation(u, {
        test: "v",
        define,
        weak: "dot(grad(u), grad(u)) * dot(grad(u), grad(v)) - f * v",
      });
      for (const side of sides) {
        start.addDirichlet(u, side, solution);
        equation.addDirichlet(u, side, solution);
      }
      start.solve();
      const { newton, history } = equation.solve();
      assert(newton <= 9, `${history}`);
      return errorOf(u, solution);
    });
    const order = fittedOrder(sizes.map((n) => 1 / n), errors);
    assert(Math.abs(order - degree - 1) < 0.1, `${order}: ${errors}`);
  });
}

for (const [dim, degree, n] of [[2, 1, 10], [3, 1, 4], [3, 2, 2]] as const) {
  Deno.test(`P${degree} in ${dim}-D: the same steps as Diffusion with held, flux and Robin sides`, () => {
    const mesh = unitBox(n, dim);
    const u = new MeshVariable(mesh, "u", { degree }), w = new MeshVariable(mesh, "w", { degree });
    for (const field of [u, w]) field.set((x, y) => Math.cos(3 * x) + y * y);
    const diffusion = new Diffusion(u, { diffusivity: 2, source: 1, order: 2 });
    diffusion.addDirichlet("left", (_x, y, _z, t) => y + t);
    diffusion.addNeumann("right", (x) => 0.7 * x);
    diffusion.addRobin("top", 3, 2);
    const equation = new Equation(w, {
      test: "v",
      order: 2,
      weak: "dt(w) * v + 2 * dot(grad(w), grad(v)) - v",
    });
    equation.addDirichlet(w, "left", (_x, y, _z, t) => y + t);
    equation.addNeumann(w, "right", "0.7 * x");
    equation.addNeumann(w, "top", "3 * (2 - w)");
    for (const dt of [0.01, 0.02, 0.013]) {
      diffusion.solve({ dt });
      equation.solve({ dt });
      mesh.model.tracker.time += dt;
      // Both stop at a relative residual of 1e-10.
      const apart = u.data.reduce((m, value, i) => Math.max(m, Math.abs(value - w.data[i])), 0);
      assert(apart < 1e-8, `${apart}`);
    }
  });
}
