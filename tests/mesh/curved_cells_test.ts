import { assert, assertEquals, assertThrows } from "@std/assert";
import { CurvedCellsError, SnapshotInvalidatedError } from "../../src/errors.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { gradientJumps, recoveryError } from "../../src/mesh/error_indicators.ts";
import { transfer } from "../../src/mesh/field_transfer.ts";
import { geometryOf, Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { orderOf, sizeOf } from "../_curved.ts";
import { assertSameBytes } from "../_helpers.ts";

const ring = { inner: 0.5, outer: 1.5, geometryDegree: 2 } as const;

function unitOn(cellSize: number, inner = ring.inner as number, outer = ring.outer as number) {
  const mesh = annulusMesh(new Model(), { ...ring, inner, outer, cellSize });
  const one = new MeshVariable(mesh, "one");
  one.set(1);
  return one;
}

Deno.test("area and perimeters of a curved annulus are of fourth order", () => {
  const fields = [0.4, 0.2, 0.1, 0.05].map((size) => unitOn(size, 1, 2));
  const errors = (measure: (one: ReturnType<typeof unitOn>) => number, exact: number) =>
    fields.map((one) => Math.abs(measure(one) - exact));
  const area = errors((one) => one.integrate(), 3 * Math.PI);
  assert(orderOf(fields.map(sizeOf), area) > 3.7, `${area}`);
  for (const [name, length] of [["inner", 2 * Math.PI], ["outer", 4 * Math.PI]] as const) {
    const sides = fields.map(({ mesh }) => 1 / mesh.boundaries.get(name)!.count);
    const perimeter = errors((one) => one.integrate(name), length);
    const order = orderOf(sides, perimeter);
    assert(order > 3.9, `${name}: ${perimeter}, order ${order}`);
  }
});

Deno.test("integrals over curved cells are those of the parabolas, and of polynomials exact", () => {
  const one = unitOn(0.4), { mesh } = one;
  const signed = (name: string, radius: number) => {
    const n = mesh.boundaries.get(name)!.count, half = Math.PI / n;
    return n * radius ** 2 * Math.sin(half) * (Math.cos(half) + 4 / 3 * (1 - Math.cos(half)));
  };
  const area = signed("outer", 1.5) - signed("inner", 0.5);
  assert(Math.abs(one.integrate() - area) < 1e-13, `${one.integrate()} ${area}`);
  assert(Math.abs(one.norm() ** 2 - area) < 1e-13);
  const square = new MeshVariable(mesh, "square", { degree: 2 });
  square.set((x) => x * x);
  const u = new MeshVariable(mesh, "y2", { degree: 2 });
  u.set((_, y) => y * y);
  assert(Math.abs(square.integrate() - u.integrate()) < 2e-3);
});

Deno.test("fields on curved cells are evaluated where their degrees of freedom are", () => {
  const { mesh } = unitOn(0.3);
  for (const degree of [0, 1, 2] as const) {
    for (const continuous of [true, false]) {
      const u = new MeshVariable(mesh, `u${degree}${continuous}`, { degree, continuous });
      u.set((x, y) => degree === 0 ? 1 : 3 * x - y);
      if (degree === 1) continue;
      const values = u.evaluate(u.coordinates).data;
      // Rounding of the inverse map, of coordinates up to 1.5.
      values.forEach((value, i) => assert(Math.abs(value - u.data[i]) < 1e-13, `${value}`));
    }
  }
  const u = mesh.variables.get("u2true")!;
  const slope = u.gradient(u.coordinates).data;
  for (let i = 0; i < slope.length; i += 2) {
    assert(Math.abs(slope[i] - 3) < 1e-11 && Math.abs(slope[i + 1] + 1) < 1e-11);
  }
});

Deno.test("every point of a curved annulus has one cell, the lowest, whatever the hint", () => {
  const { mesh } = unitOn(0.3), { locator, topology } = geometryOf(mesh);
  let state = 1;
  const next = () => (state = state * 48271 % 2147483647) / 2147483647;
  let inside = 0;
  for (let i = 0; i < 2000; i++) {
    const angle = 2 * Math.PI * next(), radius = 0.45 + 1.1 * next();
    const x = radius * Math.cos(angle), y = radius * Math.sin(angle);
    const cell = locator.cellOf(x, y, 0);
    for (const hint of [0, cell, Math.floor(next() * topology.cellCount)]) {
      assertEquals(locator.cellOf(x, y, 0, hint), cell);
    }
    if (cell >= 0) inside++;
    // The parabolas leave the circles by less than 1e-3 of the radius with sides of 0.3.
    if (radius > 0.501 && radius < 1.499) assert(cell >= 0, `${x}, ${y}`);
    if (radius < 0.499 || radius > 1.501) assertEquals(cell, -1);
  }
  assert(inside > 1500);
});

Deno.test("points on a curved boundary up to rounding belong to the domain", () => {
  const { mesh } = unitOn(0.3), { curved, locator } = geometryOf(mesh);
  const place = new Float64Array(2);
  for (let k = 0; k < curved!.cells.length; k++) {
    for (let local = 0; local < 3; local++) {
      const l = Float64Array.of(0.3, 0.3, 0.3);
      l[local] = 0;
      l[(local + 1) % 3] = 0.7;
      curved!.place(k, l, 0, place, 0);
      for (const factor of [1 - 2 ** -52, 1, 1 + 2 ** -52]) {
        assert(locator.cellOf(factor * place[0], factor * place[1], 0) >= 0);
      }
    }
  }
});

Deno.test("deform moves mid-side nodes along, or takes them too", () => {
  const { mesh } = unitOn(0.4), u = new MeshVariable(mesh, "u", { degree: 2 });
  const before = u.coordinates.data.slice();
  mesh.deform(mesh.coordinates.data.map((x) => 2 * x + 1));
  u.coordinates.data.forEach((x, i) => {
    // The bulge of an edge keeps its size.
    const nodes = 2 * mesh.nodeCount;
    if (i < nodes) assertEquals(x, 2 * before[i] + 1);
  });
  mesh.deform(before.map((x) => 2 * x));
  assertSameBytes(u.coordinates.data, before.map((x) => 2 * x));
  assertEquals(mesh.geometryVersion, 2);
  const error = assertThrows(() => mesh.deform(before.slice(2)), RangeError);
  assert(error.message.includes(`or ${u.dofCount} with mid-side nodes`));
  // A mid-side node beyond the far corner folds its cell.
  const folded = u.coordinates.data.slice();
  folded[2 * mesh.nodeCount] += 5;
  assertThrows(() => mesh.deform(folded), RangeError, "folded");
  assertEquals(mesh.geometryVersion, 2);
});

Deno.test("mid-side nodes are state: put back with the rest, and compared", () => {
  const build = (geometryDegree: 1 | 2) => {
    const model = new Model(),
      mesh = annulusMesh(model, { ...ring, cellSize: 0.4, geometryDegree });
    const u = new MeshVariable(mesh, "u", { degree: 2 });
    u.set((x, y) => x * y);
    return { model, mesh, u };
  };
  const sim = build(2), before = sim.u.coordinates.data.slice();
  using saved = sim.model.saveState();
  sim.mesh.deform(before.map((x) => 3 * x));
  sim.model.loadState(saved);
  assertSameBytes(sim.u.coordinates.data, before);
  const straight = build(1);
  const error = assertThrows(() => straight.model.loadState(saved), SnapshotInvalidatedError);
  assert(error.message.includes("geometryDegree: 2"), error.message);
});

Deno.test("what works on straight cells alone says so by name", () => {
  const { mesh } = unitOn(0.4), u = mesh.variables.get("one")!;
  const calls: Record<string, () => unknown> = {
    "refine of a mesh": () => mesh.refine(),
    "adapt of a mesh": () => mesh.adapt(() => 1),
    "coarsen of a mesh": () => mesh.coarsen(),
    "recoveryError": () => recoveryError(u),
    "gradientJumps": () => gradientJumps(u),
  };
  for (const [what, call] of Object.entries(calls)) {
    const error = assertThrows(call, CurvedCellsError, what);
    assertEquals([error.code, error.what], ["CURVED_CELLS", what]);
    assert(error.message.includes("mesh 'Mesh_0' has curved cells"));
  }
});

Deno.test("meshes from arrays take the middles of some edges", () => {
  const data = {
    dim: 2 as const,
    coordinates: Float64Array.of(0, 0, 1, 0, 0, 1),
    cells: Int32Array.of(0, 1, 2),
    boundaries: new Map([["arc", Int32Array.of(1, 2)]]),
    regions: new Map<string, Int32Array>(),
    meshType: "arrays",
    notes: [],
  };
  const middles = { edges: Int32Array.of(2, 1), points: Float64Array.of(0.6, 0.6) };
  const mesh = new Mesh(new Model(), { ...data, middles });
  const one = new MeshVariable(mesh, "one");
  one.set(1);
  // The triangle, and two thirds of height times chord.
  const cap = 2 / 3 * (0.1 * Math.SQRT2) * Math.SQRT2;
  assert(Math.abs(one.integrate() - 0.5 - cap) < 1e-15);
  assertThrows(
    () => new Mesh(new Model(), { ...data, middles: { ...middles, edges: Int32Array.of(0, 0) } }),
    RangeError,
    "no cell has an edge",
  );
  assertEquals(new Mesh(new Model(), data).geometryDegree, 1);
});

Deno.test("transfer between curved and straight meshes with the same corners is no copy", () => {
  const field = (geometryDegree: 1 | 2) => {
    const mesh = annulusMesh(new Model(), { ...ring, cellSize: 0.4, geometryDegree });
    return new MeshVariable(mesh, "u", { degree: 2 });
  };
  const [curved, straight, same] = [field(2), field(1), field(2)];
  for (const u of [curved, straight]) u.set((x, y) => x - 2 * y);
  assertEquals(transfer(curved, same).copied, true);
  assertSameBytes(same.data, curved.data);
  for (const [from, to] of [[straight, same], [curved, straight]]) {
    const { copied } = transfer(from, to, { outside: "rim" });
    assertEquals(copied, false);
    const places = to.coordinates.data, { cells } = from.mesh.locate(places);
    to.data.forEach((value, i) => {
      if (cells[i] < 0) return;
      assert(Math.abs(value - places[2 * i] + 2 * places[2 * i + 1]) < 1e-12, `${value}`);
    });
  }
});
