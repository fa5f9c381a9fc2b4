import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ConvergenceError, StateSchemaError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { Diffusion, type DiffusionOptions } from "../../src/solve/diffusion.ts";
import type { StepResult } from "../../src/solve/time_step.ts";
import { assertRounding, assertSameBytes } from "../_helpers.ts";
import { fittedOrder, sides, unitBox } from "./_fields.ts";

const { PI, exp, cos, sin } = Math;

/** u = (x + y^2) sin(3 t) + exp(-t) x: P2 holds it at any time, so that only errors in time are left. */
const exact = (x: number, y: number, t: number) => (x + y * y) * sin(3 * t) + exp(-t) * x;
const rate = (x: number, y: number, t: number) => 3 * (x + y * y) * cos(3 * t) - exp(-t) * x;

function run(steps: number, options: Partial<DiffusionOptions>, ramp = false): number {
  const model = new Model();
  const u = new MeshVariable(unitBox(2, 2, model), "u", { degree: 2 });
  const k = 0.3;
  const source = (x: number, y: number, _z: number, t: number) =>
    rate(x, y, t) - k * 2 * sin(3 * t);
  const diffusion = new Diffusion(u, { diffusivity: k, source, rtol: 1e-13, ...options });
  for (const side of ["left", "bottom"]) {
    diffusion.addDirichlet(side, (x, y, _z, t: number) => exact(x, y, t));
  }
  diffusion.addNeumann("right", (_x, _y, _z, t: number) => k * (sin(3 * t) + exp(-t)));
  diffusion.addRobin(
    "top",
    2,
    (x, y, _z, t: number) => exact(x, y, t) + k * 2 * y * sin(3 * t) / 2,
  );
  model.tracker.time = 0.2;
  u.set((x, y) => exact(x, y, 0.2));
  // Steps alternate 1:3 and cover the same time for any number of them.
  const size = (i: number) => (i % 2 === 0 ? 0.5 : 1.5) / steps;
  if (!ramp) {
    const levels = Array.from(
      { length: options.order ?? 1 },
      () => (x: number, y: number, _z: number, t: number) => exact(x, y, t),
    );
    diffusion.initialiseHistory(levels, levels.slice(1).map((_, i) => size(i + 1)));
  }
  for (let i = 0; i < steps; i++) {
    diffusion.solve({ dt: size(i) });
    model.tracker.time += size(i);
  }
  const at = u.evaluate([[0.6, 0.7], [0.9, 0.2]]);
  const t = model.tracker.time;
  return Math.abs(at.get(0, 0) - exact(0.6, 0.7, t)) + Math.abs(at.get(1, 0) - exact(0.9, 0.2, t));
}

for (const order of [1, 2, 3]) {
  Deno.test(`BDF${order} has order ${order} with steps alternating 1:3 from exact history`, () => {
    const counts = [32, 64, 128];
    const errors = counts.map((n) => run(n, { order }));
    assertAlmostEquals(fittedOrder(counts.map((n) => 1 / n), errors), order, 0.15);
  });
}

Deno.test("a BDF3 that starts by itself is of second order", () => {
  const counts = [16, 32, 64];
  const errors = counts.map((n) => run(n, { order: 3 }, true));
  assertAlmostEquals(fittedOrder(counts.map((n) => 1 / n), errors), 2, 0.35);
});

for (const [theta, order] of [[1, 1], [0.75, 1], [0.5, 2]]) {
  Deno.test(`theta = ${theta} has order ${order}`, () => {
    const counts = [32, 64, 128];
    const errors = counts.map((n) => run(n, { theta }));
    assertAlmostEquals(fittedOrder(counts.map((n) => 1 / n), errors), order, 0.1);
  });
}

function start(options: Partial<DiffusionOptions> = {}, dim: 2 | 3 = 2, degree: 1 | 2 = 1) {
  const model = new Model();
  model.parameters.define("heat", 1);
  const T = new MeshVariable(unitBox(dim === 2 ? 6 : 2, dim, model), "T", { degree });
  T.set((x, y) => cos(PI * x) * y);
  const diffusion = new Diffusion(T, {
    diffusivity: 1,
    source: expression("heat * sin(9 * t) + x"),
    ...options,
  });
  diffusion.addDirichlet("left", (_x, y, _z, t: number) => y * cos(t));
  diffusion.addRobin("right", 1, 0.5);
  const step = (dt: number): StepResult => {
    const result = diffusion.solve({ dt });
    model.tracker.time += dt;
    model.tracker.step += 1;
    return result;
  };
  return { model, T, diffusion, step };
}

for (const options of [{ order: 1 }, { order: 2 }, { order: 3 }, { theta: 0.5 }]) {
  for (const dim of [2, 3] as const) {
    for (const degree of [1, 2] as const) {
      const words = `${JSON.stringify(options)} in ${dim}-D on P${degree}`;
      Deno.test(`restored, and restored after an absurd step, equals uninterrupted: ${words}`, () => {
        const { model, T, step } = start(options, dim, degree);
        for (const dt of [0.01, 0.02]) step(dt);
        using token = model.saveState();
        const finish = () => {
          for (const dt of [0.01, 0.03, 0.01]) step(dt);
          return T.data.slice();
        };
        const uninterrupted = finish();
        model.loadState(token);
        assertSameBytes(finish(), uninterrupted);
        model.loadState(token);
        step(0.01 * 5000);
        model.parameters.set("heat", 7);
        step(1e-5);
        model.loadState(token);
        assertSameBytes(finish(), uninterrupted);
      });
    }
  }
}

Deno.test("the order climbs from 1 while values become known", () => {
  const { step, diffusion } = start({ order: 3 });
  assertEquals([step(0.1), step(0.1), step(0.1), step(0.1)].map((r) => [r.order, r.reduced]), [
    [1, "start"],
    [2, "start"],
    [3, null],
    [3, null],
  ]);
  diffusion.initialiseHistory();
  assertEquals(step(0.1).order, 1);
});

Deno.test("initialiseHistory means the same for a solver and for a history", () => {
  const mesh = unitBox(3), steps = [0.2, 0.15];
  const T = new MeshVariable(mesh, "T"), u = new MeshVariable(mesh, "u");
  const level = (x: number, y: number, _z: number, t: number) => x + y * t + t * t;
  const levels = [level, level, level];
  // Nothing diffuses: the new values are what makes the derivative 0.
  const diffusion = new Diffusion(T, { diffusivity: 0, order: 3 });
  const history = new EulerianDDt(u, { order: 3 });
  for (const one of [diffusion, history]) one.initialiseHistory(levels, steps);
  assertRounding(T.evaluate([[0.3, 0.6]]).get(0, 0), level(0.3, 0.6, 0, 0), 4);
  history.updatePreSolve(0.25);
  assertEquals(diffusion.solve({ dt: 0.25 }).order, 3);
  const expected = history.historyTerms().map((h) => -h / history.leadingCoefficient());
  // The tolerance of the linear solver, 1e-10.
  for (let i = 0; i < expected.length; i++) assertAlmostEquals(T.data[i], expected[i], 1e-9);
});

Deno.test("order says the order in time, of the one-step scheme too", () => {
  const orders = [{ order: 3 }, { theta: 0.5 }, { theta: 0.7 }, {}].map((options) => {
    const T = new MeshVariable(unitBox(2), "T");
    const diffusion = new Diffusion(T, { diffusivity: 1, ...options });
    if (diffusion.order < 3) assertEquals(diffusion.solve({ dt: 1 }).order, diffusion.order);
    return diffusion.order;
  });
  assertEquals(orders, [3, 2, 1, 1]);
});

Deno.test("the order drops while steps keep growing too fast, and says so", () => {
  const { step } = start({ order: 3 });
  for (const dt of [1e-4, 1e-4, 1e-4]) step(dt);
  step(3e-4);
  const grown = step(9e-4);
  assertEquals([grown.order, grown.reduced], [1, "step growth"]);
  assertEquals(step(9e-4 * 1.5).order, 2);
  step(9e-4 * 1.5);
  assertEquals(step(9e-4 * 1.5).reduced, null);
});

Deno.test("diffusion loses nothing where nothing gets out", () => {
  const model = new Model();
  const T = new MeshVariable(unitBox(8, 2, model), "T", { degree: 2 });
  T.set((x, y) => exp(-20 * ((x - 0.4) ** 2 + y * y)));
  const before = T.integrate() as number;
  const diffusion = new Diffusion(T, { diffusivity: 0.1, order: 2 });
  for (let i = 0; i < 5; i++) diffusion.solve({ dt: 0.02 * (i + 1) });
  // The tolerance of the linear solver, 1e-10, times a few steps.
  assertAlmostEquals(T.integrate() as number, before, 1e-9);
});

Deno.test("a step that does not converge leaves every byte, history and steps included", () => {
  const { model, T, step, diffusion } = start({ order: 2, maxIterations: 1, rtol: 1e-14 }, 2, 2);
  assertThrows(() => step(0.01), ConvergenceError);
  assertEquals(diffusion.state.history.dtHistory, []);
  assertEquals(diffusion.state.history.phase, "between");
  assert(![...T.mesh.variables.values()].some((v) => v !== T && v.allocated));
  assertEquals(model.tracker.time, 0);
});

Deno.test("dt comes from the tracker where it is not given", () => {
  const { model, diffusion } = start();
  assertThrows(() => diffusion.solve(), TypeError, "tracker.dt");
  model.tracker.dt = 0.02;
  assertEquals(diffusion.solve().dt, 0.02);
  for (const bad of [0, -1, NaN, Infinity]) {
    assertThrows(() => diffusion.solve({ dt: bad }), RangeError, "dt");
  }
});

Deno.test("estimateDt goes with the square of the cell and down with the diffusivity", () => {
  const T = new MeshVariable(unitBox(4), "T"), finer = new MeshVariable(unitBox(8), "T");
  const coarse = new Diffusion(T, { diffusivity: 1 }).estimateDt();
  assertRounding(new Diffusion(finer, { diffusivity: 1 }).estimateDt(), coarse / 4, 4);
  assertAlmostEquals(
    new Diffusion(T, { diffusivity: (x) => 1 + x * 0 }).estimateDt(),
    coarse,
    1e-15,
  );
  assertEquals(new Diffusion(T, { diffusivity: 0 }).estimateDt(), Infinity);
});

Deno.test("bad arguments are errors, and the state of another scheme is refused", () => {
  const T = new MeshVariable(unitBox(2), "T");
  assertThrows(() => new Diffusion(T, { diffusivity: 1, order: 4 }), RangeError, "order");
  assertThrows(() => new Diffusion(T, { diffusivity: 1, theta: 2 }), RangeError, "theta");
  assertThrows(() => new Diffusion(T, { diffusivity: 1, order: 2, theta: 0.5 }), RangeError, "BDF");
  assertThrows(() => new Diffusion(T, {} as DiffusionOptions), TypeError, "diffusivity");
  assertEquals(T.mesh.variables.size, 1);
  const diffusion = new Diffusion(T, { diffusivity: 1, order: 2 });
  const { state } = diffusion;
  const wrong: [object, string][] = [
    [{ order: 3 }, "order 3"],
    [{ dtHistory: [-1] }, "dtHistory"],
    [{ psiStar: [] }, "psiStar"],
  ];
  for (const [change, message] of wrong) {
    const bad = { ...state, history: { ...state.history, ...change } };
    assertThrows(() => diffusion.checkState(bad), StateSchemaError, message);
  }
  assertThrows(() => diffusion.checkState({ ...state, theta: 0.5 }), StateSchemaError, "theta");
  assertThrows(() => diffusion.initialiseHistory([1], [1]), RangeError, "2 levels");
  assertThrows(() => diffusion.initialiseHistory([1, 2], [0]), RangeError, "positive steps");
  const short = [1, new Float64Array(1)];
  assertThrows(() => diffusion.initialiseHistory(short, 1), RangeError, "values");
  for (const side of sides) diffusion.addDirichlet(side, 1);
});
