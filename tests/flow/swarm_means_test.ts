import { assertAlmostEquals, assertEquals } from "@std/assert";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { Model } from "../../src/model/model.ts";
import { swarmMeans } from "../../src/flow/swarm_means.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { testWrongCalls } from "../_wrong_calls.ts";
import { discs, slipAround, stokesOn, unitCells } from "./_flows.ts";

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
      "degree 1": [() => swarmMeans(a, p1), RangeError, "it needs degree 0"],
      "two components": [() => swarmMeans(pair, p0), RangeError, "degree 0 and 2"],
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
