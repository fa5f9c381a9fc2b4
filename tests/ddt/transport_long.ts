/** Orders of transport on quadratic elements, which take longer. @module */
import { assertSecondOrder } from "./_transport.ts";

Deno.test("transport converges with second order on P2 where dt goes with h, at Courant 5", () => {
  assertSecondOrder(2);
});
