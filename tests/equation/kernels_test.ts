import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { addFacetLoad, addFacetMass, facetRule } from "../../src/solve/assembly/facets.ts";
import { addLoad } from "../../src/solve/assembly/load.ts";
import { addMass } from "../../src/solve/assembly/mass.ts";
import { referenceOf } from "../../src/solve/assembly/reference.ts";
import { addStiffness } from "../../src/solve/assembly/stiffness.ts";
import { cellPoints } from "../../src/solve/assembly/cell_points.ts";
import { compileCellKernel, sourcesOf } from "../../src/equation/cell_kernel.ts";
import { cellTables } from "../../src/equation/tables.ts";
import { assertSameBytes } from "../_helpers.ts";
import { roughBox, unitBox } from "../solve/_fields.ts";
import { differenceError, evaluated, type Parts, wave } from "./_assembly.ts";
import { field } from "./_vocabulary.ts";

function assertClose(actual: Float64Array, expected: Float64Array, what: string): void {
  let scale = 0;
  for (const value of expected) scale = Math.max(scale, Math.abs(value));
  // A few dozen operations on numbers of this size.
  expected.forEach((value, i) =>
    assertAlmostEquals(actual[i], value, 1e-13 * scale, `${what} ${i}`)
  );
}

for (const dim of [2, 3] as const) {
  for (const degree of [1, 2] as const) {
    Deno.test(`P${degree} in ${dim}-D: matrices and loads are those assembled by hand`, () => {
      const model = new Model();
      const mesh = dim === 2 ? roughBox(0.2, model) : unitBox(2, 3, model);
      model.parameters.define("k", 2.5);
      model.parameters.define("h", 1.5);
      const geometry = geometryOf(mesh);
      const reference = referenceOf(dim, degree);
      const equation = evaluated(mesh, {
        unknowns: [field("u", 1, degree)],
        tests: ["v"],
        weak: "(k + x) * dot(grad(u), grad(v)) + k * u * v - (x + 3 * y) * v",
        fluxes: [["left", 0, "h * (2 - u)"]],
        quadratureDegree: 2 * degree,
      });
      const { space } = equation;
      const { coordinates } = cellPoints(geometry, reference);
      const column = (f: (x: number, y: number) => number) =>
        Float64Array.from(
          { length: coordinates.length / dim },
          (_, i) => f(coordinates[i * dim], coordinates[i * dim + 1]),
        );
      const map = geometry.topology.dofMap(degree, true);
      const values = new Float64Array(space.sparsity.columns.length);
      const rule = facetRule(geometry, geometry.topology.facetsOf("left"), map);
      addStiffness(values, geometry, reference, space.sparsity, column((x) => 2.5 + x));
      addMass(values, geometry, reference, space.sparsity, 2.5);
      addFacetMass(values, rule, map, space.sparsity, 1.5);
      const jacobian = equation.jacobian(wave(space.count));
      assertClose(jacobian.values, values, "entry");
      const load = new Float64Array(space.count);
      addLoad(load, geometry, reference, map, column((x, y) => x + 3 * y));
      addFacetLoad(load, rule, map, 3);
      assertClose(equation.residual(new Float64Array(space.count)), load.map((f) => -f), "load");
      const x = wave(space.count), product = new Float64Array(space.count);
      jacobian.multiply(x, product);
      assertClose(equation.residual(x), product.map((value, i) => value - load[i]), "residual");
      assert(space.sparsity.columns.length === jacobian.nnz);
    });
  }
}

/** Everything the language has, each in its own weak form; u near 0.3, w within 0.5. */
const terms: Readonly<Record<string, string>> = {
  exp: "exp(u) * v",
  powers: "(u^2 + u^3 + u^5 + (1 + u)^-2 + (2 + u)^1.5) * v + (2 + u)^(1 + u) * v",
  "other powers": "((2 + u)^0.25 + (2 + u)^-1.75 + (2 + u)^2.3 + (2 + u)^0.3 + (2 + u)^20.5) * v",
  trigonometry: "(sin(u) + cos(u) + tan(u) + asin(u) + acos(u) + atan(u) + atan2(u, 2 + u)) * v",
  hyperbolic: "(sinh(u) + cosh(u) + tanh(u) + asinh(u) + acosh(2 + u) + atanh(u)) * v",
  logarithms: "(log(2 + u) + log1p(u) + log2(2 + u) + log10(2 + u) + expm1(u) + log(2 + u, 3)) * v",
  roots: "(sqrt(2 + u) + cbrt(2 + u)) * v",
  reciprocals: "(sec(u) + csc(2 + u) + cot(2 + u) + sech(u) + csch(2 + u) + coth(2 + u)) * v",
  kinks: "(abs(u + 2) + min(u, 9 + u^2, 8) + max(u, -9) + mod(u + 20, 50) + sign(u)) * v",
  steps: "(floor(u + 20.5) + ceil(u - 9.5) + round(u + 7.9) + u^2) * v",
  branches: "(u > 7 ? u^3 : u < -9 and not u == 3 or u > 8 ? 1 : u^2) * v",
  quotient: "u / (2 + u) * v + dot(grad(u), grad(v)) / (1 + u^2)",
  flux: "(1 + dot(grad(u), grad(u)))^0.3 * dot(grad(u), grad(v))",
  drift: "dot([1 + u, x], grad(u)) * v + u^2 * dot([y, u], grad(v))",
  tensor: "dot([[1 + x, 0.3], [u, 2 + y]] * grad(u), grad(v))",
  rates: "dt(u) * u * v + dot(grad(dt(u)), grad(v)) * (1 + u)",
  places: "(x * y + t) * u * v + T * u^2 * v + dot(grad(T), grad(u)) * v + rho * u^2 * v",
  region: '(region("core") ? 3 : 1) * u^2 * v',
};

for (const degree of [1, 2] as const) {
  const model = new Model();
  const mesh = roughBox(0.3, model);
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y) => x * x + y);
  new MeshVariable(mesh, "rho", { degree: 0 }).set((x) => 1 + x);
  (geometryOf(mesh).topology.regions as Map<string, Int32Array>).set(
    "core",
    Int32Array.of(1, 3, 4),
  );
  for (const [name, weak] of Object.entries(terms)) {
    Deno.test(`P${degree}: the Jacobian of ${name} is the derivative of the residual`, () => {
      const parts = { unknowns: [field("u", 1, degree)], tests: ["v"], weak };
      const equation = evaluated(mesh, parts);
      // Central differences: h^2 = 1e-12 times third derivatives, rounding 1e-16 / h.
      const error = differenceError(equation, wave(equation.space.count));
      assert(error < 1e-7, `${error}`);
    });
  }
}

const systems: Readonly<Record<string, (dim: 2 | 3) => Parts>> = {
  "Cahn-Hilliard, P1 and P2": () => ({
    unknowns: [field("c", 1, 1), field("mu", 1, 2)],
    tests: ["q", "v"],
    weak: `dt(c) * q + (1 + c^2) * dot(grad(mu), grad(q)) # the balance
      + mu * v - c^3 * v - 0.01 * dot(grad(c), grad(v))`,
    fluxes: [["left", 0, "c * mu"], ["right", 1, "mu^2 - c"]],
  }),
  "a P2 vector and a P1 scalar": (dim) => ({
    unknowns: [field("w", dim, 2), field("p")],
    tests: ["s", "q"],
    define: { strain: "sym(grad(w))" },
    weak: `(1 + p^2) * inner(strain, grad(s)) - p * div(s) + div(w) * q + p * q
      + dot(grad(w) * w, s)`,
    fluxes: [["top", 0, "p * n - w * dot(w, w)"]],
  }),
  "neo-Hooke by its energy": (dim) => ({
    unknowns: [field("w", dim)],
    define: { F: "I + grad(w)", J: "det(F)" },
    energy: "0.5 * (inner(F, F) - trace(I) - 2 * log(J)) + 0.7 * log(J)^2 + 0.1 * w[1]",
  }),
  "neo-Hooke, P2": (dim) => ({
    unknowns: [field("w", dim, 2)],
    define: { F: "I + grad(w)", J: "det(F)" },
    energy: "0.5 * (inner(F, F) - trace(I) - 2 * log(J)) + 0.7 * log(J)^2 + 0.1 * w[1]",
    quadratureDegree: 4,
  }),
  "linear elasticity, P2": (dim) => ({
    unknowns: [field("w", dim, 2)],
    tests: ["s"],
    weak: "2 * inner(sym(grad(w)), sym(grad(s))) + 3 * div(w) * div(s) - s[0]",
  }),
};

for (const dim of [2, 3] as const) {
  for (const [name, parts] of Object.entries(systems)) {
    Deno.test(`${name} in ${dim}-D: the Jacobian is the derivative of the residual`, () => {
      const equation = evaluated(dim === 2 ? roughBox(0.3) : unitBox(1, 3), parts(dim));
      // Displacements that invert no cell.
      const x = wave(equation.space.count).map((value) => 0.05 * value);
      const error = differenceError(equation, x);
      assert(error < 1e-7, `${error}`);
      if (name.includes("energy") || name.includes("P2") && name.includes("neo")) {
        const jacobian = equation.jacobian(x), mirrored = jacobian.transpose();
        assertClose(jacobian.values, mirrored.values, "mirrored entry");
      }
    });
  }
}

Deno.test("a kernel that is split into several functions gives the same bytes", () => {
  const mesh = unitBox(2, 3);
  for (const name of ["neo-Hooke by its energy", "a P2 vector and a P1 scalar"]) {
    const equation = evaluated(mesh, systems[name](3));
    const { assembler, space } = equation;
    const { form, inputs, cellDegree } = assembler;
    const goal = { residual: true, jacobian: true };
    const tables = cellTables(3, cellDegree);
    const part = { rows: form.rows, blocks: form.blocks };
    assert(sourcesOf(form, space, inputs, part, 1).length > form.blocks.length);
    const x = wave(space.count).map((value) => 0.05 * value);
    const run = (limit: number) => {
      const residual = new Float64Array(space.count);
      const values = new Float64Array(space.sparsity.columns.length);
      const kernel = compileCellKernel(form, space, inputs, tables, goal, limit);
      kernel(equation.data(x), residual, values);
      return { residual, values };
    };
    const whole = run(Infinity), split = run(1);
    assertSameBytes(split.residual, whole.residual, "the residual");
    assertSameBytes(split.values, whole.values, "the Jacobian");
  }
});

Deno.test("quadrature follows the formulas: at least twice the degree, at most four more", () => {
  const degreeOf = (weak: string, degree: 1 | 2) => {
    const parts = { unknowns: [field("u", 1, degree)], tests: ["v"], weak };
    return evaluated(unitBox(1), parts).assembler.cellDegree;
  };
  assertEquals(degreeOf("dot(grad(u), grad(v))", 1), 2);
  assertEquals(degreeOf("u^3 * v", 1), 4);
  assertEquals(degreeOf("u^3 * v", 2), 8);
  assertEquals(degreeOf("(1 + u^2) * dot(grad(u), grad(v))", 1), 2);
  assertEquals(degreeOf("(1 + u^2) * dot(grad(u), grad(v))", 2), 6);
  assertEquals(degreeOf("exp(u) * v", 1), 4);
  assertEquals(degreeOf("exp(u)^9 * v", 1), 6);
});
