/** Cahn-Hilliard on 19,881 nodes against dolfinx. @module */
import { assert } from "@std/assert";
import { separation } from "./_systems.ts";

Deno.test("Cahn-Hilliard on 19,881 nodes: mass stays, energy falls, and the end is that of dolfinx", () => {
  const { model, equation, mass, energy } = separation(140);
  const start = mass();
  let before = energy();
  // cahn_hilliard(140, 10, 1e-13) of bench/peers/equation_dolfinx.py in dolfinx 0.5.2.
  assert(Math.abs(before - 5.429299277467309) < 1e-12);
  for (let k = 0; k < 10; k++) {
    equation.solve({ dt: 5e-6 });
    model.tracker.time += 5e-6;
    assert(Math.abs(mass() - start) < 1e-12, `${mass() - start}`);
    const now = energy();
    assert(now < before, `${now}, before ${before}`);
    before = now;
  }
  assert(Math.abs(before - 3.8070375769982725) < 1e-8, `${before}`);
});
