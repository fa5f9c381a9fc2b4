import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { annulusMesh, boxMesh, type Mesh, MeshVariable, Model, Swarm } from "../../../mod.ts";
import { verifySnapshot, writeView } from "../../../src/archive/disk.ts";
import { denoLayer } from "../../../src/snapshot/file/file_layer.ts";
import { Hdf5Input } from "../../../src/snapshot/file/hdf5_input.ts";
import { loadLibrary } from "../../../src/snapshot/file/hdf5_library.ts";
import { consolidateFile, removeSnapshotFile } from "../../../src/archive/manage.ts";
import { SourceFile } from "../../../src/snapshot/file/source_file.ts";
import { heapOf, lookup3, wholeBox } from "../../../src/snapshot/file/virtual_dataset.ts";
import { quadraticCellsOf } from "../../../src/archive/view/cells.ts";
import { planView } from "../../../src/archive/view/plan.ts";
import { fc } from "../../_fast_check.ts";
import { assertSameBytes, tempDir } from "../../_helpers.ts";
import { sampleEntries } from "../_entries.ts";

/** Reads datasets as any program does that knows HDF5 and nothing of us. */
async function openPlain(path: string) {
  const library = await loadLibrary();
  const file = denoLayer.open(path, "read");
  const input = new Hdf5Input(library, new SourceFile(path, file, null));
  return {
    has: (name: string) => input.has(name),
    read: (name: string) => {
      const found = input.description(name);
      assert(found !== null, name);
      return { shape: found.shape!, data: input.dataset(name, found) };
    },
    [Symbol.dispose]() {
      input.close();
      file.close();
    },
  };
}

/** A model with every kind of field in the plane and in space. */
function everything() {
  const model = new Model();
  const plane = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.2 });
  new MeshVariable(plane, "T").set((x, y) => x + 2 * y);
  new MeshVariable(plane, "v", { components: 2 }).set((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  });
  new MeshVariable(plane, "q", { degree: 0 }).set((x, y) => x * y);
  new MeshVariable(plane, "later");
  const space = boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [2, 2, 2] });
  new MeshVariable(space, "T").set((x, y, z) => x + 2 * y + z);
  new MeshVariable(space, "u", { degree: 2 }).set((x, y, z) => x * x + y * z);
  new MeshVariable(space, "p", { continuous: false }).set((x, _y, z) => x * z);
  const swarm = new Swarm(plane);
  swarm.populate({ perCell: 2 });
  swarm.addVariable("material", { dtype: "int32" }).set((x) => (x > 0 ? 1 : -3));
  return { model, plane, space, swarm };
}

/** `[n x 2]` with a column of zeros. */
function widened(data: Float64Array): Float64Array {
  return Float64Array.from({ length: 1.5 * data.length }, (_, i) => {
    const row = Math.floor(i / 3);
    return i % 3 === 2 ? 0 : data[2 * row + i % 3];
  });
}

const parts = ["Mesh_0", "Mesh_1", "Mesh_1_P1_discontinuous", "Swarm_0"];

Deno.test("the view of a mesh of the plane: links and virtual datasets over the snapshot's own", async () => {
  using dir = tempDir();
  const { model, plane, swarm } = everything();
  const path = dir.join("step42.snap.h5");
  await model.saveState({ file: path });
  using file = await openPlain(path);
  const { data: points, shape } = file.read("/VTKHDF/Points");
  assertEquals([...shape], [plane.nodeCount, 3]);
  assertSameBytes(points, widened(plane.coordinates.data));
  assertSameBytes(file.read("/VTKHDF/Connectivity").data, plane.cells.data);
  assertEquals(file.read("/VTKHDF/Offsets").data.at(-1), 3 * plane.cellCount);
  assertEquals(
    new Set<unknown>(file.read("/VTKHDF/Types").data as Uint8Array),
    new Set<unknown>([5]),
  );
  assertSameBytes(file.read("/VTKHDF/PointData/T").data, plane.variables.get("T")!.data);
  assertSameBytes(file.read("/VTKHDF/PointData/v").data, widened(plane.variables.get("v")!.data));
  assertSameBytes(file.read("/VTKHDF/CellData/q").data, plane.variables.get("q")!.data);
  assert(!file.has("/VTKHDF/PointData/later"));
  const root = "/VTKHDF_parts/Swarm_0";
  assertSameBytes(file.read(`${root}/Points`).data, widened(swarm.coordinates.data));
  assertSameBytes(file.read(`${root}/PointData/ids`).data, swarm.ids);
  assertEquals(file.read(`${root}/PointData/material`).data.length, swarm.count);
  assertEquals((await verifySnapshot(path)).ok, true);
});

Deno.test("the view of a quadratic mesh: dofs in VTK's order, fields of degree 1 at the middles, too", async () => {
  using dir = tempDir();
  const { model, space } = everything();
  const path = dir.join("step42.snap.h5");
  await model.saveState({ file: path, view: "full" });
  using file = await openPlain(path);
  const root = "/VTKHDF_parts/Mesh_1";
  const u = space.variables.get("u")!;
  assertSameBytes(file.read(`${root}/Connectivity`).data, u.dofMap.cellDofs);
  assertSameBytes(file.read(`${root}/Points`).data, u.coordinates.data as Float64Array);
  assertSameBytes(file.read(`${root}/PointData/u`).data, u.data);
  assertEquals(
    new Set<unknown>(file.read(`${root}/Types`).data as Uint8Array),
    new Set<unknown>([24]),
  );
  const T = file.read(`${root}/PointData/T`).data as Float64Array;
  const expected = space.variables.get("T")!.evaluate(u.coordinates).data as Float64Array;
  // A linear function at the middle of an edge: exact up to the rounding of barycentric coordinates.
  T.forEach((value, i) => assert(Math.abs(value - expected[i]) < 1e-14));
  const apart = "/VTKHDF_parts/Mesh_1_P1_discontinuous";
  const p = space.variables.get("p")!;
  assertSameBytes(file.read(`${apart}/Points`).data, p.coordinates.data as Float64Array);
  assertSameBytes(file.read(`${apart}/PointData/p`).data, p.data);
});

Deno.test("{ view: false } leaves it out, and so does consolidating such a file", async () => {
  using dir = tempDir();
  const { model } = everything();
  const path = dir.join("step42.snap.h5");
  await model.saveState({ file: path, view: false });
  for (const again of [false, true]) {
    if (again) await consolidateFile(path);
    using file = await openPlain(path);
    assert(!file.has("/VTKHDF") && !file.has("/VTKHDF_parts"));
    assertEquals(await writeView(path), []);
  }
  await assertRejects(
    // @ts-expect-error: not an option
    () => model.saveState({ file: path, view: "yes" }),
    TypeError,
    "view must be",
  );
});

Deno.test("the small view of a quadratic field is its values at the nodes of straight cells", async () => {
  using dir = tempDir();
  const { model, space } = everything();
  const path = dir.join("step42.snap.h5");
  await model.saveState({ file: path });
  using file = await openPlain(path);
  const root = "/VTKHDF_parts/Mesh_1", u = space.variables.get("u")!;
  assertSameBytes(file.read(`${root}/Connectivity`).data, space.cells.data);
  assertSameBytes(file.read(`${root}/Points`).data, space.coordinates.data as Float64Array);
  assertSameBytes(file.read(`${root}/PointData/u`).data, u.data.slice(0, space.nodeCount));
  assertSameBytes(file.read(`${root}/PointData/T`).data, space.variables.get("T")!.data);
  const types = file.read(`${root}/Types`).data as Uint8Array;
  assertEquals([types.length, ...new Set<number>(types)], [space.cellCount, 10]);
  assert(!file.has("/VTKHDF_parts/Mesh_1_P1_discontinuous"));
});

Deno.test("the small view adds at most 12 percent, with linear and quadratic fields and with particles", async () => {
  using dir = tempDir();
  for (const [degree, particles] of [[1, false], [2, false], [1, true]] as const) {
    const model = new Model();
    const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [64, 64] });
    new MeshVariable(mesh, "T", { degree }).set((x, y) => x * y);
    // Two pieces and a part of a third.
    const swarm = new Swarm(mesh);
    if (particles) swarm.populate({ perCell: 1 });
    const sizes: number[] = [], path = dir.join("a.snap.h5");
    for (const view of [false, true]) {
      await model.saveState({ file: path, view });
      sizes.push(Deno.statSync(path).size);
    }
    assert(sizes[1] < 1.12 * sizes[0], `degree ${degree}, ${particles}: ${sizes}`);
    using file = await openPlain(path);
    const root = "/VTKHDF_parts/Mesh_0";
    const offsets = file.read(`${root}/Offsets`).data as Int32Array;
    assertEquals(offsets, Int32Array.from({ length: mesh.cellCount + 1 }, (_, i) => 3 * i));
    if (!particles) continue;
    const at = (name: string) => [...file.read(`/VTKHDF_parts/Swarm_0/${name}`).data].map(Number);
    const pieces = at("NumberOfPoints"),
      numbers = (n: number) => Array.from({ length: n }, (_, i) => i);
    assertEquals(pieces.reduce((a, b) => a + b), swarm.count);
    assertEquals(at("NumberOfCells"), pieces);
    assertEquals(at("Connectivity"), pieces.flatMap(numbers));
    assertEquals(at("Offsets"), pieces.flatMap((n) => numbers(n + 1)));
    assertEquals(at("Types"), Array(swarm.count).fill(1));
  }
});

Deno.test("consolidating a file keeps as much of its view as it has", async () => {
  using dir = tempDir();
  const { model } = everything();
  const path = dir.join("step42.snap.h5"),
    names = ["step42.hdf", ...parts.slice(1).map((it) => `step42.${it}.hdf`)];
  for (const view of ["full", true] as const) {
    await model.saveState({ file: path, view, layout: "sidecars" });
    await consolidateFile(path);
    const expected = names.filter((name) => view === "full" || !name.includes("discontinuous"));
    assertEquals(await writeView(path), expected.map((name) => dir.join(name)));
  }
});

Deno.test("small files for a double click, on asking, whatever the layout", async () => {
  using dir = tempDir();
  const { model, plane } = everything();
  const path = dir.join("step42.snap.h5"), later = dir.join("step43.snap.h5");
  await model.saveState({ file: path, view: "beside", layout: "sidecars" });
  const names = ["step42.hdf", ...parts.slice(1).map((part) => `step42.${part}.hdf`)];
  for (const name of names) assert(Deno.statSync(dir.join(name)).size < 2000, name);
  plane.variables.get("T")!.set(7);
  const save = model.saveState({ file: later, view: "beside", base: path, background: true });
  await save.finished;
  assert(Deno.statSync(dir.join("step43.hdf")).isFile);
  assertEquals(await writeView(later), names.map((name) => dir.join(name.replace("42", "43"))));
  await assertRejects(
    () => model.saveState({ file: dir.join("step44.hdf"), view: "beside" }),
    RangeError,
    ".snap.h5",
  );
  assertThrows(() => Deno.statSync(dir.join("step44.hdf")), Deno.errors.NotFound);
});

Deno.test("removing a snapshot takes its files for a double click with it, and no others", async () => {
  using dir = tempDir();
  const { model } = everything();
  const path = dir.join("step42.snap.h5");
  await model.saveState({ file: path, view: "beside", layout: "sidecars" });
  Deno.writeTextFileSync(dir.join("step42.Swarm_0.hdf"), "something else");
  await removeSnapshotFile(path);
  assertEquals([...Deno.readDirSync(dir.path)].map(({ name }) => name), ["step42.Swarm_0.hdf"]);
});

Deno.test("edges are numbered as the mesh numbers its dofs of degree 2", () => {
  const model = new Model();
  const meshes: Mesh[] = [
    boxMesh(model, { min: [0, 0], max: [1, 1], cellSize: 0.2 }),
    boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [3, 2, 4] }),
  ];
  for (const mesh of meshes) {
    const { cellDofs, count } = new MeshVariable(mesh, "u", { degree: 2 }).dofMap;
    const cells = mesh.cells.data as Int32Array;
    const { edges, connectivity } = quadraticCellsOf(cells, mesh.dim, mesh.nodeCount);
    assertEquals(mesh.nodeCount + edges.count, count);
    assertSameBytes(connectivity, cellDofs);
  }
});

Deno.test("entries that are no meshes or swarms have no view", () => {
  const entries = sampleEntries();
  assertEquals(planView(entries).grids, ["Mesh_0"]);
  entries.delete("meshes/Mesh_0/coordinates");
  assertEquals(planView(entries).grids, []);
  assertEquals(planView(new Map()).own, []);
});

Deno.test("lookup3 has the values that its author gives", () => {
  const text = (value: string) => new TextEncoder().encode(value);
  assertEquals(lookup3(text("")), 0xdeadbeef);
  assertEquals(lookup3(text("Four score and seven years ago")), 0x17770551);
});

Deno.test("the tables of virtual datasets fill their heap without gaps (property)", () => {
  const sources = fc.array(fc.string({ maxLength: 30, unit: "grapheme" }), { maxLength: 40 });
  fc.assert(fc.property(fc.array(sources, { maxLength: 20 }), (lists) => {
    const box = wholeBox([3, 2]);
    const heap = heapOf(
      lists.map((list) => list.map((path) => ({ file: ".", path, from: box, to: box }))),
    );
    const view = new DataView(heap.buffer);
    let at = 16;
    for (let index = 1; index <= lists.length; index++) {
      assertEquals(view.getUint16(at, true), index);
      const size = Number(view.getBigUint64(at + 8, true));
      const table = heap.subarray(at + 16, at + 16 + size);
      assertEquals(
        lookup3(table.subarray(0, size - 4)),
        view.getUint32(at + 16 + size - 4, true),
      );
      at += 16 + Math.ceil(size / 8) * 8;
    }
    assertEquals(view.getUint16(at, true), 0);
    assertEquals(at + Number(view.getBigUint64(at + 8, true)), heap.length);
  }));
});

Deno.test("curved cells are shown as quadratic ones, with their own mid-side nodes", async () => {
  using dir = tempDir();
  const model = new Model();
  const mesh = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.4, geometryDegree: 2 });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y) => x + y);
  new MeshVariable(mesh, "linear").set((x) => x);
  new MeshVariable(mesh, "apart", { degree: 2, continuous: false }).set((x) => x);
  const path = await model.saveState({ file: dir.join("ring.snap.h5"), view: "full" });
  assertEquals((await verifySnapshot(path)).ok, true);
  using file = await openPlain(path);
  const root = "/VTKHDF", places = T.coordinates.data as Float64Array;
  const points = file.read(`${root}/Points`);
  assertEquals(points.shape, [T.dofCount, 3]);
  const shown = Float64Array.from(
    places,
    (_, i) => (points.data as Float64Array)[3 * Math.floor(i / 2) + i % 2],
  );
  assertSameBytes(shown, places);
  assert((file.read(`${root}/Types`).data as Uint8Array).every((type) => type === 22));
  const apart = file.read("/VTKHDF_parts/Mesh_0_P2_discontinuous/Points").data as Float64Array;
  const own = mesh.variables.get("apart")!.coordinates.data as Float64Array;
  own.forEach((x, i) => assertEquals(apart[3 * Math.floor(i / 2) + i % 2], x));
});

Deno.test("the view of a periodic mesh: drawn as it lies, with the values of both sides", async () => {
  using dir = tempDir();
  const model = new Model(), tau = 2 * Math.PI;
  const torus = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4], periodic: ["x", "y"] });
  const wave = (x: number, y: number) => Math.sin(tau * x) + Math.cos(tau * y);
  new MeshVariable(torus, "T").set(wave);
  new MeshVariable(torus, "u", { degree: 2 }).set(wave);
  new MeshVariable(torus, "v", { components: 2 }).set([1, 2]);
  for (const [view, perCell] of [[true, 3], ["full", 6]] as const) {
    const path = dir.join(`${view}.snap.h5`);
    await model.saveState({ file: path, view });
    using file = await openPlain(path);
    const points = file.read("/VTKHDF/Points").data as Float64Array;
    assertEquals(points.length, 3 * perCell * torus.cellCount);
    const cells = torus.cells.data, x = torus.coordinates.data;
    for (const name of ["T", "u"]) {
      const values = file.read(`/VTKHDF/PointData/${name}`).data as Float64Array;
      for (let c = 0; c < torus.cellCount; c++) {
        for (let k = 0; k < perCell; k++) {
          const at = c * perCell + k;
          const [px, py] = points.subarray(3 * at, 3 * at + 2);
          if (k < 3) {
            assertEquals([px, py], [...x.subarray(2 * cells[3 * c + k], 2 * cells[3 * c + k] + 2)]);
          }
          // A linear field has the mean of both ends in the middle of an edge.
          if (k < 3 || name === "u") assert(Math.abs(values[at] - wave(px, py)) < 1e-14);
        }
      }
    }
    const v = file.read("/VTKHDF/PointData/v").data;
    assertEquals([...v.subarray(0, 6)] as unknown[], [1, 2, 0, 1, 2, 0]);
  }
});
