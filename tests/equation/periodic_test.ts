import { assert, assertAlmostEquals } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import "../../src/equation/formula_field.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { errorOf } from "../solve/_fields.ts";

const k = 2 * Math.PI;
const exact = (x: number, y: number) => Math.sin(k * x) * Math.cos(k * y);

function torus(n: number, degree: 1 | 2): MeshVariable {
  const mesh = boxMesh(new Model(), {
    min: [0, 0],
    max: [1, 1],
    cells: [n, n],
    periodic: ["x", "y"],
  });
  return new MeshVariable(mesh, "u", { degree });
}

Deno.test("an equation on a torus is of order 2 and 3, and constants that it leaves open are taken out", () => {
  for (const degree of [1, 2] as const) {
    const errors = [10, 20].map((n) => {
      const u = torus(n, degree);
      const weak = "inner(grad(u), grad(w)) - 8*pi^2*sin(2*pi*x)*cos(2*pi*y)*w";
      new Equation(u, { test: "w", weak }).solve();
      // A sum over all cells of numbers that cancel.
      assertAlmostEquals(u.integrate() as number, 0, 1e-13);
      return errorOf(u, exact);
    });
    const order = Math.log2(errors[0] / errors[1]);
    assert(order > degree + 0.75, `P${degree}: order ${order}`);
  }
});

Deno.test("formulas of gradients on a torus see across its sides, by every method", () => {
  for (const by of ["projection", "average", "recovery"] as const) {
    const u = torus(20, 2), g = new MeshVariable(u.mesh, "g", { components: 2 });
    u.set(exact);
    g.setFrom("grad(u)", { by });
    const error = errorOf(g, (x, y) => k * Math.cos(k * x) * Math.cos(k * y));
    // The largest slope is 6.3; linear functions on 20 cells are off by 1 percent of that.
    assert(error < 0.1, `${by}: ${error}`);
  }
});
