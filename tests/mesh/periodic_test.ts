import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { PeriodicMeshError, SnapshotInvalidatedError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { transfer } from "../../src/mesh/field_transfer.ts";
import { MeshMotion } from "../../src/mesh/mesh_motion.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { boxData, type BoxMeshOptions } from "../../src/mesh/shapes/box.ts";
import { Model } from "../../src/model/model.ts";
import { assertSameBytes } from "../_helpers.ts";

const tau = 2 * Math.PI;
const wave = (x: number, y: number) => Math.sin(tau * x) * Math.cos(tau * y);

function box(options: Partial<BoxMeshOptions>, model = new Model()): Mesh {
  const base = options.cellSize === undefined ? { cells: [6, 6] } : {};
  return boxMesh(model, { min: [0, 0], max: [1, 1], ...base, ...options } as BoxMeshOptions);
}

Deno.test("degrees of freedom of both sides of a periodic box are one", () => {
  const counts = (mesh: Mesh) =>
    ([[1, true], [2, true], [0, true], [1, false]] as const).map(([degree, continuous], i) =>
      new MeshVariable(mesh, `u${i}`, { degree, continuous }).dofCount
    );
  // n x m squares have 2 n m triangles and, where nothing is joined twice, 3 n m edges.
  assertEquals(counts(box({ periodic: ["x"] })), [6 * 7, 6 * 7 + 3 * 36 + 6, 72, 216]);
  assertEquals(counts(box({ periodic: ["x", "y"] })), [36, 36 + 3 * 36, 72, 216]);
  const cube = box({ min: [0, 0, 0], max: [1, 1, 1], cells: [3, 4, 5], periodic: ["x", "y", "z"] });
  // Each of 60 boxes has one vertex, 7 edges and 6 tetrahedra of its own.
  assertEquals(counts(cube), [60, 60 * 8, 360, 1440]);
  const rough = box({ max: [1, 2], cellSize: 0.1, periodic: ["y", "x"] });
  const [vertices, quadratic] = counts(rough);
  // A torus has as many edges as vertices and triangles together.
  assertEquals(quadratic - vertices, vertices + rough.cellCount);
});

Deno.test("the sides of a periodic box are not boundaries, and its periods are known", () => {
  const mesh = box({ min: [-1, 2], max: [2, 4], periodic: ["y"] });
  assertEquals([...mesh.boundaries.keys()], ["left", "right"]);
  assertEquals([...mesh.periods.data], [0, 2]);
  assertEquals(mesh.periods.shape, [1, 2]);
  assertEquals(box({}).periods.shape, [0, 2]);
  mesh.deform(mesh.coordinates.data.map((x, i) => i % 2 === 0 ? x : 3 * x));
  assertEquals([...mesh.periods.data], [0, 6]);
});

Deno.test("fields on a periodic mesh are the same after any number of periods", () => {
  for (const degree of [1, 2] as const) {
    const mesh = box({ max: [2, 1], cellSize: 0.15, periodic: ["x", "y"] });
    const u = new MeshVariable(mesh, "u", { degree });
    u.set(wave);
    const inside = Array.from({ length: 200 }, (_, i) => [(i * 0.377) % 2, (i * 0.773) % 1]);
    const moved = inside.map(([x, y], i) => [x + 2 * (i % 5 - 2), y - (i % 3)]);
    const values = u.evaluate(inside), images = u.evaluate(moved);
    const slopes = u.gradient(inside), others = u.gradient(moved);
    for (let i = 0; i < 200; i++) {
      // Coordinates are rounded when they are moved; slopes are below 10.
      assertAlmostEquals(images.get(i, 0), values.get(i, 0), 1e-13);
      assertAlmostEquals(others.get(i, 0, 0), slopes.get(i, 0, 0), 1e-11);
    }
    assert(mesh.locate(moved).cells.every((cell) => cell >= 0));
  }
  const mesh = box({ periodic: ["x"] });
  const { cells } = mesh.locate([[7.3, 0.5], [0.3, 1.5], [-2.2, -0.1]]);
  assertEquals([cells[0] >= 0, cells[1], cells[2]], [true, -1, -1]);
});

Deno.test("a periodic mesh is rebuilt from a snapshot, and fits no other one", async () => {
  const make = (periodic?: BoxMeshOptions["periodic"]) => {
    const model = new Model(), mesh = box({ periodic }, model);
    new MeshVariable(mesh, "u").set(wave);
    return { model, mesh };
  };
  const both = make(["x", "y"]), token = both.model.saveState();
  both.mesh.deform(both.mesh.coordinates.data.map((x) => 2 * x));
  both.mesh.variables.get("u")!.set(0);
  both.model.loadState(token);
  assertEquals([...both.mesh.periods.data], [1, 0, 0, 1]);
  assertEquals(diffSnapshots(both.model.saveState(), token), []);
  const made = await Model.fromSnapshot(token);
  assertEquals(diffSnapshots(made.saveState(), token), []);
  for (const other of [make(), make(["x"])]) {
    assertThrows(
      () => other.model.loadState(token),
      SnapshotInvalidatedError,
      "periodic directions",
    );
    assertThrows(() => both.model.loadState(other.model.saveState()), SnapshotInvalidatedError);
  }
});

Deno.test("deform moves both sides of a periodic mesh alike, or nothing", () => {
  const mesh = box({ periodic: ["x"] }), before = mesh.coordinates.data;
  const sheared = before.map((x, i) => i % 2 === 0 ? x + before[i + 1] / 3 : x);
  mesh.deform(sheared);
  const u = new MeshVariable(mesh, "u");
  u.set((x, y) => Math.sin(tau * (x - y / 3)));
  assertAlmostEquals(u.evaluate([[3.9, 0.4]]).get(0, 0), u.evaluate([[0.9, 0.4]]).get(0, 0), 1e-13);
  sheared[0] += 0.01;
  assertThrows(() => mesh.deform(sheared), RangeError, "twins move alike");
  assertEquals(mesh.geometryVersion, 1);
});

Deno.test("a periodic box that cannot be is refused", () => {
  const refused = (options: object, kind: typeof RangeError | typeof TypeError, says: string) =>
    assertThrows(() => box(options as Partial<BoxMeshOptions>), kind, says);
  refused({ periodic: "x" }, TypeError, "list of axes");
  refused({ periodic: ["z"] }, RangeError, 'one of "x", "y", got "z"');
  refused({ periodic: ["x", "x"] }, RangeError, "twice");
  refused({ periodic: ["x"], cells: [2, 6] }, RangeError, "3 cells wide");
  refused({ periodic: ["y"], cells: [6, 1] }, RangeError, "3 cells wide");
  const data = boxData({ min: [0, 0], max: [1, 1], cells: [4, 4] });
  const pairs = [0, 4, 5, 9, 10, 14, 15, 19, 20, 24];
  const joined = (list: number[], from = data) =>
    new Mesh(new Model(), { ...from, periodic: new Map([["x", Int32Array.from(list)]]) });
  assertThrows(() => joined(pairs), RangeError, 'boundary "left"');
  const open = { ...data, boundaries: new Map() };
  assertEquals(joined(pairs, open).periods.shape, [1, 2]);
  assertThrows(() => joined([0, 25], open), RangeError, "names node 25");
  assertThrows(() => joined([0, 4, 5], open), RangeError, "in pairs");
  assertThrows(() => joined([0, 4, 5, 14], open), RangeError, "nodes 5 and 14 are twins");
});

Deno.test("indicators see across the sides of a periodic mesh", async () => {
  const { gradientJumps, recoveryError } = await import("../../src/mesh/error_indicators.ts");
  const mesh = box({ periodic: ["x", "y"], cells: [5, 5] }), u = new MeshVariable(mesh, "u");
  // The same field one cell further on has the same indicators one cell further on.
  const at = (shift: number) => {
    u.set((x, y) => Math.sin(tau * (x - shift / 5)) * Math.cos(tau * (y - shift / 5)));
    return [gradientJumps(u), recoveryError(u)];
  };
  const here = at(0), there = at(1);
  for (let c = 0; c < mesh.cellCount; c++) {
    const square = c >> 1, i = (square + 1) % 5, j = (Math.floor(square / 5) + 1) % 5;
    const next = 2 * (5 * j + i) + (c & 1);
    for (const k of [0, 1]) assertAlmostEquals(there[k][next], here[k][c], 1e-12);
  }
});

Deno.test("a mesh that is not periodic writes nothing about it", () => {
  const token = box({}).model as Model;
  const keys = [...token.saveState().keys()];
  assert(!keys.some((key) => key.includes("twins")));
  assertSameBytes(new MeshVariable(box({}), "u").dofMap.cellDofs, box({}).cells.data);
});

Deno.test("what does not know periodic meshes refuses them by name", () => {
  const mesh = box({ periodic: ["x"] });
  const error = assertThrows(() => new MeshMotion(mesh), PeriodicMeshError);
  assertEquals(error.what, "MeshMotion");
  assert(error.message.startsWith("MeshMotion: mesh 'Mesh_0' is periodic"));
});

Deno.test("places outside of a periodic mesh take values whole periods away, and from the nearest wall", () => {
  const mesh = box({ periodic: ["x"] }), T = new MeshVariable(mesh, "T");
  T.set((x, y) => Math.sin(tau * x) + y);
  const wide = boxMesh(new Model(), { min: [-2, -0.5], max: [3, 1.5], cells: [60, 12] });
  for (const outside of ["rim", "nearest"] as const) {
    const W = new MeshVariable(wide, outside);
    assertEquals(transfer(T, W, { outside }).outside, 6 * 61);
    const at = W.coordinates.data;
    W.data.forEach((value, i) => {
      // Nodes of the coarse mesh are nodes of the wide one.
      if (Math.abs(6 * at[2 * i] - Math.round(6 * at[2 * i])) > 1e-9) return;
      const y = Math.min(1, Math.max(0, at[2 * i + 1]));
      if (y !== 0 && y !== 1) return;
      assertAlmostEquals(value, Math.sin(tau * at[2 * i]) + y, 1e-12);
    });
  }
});
