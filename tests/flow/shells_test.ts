import { assert, assertEquals } from "@std/assert";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import type { Mesh } from "../../src/mesh/mesh.ts";
import { Model } from "../../src/model/model.ts";
import { annulusFlow, slipAround, stokesOn } from "./_flows.ts";
import { shell, shellFlow } from "./_shells.ts";

/** Free slip all around: which motions are free, and how much the flow depends on where it starts. */
function free(mesh: Mesh) {
  const bodyForce = mesh.dim === 2 ? annulusFlow.force : shellFlow.force;
  const { v, stokes } = stokesOn(mesh, { viscosity: 1, bodyForce, rtol: 1e-10 });
  slipAround(stokes);
  const { freeMotions, isPressureFree } = stokes.solve();
  const found = v.data.slice(), size = found.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  v.set((x, y, _z, out) => {
    out[0] = -9 * y;
    out[1] = 9 * x;
  });
  stokes.solve();
  const apart = found.reduce((most, x, i) => Math.max(most, Math.abs(x - v.data[i])), 0) / size;
  return { freeMotions, isPressureFree, apart };
}

Deno.test("a shell with free slip: three rotations and the pressure's constant are found and taken out", () => {
  for (const degree of [1, 2] as const) {
    const { freeMotions, isPressureFree, apart } = free(shell(2, 1, degree));
    assertEquals({ freeMotions, isPressureFree }, { freeMotions: 3, isPressureFree: true });
    assert(apart < 1e-6, `${apart}`);
  }
});

/** An annulus whose nodes are not even along its circles. */
function uneven(squeeze: number): Mesh {
  const mesh = annulusMesh(new Model(), { inner: 0.5, outer: 1, cellSize: 0.15 });
  const to = mesh.coordinates;
  for (let i = 0; i < mesh.nodeCount; i++) {
    const x = to.get(i, 0), y = to.get(i, 1), r = Math.hypot(x, y);
    const angle = Math.atan2(y, x) + 0.3 * Math.sin(Math.atan2(y, x));
    to.set(i, 0, r * Math.cos(angle));
    to.set(i, 1, squeeze * r * Math.sin(angle));
  }
  mesh.deform(to);
  return mesh;
}

Deno.test("an annulus of uneven cells turns freely, and a slightly squeezed one does not", () => {
  const round = free(uneven(1));
  assertEquals(round.freeMotions, 1);
  assertEquals(round.isPressureFree, true);
  assert(round.apart < 1e-6, `${round.apart}`);
  assertEquals(free(uneven(0.98)).freeMotions, 0);
});
