import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Equation } from "../../src/equation/equation.ts";
import "../../src/equation/formula_field.ts";
import type { FormulaMethod, FormulaOptions } from "../../src/mesh/formula_setter.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { assertRounding, assertSameBytes } from "../_helpers.ts";
import { errorOf, roughBox, unitBox } from "../solve/_fields.ts";

const wave = (x: number, y: number) => Math.sin(3 * x) * Math.cos(2 * y);
const slope = (x: number, y: number) => 3 * Math.cos(3 * x) * Math.cos(2 * y);

/** Order in L2 of du/dx onto a field of degree `to`, on unstructured triangles. */
function orderOf(degree: 1 | 2, to: 0 | 1 | 2, by: FormulaMethod): number {
  const [coarse, fine] = [0.1, 0.05].map((h) => {
    const mesh = roughBox(h);
    const u = new MeshVariable(mesh, "u", { degree });
    const g = new MeshVariable(mesh, "g", { degree: to });
    u.set(wave);
    g.setFrom("grad(u)[0]", { by });
    return errorOf(g, slope);
  });
  return Math.log2(coarse / fine);
}

Deno.test("gradients as fields: order 1 by cell averages, 2 from linear and 3 from quadratic fields by recovery", () => {
  // Unstructured meshes are not each half of the one before, which moves an order by some tenths.
  assertAlmostEquals(orderOf(1, 0, "average"), 1, 0.15);
  assertAlmostEquals(orderOf(1, 0, "projection"), 1, 0.15);
  assertAlmostEquals(orderOf(1, 1, "recovery"), 2, 0.2);
  assertAlmostEquals(orderOf(2, 1, "projection"), 2, 0.2);
  assertAlmostEquals(orderOf(2, 2, "average"), 2, 0.2);
  assert(orderOf(2, 2, "recovery") > 2.9);
});

Deno.test("recovery has its order up to the boundary, where averages lose one", () => {
  const worst = (by: FormulaMethod) => {
    const [coarse, fine] = [8, 16].map((n) => {
      const mesh = unitBox(n);
      const u = new MeshVariable(mesh, "u"), g = new MeshVariable(mesh, "g");
      u.set(wave);
      g.setFrom("grad(u)[0]", { by });
      const at = g.coordinates.data;
      return g.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - slope(at[2 * i], at[2 * i + 1]))),
        0,
      );
    });
    return Math.log2(coarse / fine);
  };
  assertAlmostEquals(worst("average"), 1, 0.15);
  assertAlmostEquals(worst("recovery"), 2, 0.25);
});

Deno.test("what a field can hold it holds: divergence, strain, products, parameters, definitions", () => {
  const model = new Model(), mesh = unitBox(3, 3, model);
  model.parameters.define("k", 2);
  model.tracker.time = 4;
  const v = new MeshVariable(mesh, "v", { components: 3, degree: 2 });
  v.set((x, y, z, out) => {
    out[0] = x * x;
    out[1] = x * y;
    out[2] = z * y;
  });
  const d = new MeshVariable(mesh, "d"), at = d.coordinates.data;
  for (const by of ["projection", "average", "recovery"] as const) {
    d.setFrom("k * div(v) + t * z", { by });
    d.data.forEach((value, i) => {
      const [x, y, z] = at.subarray(3 * i, 3 * i + 3);
      // Mass matrices are solved to 1e-12; recovery solves normal equations.
      assertAlmostEquals(value, 2 * (3 * x + y) + 4 * z, 1e-10);
    });
  }
  const strain = new MeshVariable(mesh, "strain", { components: 9, degree: 1, continuous: false });
  strain.setFrom("sym(g)", { define: { g: "grad(v)" } });
  strain.array.shape.forEach((n, k) => assertEquals(n, [mesh.cellCount * 4, 9][k]));
  const places = strain.coordinates.data;
  for (let i = 0; i < strain.dofCount; i++) {
    assertAlmostEquals(strain.data[9 * i + 1], places[3 * i + 1] / 2, 1e-10);
    assertAlmostEquals(strain.data[9 * i + 5], places[3 * i + 2] / 2, 1e-10);
  }
});

Deno.test("means over cells keep integrals, and a field may be made from itself", () => {
  const mesh = unitBox(5), u = new MeshVariable(mesh, "u", { degree: 2 });
  const mean = new MeshVariable(mesh, "mean", { degree: 0 });
  u.set(wave);
  mean.setFrom("u");
  assertRounding(mean.integrate(), u.integrate(), 50 * 12);
  const before = u.data.slice();
  u.setFrom("2 * u", { by: "average" });
  // Sums of up to six shares, divided by their sum.
  u.data.forEach((value, i) => assertRounding(value, 2 * before[i], 30));
});

Deno.test("a field follows from the formula alone, whatever it held: the same bytes again", () => {
  const make = (start: number) => {
    const mesh = unitBox(6), u = new MeshVariable(mesh, "u"), g = new MeshVariable(mesh, "g");
    u.set(wave);
    g.set(start);
    g.setFrom("exp(u) * grad(u)[1]");
    return g.data;
  };
  assertSameBytes(make(0), make(17));
});

Deno.test("held values are kept, and the field is the closest one that has them", () => {
  const mesh = unitBox(6), T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set(wave);
  const held = { left: 7, bottom: (x: number) => x - 1 };
  for (const degree of [1, 2] as const) {
    const g = new MeshVariable(mesh, `g${degree}`, { degree }), at = g.coordinates.data;
    const isHeld = (i: number) => at[2 * i] === 0 || at[2 * i + 1] === 0;
    for (const by of ["average", "recovery", "projection"] as const) {
      g.setFrom("grad(T)[0]", { by, held });
      g.data.forEach((value, i) => {
        if (isHeld(i)) assertEquals(value, at[2 * i + 1] === 0 ? at[2 * i] - 1 : 7);
      });
    }
    // What is left of the projection's equations, each up to 1e-2; mass matrices are solved to 1e-12.
    const weak = `(g${degree} - grad(T)[0]) * v`;
    const left = new Equation(g, { test: "v", weak }).residual();
    left.forEach((value, i) => assert(isHeld(i) || Math.abs(value) < 1e-12, `${value}`));
  }
  const pair = new MeshVariable(mesh, "pair", { components: 2 });
  pair.setFrom("grad(T)", { held: { right: [1, T] } });
  const places = pair.coordinates.data;
  for (let i = 0; i < pair.dofCount; i++) {
    if (places[2 * i] !== 1) continue;
    assertEquals(pair.data[2 * i], 1);
    // A linear field at nodes of a quadratic one.
    assertAlmostEquals(pair.data[2 * i + 1], wave(1, places[2 * i + 1]), 1e-14);
  }
  const flat = new MeshVariable(mesh, "flat", { degree: 0 });
  assertThrows(() => flat.setFrom("T", { held: { left: 0 } }), RangeError, "none on left");
  assertThrows(() => T.setFrom("T", { held: { lift: 0 } }), RangeError, "lift");
  assertThrows(() => T.setFrom("T", { held: { left: "0" as never } }), TypeError, "left");
  assertThrows(() => T.setFrom("T", { held: 3 as never }), TypeError, "{ left: 0 }");
});

Deno.test("formulas that cannot be are refused, and the field keeps its values", () => {
  const mesh = unitBox(2), u = new MeshVariable(mesh, "u");
  const v = new MeshVariable(mesh, "v", { components: 2 });
  const jump = new MeshVariable(mesh, "jump", { continuous: false });
  u.set(3);
  const wrong: [string, FormulaOptions, string][] = [
    ["grad(u)", {}, "its shape is [2], and the variable has 1 component"],
    ["div(grad(u))", {}, "this is a second derivative of u"],
    ["dt(u)", {}, "dt takes an unknown"],
    ["u + missing", {}, '"missing": the name is not known'],
    ["u + v", {}, "[] + [2]"],
    ["1 / (x - x)", {}, "it has to be finite"],
    ["grad(jump)[0]", { by: "recovery" }, "'jump' is not"],
    ["u", { by: "mean" as "average" }, 'by is one of "projection", "average", "recovery"'],
    ["u", { quadratureDegree: 0 }, "quadratureDegree"],
  ];
  for (const [formula, options, says] of wrong) {
    assertThrows(() => u.setFrom(formula, options), RangeError, says);
  }
  assertThrows(() => u.setFrom(3 as unknown as string), TypeError, "a formula as text");
  assertThrows(() => u.setFrom("u", { bye: 1 } as FormulaOptions), TypeError, "did you mean 'by'?");
  assert(u.data.every((value) => value === 3) && !jump.allocated && !v.allocated);
});
