import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { transfer } from "../../src/mesh/field_transfer.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { assertSameBytes } from "../_helpers.ts";

const wave = (x: number, y: number) => Math.sin(3 * x) * Math.cos(2 * y);

Deno.test("fields come to another mesh with the order of their elements", () => {
  const model = new Model();
  const probe = new MeshVariable(
    boxMesh(model, { min: [0, 0], max: [1, 1], cells: [37, 41] }),
    "probe",
  );
  const at = probe.coordinates.data;
  for (const degree of [1, 2] as const) {
    const errors = [8, 16].map((n) => {
      const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [n, n] });
      const u = new MeshVariable(mesh, "u", { degree });
      u.set(wave);
      assertEquals(transfer(u, probe), { count: 38 * 42, copied: false, outside: 0 });
      return probe.data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - wave(at[2 * i], at[2 * i + 1]))),
        0,
      );
    });
    // Interpolation: h^(degree + 1).
    assertAlmostEquals(Math.log2(errors[0] / errors[1]), degree + 1, 0.25);
  }
});

Deno.test("equal meshes, also of different models, hand over every byte", () => {
  const [a, b] = [0, 1].map(() => {
    const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [5, 4] });
    return new MeshVariable(mesh, "u", { components: 2, degree: 2 });
  });
  a.set((x, y, _z, out) => {
    out[0] = wave(x, y);
    out[1] = -0;
  });
  a.data[7] = NaN;
  assertEquals(transfer(a, b), { count: 99, copied: true, outside: 0 });
  assertSameBytes(b.data, a.data);
});

Deno.test("places outside follow the rule that is asked for", () => {
  const model = new Model();
  const coarse = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.4 });
  const fine = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.1 });
  const u = new MeshVariable(coarse, "u"), v = new MeshVariable(fine, "v");
  u.set((x, y) => x + 2 * y);
  v.set(7);
  const before = v.data.slice();
  const error = assertThrows(
    () => transfer(u, v, { outside: "refuse" }),
    RangeError,
    "are outside of the mesh of variable 'u' on mesh",
  );
  assert(error.message.includes("the first at ("));
  assertSameBytes(v.data, before);
  const { outside } = transfer(u, v, { outside: "rim" });
  assert(outside > 10);
  const at = v.coordinates.data;
  const worst = () =>
    v.data.reduce((m, value, i) => Math.max(m, Math.abs(value - at[2 * i] - 2 * at[2 * i + 1])), 0);
  // Places are at most 0.5 (1 - cos(pi / 8)) from the coarse rim, and the slope is sqrt 5.
  const rim = worst();
  assert(rim < 0.5 * (1 - Math.cos(Math.PI / 8)) * Math.sqrt(5) * 2, `${rim}`);
  transfer(u, v);
  assert(worst() > 2 * rim);
});

Deno.test("what does not fit is refused, and nothing changes", () => {
  const model = new Model();
  const plane = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const space = boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [1, 1, 1] });
  const u = new MeshVariable(plane, "u"), w = new MeshVariable(space, "w");
  const pair = new MeshVariable(plane, "pair", { components: 2 });
  assertThrows(
    () => transfer(u, w),
    RangeError,
    "1 component(s) in 2-D, but variable 'w' has 1 in 3-D",
  );
  assertThrows(() => transfer(pair, u), RangeError, "has 2 component(s)");
  assertThrows(() => transfer(u, 3 as never), TypeError, "then the one to fill");
  assertThrows(() => transfer(u, pair, { outsid: "rim" } as never), TypeError, "mean 'outside'?");
  assertThrows(() => transfer(u, pair, { outside: "far" as "rim" }), TypeError, '"nearest", "rim"');
  assert(!u.allocated && !w.allocated && !pair.allocated);
});
