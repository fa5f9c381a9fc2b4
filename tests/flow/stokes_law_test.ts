import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ConvergenceError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import type { StokesOptions } from "../../src/flow/stokes_options.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { bounded, composite, druckerPrager } from "../../src/materials/laws.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";
import { unitBox } from "../solve/_fields.ts";
import { slipAround, stokesOn, unitCells } from "./_flows.ts";

const { PI, sin, cos } = Math;

/** Flow between plates along x. */
function channel(law: string, more: Partial<StokesOptions> = {}, n = 12, model = new Model()) {
  const options = { viscosity: expression(law), bodyForce: [2, 0], ...more };
  const flow = stokesOn(unitBox(n, 2, model), options);
  for (const side of ["bottom", "top"]) flow.stokes.addDirichlet(side, 0);
  for (const side of ["left", "right"]) flow.stokes.addDirichlet(side, 0, { component: 1 });
  return flow;
}

Deno.test("a power-law fluid between plates has the known profile, and Newton's method gets there quadratically", () => {
  const { v, stokes } = channel("0.5 * (edot^2 + 1e-8)^(-1/3)", {}, 16);
  const { nonlinear } = stokes.solve();
  // tau = 2 (1/2 - y), edot = tau^3, du/dy = 2 edot: u = 4 (1/16 - s^4), s the distance from the middle.
  const { coordinates } = v;
  let worst = 0;
  for (let i = 0; i < v.dofCount; i++) {
    const s = coordinates.get(i, 1) - 0.5;
    worst = Math.max(worst, Math.abs(v.data[2 * i] - 4 * (1 / 16 - s ** 4)));
  }
  // The 1e-8 acts in the middle: 1.3e-4 of the largest velocity is found.
  assert(worst < 2e-4 * 0.25, `${worst}`);
  const { residuals, methods } = nonlinear!, n = residuals.length;
  assert(n - 1 <= 12, `${n - 1} steps`);
  assertEquals(methods[n - 2], "newton");
  // The last step ends where the linear solve does; those before it square the residual, times a constant.
  for (const k of [n - 3, n - 2]) {
    assert(residuals[k] < Math.max(2 * residuals[k - 1] ** 2, 1e-8), residuals.join(" "));
  }
});

Deno.test("Picard's method comes to the same flow in several times as many steps", () => {
  const options = { bodyForce: [1, 0] };
  const newton = channel("0.5 * (edot^2 + 0.01)^(-0.25)", options, 6);
  const picard = channel("0.5 * (edot^2 + 0.01)^(-0.25)", {
    ...options,
    nonlinear: { method: "picard" },
  }, 6);
  const few = newton.stokes.solve().nonlinear!, many = picard.stokes.solve().nonlinear!;
  assert(many.methods.length > 2 * few.methods.length, `${many.methods.length}`);
  assert(many.methods.every((method) => method === "picard"));
  // Both to 1e-8 of the forces.
  newton.v.data.forEach((value, i) => assertAlmostEquals(value, picard.v.data[i], 1e-7));
});

/** The flow (sin pi x cos pi y, -cos pi x sin pi y) with p = cos pi x cos pi y, of a fluid with a law. */
function manufactured(n: number, law: string, viscosity: (edot: number, p: number) => number) {
  const pressure = (x: number, y: number) => cos(PI * x) * cos(PI * y);
  // The strain rate is exx = -eyy = pi cos cos, exy = 0.
  const stress = (x: number, y: number) => {
    const rate = PI * cos(PI * x) * cos(PI * y);
    return 2 * viscosity(Math.abs(rate), pressure(x, y)) * rate;
  };
  const h = 1e-3;
  const slope = (f: (s: number) => number) =>
    (f(-2 * h) - 8 * f(-h) + 8 * f(h) - f(2 * h)) / (12 * h);
  const { v, p, stokes } = stokesOn(unitCells(n), {
    viscosity: expression(law),
    bodyForce: (x, y, _z, out) => {
      out[0] = -slope((s) => stress(x + s, y) - pressure(x + s, y));
      out[1] = slope((s) => stress(x, y + s) + pressure(x, y + s));
    },
    nonlinear: { tolerance: 1e-10 },
  });
  slipAround(stokes);
  const result = stokes.solve();
  const u = new MeshVariable(v.mesh, "exact", { components: 2, degree: 2 });
  u.set((x, y, _z, out) => {
    out[0] = sin(PI * x) * cos(PI * y);
    out[1] = -cos(PI * x) * sin(PI * y);
  });
  const q = new MeshVariable(v.mesh, "exact_p");
  q.set(pressure);
  for (const [field, exact] of [[v, u], [p, q]]) {
    exact.data.forEach((value, i) => exact.data[i] = field.data[i] - value);
  }
  return { velocity: u.norm(), pressure: q.norm(), result };
}

Deno.test("laws of strain rate and pressure keep orders 3 and 2", () => {
  const laws: [string, (edot: number, p: number) => number][] = [
    ["(edot^2 + 5)^(-1/3)", (e) => (e * e + 5) ** (-1 / 3)],
    [
      "1 / (1 + 2 * sqrt(edot^2 + 5) / (2 + 0.5 * p))",
      (e, p) => 1 / (1 + 2 * Math.sqrt(e * e + 5) / (2 + 0.5 * p)),
    ],
  ];
  for (const [law, viscosity] of laws) {
    const [coarse, fine] = [6, 12].map((n) => manufactured(n, law, viscosity));
    // Against interpolated fields; 3.7 and 2.0 are found for both.
    const order = Math.log2(coarse.velocity / fine.velocity);
    assert(order > 2.8, `${law}: order ${order}`);
    assert(Math.log2(coarse.pressure / fine.pressure) > 1.8, `${law}: pressure`);
    const { residuals } = fine.result.nonlinear!;
    assert(residuals.length <= 8, residuals.join(" "));
  }
});

Deno.test("in space, too, Newton's method gets to a law quadratically", () => {
  const { stokes } = stokesOn(unitCells(2, 3), {
    viscosity: expression("(edot^2 + 0.1)^(-1/3) * (1 + 0.02 * p)"),
    bodyForce: [0, 0, (x, y) => 20 * x - 10 * y],
    nonlinear: { tolerance: 1e-10 },
  });
  slipAround(stokes);
  const { residuals } = stokes.solve().nonlinear!, n = residuals.length;
  assert(n <= 9, residuals.join(" "));
  assert(residuals[n - 2] < 10 * residuals[n - 3] ** 2, residuals.join(" "));
});

/** A layer that yields by friction, over a weak one, pushed from both sides. */
function pushed(model = new Model(), more: Partial<StokesOptions> = {}) {
  const plastic = druckerPrager({ cohesion: "C", friction: 30, least: 0.1 });
  const law = bounded(composite(100, plastic), { min: 0.1 });
  if (!model.parameters.has("C")) model.parameters.define("C", 3);
  const flow = stokesOn(unitBox(4, 2, model), {
    viscosity: expression(`y < 0.4 ? 0.1 : (${law})`),
    bodyForce: [0, -10],
    ...more,
  });
  flow.stokes.addFreeSlip("bottom");
  flow.stokes.addDirichlet("left", 1, { component: 0 });
  flow.stokes.addDirichlet("right", -1, { component: 0 });
  return { model, ...flow };
}

Deno.test("forces on the boundaries of a yielding body balance its weight", () => {
  const { stokes } = pushed(undefined, { nonlinear: { tolerance: 1e-10 } });
  stokes.solve();
  const sum = ["left", "right", "bottom", "top"].map((side) => stokes.traction(side)[1])
    .reduce((a, b) => a + b, 0);
  // To the tolerance of the nonlinear solve.
  assertAlmostEquals(sum, 10, 1e-6);
});

Deno.test("a law follows its parameters, and a flow that is put back goes on with the same bytes", async () => {
  using dir = tempDir();
  const run = (flow: ReturnType<typeof pushed>, cohesions: readonly number[]) => {
    for (const value of cohesions) {
      flow.model.parameters.set("C", value);
      flow.stokes.solve();
    }
  };
  const u = pushed();
  run(u, [3, 2, 2.5]);
  const b = pushed();
  run(b, [3]);
  const path = await b.model.saveState({ file: dir.join("flow.h5") }), token = b.model.saveState();
  run(b, [9]);
  const other = b.v.data.slice();
  b.model.loadState(token);
  assertEquals(b.model.parameters.get("C"), 3);
  run(b, [2, 2.5]);
  const c = pushed();
  await c.model.loadState(path);
  run(c, [2, 2.5]);
  assert(other.some((value, i) => value !== u.v.data[i]));
  for (const { v, p } of [b, c]) {
    assertSameBytes(v.data, u.v.data);
    assertSameBytes(p.data, u.p.data);
  }
});

Deno.test("a flow with a law that is not found leaves the model as it was, and tells the residuals", () => {
  const { v, p, stokes } = pushed(undefined, { nonlinear: { maxSteps: 2 } });
  v.set(0.25);
  p.set(1);
  const before = [v.data.slice(), p.data.slice()];
  const error = assertThrows(() => stokes.solve(), ConvergenceError, "after 2 steps");
  assertEquals(error.history.length, 3);
  assertSameBytes(v.data, before[0]);
  assertSameBytes(p.data, before[1]);
});

Deno.test("a flow that satisfies its law is left alone", () => {
  const { v, stokes } = pushed();
  stokes.solve();
  const before = v.data.slice(), { nonlinear, iterations } = stokes.solve();
  assertEquals([nonlinear!.methods, iterations], [[], 0]);
  assertSameBytes(v.data, before);
});

Deno.test("laws that cannot be, and limits that are none, are refused by name", () => {
  const wrong = (law: string, more: Partial<StokesOptions> = {}) => channel(law, more, 2).stokes;
  assertThrows(() => wrong("edot - 1").solve(), RangeError, "a law has to stay positive");
  assertThrows(() => wrong("edot + nothing").solve(), RangeError, "'nothing'");
  assertThrows(() => wrong("1 + edot", { averaging: "harmonic" }).solve(), RangeError, "averag");
  const model = new Model(), named = channel("1 + edot", {}, 2, model);
  model.parameters.define("edot", 1);
  assertThrows(
    () => named.stokes.solve(),
    RangeError,
    "'edot' is a parameter and a variable of the flow",
  );
  const options: [object, string][] = [
    [{ method: "secant" }, "nonlinear.method"],
    [{ tolerance: 0 }, "nonlinear.tolerance"],
    [{ maxSteps: 0 }, "nonlinear.maxSteps"],
    [{ picardSteps: 0.5 }, "nonlinear.picardSteps"],
  ];
  for (const [nonlinear, message] of options) {
    assertThrows(() => wrong("1 + edot", { nonlinear }), RangeError, message);
  }
  assertThrows(() => wrong("1", { nonlinear: { steps: 3 } as object }), TypeError, "steps");
});

Deno.test("the pressure of a law is that of the flow, under its own name and as p", () => {
  const flows = ["p", "q"].map((name) => {
    const mesh = unitCells(4);
    const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
    const p = new MeshVariable(mesh, "q");
    const stokes = stokesFor(v, p, `1 + 0.1 * ${name}^2`);
    stokes.solve();
    return p.data;
  });
  assertSameBytes(flows[0], flows[1]);
});

function stokesFor(v: MeshVariable, p: MeshVariable, law: string): Stokes {
  const stokes = new Stokes(v, p, { viscosity: expression(law), bodyForce: [0, (x) => -x] });
  stokes.addDirichlet("bottom", 0);
  return stokes;
}
