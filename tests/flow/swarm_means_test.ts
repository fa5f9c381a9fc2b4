import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { expression } from "../../src/expression/mod.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { Model } from "../../src/model/model.ts";
import { swarmMeans } from "../../src/flow/swarm_means.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { testWrongCalls } from "../_wrong_calls.ts";
import { fieldError } from "../solve/_fields.ts";
import { discs, slipAround, solCx, stokesOn, unitCells } from "./_flows.ts";

Deno.test("means over cells are what they are called, and gaps are filled from around", () => {
  const mesh = unitCells(2), swarm = new Swarm(mesh), a = swarm.addVariable("a");
  // Two particles in the lowest cell, none elsewhere.
  const at = mesh.coordinates, cell = mesh.cells;
  const corners = [0, 1, 2].map((k) => [at.get(cell.get(0, k), 0), at.get(cell.get(0, k), 1)]);
  const mix = (w: number[]) => [0, 1].map((d) => corners.reduce((s, c, k) => s + w[k] * c[d], 0));
  swarm.addParticles([mix([0.2, 0.3, 0.5]), mix([0.6, 0.2, 0.2])]);
  a.data.set([1, 4]);
  const mean = new MeshVariable(mesh, "mean", { degree: 0 });
  for (const [kind, value] of [["arithmetic", 2.5], ["geometric", 2], ["harmonic", 1.6]] as const) {
    swarmMeans(a, mean, kind);
    mean.data.forEach((found) => assertAlmostEquals(found, value, 1e-14));
  }
});

Deno.test("planes have what particles of a linear law have, in every mean, in 2-D and 3-D", () => {
  for (const dim of [2, 3] as const) {
    const mesh = unitCells(3, dim), swarm = new Swarm(mesh), a = swarm.addVariable("a");
    swarm.populate({ perCell: 7 });
    const linear = (x: number, y: number, z: number) => 2 + x - 0.5 * y + 0.3 * z;
    const laws = {
      arithmetic: linear,
      geometric: (x: number, y: number, z: number) => Math.exp(linear(x, y, z)),
      harmonic: (x: number, y: number, z: number) => 1 / linear(x, y, z),
    };
    for (const kind of ["arithmetic", "geometric", "harmonic"] as const) {
      a.set(laws[kind]);
      const plane = new MeshVariable(mesh, kind, { continuous: false });
      swarmMeans(a, plane, kind);
      const exact = new MeshVariable(mesh, `${kind}_exact`, { continuous: false });
      exact.set(laws[kind]);
      plane.data.forEach((value, i) => assertAlmostEquals(value, exact.data[i], 1e-11));
    }
  }
});

Deno.test("cells that a jump cuts, or whose particles do not spread, keep their means", () => {
  const mesh = unitCells(2), swarm = new Swarm(mesh), a = swarm.addVariable("a");
  swarm.populate({ perCell: 6 });
  // The diagonals of the squares are edges: x + y = 0.8 cuts cells.
  a.set((x, y) => x + y < 0.8 ? 1 : 1e6);
  const plane = new MeshVariable(mesh, "plane", { continuous: false });
  const mean = new MeshVariable(mesh, "mean", { degree: 0 });
  for (const kind of ["geometric", "harmonic"] as const) {
    swarmMeans(a, plane, kind);
    swarmMeans(a, mean, kind);
    for (let i = 0; i < plane.dofCount; i++) {
      assertAlmostEquals(plane.data[i] / mean.data[Math.floor(i / 3)], 1, 1e-12);
    }
  }
  const few = new Swarm(mesh), b = few.addVariable("b");
  few.addParticles([[0.3, 0.1], [0.4, 0.2]]);
  b.data.set([1, 3]);
  swarmMeans(b, plane);
  plane.data.forEach((value) => assertAlmostEquals(value, 2, 1e-14));
});

Deno.test("rigid shear: planes through the density on particles leave the flow its orders, means do not", () => {
  // R. Gassmoeller et al., Geophys. J. Int. 219 (2019), section 4.2: steady, because v . grad density = 0.
  const { PI, sin, cos } = Math;
  const gravity = "-4 * pi^2 * cos(pi * x) * sin(pi * y) / (sin(pi * x) * sin(pi * y) + 2)";
  const shear = (n: number, degree: 0 | 1) => {
    const mesh = unitCells(n);
    const density = new MeshVariable(mesh, "density", { degree, continuous: false });
    const bodyForce = [0, expression(`${gravity} * density`)];
    const { v, p, stokes } = stokesOn(mesh, { viscosity: 1, bodyForce });
    slipAround(stokes);
    const swarm = new Swarm(mesh, { boundary: "clamp" }), carried = swarm.addVariable("carried");
    swarm.populate({ perCell: 8 });
    carried.set((x, y) => sin(PI * x) * sin(PI * y) + 2);
    for (let step = 0; step < 3; step++) {
      swarmMeans(carried, density);
      stokes.solve();
      swarm.advect(v, 0.5 / n, { order: 2 });
    }
    return {
      v: fieldError(v, (x, y) => [sin(PI * x) * cos(PI * y), -cos(PI * x) * sin(PI * y)]).error,
      p: fieldError(p, (x, y) => [2 * PI * cos(PI * x) * cos(PI * y)]).error,
    };
  };
  const planes = [8, 16].map((n) => shear(n, 1)), means = shear(16, 0);
  assertLess(2.8, Math.log2(planes[0].v / planes[1].v));
  assertLess(1.9, Math.log2(planes[0].p / planes[1].p));
  // Measured: 9.8e-5, and 4.9e-4 with means. ASPECT has 1.52e-4 and 5.06e-3, on squares.
  assertLess(planes[1].v, 1.52e-4);
  assertLess(4 * planes[1].v, means.v);
});

Deno.test("SolCx with the viscosity on particles is as accurate as with the viscosity itself", () => {
  const flow = solCx(1e6);
  const errorWith = (onParticles: boolean) => {
    const mesh = unitCells(16), jump = (x: number) => x < 0.5 ? 1 : 1e6;
    const eta = new MeshVariable(mesh, "eta", { continuous: false });
    const swarm = new Swarm(mesh), carried = swarm.addVariable("carried");
    swarm.populate({ perCell: 5 });
    carried.set(jump);
    swarmMeans(carried, eta, "harmonic");
    const viscosity = onParticles ? eta : jump;
    const { v, stokes } = stokesOn(mesh, { viscosity, bodyForce: flow.force });
    slipAround(stokes);
    stokes.solve();
    return fieldError(v, flow.velocity).relative;
  };
  assertAlmostEquals(errorWith(true) / errorWith(false), 1, 1e-4);
});

testWrongCalls("swarmMeans", () => {
  const mesh = unitCells(2), swarm = new Swarm(mesh);
  const a = swarm.addVariable("a"), pair = swarm.addVariable("pair", { components: 2 });
  const p0 = new MeshVariable(mesh, "p0", { degree: 0 }), p1 = new MeshVariable(mesh, "p1");
  const elsewhere = new MeshVariable(unitCells(1), "elsewhere", { degree: 0 });
  // deno-lint-ignore no-explicit-any -- a script without a type check can pass anything
  const wrong = (value: unknown) => value as any;
  return {
    model: mesh.model as Model,
    calls: {
      "no particles": [() => swarmMeans(a, p0), RangeError, "no particle is near"],
      "degree 1": [() => swarmMeans(a, p1), RangeError, "it needs degree 0, or degree 1 and"],
      "two components": [() => swarmMeans(pair, p0), RangeError, "and 2 components"],
      "another mesh": [() => swarmMeans(a, elsewhere), RangeError, "lives on mesh"],
      "no such mean": [() => swarmMeans(a, p0, wrong("median")), RangeError, '"harmonic"'],
      "a swarm": [() => swarmMeans(wrong(swarm), p0), TypeError, "a variable of particles"],
    },
  };
});

Deno.test("values that have no harmonic mean are refused, and the field stays", () => {
  const mesh = unitCells(2), swarm = new Swarm(mesh), a = swarm.addVariable("a");
  swarm.populate({ perCell: 2 });
  a.set((x) => x - 0.5);
  const mean = new MeshVariable(mesh, "mean", { degree: 0 });
  let message = "";
  try {
    swarmMeans(a, mean, "harmonic");
  } catch (error) {
    message = (error as Error).message;
  }
  assertEquals(message.includes("harmonic means need positive values"), true);
  assertEquals(mean.allocated, false);
});

/** Bodies that particles carry, sinking. */
function sinking(): { model: Model; step: (count: number) => void; bytes: () => Float64Array[] } {
  const mesh = unitCells(6), model = mesh.model as Model;
  const swarm = new Swarm(mesh, { boundary: "clamp" }), eta = swarm.addVariable("eta");
  swarm.populate({ perCell: 4 });
  eta.set(discs(1e3));
  const viscosity = new MeshVariable(mesh, "viscosity", { degree: 0 });
  const { v, p, stokes } = stokesOn(mesh, { viscosity, bodyForce: [0, (x) => x * x] });
  slipAround(stokes);
  const step = (count: number) => {
    for (let k = 0; k < count; k++) {
      swarmMeans(eta, viscosity, "geometric");
      stokes.solve();
      const dt = stokes.estimateDt({ courant: 0.8 });
      swarm.advect(v, dt);
      model.tracker.time += dt;
    }
  };
  const bytes = () => [swarm.coordinates.data.slice(), v.data.slice(), p.data.slice()];
  return { model, step, bytes };
}

Deno.test("a flow that particles make, put back, goes on with the same bytes", () => {
  const u = sinking();
  u.step(4);
  const b = sinking();
  b.step(2);
  const kept = b.model.saveState();
  b.step(1);
  b.model.loadState(kept);
  b.step(2);
  for (const [k, values] of b.bytes().entries()) assertSameBytes(values, u.bytes()[k]);
});
