import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { main as adaptive } from "../../examples/adaptive.ts";
import { main as adaptiveHeat } from "../../examples/adaptive_heat.ts";
import { main as bisect } from "../../examples/bisect.ts";
import { main as branching } from "../../examples/branching.ts";
import { main as cflBacktrack } from "../../examples/cfl_backtrack.ts";
import { main as predictorCorrector } from "../../examples/predictor_corrector.ts";
import { main as rkStaging } from "../../examples/rk_staging.ts";
import { main as rotatingHill } from "../../examples/rotating_hill.ts";
import { main as yieldSurface } from "../../examples/yield_surface.ts";
import type { Outcome } from "../../examples/circulation.ts";
import { runRanks } from "../../mod.ts";

/** Examples print; a test only listens. */
function quiet<R>(run: () => R): R {
  const log = console.log;
  console.log = () => {};
  const restore = () => console.log = log;
  try {
    const result = run();
    if (result instanceof Promise) return result.finally(restore) as R;
    restore();
    return result;
  } catch (error) {
    restore();
    throw error;
  }
}

Deno.test("cfl_backtrack ends with the bits of a run without bad steps", async () => {
  const { accepted, bitIdentical } = await quiet(() => cflBacktrack());
  assertEquals(accepted, [0.0025, 0.002, 0.0025, 0.002, 0.0025]);
  assert(bitIdentical);
});

Deno.test("cfl_backtrack does the same on a Gmsh mesh", async () => {
  const mesh = new URL("../data/annulus.msh", import.meta.url).pathname;
  const { accepted, bitIdentical } = await quiet(() => cflBacktrack(mesh));
  assertEquals(accepted.length, 5);
  assert(bitIdentical);
});

Deno.test("rk_staging has fourth order, and the bits of stages by hand", () => {
  const { orders, bitIdentical } = quiet(() => rkStaging());
  assert(bitIdentical);
  for (const order of orders) assert(Math.abs(order - 4) < 0.1, `${orders}`);
});

Deno.test("predictor_corrector takes back, and ends with the bits of a run that did not", () => {
  const { accepted, rejected, error, bitIdentical } = quiet(() => predictorCorrector());
  assertEquals([accepted, rejected, bitIdentical], [31, 2, true]);
  assertLess(error, 2e-3);
});

Deno.test("adaptive follows the stiffness with its step size", async () => {
  const { accepted, rejected, ratio } = await quiet(() => adaptive());
  assertGreater(accepted, 100);
  assertGreater(rejected, 0);
  assertGreater(ratio, 10);
});

Deno.test("branching: the branch that keeps its parameter equals a run without branches", () => {
  const { peaks, bitIdentical } = quiet(() => branching());
  assert(bitIdentical);
  assertEquals(peaks.map((peak) => peak.toFixed(4)), ["0.2527", "0.2206", "0.1981"]);
});

Deno.test("bisect finds the planted fault with log2 N looks", () => {
  const { found, asked, megabytes } = quiet(() => bisect());
  assertEquals(found, 617);
  assertLess(asked, 11);
  assertLess(megabytes, 50);
});

Deno.test("yield_surface never ends a step beyond the yield surface", () => {
  const { elasticSteps, plasticSteps, worst } = quiet(() => yieldSurface());
  assertEquals([elasticSteps, plasticSteps], [8, 12]);
  // Rounding of one return to the surface.
  assertLess(worst, 1e-14);
});

Deno.test("adaptive_heat follows the spot, and its measured error stays near the tolerance", async () => {
  const { accepted, rejected, error, ratio } = await quiet(() => adaptiveHeat());
  assertGreater(rejected, 0);
  assertGreater(ratio, 2);
  assertLess(accepted, 250);
  assertLess(error, 1e-3);
});

Deno.test("circulation: ranks take a step back together, whatever their number", async () => {
  const program = new URL("../../examples/circulation.ts", import.meta.url);
  for (const ranks of [2, 3]) {
    const outcomes = await runRanks<Outcome>(ranks, program, [], { onConsole: () => {} });
    for (const { before, lost, after, sameTable, bitIdentical } of outcomes) {
      assertEquals([before, lost, after], [3456, 316, 3456]);
      assert(sameTable && bitIdentical);
    }
  }
});

Deno.test("rotating_hill comes back better on the finer mesh, with every history", () => {
  const { errors, orders } = quiet(() => rotatingHill([12, 24]));
  const l2 = Object.fromEntries(Object.entries(errors).map(([name, all]) => [name, all[1].l2]));
  assertLess(l2.EulerianDDt, 0.7);
  assertLess(l2.SemiLagrangianDDt, 0.18);
  assertLess(l2.LagrangianDDt, 0.04);
  assertLess(l2.LagrangianSwarmDDt, 0.05);
  // The two coarse meshes are before the asymptotic range of the first; the others near 2 already.
  assertGreater(orders.EulerianDDt, 0.5);
  assertGreater(orders.SemiLagrangianDDt, 1.4);
  assertGreater(orders.LagrangianDDt, 1.8);
  assertGreater(orders.LagrangianSwarmDDt, 1.8);
});
