import { assert, assertEquals, assertThrows } from "@std/assert";
import { expression } from "../../src/expression/mod.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { FakeHost } from "./_fake_host.ts";
import { cubeGrid, squareGrid } from "./_grids.ts";
import { assertRounding } from "../_helpers.ts";

function setUp(data = squareGrid(4, 3)) {
  const host = new FakeHost();
  host.tracker.time = 0.5;
  host.values.set("kappa", 3).set("label", "warm");
  const mesh = new Mesh(host, data);
  return { host, mesh };
}

Deno.test("expressions see coordinates, time and parameters, late", () => {
  const { host, mesh } = setUp(cubeGrid(2));
  const u = new MeshVariable(mesh, "u", { degree: 2 });
  const formula = expression("kappa * x * z + t - y");
  u.set(formula);
  const value = (x: number, y: number, z: number) => u.evaluate([[x, y, z]]).get(0, 0);
  assertRounding(value(0.3, 0.2, 0.9), 3 * 0.27 + 0.5 - 0.2, 40);
  host.values.set("kappa", -1);
  host.tracker.time = 2;
  u.set(formula);
  assertRounding(value(0.3, 0.2, 0.9), -0.27 + 2 - 0.2, 40);
});

Deno.test("z is 0 in 2-D, and constants work", () => {
  const { mesh } = setUp();
  const u = new MeshVariable(mesh, "u");
  u.set(expression("z + 4"));
  assertEquals([u.min(), u.max()], [4, 4]);
  u.set(expression("7"));
  assertEquals(u.min(), 7);
});

Deno.test("expressions see variables of the same mesh, of any degree, also the one that is set", () => {
  const { mesh } = setUp();
  const a = new MeshVariable(mesh, "a", { degree: 1 });
  const b = new MeshVariable(mesh, "b", { degree: 2 });
  const c = new MeshVariable(mesh, "c", { degree: 0 });
  const d = new MeshVariable(mesh, "d", { degree: 2, continuous: false });
  a.set((x, y) => x + 2 * y);
  for (const target of [b, c, d]) {
    target.set(expression("a + 1"));
    const { coordinates } = target;
    for (let i = 0; i < target.dofCount; i++) {
      const exact = coordinates.get(i, 0) + 2 * coordinates.get(i, 1) + 1;
      assertRounding(target.data[i], exact, 40);
    }
  }
  a.set(expression("2 * a"));
  assertEquals(a.max(), 6);
  c.set(Float64Array.from({ length: 24 }, (_, i) => i));
  b.set(expression("c"));
  // The node at the origin belongs to cell 0 and 1: the lowest counts.
  assertEquals(b.data[0], 0);
});

Deno.test("a list has a number or an expression per component", () => {
  const { mesh } = setUp();
  const v = new MeshVariable(mesh, "v", { components: 2 });
  v.set([expression("-y"), 5]);
  assertEquals([v.array.get(19, 0), v.array.get(19, 1)], [-1, 5]);
  assertThrows(() => v.set(expression("x")), RangeError, "one expression for each");
});

Deno.test("names that are unknown, double or no numbers are refused, and nothing is set", () => {
  const { host, mesh } = setUp();
  const u = new MeshVariable(mesh, "u");
  new MeshVariable(mesh, "v", { components: 2 });
  assertThrows(() => u.set(expression("x + what")), RangeError, "'what' in the expression");
  assertThrows(() => u.set(expression("nothing")), RangeError, "one component: 'u'");
  assertThrows(() => u.set(expression("v")), RangeError, "not known");
  assertThrows(() => u.set(expression("label")), TypeError, "parameter 'label'");
  host.values.set("u", 1);
  assertThrows(() => u.set(expression("u")), RangeError, "a parameter and a variable");
  assert(!u.allocated);
});
