import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { StateSchemaError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import type { StokesOptions } from "../../src/flow/stokes_options.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";
import { fieldError, fittedOrder } from "../solve/_fields.ts";
import { slipAround, stirred, stokesOn, taylorGreen, unitCells } from "./_flows.ts";

/** Relative errors of velocity and pressure of the vortex at the end of some steps. */
function vortex(n: number, steps: number, end: number, isHeld: boolean) {
  const viscosity = 0.05, { velocity, pressure } = taylorGreen(viscosity);
  const { v, p, stokes } = stokesOn(unitCells(n), { viscosity, density: 1 });
  const { tracker } = v.mesh.model;
  if (isHeld) {
    for (const side of v.mesh.boundaries.keys()) stokes.addDirichlet(side, velocity);
  } else slipAround(stokes);
  v.set(velocity);
  let iterations = 0;
  for (let k = 0; k < steps; k++) {
    const result = stokes.solve({ dt: end / steps });
    iterations = Math.max(iterations, result.iterations);
    assertEquals(result.step, {
      dt: end / steps,
      order: k === 0 ? 1 : 2,
      reduced: k === 0 ? "start" : null,
    });
    tracker.time += end / steps;
  }
  const at = new Float64Array(3);
  return {
    iterations,
    v: fieldError(v, (x, y) => (velocity(x, y, 0, at, tracker.time), [at[0], at[1]])).relative,
    p: fieldError(p, (x, y) => [pressure(x, y, tracker.time)]).relative,
  };
}

Deno.test("the Taylor-Green vortex decays with order 3 in space in the velocity, 2 in the pressure", () => {
  for (const [isHeld, n] of [[false, [4, 8, 16]], [true, [4, 8]]] as const) {
    // Steps of a quarter of a cell, so that what they leave out is small.
    const found = n.map((cells) => vortex(cells, 2 * cells, 0.25, isHeld));
    const h = n.map((cells) => 1 / cells);
    assertAlmostEquals(fittedOrder(h, found.map((e) => e.v)), 3, 0.35);
    assertAlmostEquals(fittedOrder(h, found.map((e) => e.p)), 2, 0.35);
    found.forEach(({ iterations }) => assertLess(iterations, 30));
  }
});

Deno.test("the Taylor-Green vortex decays with order 2 in time", () => {
  const steps = [6, 12, 24];
  const found = steps.map((count) => vortex(16, count, 1, true).v);
  const order = fittedOrder(steps.map((count) => 1 / count), found);
  // The first step has order 1; in the last one the error of the mesh is of the other sign.
  assertLess(1.9, order);
  assertLess(order, 2.5);
});

Deno.test("iterations hardly depend on the step, however much inertia outweighs viscosity", () => {
  const iterations = [1, 1e-2, 1e-4, 1e-7].map((dt) => {
    const { v, stokes } = stokesOn(unitCells(12), { viscosity: 1e-2, density: (x) => 1 + x });
    v.set(taylorGreen(1e-2).velocity);
    // A wall, a symmetry, a lid and an open side.
    stokes.addDirichlet("bottom", 0);
    stokes.addFreeSlip("left");
    stokes.addDirichlet("top", (x, _y, _z, out) => {
      out[0] = x * (1 - x);
      out[1] = 0;
    });
    return stokes.solve({ dt }).iterations;
  });
  // Measured: 23 to 35.
  iterations.forEach((count) => assertLess(count, 45));
});

Deno.test("a free body falls as it should, and forces add up to what the momentum gains", () => {
  const { v, p, stokes } = stokesOn(unitCells(3), {
    viscosity: 2,
    density: 3,
    bodyForce: [0, -30],
    rtol: 1e-12,
  });
  const { tracker } = v.mesh.model;
  const { freeMotions, isPressureFree } = stokes.solve({ dt: 0.1 });
  assertEquals([freeMotions, isPressureFree], [0, false]);
  tracker.time += 0.1;
  // Nothing holds it, and it comes from rest: v = -10 t exactly, without pressure.
  assertAlmostEquals(v.evaluate([[0.4, 0.3]]).get(0, 1), -1, 1e-10);
  assertAlmostEquals(v.evaluate([[0.4, 0.3]]).get(0, 0), 0, 1e-10);
  assertAlmostEquals(p.max(), 0, 1e-9);
  assertAlmostEquals(stokes.acceleration!.evaluate([[0.5, 0.1]]).get(0, 1), -10, 1e-9);
  // Held from now on: the walls carry the weight and take the momentum.
  for (const side of v.mesh.boundaries.keys()) stokes.addDirichlet(side, 0);
  stokes.solve({ dt: 0.1 });
  tracker.time += 0.1;
  const sums = [...v.mesh.boundaries.keys()].map((side) => stokes.traction(side)[1]);
  const gained = 3 * (stokes.acceleration!.integrate() as Float64Array)[1];
  assertAlmostEquals(sums.reduce((a, b) => a + b) - 30, gained, 1e-8 * Math.abs(gained));
});

Deno.test("put back, in memory and from a file, and after a step that failed, inertia goes on with the same bytes", async () => {
  using dir = tempDir();
  const u = stirred();
  u.step(5);
  const expected = [...u.bytes(), Float64Array.from(u.stokes.traction("bottom"))];
  const b = stirred();
  b.step(2);
  const kept = b.model.saveState();
  const file = await b.model.saveState({ file: dir.join("stirred.snap.h5") });
  b.step(2);
  b.model.loadState(kept);
  b.step(3);
  // A step that fails behind the start of the history's leaves everything.
  const c = stirred();
  c.step(2);
  const before = c.bytes(), start = c.model.saveState();
  c.model.parameters.set("nu", -1);
  assertThrows(() => c.step(1), RangeError, "has to be positive");
  for (const [k, values] of c.bytes().entries()) assertSameBytes(values, before[k]);
  c.model.loadState(start);
  c.step(3);
  const fresh = stirred();
  await fresh.model.loadState(file);
  fresh.step(3);
  for (const run of [b, c, fresh]) {
    const found = [...run.bytes(), Float64Array.from(run.stokes.traction("bottom"))];
    for (const [k, values] of found.entries()) assertSameBytes(values, expected[k]);
  }
});

Deno.test("put back behind a refinement, inertia goes on with the same bytes", () => {
  const run = (isInterrupted: boolean) => {
    const { model, mesh, step, bytes } = stirred();
    step(2);
    mesh.refine();
    step(1);
    const kept = model.saveState();
    if (isInterrupted) {
      step(1);
      mesh.coarsen();
      step(1);
      model.loadState(kept);
    }
    step(2);
    return bytes();
  };
  const expected = run(false);
  for (const [k, values] of run(true).entries()) assertSameBytes(values, expected[k]);
});

Deno.test("a law with inertia gives what the same viscosity without a law does", () => {
  const run = (viscosity: StokesOptions["viscosity"]) => {
    const { v, stokes } = stokesOn(unitCells(6), { viscosity, density: 1, rtol: 1e-10 });
    v.set(taylorGreen(0.05).velocity);
    slipAround(stokes);
    for (let k = 0; k < 3; k++) {
      const { nonlinear } = stokes.solve({ dt: 0.05 });
      assertEquals(nonlinear === null, typeof viscosity === "number");
      v.mesh.model.tracker.time += 0.05;
    }
    return v.data;
  };
  const law = run(expression("0.05 + 0 * edot")), plain = run(0.05);
  // Both stop at 1e-10.
  law.forEach((value, i) => assertAlmostEquals(value, plain[i], 1e-8));
});

Deno.test("what inertia needs is checked, and its state refuses another arrangement", () => {
  const make = (options: Partial<StokesOptions>, degree: 0 | 1 = 1) =>
    stokesOn(unitCells(2), { viscosity: 1, ...options }, [2, degree]).stokes;
  const steady = make({}), moving = make({ density: 2 });
  assertEquals([steady.density, steady.history, steady.acceleration], [null, null, null]);
  assertEquals(moving.density, 2);
  assertThrows(() => steady.solve({ dt: 1 }), TypeError, "flow without inertia has no steps");
  assertThrows(() => steady.density = 1, TypeError, "without a density");
  assertThrows(() => moving.solve(), TypeError, "needs a step");
  assertThrows(() => moving.solve({ dt: 0 }), RangeError, "dt is 0");
  assertThrows(() => make({ density: -1 }), RangeError, "negative");
  assertThrows(() => make({ density: 1 }, 0), TypeError, "continuous of degree 1");
  assertThrows(() => moving.state = steady.state, StateSchemaError);
  assertThrows(() => steady.state = moving.state, StateSchemaError, "no inertia");
  const heavy = make({ density: (x) => x - 1 });
  assertThrows(() => heavy.solve({ dt: 1 }), RangeError, "the density is");
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const p = new MeshVariable(mesh, "p"), w = new MeshVariable(mesh, "w", { components: 2 });
  const history = new SemiLagrangianDDt(v, { velocity: v });
  const other = new SemiLagrangianDDt(w, { velocity: v });
  const wrong = (options: Partial<StokesOptions>) => () =>
    new Stokes(v, p, { viscosity: 1, ...options });
  assertThrows(wrong({ history }), TypeError, "needs a density");
  assertThrows(wrong({ density: 1, history: other }), RangeError, "not of 'v'");
  // deno-lint-ignore no-explicit-any -- a call that a script without a type check can make
  assertThrows(wrong({ density: 1, history: {} as any }), TypeError, "SemiLagrangianDDt of 'v'");
  const stokes = new Stokes(v, p, { viscosity: 1, density: 1, history });
  assertEquals(stokes.history, history);
  assertEquals(stokes.solve({ dt: 1 }).step?.order, 1);
  // What it made comes and goes with it; the history that was given stays.
  model.unregister(stokes);
  assertEquals(mesh.variables.has(`${stokes.name}_acceleration`), false);
  assertEquals(model.bearers.has(history.name), true);
});
