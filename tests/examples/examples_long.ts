/** Examples that take longer. @module */
import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import * as adaptiveHeat from "../../examples/adaptive_heat.ts";
import * as initialHeat from "../../examples/initial_heat.ts";
import * as rotatingHill from "../../examples/rotating_hill.ts";
import * as source from "../../examples/source.ts";
import { assertDrawn, quiet } from "./_examples.ts";

Deno.test("adaptive_heat follows the spot, and its measured error stays near the tolerance", async () => {
  const result = await quiet(() => adaptiveHeat.main());
  assertGreater(result.report.rejected, 0);
  assertGreater(result.ratio, 2);
  assertLess(result.report.accepted, 250);
  assertLess(result.error, 1e-3);
  assertDrawn(await adaptiveHeat.picture(result), "adaptive_heat");
});

Deno.test("rotating_hill comes back better on the finer mesh, as docs/choosing_a_history.md says", async () => {
  const lines: string[] = [];
  const { orders } = quiet(() => rotatingHill.main([12, 24]), lines);
  const page = Deno.readTextFileSync(new URL("../../docs/choosing_a_history.md", import.meta.url));
  for (const line of lines) {
    assert(page.includes(`${line.trimEnd()}\n`), `not in the page: ${line}`);
  }
  // The two coarse meshes are before the asymptotic range of the first; the others near 2 already.
  assertGreater(orders.EulerianDDt, 0.5);
  assertGreater(orders.SemiLagrangianDDt, 1.4);
  assertGreater(orders.LagrangianDDt, 1.8);
  assertGreater(orders.LagrangianSwarmDDt, 1.8);
  assertDrawn(await rotatingHill.picture(), "rotating_hill");
});

Deno.test("initial_heat finds the two spots again, far better than the blur shows them", async () => {
  const result = await quiet(() => initialHeat.main());
  const { optimum, error, blurError } = result;
  assertEquals([optimum.iterates.length, optimum.evaluations], [26, 27]);
  assertAlmostEquals(error, 0.163, 0.002);
  assertAlmostEquals(blurError, 0.566, 0.002);
  assertDrawn(await initialHeat.picture(result), "initial_heat");
});

Deno.test("source finds the leak from three sensors", async () => {
  const result = await quiet(() => source.main());
  const { optimum: { converged }, distance, strength } = result;
  assert(converged);
  // The measurements are from a finer mesh.
  assertLess(distance, 0.001);
  assertAlmostEquals(strength, 3, 0.01);
  assertDrawn(await source.picture(result), "source");
});
