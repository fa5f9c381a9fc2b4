import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ConvergenceError, StateSchemaError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { turnTensor } from "../../src/flow/vorticity.ts";
import { ViscoElastic } from "../../src/materials/visco_elastic.ts";
import type { ViscoElasticOptions } from "../../src/materials/visco_elastic_options.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { VectorFunction } from "../../src/mesh/points.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { assertRounding, assertSameBytes, tempDir } from "../_helpers.ts";
import { testWrongCalls } from "../_wrong_calls.ts";

type Options = Partial<ViscoElasticOptions>;

/** A body whose boundary moves as told. */
function body(walls: VectorFunction, options: Options = {}, cells = 2, model = new Model()) {
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [cells, cells] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p");
  const tau = options.stress ?? new MeshVariable(mesh, "tau", { components: 3 });
  const flow = new ViscoElastic(v, p, {
    viscosity: 1,
    shearModulus: 1,
    stress: tau,
    rtol: 1e-10,
    ...options,
  });
  for (const side of mesh.boundaries.keys()) flow.stokes.addDirichlet(side, walls);
  const step = (dt: number, yielding?: boolean) => {
    const result = flow.solve(yielding === undefined ? { dt } : { dt, yielding });
    model.tracker.time += dt;
    return result;
  };
  const middle = () => [...tau.evaluate([[0.1, -0.2]]).data];
  return { model, mesh, v, p, tau, flow, step, middle };
}

/** Pure shear at a rate. */
const pureShear = (rate: (t: number) => number): VectorFunction => (x, y, _z, out, t) => {
  out[0] = rate(t) * x;
  out[1] = -rate(t) * y;
};
const steady = pureShear(() => 1);

Deno.test("stress builds up as 2 eta rate (1 - exp(-G t / eta)), whatever the steps", () => {
  for (const steps of [[0.1, 0.3, 0.05, 0.55], [1, 5, 0.01], [20]]) {
    const { step, middle } = body(steady, { viscosity: 3, shearModulus: 2 });
    for (const dt of steps) step(dt);
    const t = steps.reduce((a, b) => a + b, 0), exact = 6 * (1 - Math.exp(-2 * t / 3));
    // The scheme is exact for constant rates; velocities have 1e-10.
    middle().forEach((value, c) => assertAlmostEquals(value, [exact, -exact, 0][c], 1e-7));
  }
});

Deno.test("rates that change in time give order 2", () => {
  const errors = [8, 16].map((n) => {
    const { step, middle } = body(pureShear((t) => 1 + Math.sin(3 * t)));
    for (let k = 0; k < n; k++) step(1 / n);
    // The integral of 2 (1 + sin 3 s) exp(s - 1) from 0 to 1, by parts.
    const sine = (Math.sin(3) - 3 * Math.cos(3) + 3 * Math.exp(-1)) / 10;
    return Math.abs(middle()[0] - 2 * (1 - Math.exp(-1) + sine));
  });
  const order = Math.log2(errors[0] / errors[1]);
  assert(order > 1.9 && order < 2.2, `order ${order} (${errors})`);
});

Deno.test("stress turns with the material: a quarter of a turn makes compression of tension", () => {
  const turn: VectorFunction = (x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  };
  const { tau, step, middle } = body(turn, { viscosity: 1e12 });
  tau.set([1, -1, 0]);
  for (let k = 0; k < 6; k++) step(Math.PI / 12);
  // Rotations of uniform stress are exact; its viscosity is 1e12, and velocities have 1e-10.
  middle().forEach((value, c) => assertAlmostEquals(value, [-1, 1, 0][c], 1e-4));
});

Deno.test("simple shear of an elastic body has Jaumann's stresses, with order 2", () => {
  const shear: VectorFunction = (_x, y, _z, out) => {
    out[0] = y;
    out[1] = 0;
  };
  const errors = [5, 10].map((n) => {
    const { step, middle } = body(shear, { viscosity: 1e12 });
    for (let k = 0; k < n; k++) step(1 / n);
    const [xx, yy, xy] = middle();
    assertAlmostEquals(xx, -yy, 1e-6);
    return Math.max(Math.abs(xx - (1 - Math.cos(1))), Math.abs(xy - Math.sin(1)));
  });
  const order = Math.log2(errors[0] / errors[1]);
  assert(order > 1.9 && order < 2.2, `order ${order} (${errors})`);
});

Deno.test("tensors turn in space as in the plane, and about any axis as by their matrices", () => {
  const plane = Float64Array.of(1, -2, 0.5), space = Float64Array.of(1, -2, 3, 0, 0, 0.5);
  turnTensor(plane, 0, 2, Float64Array.of(0.7), 0);
  turnTensor(space, 0, 3, Float64Array.of(0, 0, 0.7), 0);
  // Some tens of roundings of numbers up to 3.
  [0, 1].forEach((k) => assertRounding(space[k], plane[k], 50, 3));
  assertRounding(space[5], plane[2], 50, 3);
  assertRounding(space[2], 3, 50, 3);
  // A third of a turn about the diagonal takes x to y to z to x.
  const third = 2 * Math.PI / 3 / Math.sqrt(3), tensor = Float64Array.of(1, 2, 3, 4, 5, 6);
  turnTensor(tensor, 0, 3, new Float64Array(3).fill(third), 0);
  [3, 1, 2, 6, 4, 5].forEach((value, k) => assertRounding(tensor[k], value, 200, 6));
});

Deno.test("stress grows elastically up to the yield stress, and stays there", () => {
  const { flow, step, middle } = body(steady, { yieldStress: 1 });
  const found = [0.2, 0.2, 0.2, 0.2, 0.2].map((dt) => {
    step(dt);
    assert(flow.overstress() <= 1e-12);
    return middle()[0];
  });
  for (const k of [0, 1, 2]) assertAlmostEquals(found[k], 2 * (1 - Math.exp(-0.2 * (k + 1))), 1e-7);
  for (const k of [3, 4]) assertAlmostEquals(found[k], 1, 1e-7);
});

/** A soft ball in a body that yields by friction, pulled apart. */
function softBall(model = new Model(), options: Options = {}) {
  if (!model.parameters.has("C")) model.parameters.define("C", 0.6);
  const made = body(
    steady,
    {
      viscosity: 5,
      shearModulus: (x, y) => x * x + y * y < 0.2 ? 0.25 : 1,
      yieldStress: "max(C + 0.2 * p, 0.1)",
      nonlinear: { maxSteps: 8 },
      rtol: 1e-8,
      ...options,
    },
    4,
    model,
  );
  model.tracker.plastic = 0;
  return made;
}

type Made = ReturnType<typeof softBall>;

/** A step as it was taken in the end. */
interface Taken {
  readonly dt: number;
  readonly isPlastic: boolean;
}

/**
 * Elastic first; where that goes too far it is taken back, and the plastic step is taken; where that is not found, it
 * is taken in two halves.
 */
function attempted(made: Made, dt: number): Taken[] {
  const { model, flow, step } = made;
  const isElastic = model.attempt(() => {
    step(dt, false);
    return flow.overstress();
  }, (overstress) => overstress <= 0);
  if (isElastic) return [{ dt, isPlastic: false }];
  try {
    return [chosen(made, { dt, isPlastic: true })];
  } catch (error) {
    if (!(error instanceof ConvergenceError)) throw error;
    return [dt / 2, dt / 2].flatMap((half) => attempted(made, half));
  }
}

function plasticSteps({ tracker }: Model): number {
  return tracker.plastic as number;
}

/** Chooses right at once. */
function chosen({ model, step }: Made, taken: Taken): Taken {
  step(taken.dt, taken.isPlastic);
  if (taken.isPlastic) model.tracker.plastic = plasticSteps(model) + 1;
  return taken;
}

function assertSameRun(a: Made, b: Made): void {
  for (const name of a.mesh.variables.keys()) {
    assertSameBytes(a.mesh.variables.get(name)!.data, b.mesh.variables.get(name)!.data, name);
  }
  assertEquals(a.model.tracker.plastic, b.model.tracker.plastic);
  assertEquals(a.flow.history.state, b.flow.history.state);
  assertEquals(`${a.flow.stokes.viscosity}`, `${b.flow.stokes.viscosity}`);
}

Deno.test("a run that yields, with steps taken back and a step that fails, has the bytes of one that chose right at once", async () => {
  using dir = tempDir();
  const steps = [0.1, 0.2, 0.2, 0.15];
  const b = softBall(), taken = steps.map((dt) => attempted(b, dt)), all = taken.flat();
  assertEquals(all[0].isPlastic, false);
  assert(all.some(({ isPlastic }) => isPlastic), "nothing yields");
  assert(all.length > steps.length, "nothing fails");
  const u = softBall();
  for (const one of all) chosen(u, one);
  assertSameRun(b, u);
  const half = softBall();
  for (const one of taken.slice(0, 3).flat()) chosen(half, one);
  const path = await half.model.saveState({ file: dir.join("half.h5") });
  const c = softBall();
  await c.model.loadState(path);
  assertEquals(attempted(c, steps[3]), taken[3]);
  assertSameRun(c, u);
});

Deno.test("a step that Newton's method does not get through changes nothing", () => {
  const { model, flow, step } = softBall(undefined, { nonlinear: { maxSteps: 3 } });
  step(0.1);
  const before = model.saveState();
  assertThrows(() => step(0.2), ConvergenceError, "after 3 steps");
  assertEquals(diffSnapshots(before, model.saveState()), []);
  assert(flow.overstress() <= 0);
});

Deno.test("advance halves a step that is not found", async () => {
  const { model, flow } = softBall(undefined, { nonlinear: { maxSteps: 7 } });
  let failures = 0;
  await model.advance({
    dt: 0.4,
    until: 0.4,
    step: (dt) => {
      try {
        flow.solve({ dt });
      } catch (error) {
        failures++;
        throw error;
      }
    },
  });
  assert(failures > 0, "no step failed");
  assertEquals(model.tracker.time, 0.4);
  assert(flow.overstress() <= 1e-12);
});

Deno.test("a visco-elastic body is refused in place of another", () => {
  const { flow } = softBall(), { state } = flow;
  const wrong = (change: object, message: string) =>
    assertThrows(() => flow.state = { ...state, ...change }, StateSchemaError, message);
  wrong({ schemaVersion: 0 }, "schema version 0");
  wrong({ stress: "sigma" }, "'sigma'");
  wrong({ yieldStress: null }, "yield stress null");
  wrong({ viscosity: { form: "function", value: null } }, "viscosity");
  flow.state = { ...state, viscosity: { form: "number", value: 7 } };
  assertEquals(flow.state.viscosity.value, 7);
});

Deno.test("what a visco-elastic body made goes with it", () => {
  const { model, mesh, flow } = softBall();
  model.unregister(flow);
  assertEquals([...mesh.variables.keys()], ["v", "p", "tau"]);
  assertEquals(model.bearers.size, 0);
});

testWrongCalls("ViscoElastic", () => {
  const { model, mesh, v, p, flow } = body(steady);
  const plain = new MeshVariable(mesh, "plain"),
    spaced = new MeshVariable(mesh, "a b", { components: 3 });
  const tau = new MeshVariable(mesh, "sigma", { components: 3 });
  // deno-lint-ignore no-explicit-any -- a script without a type check can pass anything
  const wrong = (value: unknown) => value as any;
  const make = (options: object) => () => {
    new ViscoElastic(v, p, wrong({ viscosity: 1, shearModulus: 1, stress: tau, ...options }));
  };
  return {
    model,
    calls: {
      "no variables": [
        () => new ViscoElastic(wrong(1), p, { viscosity: 1, shearModulus: 1, stress: tau }),
        TypeError,
        "velocity and pressure",
      ],
      "an unknown option": [make({ modulus: 1 }), TypeError, "modulus"],
      "averaging": [make({ averaging: "none" }), TypeError, "averaging"],
      "a stress of one component": [make({ stress: plain }), RangeError, "it needs 3 components"],
      "a stress with a space": [make({ stress: spaced }), RangeError, "letters"],
      "a stress that is none": [make({ stress: 3 }), TypeError, "stress"],
      "a negative modulus": [make({ shearModulus: -1 }), RangeError, "shearModulus is -1"],
      "a law": [make({ viscosity: expression("1 + edot") }), RangeError, "follows the flow"],
      "a name that is taken": [make({ name: "ViscoElastic_0" }), RangeError, "ViscoElastic_0"],
      "a tolerance that is none": [make({ rtol: 2 }), RangeError, "rtol"],
      "no yield stress": [make({ yieldStress: 0 }), RangeError, "yieldStress"],
      "a step that is none": [() => flow.solve({ dt: -1 }), RangeError, "dt is -1"],
      "yielding without a yield stress": [
        () => flow.solve({ dt: 1, yielding: true }),
        RangeError,
        "without a yieldStress",
      ],
      "overstress without a yield stress": [() => flow.overstress(), RangeError, "yieldStress"],
    },
  };
});

Deno.test("viscosities and moduli that vanish somewhere are refused, and nothing has happened", () => {
  const { flow, tau } = body(steady, { shearModulus: (x) => x });
  tau.set([1, -1, 0]);
  const before = tau.data.slice(), { state } = flow.history;
  assertThrows(() => flow.solve({ dt: 1 }), RangeError, "shearModulus is -1 at (-1");
  assertSameBytes(tau.data, before);
  assertEquals(flow.history.state, state);
});
