import { assert, assertEquals } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import type { EquationOptions } from "../../src/equation/equation_options.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { errorOf, fittedOrder, sides, unitBox } from "../solve/_fields.ts";

/**
 * Manufactured solutions: u = sin(2 x) cos(y) + 1/2 with a source found by the language itself, `exact` being the
 * formula of the solution: the weak form of the exact solution is what the source has to be.
 */
const exact = "(sin(2 * x) * cos(y) + 0.5)";
const solution = (x: number, y: number) => Math.sin(2 * x) * Math.cos(y) + 0.5;

/** Fluxes and reactions of u; the source is their divergence and value for the exact solution. */
const problems: Readonly<Record<string, { flux: string; reaction: string }>> = {
  "a tensor": { flux: "[[1 + x, 0.3], [0.3, 2 + y]] * grad(W)", reaction: "5 * W" },
  "Bratu": { flux: "grad(W)", reaction: "-exp(W)" },
  "(1 + u^2) grad u and u^3": { flux: "(1 + W^2) * grad(W)", reaction: "W^3" },
};

for (const [name, { flux, reaction }] of Object.entries(problems)) {
  for (const degree of [1, 2] as const) {
    Deno.test(`${name} on P${degree}: errors in L2 fall with order ${degree + 1}`, () => {
      const sizes = degree === 1 ? [8, 16, 32] : [4, 8, 16];
      const errors = sizes.map((n) => {
        const u = new MeshVariable(unitBox(n), "u", { degree });
        u.set(0.5);
        const of = (text: string, w: string) => text.replaceAll("W", w);
        const equation = new Equation(u, {
          test: "v",
          define: {
            f: `-div(${of(flux, exact)}) + ${of(reaction, exact)}`,
          },
          weak: `dot(${of(flux, "u")}, grad(v)) + (${of(reaction, "u")} - f) * v`,
        });
        for (const side of sides) equation.addDirichlet(u, side, solution);
        equation.solve();
        return errorOf(u, solution);
      });
      const order = fittedOrder(sizes.map((n) => 1 / n), errors);
      assert(Math.abs(order - degree - 1) < 0.1, `${order}: ${errors}`);
    });
  }
}

/** Errors at t = 1 of `u' = -u^2` with steps that alternate between 0.7 h and 1.3 h. */
function errorInTime(steps: number, scheme: Partial<EquationOptions>): number {
  const model = new Model();
  const u = new MeshVariable(unitBox(1, 2, model), "u");
  u.set(1);
  const equation = new Equation(u, { test: "v", weak: "dt(u) * v + u^2 * v", ...scheme });
  const { order = 1 } = scheme, h = 1 / steps;
  if (order > 1) {
    const dts = Array.from({ length: order - 1 }, (_, k) => h * (k % 2 === 0 ? 1.3 : 0.7));
    let age = 0;
    const levels = [1, ...dts.map((dt) => 1 / (1 - (age += dt)))];
    equation.initialiseHistory(levels, dts);
  }
  for (let k = 0; k < steps; k++) {
    const dt = h * (k % 2 === 0 ? 0.7 : 1.3);
    equation.solve({ dt });
    model.tracker.time += dt;
  }
  return Math.abs(u.data[0] - 1 / (1 + model.tracker.time));
}

for (
  const [scheme, order] of [
    [{ order: 1 }, 1],
    [{ order: 2 }, 2],
    [{ order: 3 }, 3],
    [{ theta: 0.5 }, 2],
    [{ theta: 0.7 }, 1],
  ] as const
) {
  Deno.test(`${JSON.stringify(scheme)} has order ${order} with steps of changing size`, () => {
    const counts = [20, 40, 80];
    const errors = counts.map((steps) => errorInTime(steps, scheme));
    const found = fittedOrder(counts.map((n) => 1 / n), errors);
    assert(Math.abs(found - order) < 0.12, `${found}: ${errors}`);
  });
}

Deno.test("gradients have rates: a viscoelastic rod creeps as the ordinary equation says", () => {
  // E u_x + eta (u_x)' = 1 at the end: u_x = (1 - exp(-E t / eta)) / E.
  const errorAt = (steps: number) => {
    const model = new Model();
    const u = new MeshVariable(unitBox(2, 2, model), "u");
    const rod = new Equation(u, {
      test: "v",
      order: 2,
      weak: "dot(2 * grad(u) + 0.5 * grad(dt(u)), grad(v))",
    });
    rod.addDirichlet(u, "left", 0);
    rod.addNeumann(u, "right", 1);
    for (let k = 0; k < steps; k++) {
      rod.solve({ dt: 1 / steps });
      model.tracker.time += 1 / steps;
    }
    return Math.abs(u.max() - (1 - Math.exp(-4)) / 2);
  };
  const errors = [20, 40].map(errorAt);
  assert(errors[1] < errors[0] / 3.5, `${errors}`);
});

Deno.test("with theta, unknowns without a rate have the value of the time between", () => {
  const model = new Model(), mesh = unitBox(2, 2, model);
  const a = new MeshVariable(mesh, "a"), b = new MeshVariable(mesh, "b");
  a.set(1);
  const equation = new Equation([a, b], {
    test: ["p", "q"],
    theta: 0.5,
    weak: "dt(a) * p + 3 * p + (b - a) * q",
  });
  equation.solve({ dt: 0.2 });
  // Uniform fields: the solver's 1e-10.
  assert(Math.abs(a.data[0] - 0.4) < 1e-9 && Math.abs(b.data[0] - 0.7) < 1e-9);
  assertEquals(equation.state.history.unknowns.b, undefined);
});

Deno.test("advance halves the step where Newton's method fails", async () => {
  const model = new Model();
  const u = new MeshVariable(unitBox(3, 2, model), "u");
  u.set(1);
  // Implicit Euler for u' = u^2 has a solution for dt < 1 / (4 u) only.
  const equation = new Equation(u, { test: "v", weak: "dt(u) * v - u^2 * v" });
  const { rejected, steps } = await model.advance({
    dt: 0.4,
    until: 0.5,
    step: (dt) => equation.solve({ dt }),
  });
  assert(rejected >= 1 && steps[0].dt === 0.2, `${JSON.stringify(steps)}`);
  assert(steps[0].takenBack[0].includes("Equation_0 did not converge"));
});
