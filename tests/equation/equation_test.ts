import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import { ConvergenceError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { assertSameBytes } from "../_helpers.ts";
import { faces, sides, unitBox } from "../solve/_fields.ts";

/** The largest difference of two fields. */
function distance(a: MeshVariable, b: MeshVariable): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i])), 0);
}

/** Two fields of one kind on a unit box. */
function twins(
  dim: 2 | 3,
  degree: 1 | 2,
  n: number,
  model: Model = new Model(),
): [MeshVariable, MeshVariable] {
  model.parameters.define("k", 2);
  const mesh = unitBox(n, dim, model);
  return [new MeshVariable(mesh, "u", { degree }), new MeshVariable(mesh, "w", { degree })];
}

const spaces = [[2, 1, 12], [2, 2, 6], [3, 1, 4], [3, 2, 2]] as const;

for (const [dim, degree, n] of spaces) {
  Deno.test(`P${degree} in ${dim}-D: the same solution as Poisson, with held, flux and Robin sides`, () => {
    const [u, w] = twins(dim, degree, n);
    const poisson = new Poisson(u, { diffusivity: (x) => 2 * (1 + x), source: (x, y) => x + y });
    poisson.addDirichlet("left", (_x, y) => y);
    poisson.addNeumann("right", 0.7);
    poisson.addRobin("top", 3, (x) => x);
    const equation = new Equation(w, {
      test: "v",
      weak: "k * (1 + x) * dot(grad(w), grad(v)) - (x + y) * v",
      // As many points as Poisson has, whose loads are not exact.
      quadratureDegree: 2 * degree,
    });
    equation.addDirichlet(w, "left", (_x, y) => y);
    equation.addNeumann(w, "right", 0.7);
    equation.addNeumann(w, "top", "3 * (x - w)");
    const { iterations } = poisson.solve();
    const result = equation.solve();
    // Both stop at a relative residual of 1e-10.
    assert(distance(u, w) < 1e-9, `${distance(u, w)}`);
    assertEquals(result.iterations, iterations);
    assertEquals([result.newton, result.converged, result.dt], [1, true, 0]);
    assertEquals(equation.solve().iterations, 0);
  });
}

for (const scheme of [{ order: 1 }, { order: 2 }, { order: 3 }, { theta: 0.5 }, { theta: 0.8 }]) {
  Deno.test(`the same steps as Diffusion with ${JSON.stringify(scheme)}`, () => {
    const [u, w] = twins(2, 2, 6);
    for (const field of [u, w]) field.set((x, y) => Math.cos(Math.PI * x) + y * y);
    const diffusion = new Diffusion(u, { diffusivity: 2, source: 1, ...scheme });
    const equation = new Equation(w, {
      test: "v",
      weak: "dt(w) * v + k * dot(grad(w), grad(v)) - v",
      ...scheme,
    });
    diffusion.addDirichlet("top", (x, _y, _z, t) => x + t);
    equation.addDirichlet(w, "top", (x, _y, _z, t) => x + t);
    const { tracker } = u.mesh.model;
    for (const dt of [0.01, 0.02, 0.013, 0.017]) {
      const expected = diffusion.solve({ dt }), result = equation.solve({ dt });
      assertEquals([result.order, result.reduced], [expected.order, expected.reduced]);
      tracker.time += dt;
      // Both stop at a relative residual of 1e-10; the one-step schemes are the same method for a
      // linear equation with constant coefficients, apart from the values held in the first step.
      assert(distance(u, w) < 1e-8, `${distance(u, w)} at ${tracker.time}`);
    }
  });
}

Deno.test("where nothing is held, the solution is the one whose integral vanishes", () => {
  const [u, w] = twins(2, 1, 10);
  const poisson = new Poisson(u, { source: (x) => x - 0.5, diffusivity: 2 });
  const equation = new Equation(w, {
    test: "v",
    weak: "k * dot(grad(w), grad(v)) - (x - 1/2) * v",
    quadratureDegree: 2,
  });
  poisson.solve();
  equation.solve();
  // Both stop at 1e-10 of the right-hand side; the mean is exact to rounding.
  assert(distance(u, w) < 1e-9);
  equation.weak = "k * dot(grad(w), grad(v)) - x * v";
  assertThrows(() => equation.solve(), RangeError, "add up to");
  const body = new MeshVariable(w.mesh, "body", { components: 2 });
  const elastic = new Equation(body, { energy: "inner(sym(grad(body)), sym(grad(body)))" });
  elastic.addDirichlet(body, "left", 0, { component: 0 });
  assertThrows(() => elastic.solve(), RangeError, "body[1] occurs by its gradient only");
});

interface Problem {
  readonly weak: string;
  readonly start?: number;
  /** Steps that Newton's method may take. */
  readonly steps: number;
}

const nonlinear: Readonly<Record<string, Problem>> = {
  "Bratu": { weak: "dot(grad(u), grad(v)) - exp(u) * v", steps: 4 },
  "conductivity that depends on u": {
    weak: "(1 + u^2) * dot(grad(u), grad(v)) + u^3 * v - 20 * v",
    steps: 9,
  },
  "p-Laplace, p = 1.5": {
    weak: "(1e-6 + dot(grad(u), grad(u)))^(-0.25) * dot(grad(u), grad(v)) - 2 * v",
    start: 1,
    steps: 30,
  },
};

for (const [name, { weak, start = 0, steps }] of Object.entries(nonlinear)) {
  Deno.test(`Newton's method ends quadratically: ${name}`, () => {
    const u = new MeshVariable(unitBox(12), "u");
    u.set((x, y) => start + x * y * (1 - x) * (1 - y));
    const equation = new Equation(u, { test: "v", weak });
    for (const side of sides) equation.addDirichlet(u, side, (x) => 0.1 * x);
    const { newton, history, residual } = equation.solve();
    assert(newton <= steps, `${newton} steps: ${history}`);
    // The default of rtol.
    assert(residual <= 1e-10);
    // Where it is close, a step squares the residual; somewhat less with inexact linear systems.
    const close = history.findIndex((value) => value < 1e-4);
    assert(history[close + 1] < Math.max(10 * history[close] ** 1.6, 1e-10), `${history}`);
  });
}

Deno.test("the field is lifted to its held values without boundary layers", () => {
  const mesh = unitBox(12);
  const u = new MeshVariable(mesh, "u");
  u.set(1);
  const equation = new Equation(u, {
    test: "v",
    weak: "(1 + u^2) * dot(grad(u), grad(v)) - v",
  });
  equation.addDirichlet(u, "left", 0);
  equation.addDirichlet(u, "right", (_x, y) => 2 + y);
  const { newton } = equation.solve();
  assert(newton <= 7, `${newton}`);
  const { coordinates } = u;
  for (let i = 0; i < u.dofCount; i++) {
    if (coordinates.get(i, 0) === 1) assertEquals(u.data[i], 2 + coordinates.get(i, 1));
    if (coordinates.get(i, 0) === 0) assertEquals(u.data[i], 0);
  }
});

Deno.test("what does not converge is an error with the residuals, and changes nothing", () => {
  const model = new Model();
  const u = new MeshVariable(unitBox(8, 2, model), "u");
  u.set((x) => Math.sin(3 * x));
  // Beyond 6.81 Bratu's problem has no solution.
  const equation = new Equation(u, { test: "v", weak: "dot(grad(u), grad(v)) - 20 * exp(u) * v" });
  for (const side of sides) equation.addDirichlet(u, side, 0);
  const before = u.data.slice();
  const error = assertThrows(
    () => equation.solve(),
    ConvergenceError,
    "Equation_0 did not converge",
  );
  assert(error.history.length > 2);
  assertSameBytes(u.data, before);
  const rates = new Equation(u, {
    name: "rates",
    test: "v",
    order: 2,
    weak: "dt(u) * v + dot(grad(u), grad(v)) - 2000 * exp(u) * v",
  });
  const { state } = rates;
  assertThrows(() => rates.solve({ dt: 10 }), ConvergenceError);
  assertEquals(rates.state, state);
  assertSameBytes(u.data, before);
});

Deno.test("coefficients bind at each solve, and no matrix is stale", () => {
  const model = new Model(), { parameters } = model;
  const [u, w] = twins(2, 1, 8, model), { mesh } = w;
  const rho = new MeshVariable(mesh, "rho", { degree: 0 });
  rho.set(1);
  const equation = new Equation(w, {
    test: "v",
    weak: "(later * rho + k) * dot(grad(w), grad(v)) - f * v",
    define: { f: "k + x" },
  });
  equation.addDirichlet(w, "left", 0);
  assertThrows(() => equation.solve(), RangeError, '"later": the name is not known; there are');
  parameters.define("later", 1);
  const compare = (diffusivity: number | ((x: number) => number), k: number) => {
    const poisson = new Poisson(u, { diffusivity, source: (x) => k + x });
    poisson.addDirichlet("left", 0);
    poisson.solve();
    equation.solve();
    // Quadrature of a discontinuous k is exact, tolerances are 1e-10.
    assert(distance(u, w) < 1e-8, `${distance(u, w)}`);
  };
  compare(3, 2);
  parameters.set("later", 2);
  compare(4, 2);
  rho.set(3);
  compare(8, 2);
  equation.addNeumann(w, "right", "later * 0");
  parameters.set("k", 1);
  compare(7, 1);
  equation.define = { f: "k + x", unused: "2" };
  equation.weak = "(5 + x) * dot(grad(w), grad(v)) - f * v";
  compare((x) => 5 + x, 1);
  equation.addDirichlet(w, "left", expression("0 * t"));
  compare((x) => 5 + x, 1);
  parameters.define("rim", 1);
  equation.weak = "rim * dot(grad(w), grad(v)) - v";
  new MeshVariable(mesh, "rim");
  assertThrows(
    () => equation.solve(),
    RangeError,
    "'rim' is a variable of the mesh and a parameter",
  );
});

Deno.test("formulas and conditions that make no sense are refused, and nothing is changed", () => {
  const model = new Model(), [u, w] = twins(2, 1, 3, model);
  const weak = "dot(grad(w), grad(v)) - v";
  const make = (options: object) => () => new Equation(w, { test: "v", weak, ...options });
  const cases: [() => unknown, typeof RangeError | typeof TypeError, string][] = [
    [make({ weak: undefined }), RangeError, "give a weak form or an energy"],
    [make({ energy: "w^2" }), RangeError, "give a weak form or an energy"],
    [make({ test: undefined }), RangeError, "1 unknown and 0 test functions"],
    [make({ test: ["v", "q"] }), RangeError, "1 unknown and 2 test functions"],
    [make({ weak: 3 }), TypeError, "weak is a formula as text"],
    [make({ define: { k2: 3 } }), TypeError, "define.k2 is a formula as text"],
    [make({ define: { k: "3" } }), RangeError, "'k' is a definition and a parameter"],
    [make({ test: "t" }), RangeError, "'t' is the time and a test function"],
    [make({ test: "u" }), RangeError, "'u' is a variable of the mesh and a test function"],
    [make({ order: 2 }), RangeError, "order and theta are for equations with dt"],
    [make({ weak: `dt(w) * v + ${weak}`, theta: 0 }), RangeError, "theta is above 0"],
    [make({ weak: `dt(w) * v + ${weak}`, theta: 0.5, order: 2 }), RangeError, "give one of them"],
    [make({ rtol: 2 }), RangeError, "rtol is between 0 and 1"],
    [make({ maxNewton: 0 }), RangeError, "maxNewton is a positive whole number"],
    [make({ quadratureDegree: 0.5 }), RangeError, "quadratureDegree is a whole number"],
    [make({ preconditioner: {} }), RangeError, "a preconditioner has a weak form or definitions"],
    [() => new Equation([w, w], { test: ["a", "b"], weak }), RangeError, "in the list twice"],
    [() => new Equation([], { test: [], weak }), RangeError, "a list of unknowns is not empty"],
    [
      () => new Equation("w" as unknown as MeshVariable, { test: "v", weak }),
      TypeError,
      "takes the mesh variable it solves for first",
    ],
  ];
  for (const [run, kind, message] of cases) {
    assertThrows(run, kind, message, message);
  }
  assertEquals([...model.bearers.keys()], []);
  const equation = new Equation(w, { test: "v", weak });
  const { state } = equation;
  const refused: [() => unknown, string][] = [
    [() => equation.addDirichlet(u, "left", 0), "a condition is for one of the unknowns 'w'"],
    [() => equation.addDirichlet(w, "nowhere", 0), 'there is no boundary "nowhere"'],
    [() => equation.addDirichlet(w, "left", NaN), "NaN is not finite"],
    [
      () => equation.addDirichlet(w, "left", 0, { component: 1 }),
      "component 1 of 'w', which has 1",
    ],
    [
      () => equation.addNeumann(w, "left", "[1, 2]"),
      "its shape is [2]; the flux of w has the shape []",
    ],
    [() => equation.addNeumann(w, "left", "v"), "a flux has no test function"],
    [() => equation.addNeumann(w, "left", "grad(w)[0]"), "a flux has no gradients"],
    [
      () => equation.addNeumann(w, "left", "w +"),
      "the flux of w on left: the formula ends too early",
    ],
    [() => equation.weak = "w", "this has no test function"],
    [() => equation.energy = "w^2", "Equation_0 has no energy"],
    [() => equation.weak = "dt(w) * v", "dt() is taken of nothing, and would be of w"],
    [() => equation.define = { a: "b", b: "a", w: "2" }, "'w' is an unknown and a definition"],
    [() => equation.solve({ dt: 1 }), "solve() takes no step"],
  ];
  for (const [run, message] of refused) assertThrows(run, RangeError, message);
  assertEquals(equation.state, state);
});

Deno.test("a system of two fields, and a vector with a flux of its components", () => {
  const mesh = unitBox(3, 3);
  const a = new MeshVariable(mesh, "a"), b = new MeshVariable(mesh, "b", { degree: 2 });
  // The solution is in the spaces: a = x, b = x^2 + y.
  const equation = new Equation([a, b], {
    test: ["p", "q"],
    weak: `dot(grad(a), grad(p)) + (a^2 + y - b) * p
      + dot(grad(b), grad(q)) + (2 + a - x) * q`,
    quadratureDegree: 4,
  });
  for (const face of faces) {
    equation.addDirichlet(a, face, (x) => x);
    equation.addDirichlet(b, face, (x, y) => x * x + y);
  }
  equation.solve();
  const [x, y, z] = [0.31, 0.57, 0.23];
  // P2 holds these solutions; what is left is the solver's 1e-10 times the condition of the mesh.
  assertAlmostEquals(a.evaluate([[x, y, z]]).get(0, 0), x, 1e-8);
  assertAlmostEquals(b.evaluate([[x, y, z]]).get(0, 0), x * x + y, 1e-8);
  const w = new MeshVariable(mesh, "w", { components: 3, degree: 2 });
  const stretched = new Equation(w, { energy: "inner(sym(grad(w)), sym(grad(w)))" });
  stretched.addDirichlet(w, "left", 0, { component: 0 });
  stretched.addDirichlet(w, "front", 0, { component: 1 });
  stretched.addDirichlet(w, "bottom", 0, { component: 2 });
  // The stress is 2 sym(grad w): pulled with 2 along x, nothing else.
  stretched.addNeumann(w, "right", "[2, 0, 0]");
  stretched.solve();
  const end = w.evaluate([[x, y, z]]);
  // Linear, so that P2 holds it; the solver stops at 1e-10.
  assertAlmostEquals(end.get(0, 0), x, 1e-8);
  assertAlmostEquals(end.get(0, 1), 0, 1e-8);
});

Deno.test("a body that may turn is refused by name, and one that is held is not", () => {
  const linear = "inner(sym(grad(w)), sym(grad(w))) + div(w)^2 - w[0] * y / 9";
  const finite = "(inner(I + grad(w), I + grad(w)) - 2 * log(det(I + grad(w)))) / 2 + w[0] * y / 9";
  for (const energy of [linear, finite]) {
    for (const dim of [2, 3] as const) {
      const w = new MeshVariable(unitBox(3, dim), "w", { components: dim });
      const body = new Equation(w, { energy });
      // Rollers on planes through one edge: it may turn about that edge.
      body.addDirichlet(w, dim === 2 ? "bottom" : "front", 0, { component: 0 });
      body.addDirichlet(w, "left", 0, { component: 1 });
      if (dim === 3) body.addDirichlet(w, "bottom", 0, { component: 2 });
      assertThrows(() => body.solve(), RangeError, "w may turn as a rigid body");
      body.addDirichlet(w, "right", 0, { component: 0 });
      assert(body.solve().converged);
      // What has inertia turns as it likes.
      const free = new Equation(w, {
        test: "v",
        weak: "dot(dt(w), v) + inner(sym(grad(w)), sym(grad(v)))",
      });
      assert(free.solve({ dt: 1 }).converged);
    }
  }
});

Deno.test("a piece of the mesh that nothing determines is refused by name", () => {
  const mesh = new Mesh(new Model(), {
    dim: 2,
    coordinates: Float64Array.of(0, 0, 1, 0, 1, 1, 0, 1, 3, 0, 4, 0, 4, 1, 3, 1),
    cells: Int32Array.of(0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7),
    boundaries: new Map([["left", Int32Array.of(3, 0)], ["far", Int32Array.of(5, 6)]]),
    regions: new Map(),
    meshType: "arrays",
    notes: [],
  });
  const u = new MeshVariable(mesh, "u");
  const equation = new Equation(u, { test: "v", weak: "dot(grad(u), grad(v)) - v" });
  equation.addDirichlet(u, "left", 0);
  assertThrows(
    () => equation.solve(),
    RangeError,
    "Equation_0, u: the mesh is in 2 pieces that share no node, and nothing determines the field on that of 2 cells " +
      'with cell 2 (its boundaries are "far")',
  );
  equation.addNeumann(u, "far", "2 * (1 - u)");
  assert(equation.solve().converged);
});
