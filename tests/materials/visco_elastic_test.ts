import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { ConvergenceError, StateSchemaError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { turnTensor } from "../../src/flow/vorticity.ts";
import { ViscoElastic } from "../../src/materials/visco_elastic.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { VectorFunction } from "../../src/mesh/points.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { assertRounding, assertSameBytes } from "../_helpers.ts";
import { body, pureShear, softBall, steady } from "./_bodies.ts";
import { testWrongCalls } from "../_wrong_calls.ts";

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

Deno.test("in space, stress builds up and turns as in the plane", () => {
  const mesh = boxMesh(new Model(), { min: [-1, -1, -1], max: [1, 1, 1], cells: [1, 1, 2] });
  const v = new MeshVariable(mesh, "v", { components: 3, degree: 2 });
  const p = new MeshVariable(mesh, "p"), tau = new MeshVariable(mesh, "tau", { components: 6 });
  const flow = new ViscoElastic(v, p, {
    viscosity: 1e9,
    shearModulus: 1,
    stress: tau,
    rtol: 1e-10,
  });
  for (const side of mesh.boundaries.keys()) {
    // A rotation about x.
    flow.stokes.addDirichlet(side, (_x, y, z, out) => {
      out[1] = -z;
      out[2] = y;
    });
  }
  tau.set([0, 1, -1, 0, 0, 0]);
  for (let k = 0; k < 3; k++) {
    flow.solve({ dt: Math.PI / 12 });
    mesh.model.tracker.time += Math.PI / 12;
  }
  // An eighth of a turn makes shear yz of it; as above, to the tolerance of the flow times its viscosity.
  const found = tau.evaluate([[0.1, 0.2, -0.3]]).data;
  [0, 0, 0, 1, 0, 0].forEach((value, c) => assertAlmostEquals(found[c], value, 1e-4));
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
      "a yield stress that cannot be read": [make({ yieldStress: "1 +" }), RangeError, "1 +"],
      "a yield stress of another kind": [
        make({ yieldStress: expression("1") }),
        RangeError,
        "yieldStress",
      ],
      "inertia": [make({ density: 1 }), TypeError, "no option 'density'"],
      "yielding as a text": [
        () => flow.solve({ dt: 1, yielding: wrong("no") }),
        TypeError,
        "true or false",
      ],
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
