/** Examples that take longer. @module */
import { assert, assertGreater, assertLess } from "@std/assert";
import * as adaptiveHeat from "../../examples/adaptive_heat.ts";
import * as rotatingHill from "../../examples/rotating_hill.ts";
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
