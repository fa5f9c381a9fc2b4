import { assert, assertEquals, assertThrows } from "@std/assert";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { StateSchemaError } from "../../src/errors.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { assertGoesOn, lastOrder, square } from "./_setup.ts";
import { assertRounding } from "../_helpers.ts";

Deno.test("bdf() and adamsMoultonFlux() are exact for t^k at steps of any sizes", () => {
  const sizes = [0.3, 0.05, 0.7, 0.2, 0.4];
  for (const order of [1, 2, 3]) {
    const { model, mesh } = square(2);
    const u = new MeshVariable(mesh, "u", { components: 2, degree: 2 });
    const at = (t: number) => u.set([t ** order, -2 * t ** order]);
    at(0);
    const ddt = new EulerianDDt(u, { order });
    for (const dt of sizes) {
      ddt.updatePreSolve(dt);
      const start = model.tracker.time, end = start + dt;
      at(end);
      if (ddt.effectiveOrder === order) {
        const slope = order * end ** (order - 1);
        const mean = (end ** (order + 1) - start ** (order + 1)) / (order + 1) / dt;
        ddt.bdf().forEach((v, i) => assertRounding(v / slope, [1, -2][i % 2], 4000));
        ddt.adamsMoultonFlux().forEach((v, i) => {
          assertRounding(v / mean, [1, -2][i % 2], 4000);
        });
      }
      ddt.updatePostSolve(dt);
      model.tracker.time = end;
    }
  }
});

Deno.test("started from known values it has full order at once", () => {
  const { model, mesh } = square(2);
  model.tracker.time = 1;
  const u = new MeshVariable(mesh, "u");
  const ddt = new EulerianDDt(u, { order: 3 });
  const f = (x: number, _y: number, _z: number, t: number) => x + t ** 3;
  ddt.initialiseHistory([f, f, f], [0.2, 0.3]);
  ddt.updatePreSolve(0.1);
  model.tracker.time += 0.1;
  u.set(f);
  ddt.bdf().forEach((v) => assertRounding(v, 3 * 1.1 ** 2, 4000));
  assertThrows(() => ddt.initialiseHistory([f]), RangeError, "3 levels");
  assertThrows(() => ddt.initialiseHistory([f, f, f], [1]), RangeError, "positive steps");
  assertThrows(() => ddt.initialiseHistory([f, f, "x" as never], [1, 1]), TypeError);
});

Deno.test("with a velocity the derivative is a material one, of the order asked for", () => {
  // u = sin(x - t) moves with v = (1, 0): its material derivative is 0.
  for (const order of [1, 2]) {
    const errors = [8, 16, 32].map((n) => {
      const { model, mesh } = square(n);
      const u = new MeshVariable(mesh, "u", { degree: 2 });
      const exact = (x: number, _y: number, _z: number, t: number) => Math.sin(x - t);
      const v = new MeshVariable(mesh, "v", { components: 2 });
      v.set([1, 0]);
      const ddt = new EulerianDDt(u, { order, velocity: v });
      u.set(exact);
      const dt = 0.5 / n;
      for (let step = 0; step < 4; step++) {
        ddt.updatePreSolve(dt);
        model.tracker.time += dt;
        u.set(exact);
        if (step === 3) return Math.max(...ddt.bdf().map(Math.abs));
        ddt.updatePostSolve();
      }
      return NaN;
    });
    assert(lastOrder(errors) > order - 0.2, `${order}: ${errors}`);
  }
});

Deno.test("restored between or within steps, it goes on with the same bytes", () => {
  for (const order of [1, 3]) {
    for (const moving of [false, true]) {
      const { model, mesh } = square(4, true);
      const u = new MeshVariable(mesh, "u");
      u.set((x, y) => Math.sin(3 * x) * y);
      const velocity = new MeshVariable(mesh, "v", { components: 2 });
      velocity.set([0.3, -0.1]);
      const ddt = new EulerianDDt(u, moving ? { order, velocity } : { order });
      assertGoesOn(model, ddt);
    }
  }
});

Deno.test("history lives in named variables, and wrong states and names are refused", () => {
  const { model, mesh } = square(2);
  const u = new MeshVariable(mesh, "u");
  const ddt = new EulerianDDt(u, { order: 2, velocity: (_x, _y, _z, out) => void (out[0] = 1) });
  assertEquals(ddt.name, "EulerianDDt_0");
  assertEquals([...mesh.variables.keys()], [
    "u",
    "EulerianDDt_0_psi_star_1",
    "EulerianDDt_0_psi_star_2",
    "EulerianDDt_0_advection_1",
    "EulerianDDt_0_advection_2",
  ]);
  assertEquals(mesh.variables.get("EulerianDDt_0_psi_star_1")!.allocated, false);
  const good = ddt.state;
  const bad: [Record<string, unknown>, string][] = [
    [{ psiStar: ["u"] }, "psiStar is [u]"],
    [{ companions: [] }, "companions is []"],
    [{ variable: "v" }, "variable is 'v'"],
    [{ mesh: "other" }, "mesh is 'other'"],
    [{ schemaVersion: 3 }, "schemaVersion 3"],
    [{ order: 1 }, "of order 1"],
  ];
  for (const [change, message] of bad) {
    assertThrows(() => (ddt.state = { ...good, ...change } as never), StateSchemaError, message);
  }
  new MeshVariable(mesh, "heat_psi_star_1");
  assertThrows(() => new EulerianDDt(u, { name: "heat" }), RangeError, "heat_psi_star_1");
  assertThrows(() => new EulerianDDt("u" as never), TypeError, "mesh variable");
  assertThrows(() => new EulerianDDt(u, { order: 4 }), RangeError, "order");
  const constant = new MeshVariable(mesh, "c", { degree: 0 });
  assertThrows(() => new EulerianDDt(constant, { velocity: () => {} }), RangeError, "degree 0");
  assertThrows(() => new EulerianDDt(u, { velocity: u }), RangeError);
  assertEquals(model.bearers.size, 1);
});
