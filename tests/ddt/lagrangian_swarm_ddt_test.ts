import { assert, assertEquals, assertThrows } from "@std/assert";
import { wordsOf } from "../../src/arrays.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { StateSchemaError } from "../../src/errors.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertRounding, assertSameBytes } from "../_helpers.ts";
import { square } from "./_setup.ts";

function particles() {
  const { model, mesh } = square(4);
  const swarm = new Swarm(mesh, { boundary: "clamp" });
  const u = swarm.addVariable("u", { components: 2 });
  swarm.populate({ perCell: 2 });
  return { model, swarm, u };
}

Deno.test("bdf() follows the particles exactly for t^k at steps of any sizes", () => {
  for (const order of [1, 2, 3]) {
    const { model, swarm, u } = particles();
    const at = (t: number) => u.set([t ** order, 3 * t ** order]);
    at(0);
    const ddt = new LagrangianSwarmDDt(u, { order });
    for (const dt of [0.3, 0.05, 0.4, 0.2]) {
      ddt.updatePreSolve(dt);
      const start = model.tracker.time, end = start + dt;
      at(end);
      if (ddt.effectiveOrder === order) {
        const slope = order * end ** (order - 1);
        const mean = (end ** (order + 1) - start ** (order + 1)) / (order + 1) / dt;
        const known = ddt.historyTerms(), c = ddt.leadingCoefficients();
        ddt.bdf().forEach((v, i) => {
          assertRounding(v / slope, [1, 3][i % 2], 4000);
          // Rounding of values up to 1, divided by the step.
          assert(Math.abs(c[i >> 1] * u.data[i] + known[i] - v) < 1e-12 * Math.abs(c[0]));
        });
        ddt.adamsMoultonFlux().forEach((v, i) => assertRounding(v / mean, [1, 3][i % 2], 4000));
      }
      ddt.updatePostSolve(dt);
      swarm.advect((x, y, _z, out) => void out.set([0.5 - y, x - 0.5]), dt);
      model.tracker.time = end;
    }
  }
});

Deno.test("a particle that comes later ramps up by itself", () => {
  const { swarm, u } = particles();
  u.set([1, 1]);
  const ddt = new LagrangianSwarmDDt(u, { order: 2 });
  ddt.updatePreSolve(1);
  ddt.updatePostSolve();
  ddt.updatePreSolve(1);
  swarm.addParticles([[0.5, 0.5]]);
  const last = u.data.length - 2;
  u.data[last] = 5;
  assertEquals(ddt.bdf()[last], 0);
  ddt.updatePostSolve();
  ddt.updatePreSolve(1);
  u.set([7, 1]);
  // Order 1 for the new one, (7 - 5) / 1; order 2 for the others, 1.5 * 7 - 2 * 1 + 0.5 * 1.
  assertEquals([ddt.bdf()[last], ddt.bdf()[0]], [2, 9]);
  assertEquals([...ddt.leadingCoefficients().slice(-2)], [1.5, 1]);
  ddt.updatePostSolve();
  ddt.updatePreSolve(1);
  assertEquals(ddt.leadingCoefficients().at(-1), 1.5);
});

Deno.test("a particle that comes later has its value for past ones, bit by bit", () => {
  const { swarm } = particles();
  const single = swarm.addVariable("single", { dtype: "float32" });
  const ddt = new LagrangianSwarmDDt(single);
  ddt.updatePreSolve(1);
  swarm.addParticles([[0.5, 0.5]]);
  // A signalling NaN, which becomes a quiet one where it passes through a number.
  wordsOf(single.data)[swarm.count - 1] = 0x7f800001;
  ddt.updatePostSolve();
  const past = swarm.variables.get("LagrangianSwarmDDt_0_psi_star_1")!;
  assertEquals(wordsOf(past.data as Float32Array)[swarm.count - 1], 0x7f800001);
});

Deno.test("restored with lost and added particles, it goes on with the same bytes", () => {
  const { model, swarm, u } = particles();
  u.set((x, y, _z, out) => void out.set([x, y]));
  const ddt = new LagrangianSwarmDDt(u, { order: 3 });
  const goOn = () => {
    const seen: Float64Array[] = [];
    for (let n = 0; n < 3; n++) {
      if (ddt.state.phase === "between") ddt.updatePreSolve(0.1 / (n + 1));
      seen.push(ddt.bdf(), ddt.adamsMoultonFlux(), ddt.leadingCoefficients());
      for (let i = 0; i < u.data.length; i++) u.data[i] = Math.sin(i + u.data[i]);
      ddt.updatePostSolve();
    }
    return [...seen, u.data.slice()];
  };
  goOn();
  swarm.addParticles([[0.1, 0.2]]);
  for (const phase of ["between", "step"]) {
    if (phase === "step") ddt.updatePreSolve(0.3);
    using token = model.saveState();
    const expected = goOn();
    swarm.removeParticles((i) => i % 3 === 0);
    swarm.addParticles([[0.3, 0.3]]);
    goOn();
    model.loadState(token);
    goOn().forEach((bytes, k) => assertSameBytes(bytes, expected[k], `${phase} ${k}`));
    model.loadState(token);
  }
});

Deno.test("wrong variables, names and states are refused", () => {
  const { model, swarm, u } = particles();
  const whole = swarm.addVariable("n", { dtype: "int32" });
  assertThrows(() => new LagrangianSwarmDDt(whole as never), RangeError, "int32");
  assertThrows(() => new LagrangianSwarmDDt({} as never), TypeError);
  swarm.addVariable("h_psi_star_1");
  assertThrows(() => new LagrangianSwarmDDt(u, { name: "h" }), RangeError, "h_psi_star_1");
  assertEquals(model.bearers.size, 0);
  const single = swarm.addVariable("f", { dtype: "float32" });
  assertEquals(new LagrangianSwarmDDt(single).state.psiStar, ["LagrangianSwarmDDt_0_psi_star_1"]);
  const ddt = new LagrangianSwarmDDt(u, { order: 2 });
  ddt.initialiseHistory([[1, 1], [0, 0]], 0.5);
  assertEquals(ddt.effectiveOrder, 2);
  assertThrows(() => ddt.initialiseHistory([[2, 2], "x" as never], 0.5), TypeError);
  assertEquals(swarm.variables.get("LagrangianSwarmDDt_1_psi_star_1")!.data[0], 1);
  const good = ddt.state;
  for (const change of [{ swarm: "s" }, { psiStar: [] }, { known: "k" }, { schemaVersion: 2 }]) {
    assertThrows(() => (ddt.state = { ...good, ...change } as never), StateSchemaError);
  }
});
