import { assertLess } from "@std/assert";
import { errorOf, orderOf, sizeOf } from "../_curved.ts";
import { slipAround, stokesOn } from "./_flows.ts";
import { shell, shellFlow } from "./_shells.ts";

/** Errors in L2 of the flow of degree 2 with free slip. */
function errors(n: number, geometryDegree: 1 | 2) {
  const { v, p, stokes } = stokesOn(shell(n, n / 2, geometryDegree), {
    viscosity: 1,
    bodyForce: shellFlow.force,
  });
  slipAround(stokes);
  const { iterations } = stokes.solve();
  assertLess(iterations, 30);
  return {
    size: sizeOf(p),
    v: errorOf(v, ([x, y, z]) => shellFlow.velocity(x, y, z)),
    p: errorOf(p, ([x, y, z]) => [shellFlow.pressure(x, y, z)]),
  };
}

Deno.test("free slip in a shell: curved cells have higher orders than straight ones, and smaller errors", () => {
  const straight = errors(4, 1), curved = [4, 6].map((n) => errors(n, 2));
  const sizes = curved.map(({ size }) => size);
  // Measured on 4, 6 and 8 cells along the edges of the icosahedron: 2.44 and then 2.86, 2.01 and then 2.56; with
  // straight cells 2.01 and then 2.09, 1.91 and then 1.95.
  assertLess(2.3, orderOf(sizes, curved.map(({ v }) => v)));
  assertLess(1.9, orderOf(sizes, curved.map(({ p }) => p)));
  // Measured: 2.8 and 23 times, and with twice as many cells 4.3 and 29 times.
  assertLess(2.5 * curved[0].v, straight.v);
  assertLess(15 * curved[0].p, straight.p);
});
