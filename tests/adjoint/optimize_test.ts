import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { LimitedMemory } from "../../src/adjoint/lbfgs.ts";
import { wolfeStep } from "../../src/adjoint/line_search.ts";
import { optimize } from "../../src/adjoint/optimize.ts";
import type { OptimizeOptions } from "../../src/adjoint/optimize_options.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { Equation } from "../../src/equation/equation.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { assertSameBytes } from "../_helpers.ts";

const dot = (a: Float64Array, b: Float64Array) =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

/** Minimises by directions and line searches alone; the number of iterations. */
async function minimise(
  f: (x: Float64Array) => { value: number; gradient: Float64Array },
  x: Float64Array,
  most: number,
): Promise<number> {
  const memory = new LimitedMemory(dot, 10);
  let { value, gradient } = f(x);
  for (let k = 0; k < most; k++) {
    if (Math.sqrt(dot(gradient, gradient)) < 1e-9) return k;
    const d = memory.direction(gradient),
      slope = dot(gradient, d),
      from = x.slice(),
      before = gradient;
    const isStep = await wolfeStep({ value, slope }, 1, 0.9, (length) => {
      x.set(from.map((one, i) => one + length * d[i]));
      ({ value, gradient } = f(x));
      return Promise.resolve({ value, slope: dot(gradient, d) });
    }, 30);
    assert(isStep, `iteration ${k}`);
    memory.add(x.map((one, i) => one - from[i]), gradient.map((one, i) => one - before[i]));
  }
  return most;
}

Deno.test("the quasi-Newton method finds the minimum of Rosenbrock's valley from the usual start", async () => {
  const x = Float64Array.of(-1.2, 1);
  const iterations = await minimise(
    ([x, y]) => ({
      value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
      gradient: Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
    }),
    x,
    100,
  );
  // 47 as measured: the first steps, of steepest descent, go down the wall of the valley.
  assert(iterations < 60, `${iterations} iterations`);
  x.forEach((one) => assertAlmostEquals(one, 1, 1e-8));
});

Deno.test("a quadratic of five unknowns takes few more iterations than unknowns", async () => {
  const x = new Float64Array(5).fill(1), a = [1, 3, 10, 30, 100];
  const iterations = await minimise(
    (x) => ({
      value: x.reduce((sum, one, i) => sum + a[i] * one * one / 2, 0),
      gradient: x.map((one, i) => a[i] * one),
    }),
    x,
    40,
  );
  assert(iterations <= 20, `${iterations} iterations`);
});

Deno.test("a line search keeps away from lengths that have no value, and gives up where nothing falls", async () => {
  const seen: number[] = [];
  const at = (length: number) => {
    seen.push(length);
    const value = length > 0.5 ? Infinity : (length - 0.3) ** 2;
    return Promise.resolve({ value, slope: length > 0.5 ? NaN : 2 * (length - 0.3) });
  };
  assert(await wolfeStep({ value: 0.09, slope: -0.6 }, 8, 0.9, at, 20));
  assert(seen.at(-1)! <= 0.5 && seen.length < 8);
  const up = () => Promise.resolve({ value: 1, slope: 1 });
  assertEquals(await wolfeStep({ value: 0, slope: -1 }, 1, 0.9, up, 60), false);
});

/** Heat of which the end is known: the start is looked for. */
function lostStart(cells: number) {
  const model = new Model(),
    mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const T = new MeshVariable(mesh, "T"), seen = new MeshVariable(mesh, "seen");
  const heat = new Equation(T, {
    test: "v",
    rtol: 1e-12,
    weak: "dt(T) * v + 0.02 * dot(grad(T), grad(v))",
  });
  const step = () => {
    model.tracker.time += heat.solve({ dt: 0.1 }).dt;
  };
  const start = (x: number, y: number) => Math.cos(Math.PI * x) * (1 + Math.cos(Math.PI * y));
  const token = model.saveState();
  T.set(start);
  for (let k = 0; k < 3; k++) step();
  const end = T.data.slice();
  model.loadState(token);
  seen.data.set(end);
  T.set(0);
  const options: OptimizeOptions = {
    steps: 3,
    step,
    objective: "integral((T - seen)^2)",
    controls: [T],
    rtol: 1e-4,
  };
  return { model, mesh, T, start, options };
}

Deno.test("the start of a run is found from its end, in no more iterations on a finer mesh", async () => {
  const iterations = [];
  for (const cells of [6, 12]) {
    const { model, mesh, T, start, options } = lostStart(cells);
    const { value, converged, iterates, evaluations } = await optimize(model, options);
    assert(converged && value < 1e-6, `${value}`);
    iterations.push(iterates.length - 1);
    assert(evaluations <= 2 * iterates.length);
    const truth = new MeshVariable(mesh, "truth");
    truth.set(start);
    // What varies from node to node leaves next to no trace in the end, so corners come back least well.
    T.data.forEach((one, i) => assertAlmostEquals(one, truth.data[i], 0.05));
    assertEquals(model.tracker.time, 0);
  }
  assert(iterations[1] <= iterations[0] + 2, iterations.join(", "));
});

Deno.test("every accepted iterate is a state that can be put back; old ones can be let go", async () => {
  const { model, T, options } = lostStart(4);
  const seen: Float64Array[] = [], values: number[] = [];
  const { iterates, value } = await optimize(model, {
    ...options,
    keep: 2,
    onIterate: ({ value }) => {
      seen.push(T.data.slice());
      values.push(value);
      T.data.fill(NaN);
    },
  });
  assertEquals(iterates.map(({ iteration }) => iteration), iterates.map((_, k) => k));
  assertEquals(values, values.toSorted((a, b) => b - a));
  assertEquals(value, values.at(-1));
  assertSameBytes(T.data, seen.at(-1)!);
  assertEquals(
    iterates.map(({ state }) => state.released),
    iterates.map((_, k) => k < iterates.length - 2),
  );
  const { state } = iterates.at(-2)!;
  model.loadState(state);
  assertSameBytes(T.data, seen.at(-2)!);
  using again = model.saveState();
  assertEquals(diffSnapshots(again, state), []);
});

Deno.test("an optimisation can be ended, and one that cannot begin changes nothing", async () => {
  const { model, T, options } = lostStart(4);
  const ended = await optimize(model, { ...options, onIterate: ({ iteration }) => iteration < 1 });
  assertEquals([ended.reason, ended.iterates.length, ended.converged], ["onIterate", 2, false]);
  const limited = await optimize(model, { ...options, iterations: 1, rtol: 1e-12 });
  assertEquals(limited.reason, "iterations");
  const before = T.data.slice();
  const set = () => T.set(1);
  await assertRejects(() => optimize(model, { ...options, step: set }), RangeError, "'T'");
  assertSameBytes(T.data, before);
  await assertRejects(
    () => optimize(model, { ...options, iterations: 0 }),
    RangeError,
    "iterations",
  );
  await assertRejects(() => optimize(model, { ...options, rtol: 2 }), RangeError, "rtol");
  const misspelt = { ...options, iteration: 3 } as OptimizeOptions;
  await assertRejects(() => optimize(model, misspelt), TypeError, "did you mean 'iterations'");
});
