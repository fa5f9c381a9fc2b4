import { assert } from "@std/assert";
import { heightsAfter, ordersOf } from "./_surfaces.ts";

Deno.test("a surface moves with order 1, 2, 2 and 4 in time, over four halvings", () => {
  const exact = heightsAfter("rk4", 64);
  for (const [scheme, order] of [["euler", 1], ["rk2", 2], ["midpoint", 2], ["rk4", 4]] as const) {
    const found = ordersOf(scheme, [2, 4, 8, 16, 32], exact);
    // The order is approached from above; rk4 ends at 1e-10, where the flow's own tolerance is not far.
    for (const one of found) assert(one > order - 0.1, `${scheme}: ${found}`);
    assert(found[3] < order + 0.2, `${scheme}: ${found}`);
  }
});
