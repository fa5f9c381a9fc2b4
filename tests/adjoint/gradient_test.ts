import { assertAlmostEquals, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { gradient } from "../../src/adjoint/gradient.ts";
import { optimize } from "../../src/adjoint/optimize.ts";
import { reverse } from "../../src/adjoint/reverse.ts";
import { Equation } from "../../src/equation/equation.ts";
import type { EquationOptions } from "../../src/equation/equation_options.ts";
import { CurvedCellsError, ModelBusyError, ReplayError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { assertGradient, type Run } from "./_taylor.ts";

function box(model: Model, dim: number): Mesh {
  return dim === 2
    ? boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3] })
    : boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [2, 2, 1] });
}

/** Heat that is carried along, with a source, held sides and a flux, all of which can be controls. */
function heated(
  dim: number,
  options: Partial<EquationOptions>,
  k: string,
  flux = "h * (1 - T^2) * f",
) {
  const model = new Model(), mesh = box(model, dim);
  const T = new MeshVariable(mesh, "T", { degree: dim === 2 ? 2 : 1 });
  const f = new MeshVariable(mesh, "f", { degree: 0 }), g = new MeshVariable(mesh, "g");
  T.set((x, y) => x + 0.3 * y * y);
  f.set((x, y) => 1 + x * y);
  g.set((_, y) => 0.5 + y);
  model.parameters.define("k", 0.8);
  model.parameters.define("h", 0.8);
  const wind = dim === 2 ? "[0.5, 0.2]" : "[0.5, 0.2, 0.1]";
  const heat = new Equation(T, {
    ...options,
    test: "v",
    rtol: 1e-13,
    weak: `dt(T) * v + ${k} * dot(grad(T), grad(v)) + dot(${wind}, grad(T)) * v - f * (1 + t) * v`,
  });
  heat.addDirichlet(T, "left", g);
  heat.addDirichlet(T, "top", expression("h * (1 + x) + t"));
  heat.addNeumann(T, "right", flux);
  const at = dim === 2 ? "[0.4, 0.3]" : "[0.4, 0.3, 0.6]";
  const run = {
    steps: 4,
    step: (k: number) => {
      model.tracker.time += heat.solve({ dt: 0.05 * (1 + 0.3 * (k % 2)) }).dt;
    },
    objective:
      `integral((T - x)^2 * k) + integral(T^2 * dot(grad(T), n), "right") + at(T, ${at})^2`,
    memory: 2,
  };
  return { model, mesh, T, f, g, heat, run };
}

// Remainders are compared over five halvings; the largest step is small enough for the third order not to show.
const schemes = [{ order: 1 }, { order: 2 }, { order: 3 }, { theta: 0.5 }, { theta: 0.7 }];

for (const dim of [2, 3]) {
  for (const scheme of schemes) {
    const name = `${dim}-D, ${JSON.stringify(scheme)}`;
    Deno.test(`gradients of a nonlinear run by every kind of control are of second order: ${name}`, async () => {
      const { model, T, f, g, run } = heated(dim, scheme, "k * (1 + 0.3 * T^2)");
      const controls = [[T, 0.02], [f, 0.02], [g, 0.02], ["k", 0.01], ["h", 0.02]] as const;
      await assertGradient(model, run, controls, name);
    });
  }
  Deno.test(`gradients of a linear run by every kind of control are of second order: ${dim}-D`, async () => {
    const { model, T, f, g, run } = heated(dim, { order: 2 }, "k", "h * (1 - T) * f");
    const controls = [[T, 0.02], [f, 0.02], [g, 0.02], ["k", 0.01], ["h", 0.02]] as const;
    await assertGradient(model, run, controls, `linear, ${dim}-D`);
  });
}

Deno.test("gradients of steady problems: an energy with vectors, and two equations in a row", async () => {
  const model = new Model(), mesh = box(model, 2);
  const u = new MeshVariable(mesh, "u", { components: 2 }), c = new MeshVariable(mesh, "c");
  const load = new MeshVariable(mesh, "load", { components: 2 });
  load.set((x, y, _z, out) => {
    out[0] = 0.1 * x;
    out[1] = -0.1 * y;
  });
  model.parameters.define("G", 2);
  const body = new Equation(u, {
    define: { F: "I + grad(u)", J: "det(F)" },
    energy: "G * (inner(F, F) - trace(I) - 2 * log(J)) / 2 + log(J)^2 - dot(load, u)",
    rtol: 1e-13,
  });
  body.addDirichlet(u, "left", 0);
  body.addNeumann(u, "right", "[0.05 * G, 0]");
  const carried = new Equation(c, {
    test: "q",
    weak: "dot(grad(c), grad(q)) + dot(u, grad(c)) * q + c * q - div(u) * q",
    rtol: 1e-13,
  });
  carried.addDirichlet(c, "bottom", 1);
  const step = () => {
    body.solve();
    carried.solve();
  };
  const run: Run = { steps: 1, step, objective: "integral(c^2 + dot(u, u))" };
  await assertGradient(model, run, [[load, 0.02], ["G", 0.02]], "steady");
});

Deno.test("gradients on curved cells, with a normal that turns; those of gradients on their boundaries are refused", async () => {
  const model = new Model();
  const mesh = annulusMesh(model, { inner: 1, outer: 2, cellSize: 0.8, geometryDegree: 2 });
  const T = new MeshVariable(mesh, "T", { degree: 2 }), f = new MeshVariable(mesh, "f");
  T.set((x, y) => Math.sin(3 * x) * y);
  f.set((_, y) => y);
  model.parameters.define("k", 0.5);
  const heat = new Equation(T, {
    test: "v",
    order: 2,
    rtol: 1e-13,
    weak:
      "dt(T) * v + k * (1 + T^2) * dot(grad(T), grad(v)) + dot([0.5, 0.1], grad(T)) * v - f * v",
  });
  heat.addDirichlet(T, "inner", f);
  heat.addNeumann(T, "outer", "k * n[0] * f - T");
  const step = () => {
    model.tracker.time += heat.solve({ dt: 0.1 }).dt;
  };
  const objective =
    'integral(T^2 + dot(grad(T), grad(T))) + at(T + grad(T)[1], [1.3, 0.6])^2 + integral(T^2 * n[1], "outer")';
  const run: Run = { steps: 2, step, objective };
  await assertGradient(model, run, [[T, 0.01], [f, 0.02], ["k", 0.02]], "curved");
  const flux = { ...run, objective: 'integral(dot(grad(T), n), "outer")', controls: [T] };
  await assertRejects(() => gradient(model, flux), CurvedCellsError, "a gradient on a boundary");
});

Deno.test("gradients of a mixed system in time, of which one unknown has no rate", async () => {
  const model = new Model(), mesh = box(model, 2);
  const c = new MeshVariable(mesh, "c", { degree: 2 }), mu = new MeshVariable(mesh, "mu");
  c.set((x, y) => 0.6 + 0.1 * Math.sin(3 * x + 2 * y));
  model.parameters.define("M", 0.3);
  for (const scheme of [{ order: 2 }, { theta: 0.5 }]) {
    const split = new Equation([c, mu], {
      ...scheme,
      name: `split${"theta" in scheme ? "_theta" : ""}`,
      test: ["q", "v"],
      weak:
        "dt(c) * q + M * dot(grad(mu), grad(q)) + mu * v - (c^3 - c) * v - 0.1 * dot(grad(c), grad(v))",
      linear: { method: "gmres" },
      rtol: 1e-12,
    });
    const step = () => {
      model.tracker.time += split.solve({ dt: 0.01 }).dt;
    };
    const run: Run = { steps: 3, step, objective: "integral(mu^2 + c^4)" };
    await assertGradient(model, run, [[c, 0.02], ["M", 0.02]], JSON.stringify(scheme));
  }
});

Deno.test("budgets change no bit of a gradient, and the model is in the state in which it began", async () => {
  const { model, T, run } = heated(2, { order: 3 }, "k * (1 + 0.3 * T^2)");
  const before = T.data.slice(), found: Float64Array[] = [];
  for (const memory of [2, 5, undefined]) {
    const { gradients: [byStart, byK], riesz } = await gradient(model, {
      ...run,
      steps: 7,
      memory,
      controls: [T, "k"],
    });
    found.push(Float64Array.of(...byStart.data, byK));
    assertEquals([riesz, byStart.name, model.tracker.time], ["L2", "T_gradient", 0]);
    assertSameBytes(T.data, before);
  }
  for (const other of found.slice(1)) assertSameBytes(other, found[0]);
  new MeshVariable(T.mesh, "f_gradient").set(42);
  await assertRejects(
    () => gradient(model, { ...run, steps: 1, controls: [T.mesh.variables.get("f")!] }),
    RangeError,
    "of your own",
  );
  assertEquals(T.mesh.variables.get("f_gradient")!.min(), 42);
});

Deno.test("an L2 gradient is a field whose integral with a change is the change of the objective", async () => {
  const { model, T, f, run } = heated(2, { order: 1 }, "k");
  const by = async (riesz: "L2" | "coefficients") =>
    (await gradient(model, { ...run, controls: [f], riesz })).gradients[0].data.slice();
  const slopes = await by("coefficients"), field = await by("L2");
  // f is constant in cells, all of which have the area 1/18.
  slopes.forEach((slope, i) => assertAlmostEquals(field[i], slope * 18, 1e-12));
  const token = model.saveState();
  await gradient(model, { ...run, controls: [T] });
  model.loadState(token); // from before the first gradient by T
});

Deno.test("an objective at given times is the sum over them, the start included", async () => {
  const model = new Model(), mesh = box(model, 2), T = new MeshVariable(mesh, "T");
  T.set(1);
  const decay = new Equation(T, { test: "v", weak: "dt(T) * v + T * v", rtol: 1e-13 });
  const run = {
    steps: 3,
    step: () => model.tracker.time += decay.solve({ dt: 0.5 }).dt,
    controls: [T],
  };
  const q = 1 / 1.5;
  const objective = [{ text: "integral(T) * (1 + t)", times: [0, 1] }, { text: "integral(T)" }];
  const { value, gradients: [by] } = await gradient(model, { ...run, objective });
  assertAlmostEquals(value, 1 + 2 * q ** 2 + q ** 3, 1e-11);
  assertAlmostEquals(by.data[0], 1 + 2 * q ** 2 + q ** 3, 1e-10);
  const missed = { text: "integral(T)", times: [0.7] };
  await assertRejects(() => gradient(model, { ...run, objective: missed }), RangeError, "time 0.7");
});

Deno.test("what a gradient cannot see through is refused by name, and the model is as before", async () => {
  const refused = async (
    step: (it: ReturnType<typeof heated> & { k: number }) => unknown,
    words: string[],
    type: typeof RangeError | typeof TypeError | typeof ReplayError = RangeError,
    prepare: (it: ReturnType<typeof heated>) => void = () => {},
  ) => {
    const it = heated(2, { order: 2 }, "k"), { model, T, mesh } = it;
    const other = new Diffusion(new MeshVariable(mesh, "C"), { diffusivity: 1, source: 1 });
    const swarm = new Swarm(mesh), wind = new MeshVariable(mesh, "wind", { components: 2 });
    swarm.addParticles([[0.3, 0.3]]);
    wind.set(0.1);
    Object.assign(it, { other, swarm, wind });
    prepare(it);
    const run = { ...it.run, step: (k: number) => step({ ...it, k }), steps: 3, memory: 1 };
    const start = T.data.slice();
    const error = await assertRejects(() => gradient(model, { ...run, controls: [T] }), type);
    for (const word of words) assertStringIncludes(error.message, word);
    assertSameBytes(T.data, start);
    assertEquals(model.tracker.time, 0);
  };
  type Others = { other: Diffusion; swarm: Swarm; wind: MeshVariable };
  const others = (it: unknown) => it as Others;
  const solve = (it: ReturnType<typeof heated>) => it.heat.solve({ dt: 0.1 });
  await refused((it) => (solve(it), others(it).other.solve({ dt: 0.1 })), ["step 0", "'C'"]);
  await refused((it) => (solve(it), it.T.set(1)), ["step 0", "'T'", "set"]);
  await refused((it) => (it.f.set(2), solve(it)), ["'f'"]);
  await refused((it) => {
    solve(it);
    others(it).swarm.advect(others(it).wind, 0.1);
  }, ["swarms/Swarm_0"]);
  await refused((it) => (solve(it), it.model.parameters.set("k", 2)), ["parameters"]);
  await refused((it) => (solve(it), it.model.random.next()), ["random"]);
  await refused((it) => it.heat.solve({ dt: 0.1 + 0.01 * Math.random() }), ["Math.random"]);
  await refused((it) => (it.heat.weak = "dt(T) * v + T * v", solve(it)), ["state/Equation_0"]);
  const held = (it: ReturnType<typeof heated>) => it.heat.addDirichlet(it.T, "left", (x) => x);
  await refused(solve, ["Equation_0", "T on left", "function"], TypeError, held);
  const text = "dt(T) * v + frozen(1 + T^2) * dot(grad(T), grad(v))";
  await refused(solve, ["frozen"], RangeError, (it) => it.heat.weak = text);
  let calls = 0;
  await refused(
    (it) => it.heat.solve({ dt: 0.1 + 0.01 * calls++ }),
    ["did not solve the same", "verifyReplay"],
    ReplayError,
  );
});

Deno.test("a problem that is decided up to a constant has no gradient here", async () => {
  const model = new Model(), u = new MeshVariable(box(model, 2), "u");
  const free = new Equation(u, { test: "v", weak: "dot(grad(u), grad(v)) - (x - 0.5) * v" });
  const run = { steps: 1, step: () => free.solve(), objective: "integral(u^2)", controls: [u] };
  await assertRejects(() => gradient(model, run), RangeError, "up to a constant");
});

Deno.test("objectives and options that make no sense are refused with the piece that is wrong", async () => {
  const { model, T, run } = heated(2, { order: 1 }, "k");
  const refused = async (
    change: Record<string, unknown>,
    type: typeof RangeError,
    words: string,
  ) => {
    const options = { ...run, controls: [T], ...change };
    await assertRejects(() => gradient(model, options), type, words);
  };
  await refused({ objective: "T" }, RangeError, "integral(f)");
  await refused({ objective: "integral(T) * x" }, RangeError, "varies in space");
  await refused({ objective: "integral(grad(T))" }, RangeError, "integral");
  await refused({ objective: 'integral(T, "nowhere")' }, RangeError, "nowhere");
  await refused({ objective: "at(T, [2, 2])" }, RangeError, "outside");
  await refused({ objective: "at(T, [x, 2])" }, RangeError, "a coordinate is a number");
  await refused({ objective: "integral(T, 1)" }, RangeError, "in quotes");
  await refused({ objective: 1 }, TypeError, "gradient: objective");
  await refused({ controls: [] }, TypeError, "controls");
  await refused({ controls: [T, T] }, RangeError, "twice");
  await refused({ controls: ["nothing"] }, RangeError, "nothing");
  await refused({ riesz: "H1" }, RangeError, "riesz");
  await refused({ step: undefined }, TypeError, "step is a function");
  await refused({ control: [T] }, TypeError, "did you mean 'controls'");
});

Deno.test("one sweep of a model at a time: a second one is refused, and the first has its gradient", async () => {
  const model = new Model(), mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
  const u = new MeshVariable(mesh, "u");
  u.set(1);
  const decay = new Equation(u, { test: "v", weak: "dt(u) * v + u * v" });
  const step = () => model.tracker.time += decay.solve({ dt: 0.1 }).dt;
  const options = { steps: 2, step, objective: "integral(u)", controls: [u] };
  const { value } = await gradient(model, options);
  const nested = { ...options, step: () => gradient(model, options) };
  await assertRejects(() => gradient(model, nested), ModelBusyError, "has not ended");
  let open = () => {};
  const gate = new Promise<void>((resolve) => open = resolve);
  const first = gradient(model, { ...options, step: () => gate.then(step) });
  const others = [
    () => gradient(model, options),
    () => optimize(model, options),
    () => reverse(model, { steps: 2, memory: 2, step, visit: () => {} }),
  ];
  for (const other of others) {
    await assertRejects(other, ModelBusyError, "inside a call of gradient");
  }
  open();
  assertEquals((await first).value, value);
  await assertRejects(
    () => gradient(model, { ...options, steps: () => false }),
    RangeError,
    "no run to differentiate",
  );
  const onIterate = async () => (await gradient(model, options)).value < 0;
  assertEquals((await optimize(model, { ...options, onIterate })).reason, "onIterate");
});
