import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { ConvergenceError, StateSchemaError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { assertSameBytes } from "../_helpers.ts";
import {
  errorOf,
  faces,
  fittedOrder,
  gradientErrorOf,
  roughBox,
  sides,
  unitBox,
} from "./_fields.ts";

const { PI, sin, cos, exp } = Math;

/** u = sin(pi x) exp(y) with k = 1 + x y: neither symmetric nor zero on the boundary. */
const u2 = (x: number, y: number) => sin(PI * x) * exp(y);
const k2 = (x: number, y: number) => 1 + x * y;
const f2 = (x: number, y: number) =>
  -exp(y) * (y * PI * cos(PI * x) + (1 + x * y) * (1 - PI * PI) * sin(PI * x) + x * sin(PI * x));
const grad2 = (x: number, y: number) => [PI * cos(PI * x) * exp(y), sin(PI * x) * exp(y)];

for (const degree of [1, 2] as const) {
  Deno.test(`P${degree} in 2-D converges with order ${degree + 1}, its gradient with one less`, () => {
    const h = [1 / 8, 1 / 16, 1 / 32];
    const errors: number[] = [], slopes: number[] = [];
    for (const size of h) {
      const u = new MeshVariable(unitBox(1 / size), "u", { degree });
      const poisson = new Poisson(u, { diffusivity: k2, source: f2 });
      // All three kinds of conditions: Dirichlet left and bottom, Neumann right, Robin at the top.
      poisson.addDirichlet("left", u2);
      poisson.addDirichlet("bottom", u2);
      poisson.addNeumann("right", (x, y) => k2(x, y) * grad2(x, y)[0]);
      poisson.addRobin("top", 3, (x, y) => u2(x, y) + k2(x, y) * grad2(x, y)[1] / 3);
      // The default of rtol.
      assertLess(poisson.solve().residual, 1e-10);
      errors.push(errorOf(u, u2));
      slopes.push(gradientErrorOf(u, grad2));
    }
    // Fitted orders are within 0.1 of the limit on these meshes.
    assertAlmostEquals(fittedOrder(h, errors), degree + 1, 0.1);
    assertAlmostEquals(fittedOrder(h, slopes), degree, 0.1);
  });

  Deno.test(`P${degree} in 3-D converges with order ${degree + 1}`, () => {
    const exact = (x: number, y: number, z: number) => sin(PI * x) * cos(y) * exp(z);
    const h = degree === 1 ? [1 / 4, 1 / 8, 1 / 12] : [1 / 2, 1 / 4, 1 / 6];
    const errors = h.map((size) => {
      const u = new MeshVariable(unitBox(Math.round(1 / size), 3), "u", { degree });
      const source = (x: number, y: number, z: number) => PI * PI * exact(x, y, z);
      const poisson = new Poisson(u, { source });
      for (const face of faces) poisson.addDirichlet(face, exact);
      poisson.solve();
      return errorOf(u, exact);
    });
    // Coarse meshes: the order is still settling.
    assertAlmostEquals(fittedOrder(h, errors), degree + 1, 0.25);
  });
}

Deno.test("unstructured meshes converge as well", () => {
  const h: number[] = [];
  const errors = [1 / 6, 1 / 12, 1 / 24, 1 / 48].map((size) => {
    const u = new MeshVariable(roughBox(size), "u");
    h.push(1 / Math.sqrt(u.mesh.cellCount));
    const poisson = new Poisson(u, { diffusivity: k2, source: f2 });
    for (const side of sides) poisson.addDirichlet(side, u2);
    poisson.solve();
    return errorOf(u, u2);
  });
  // Each mesh is another one, so the order scatters more.
  assertAlmostEquals(fittedOrder(h, errors), 2, 0.2);
});

Deno.test("a pure Neumann problem has the solution with a vanishing integral", () => {
  const exact = (x: number, y: number) => cos(PI * x) * cos(PI * y) + x - 0.5;
  for (const degree of [1, 2] as const) {
    const u = new MeshVariable(unitBox(24), "u", { degree });
    u.set(7); // a first guess that is far off the mean
    const poisson = new Poisson(u, { source: (x, y) => 2 * PI * PI * (exact(x, y) - x + 0.5) });
    poisson.addNeumann("right", 1);
    poisson.addNeumann("left", -1);
    poisson.solve();
    // The mean is taken off at the end: rounding of a thousand terms.
    assertLess(Math.abs(u.integrate() as number), 1e-12);
    // The scheme's error on cells of 1/24, as its order has it in the tests above.
    assertLess(errorOf(u, exact), degree === 1 ? 5e-3 : 5e-5);
  }
});

Deno.test("a pure Neumann problem without balance is refused, and nothing changes", () => {
  const u = new MeshVariable(unitBox(4), "u");
  assertThrows(() => new Poisson(u, { source: 1 }).solve(), RangeError, "add up to");
  assert(!u.allocated);
});

Deno.test("components are solved one by one, with conditions of their own", () => {
  const u = new MeshVariable(unitBox(8), "u", { components: 2 });
  const poisson = new Poisson(u, { source: [0, 0] });
  poisson.addDirichlet("left", [1, 2]);
  poisson.addDirichlet("right", 5, { component: 1 });
  poisson.addNeumann("right", (_x, _y, _z, out) => out.set([3, 100]));
  poisson.solve();
  // u0 = 1 + 3 x, u1 = 2 + 3 x: linear, so P1 has them exactly; 1e-8 is the solver's tolerance.
  const at = u.evaluate([[0.3, 0.7]]);
  assertAlmostEquals(at.get(0, 0), 1.9, 1e-8);
  assertAlmostEquals(at.get(0, 1), 2.9, 1e-8);
});

Deno.test("free slip holds the normal component of straight boundaries", () => {
  const u = new MeshVariable(unitBox(4), "u", { components: 2 });
  const poisson = new Poisson(u, { source: 1 });
  poisson.addFreeSlip("left");
  poisson.addFreeSlip("top");
  poisson.solve();
  const [left, top] = ["left", "top"].map((side) => u.integrate(side) as Float64Array);
  assertEquals(left[0], 0);
  assertEquals(top[1], 0);
  assertLess(0.1, Math.min(left[1], top[0]));
  const scalar = new Poisson(new MeshVariable(u.mesh, "s"));
  assertThrows(() => scalar.addFreeSlip("left"), RangeError, "components");
});

Deno.test("a value added later wins, on the same boundary and where two meet", () => {
  const u = new MeshVariable(unitBox(4), "u");
  const poisson = new Poisson(u);
  for (const side of sides) poisson.addDirichlet(side, 1);
  poisson.addDirichlet("top", 2);
  poisson.addDirichlet("left", 3);
  poisson.solve();
  // "left" was replaced in place, so "top", added after it, has the corner.
  assertEquals(u.evaluate([[0, 1]]).get(0, 0), 2);
  assertEquals(u.evaluate([[0, 0.5]]).get(0, 0), 3);
});

Deno.test("coefficients: numbers, functions, expressions and fields give the same field", () => {
  const model = new Model();
  model.parameters.define("amount", 2);
  model.tracker.time = 3;
  const mesh = unitBox(8, 2, model);
  const k = new MeshVariable(mesh, "k");
  k.set((x) => 1 + x);
  const fields = [
    {
      diffusivity: (x: number) => 1 + x,
      source: (x: number, _y: number, _z: number, t: number) => 2 * x + t,
    },
    { diffusivity: expression("1 + x"), source: expression("amount * x + t") },
    { diffusivity: k, source: expression("2 * (k - 1) + t") },
  ].map((options, i) => {
    const u = new MeshVariable(mesh, `u${i}`);
    const poisson = new Poisson(u, options);
    poisson.addDirichlet("left", expression("y * amount"));
    poisson.addDirichlet("right", i === 0 ? (_x, y) => 2 * y : expression("2 * y"));
    poisson.solve();
    return u;
  });
  for (const u of fields) {
    // The three round differently in the last digits of coefficients.
    assertLess(Math.abs((u.integrate() as number) - (fields[0].integrate() as number)), 1e-10);
  }
});

Deno.test("a warm cache and a cold one give the same bytes", () => {
  const mesh = unitBox(20);
  const make = (name: string) => {
    const u = new MeshVariable(mesh, name, { degree: 2 });
    const poisson = new Poisson(u, { diffusivity: k2, source: 1 });
    for (const side of sides) poisson.addDirichlet(side, 0);
    return { u, poisson };
  };
  const warm = make("warm"), cold = make("cold");
  for (const source of [4, 5]) {
    warm.poisson.source = source;
    warm.poisson.diffusivity = source;
    warm.poisson.solve();
  }
  warm.poisson.diffusivity = k2;
  warm.poisson.source = 1;
  warm.u.set(0);
  warm.poisson.solve();
  cold.poisson.solve();
  assertSameBytes(warm.u.data, cold.u.data);
});

Deno.test("a solve that does not converge leaves every byte, and says how it went", () => {
  const u = new MeshVariable(unitBox(24), "u");
  u.set((x, y) => x * y);
  const before = u.data.slice();
  const poisson = new Poisson(u, { source: 1, maxIterations: 2 });
  poisson.addDirichlet("left", 1);
  const error = assertThrows(() => poisson.solve(), ConvergenceError, "Poisson_0");
  assertEquals(error.history.length, 3);
  assertSameBytes(u.data, before);
});

Deno.test("state has numbers and expressions by value, and refuses another arrangement", () => {
  const u = new MeshVariable(unitBox(4), "u");
  const poisson = new Poisson(u, { source: 1, diffusivity: expression("1 + x") });
  poisson.addDirichlet("left", 2);
  poisson.addNeumann("right", (x) => x);
  const state = poisson.state;
  assertEquals(state.conditions.map(({ kind, boundary, value }) => [kind, boundary, value.form]), [
    ["dirichlet", "left", "number"],
    ["neumann", "right", "function"],
  ]);
  poisson.source = 5;
  poisson.diffusivity = expression("2");
  poisson.addDirichlet("left", 9);
  poisson.state = state;
  assertEquals(poisson.source, 1);
  assertEquals(String(poisson.diffusivity), "1 + x");
  assertEquals(poisson.state.conditions[0].value.value, 2);
  poisson.addDirichlet("left", (x) => x);
  assertThrows(() => poisson.checkState(state), StateSchemaError, "a function");
  poisson.addDirichlet("left", 1);
  poisson.addDirichlet("top", 1);
  assertThrows(() => poisson.state = state, StateSchemaError, "top");
  assertThrows(() => poisson.checkState({ ...state, schemaVersion: 9 }), StateSchemaError, "9");
});

Deno.test("numbers in conditions go back with the model", () => {
  const model = new Model();
  const u = new MeshVariable(unitBox(4, 2, model), "u");
  const poisson = new Poisson(u, { source: 1 });
  poisson.addDirichlet("left", 2);
  poisson.solve();
  using token = model.saveState();
  const before = u.data.slice();
  poisson.addDirichlet("left", -2);
  poisson.source = -1;
  poisson.solve();
  model.loadState(token);
  assertSameBytes(u.data, before);
  assertEquals(poisson.source, 1);
  assertEquals(poisson.state.conditions[0].value.value, 2);
});

Deno.test("bad arguments are errors that say what was found", () => {
  const mesh = unitBox(2);
  const u = new MeshVariable(mesh, "u"), p0 = new MeshVariable(mesh, "p0", { degree: 0 });
  const other = new MeshVariable(unitBox(2), "k");
  assertThrows(() => new Poisson(p0), TypeError, "P0");
  assertThrows(() => new Poisson({} as MeshVariable), TypeError, "mesh variable");
  assertThrows(() => new Poisson(u, { diffusivity: -1 }), RangeError, "negative");
  assertThrows(() => new Poisson(u, { diffusivity: other }), RangeError, "lives on");
  assertThrows(() => new Poisson(u, { source: NaN }), RangeError, "finite");
  assertThrows(() => new Poisson(u, { source: "1" as unknown as number }), TypeError, "string");
  assertThrows(() => new Poisson(u, { rtol: 2 }), RangeError, "rtol");
  assertThrows(() => new Poisson(u, { maxIterations: 0.5 }), RangeError, "maxIterations");
  const poisson = new Poisson(u);
  assertEquals(poisson.name, "Poisson_0"); // the failures above took no names
  assertThrows(() => poisson.addDirichlet("nowhere", 1), RangeError, "left");
  assertThrows(() => poisson.addDirichlet("left", 1, { component: 1 }), RangeError, "component 1");
  assertThrows(() => poisson.addDirichlet("left", [1, 2]), RangeError, "2 values");
  assertThrows(() => poisson.addRobin("left", -1, 0), RangeError, "negative");
  poisson.addDirichlet("left", (x) => 1 / x);
  assertThrows(() => poisson.solve(), RangeError, "Infinity");
  assertEquals(poisson.estimateDt(), Infinity);
});

Deno.test("the flux through a boundary is exact for quadratic fields and of second order", () => {
  for (const degree of [1, 2] as const) {
    const u = new MeshVariable(roughBox(0.2), "u", { degree, components: 2 });
    const poisson = new Poisson(u, { diffusivity: (x) => 2 + x });
    u.set((x, y, _z, out) => out.set([x * x + y, x * y]));
    const flux = poisson.flux("right") as Float64Array;
    // k = 3, d/dx = 2 x and y there.
    assertAlmostEquals(flux[0], 6, 1e-9);
    assertAlmostEquals(flux[1], 1.5, 1e-9);
  }
  const h = [1 / 8, 1 / 16, 1 / 32];
  const errors = h.map((size) => {
    const u = new MeshVariable(unitBox(1 / size), "u");
    const poisson = new Poisson(u, { diffusivity: k2, source: f2 });
    for (const side of sides) poisson.addDirichlet(side, u2);
    poisson.solve();
    // k du/dn at the top: (1 + x) e sin(pi x) integrates to e (2 + 1) / pi.
    return Math.abs((poisson.flux("top") as number) - 3 * Math.E / PI);
  });
  // The flux that keeps Dirichlet values is of second order where they meet at corners, and better here.
  assertLess(1.7, fittedOrder(h, errors));
  assertLess(errors[2], 1e-4);
  assertThrows(() => new Poisson(new MeshVariable(unitBox(2), "u")).flux("nowhere"), RangeError);
});

Deno.test("iterations stay few on P2, on long cells and with jumping coefficients", () => {
  const counts = [1, 4, 40].flatMap((length) =>
    ([1, 2] as const).map((degree) => {
      const mesh = boxMesh(new Model(), { min: [0, 0], max: [length, 1], cells: [24, 24] });
      const u = new MeshVariable(mesh, "u", { degree });
      const poisson = new Poisson(u, {
        source: 1,
        diffusivity: (x) => (x > length / 2 ? 1e4 : 1),
        rtol: 1e-8,
      });
      for (const side of sides) poisson.addDirichlet(side, 0);
      return poisson.solve().iterations;
    })
  );
  assertLess(Math.max(...counts), 40);
});

Deno.test("a piece of the mesh that nothing determines is an error that names it", () => {
  const data = {
    dim: 2 as const,
    coordinates: Float64Array.of(0, 0, 1, 0, 1, 1, 0, 1, 3, 0, 4, 0, 4, 1, 3, 1),
    cells: Int32Array.of(0, 1, 2, 0, 2, 3, 4, 5, 6, 4, 6, 7),
    boundaries: new Map([["left", Int32Array.of(3, 0)], ["far", Int32Array.of(5, 6)]]),
    regions: new Map([["island", Int32Array.of(2, 3)]]),
    meshType: "arrays",
    notes: [],
  };
  const mesh = new Mesh(new Model(), data);
  const u = new MeshVariable(mesh, "u", { degree: 2 });
  const poisson = new Poisson(u, { source: 1 });
  poisson.addDirichlet("left", 0);
  const named = 'that of 2 cells with cell 2, in "island" (its boundaries are "far")';
  assertThrows(() => poisson.solve(), RangeError, named);
  // A Robin condition that transfers nothing determines nothing.
  poisson.addRobin("far", 0, 1);
  assertThrows(() => poisson.solve(), RangeError, "nothing determines the field");
  poisson.addRobin("far", 2, 1);
  poisson.solve();
  assert(u.data.every((value) => Number.isFinite(value)));
  // Nothing at all: constants on either piece are solutions.
  const free = new Poisson(new MeshVariable(mesh, "v"));
  assertThrows(() => free.solve(), RangeError, "in 2 pieces that share no node");
  // Steps in time are determined by the field before them.
  const w = new MeshVariable(mesh, "w");
  assert(new Diffusion(w, { diffusivity: 1 }).solve({ dt: 0.1 }).converged);
});

Deno.test("on an annulus with straight sides, degree 2 is of second order", () => {
  const errorAt = (cellSize: number) => {
    const mesh = annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize });
    const u = new MeshVariable(mesh, "u", { degree: 2 }), poisson = new Poisson(u);
    poisson.addDirichlet("inner", Math.log(0.5));
    poisson.addDirichlet("outer", 0);
    poisson.solve();
    const { data } = u.coordinates;
    return u.data.reduce((most, value, i) => {
      const exact = Math.log(Math.hypot(data[2 * i], data[2 * i + 1]));
      return Math.max(most, Math.abs(value - exact));
    }, 0);
  };
  // ln r, harmonic. Curved sides would make it third order; straight ones leave 2.
  const order = Math.log2(errorAt(0.2) / errorAt(0.1));
  assertAlmostEquals(order, 2, 0.2);
});
