import { assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Projection } from "../../src/solve/projection.ts";
import { errorOf, fittedOrder, roughBox, unitBox } from "./_fields.ts";

for (const dim of [2, 3] as const) {
  Deno.test(`what a variable can hold is projected exactly, in ${dim}-D`, () => {
    const mesh = unitBox(3, dim);
    for (const degree of [0, 1, 2] as const) {
      for (const continuous of [true, false]) {
        const u = new MeshVariable(mesh, `u${degree}${continuous}`, { degree, continuous });
        const f = (x: number, y: number, z: number) => [2, x + 2 * y - z, x * x - y * z][degree];
        const { converged } = new Projection(u, { source: f }).solve();
        assertEquals(converged, true);
        assertLess(errorOf(u, f), 1e-9);
      }
    }
  });
}

Deno.test("projection converges with the order of the element plus one", () => {
  const f = (x: number, y: number) => Math.sin(4 * x) * Math.exp(y);
  for (const degree of [0, 1, 2] as const) {
    const h: number[] = [];
    const errors = [1 / 6, 1 / 12, 1 / 24].map((size) => {
      const u = new MeshVariable(roughBox(size), "u", { degree });
      h.push(1 / Math.sqrt(u.mesh.cellCount));
      new Projection(u, { source: f }).solve();
      return errorOf(u, f);
    });
    assertAlmostEquals(fittedOrder(h, errors), degree + 1, 0.25);
  }
});

Deno.test("fields are projected from one degree to another, all components", () => {
  const mesh = unitBox(4);
  const from = new MeshVariable(mesh, "from", { degree: 2, components: 2 });
  from.set((x, y, _z, out) => out.set([x * y, x - y]));
  const to = new MeshVariable(mesh, "to", { components: 2 });
  new Projection(to, { source: from }).solve();
  const [a, b] = to.integrate() as Float64Array;
  // A projection keeps integrals; 1e-9 is the solver's tolerance.
  assertAlmostEquals(a, 0.25, 1e-9);
  assertAlmostEquals(b, 0, 1e-9);
});

Deno.test("held values stay, and a projection has no fluxes", () => {
  const u = new MeshVariable(unitBox(4), "u");
  const projection = new Projection(u, { source: 1 });
  projection.addDirichlet("left", 3);
  projection.solve();
  assertEquals(u.integrate("left"), 3);
  assertThrows(() => projection.addNeumann("left", 1), TypeError, "flux");
  assertThrows(() => projection.addRobin("left", 1, 1), TypeError, "flux");
  assertEquals(projection.estimateDt(), Infinity);
  const p0 = new MeshVariable(u.mesh, "p0", { degree: 0 });
  assertThrows(
    () => new Projection(p0, { source: 1 }).addDirichlet("left", 1),
    TypeError,
    "not continuous",
  );
});
