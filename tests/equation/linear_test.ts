import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import {
  conjugateGradients,
  Jacobi,
  loadVector,
  massMatrix,
  solveLinear,
  stiffnessMatrix,
} from "../../src/equation/linear.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { assertSameBytes } from "../_helpers.ts";
import { unitBox } from "../solve/_fields.ts";

Deno.test("matrices of one's own solve what Poisson solves", () => {
  const mesh = unitBox(6);
  const u = new MeshVariable(mesh, "u", { degree: 2 }),
    w = new MeshVariable(mesh, "w", { degree: 2 });
  const poisson = new Poisson(u, { diffusivity: (x) => 1 + x, source: 3 });
  poisson.addRobin("left", 1, 0);
  const k = stiffnessMatrix(w, (x) => 1 + x), b = loadVector(w, 3);
  // A side of 1 on the left, by the mass of the side: the equation's own flux.
  const side = new Equation(w, { test: "v", weak: "(1 + x) * dot(grad(w), grad(v)) - 3 * v" });
  side.addNeumann(w, "left", "-w");
  const a = side.jacobian();
  for (let i = 0; i < b.length; i++) assertAlmostEquals(side.residual()[i], -b[i], 1e-14);
  // Interior rows are those of the stiffness matrix.
  assertAlmostEquals(a.at(30, 30), k.at(30, 30), 1e-13);
  solveLinear(a, b, w.data, { symmetric: true, rtol: 1e-10 });
  poisson.solve();
  u.data.forEach((value, i) => assertAlmostEquals(w.data[i], value, 1e-7));
});

Deno.test("mass matrices integrate, and each call gives a matrix of its own", () => {
  const u = new MeshVariable(unitBox(3), "u");
  const m = massMatrix(u), ones = new Float64Array(m.rows).fill(1), y = new Float64Array(m.rows);
  m.multiply(ones, y);
  assertAlmostEquals(y.reduce((sum, value) => sum + value), 1, 1e-14);
  loadVector(u, 1).forEach((value, i) => assertAlmostEquals(y[i], value, 1e-15));
  m.values.fill(0);
  m.columns.fill(0);
  assertEquals(massMatrix(u).at(4, 4) > 0, true);
});

Deno.test("residual and Jacobian are those of the step that solve would take, and no step is taken", () => {
  const model = new Model();
  const u = new MeshVariable(unitBox(4, 2, model), "u");
  u.set((x, y) => x + y);
  const heat = new Equation(u, {
    test: "v",
    order: 2,
    weak: "dt(u) * v + (1 + u^2) * dot(grad(u), grad(v))",
  });
  heat.addDirichlet(u, "left", 0.5);
  heat.solve({ dt: 0.1 });
  model.tracker.time = 0.1;
  const { state } = heat, before = u.data.slice();
  const { constrained, values } = heat.constraints({ dt: 0.2 });
  assertEquals(constrained.reduce((sum, flag) => sum + flag, 0), 5);
  assert(values.every((value, i) => value === (constrained[i] === 1 ? 0.5 : 0)));
  // Newton's method by hand.
  const x = heat.vector();
  for (let i = 0; i < x.length; i++) if (constrained[i] === 1) x[i] = values[i];
  for (let k = 0; k < 6; k++) {
    const r = heat.residual({ dt: 0.2, at: x }), j = heat.jacobian({ dt: 0.2, at: x });
    const b = r.map((value, i) => constrained[i] === 1 ? 0 : -value);
    for (let i = 0; i < j.rows; i++) {
      for (let l = j.rowStarts[i]; l < j.rowStarts[i + 1]; l++) {
        const isFixed = constrained[i] === 1 || constrained[j.columns[l]] === 1;
        if (isFixed) j.values[l] = i === j.columns[l] ? 1 : 0;
      }
    }
    const step = new Float64Array(b.length);
    solveLinear(j, b, step, { rtol: 1e-10, preconditioner: "ilu" });
    for (let i = 0; i < x.length; i++) x[i] += step[i];
  }
  assertEquals(heat.state, state);
  assertSameBytes(u.data, before);
  heat.setVector(x);
  const mine = u.data.slice();
  u.data.set(before);
  heat.solve({ dt: 0.2 });
  u.data.forEach((value, i) => assertAlmostEquals(value, mine[i], 1e-8));
  assertThrows(() => heat.setVector(new Float64Array(3)), RangeError, "25 unknowns, got 3 values");
  const short = { dt: 1, at: x.slice(1) };
  assertThrows(
    () => heat.residual(short),
    RangeError,
    "there are 25 unknowns, and at has 24 values",
  );
  assertThrows(() => heat.jacobian({ to: x } as never), TypeError, "there is no option 'to'");
});

Deno.test("vectors of several unknowns go there and back in every byte", () => {
  const mesh = unitBox(3);
  const a = new MeshVariable(mesh, "a", { components: 2 });
  const b = new MeshVariable(mesh, "b", { degree: 2 });
  a.set((x, y, _z, out) => {
    out[0] = x - 2 * y;
    out[1] = Math.sin(9 * x + y);
  });
  b.set((x, y) => x * y - 0.3);
  const pair = new Equation([a, b], { test: ["p", "q"], weak: "dot(a, p) + b * q" });
  const x = pair.vector(), [before, other] = [a.data.slice(), b.data.slice()];
  assertEquals(x.length, a.data.length + b.data.length);
  a.set(0);
  b.set(0);
  pair.setVector(x);
  assertSameBytes(a.data, before);
  assertSameBytes(b.data, other);
});

Deno.test("what is asked for has to be there", () => {
  const u = new MeshVariable(unitBox(2), "u"), m = massMatrix(u);
  assertThrows(() => massMatrix(3 as never), TypeError, "massMatrix takes a mesh variable first");
  assertThrows(() => loadVector(u, NaN), RangeError, "NaN is not finite");
  assertThrows(
    () => solveLinear(m, loadVector(u, 1), u.data, { preconditioner: "lu" as "ilu" }),
    RangeError,
    'preconditioner is one of multigrid, ilu, diagonal, or an object with apply(r, z); got "lu"',
  );
  const b = loadVector(u, 1);
  assertThrows(() => solveLinear(m, b.slice(1), u.data), RangeError, "is 9 x 9, b has 8 entries");
  assertThrows(() => solveLinear(m, b, u.data, { blockSize: 2 }), RangeError, "divides the 9 rows");
  assertThrows(
    () => solveLinear(m, b, u.data, { symetric: true } as never),
    TypeError,
    "did you mean 'symmetric'?",
  );
  const own = solveLinear(m, loadVector(u, 1), u.data, { preconditioner: new Jacobi(m) });
  const x = new Float64Array(m.rows);
  assert(own.residual < 1e-8);
  assert(conjugateGradients(m, loadVector(u, 1), x, new Jacobi(m)).residual < 1e-8);
});
