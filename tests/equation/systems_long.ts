/** Cahn-Hilliard on 19,881 nodes against dolfinx. @module */
import { assert } from "@std/assert";
import { separation } from "./_systems.ts";

Deno.test("Cahn-Hilliard on 19,881 nodes: mass stays, energy falls, and the end is that of dolfinx", () => {
  const { model, equation, mass, energy } = separation(140);
  const start = mass();
  let before = energy();
  // cahn_hilliard(140, 10) of bench/peers/equation_dolfinx.py in dolfinx 0.5.2; both solve to 1e-11.
  assert(Math.abs(before - 5.429411860584443) < 1e-12);
  for (let k = 0; k < 10; k++) {
    equation.solve({ dt: 5e-6 });
    model.tracker.time += 5e-6;
    assert(Math.abs(mass() - start) < 1e-12, `${mass() - start}`);
    const now = energy();
    assert(now < before, `${now}, before ${before}`);
    before = now;
  }
  assert(Math.abs(before - 3.616072614623459) < 1e-8, `${before}`);
});
