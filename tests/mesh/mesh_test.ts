import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { ndarray } from "../../src/deps/ndarray.ts";
import { geometryOf, Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { ModelHost } from "../../src/mesh/model_host.ts";
import { FakeHost } from "./_fake_host.ts";
import { cubeGrid, squareGrid } from "./_grids.ts";

Deno.test("a mesh says what it is", () => {
  const host = new FakeHost();
  const mesh = new Mesh(host, squareGrid(3, 2));
  assertEquals([mesh.name, mesh.dim, mesh.meshType], ["Mesh_0", 2, "box"]);
  assertEquals([mesh.cellCount, mesh.nodeCount], [12, 12]);
  assertEquals([mesh.geometryVersion, mesh.topologyVersion], [0, 0]);
  assertEquals(mesh.coordinates.shape, [12, 2]);
  assertEquals(mesh.cells.shape, [12, 3]);
  assertEquals([...mesh.boundaries.keys()], ["left", "right", "bottom", "top"]);
  const top = mesh.boundaries.get("top")!;
  assertEquals([top.name, top.count, top.facets.shape], ["top", 3, [3, 2]]);
  assertEquals(mesh.regions.get("first"), Int32Array.of(0, 1));
  assertStrictEquals(host.meshes.get("Mesh_0"), mesh);
  assertEquals(new Mesh(host, cubeGrid(1), { name: "cube" }).name, "cube");
  assertThrows(() => new Mesh(host, cubeGrid(1), { name: "cube" }), RangeError);
});

Deno.test("bad mesh data leaves no mesh behind", () => {
  const host = new FakeHost();
  const data = squareGrid(1, 1);
  const inverted = { ...data, cells: Int32Array.of(0, 2, 1, 1, 2, 3) };
  assertThrows(() => new Mesh(host, inverted), RangeError, "cell 0 is inverted");
  const coordinates = Float64Array.of(0, 0, 1, 0, 0, NaN, 1, 1);
  assertThrows(() => new Mesh(host, { ...data, coordinates }), RangeError, "node 2");
  assertThrows(() => new Mesh(null as unknown as ModelHost, data), TypeError);
  assertEquals(host.meshes.size, 0);
});

Deno.test("writing into what a mesh gives out, or was made of, moves nothing", () => {
  const data = squareGrid(2, 2);
  const mesh = new Mesh(new FakeHost(), data);
  const before = geometryOf(mesh).coordinates.slice();
  data.coordinates.fill(9);
  data.cells.fill(0);
  mesh.coordinates.set(4, 0, 0.1);
  mesh.cells.set(0, 0, 5);
  mesh.boundaries.get("top")!.facets.set(0, 0, 7);
  mesh.regions.get("first")![0] = 3;
  assertEquals(geometryOf(mesh).coordinates, before);
  assertEquals([...mesh.locate([[0.2, 0.1]]).cells], [0]);
});

Deno.test("every copy is one of its own: writing into one changes no other, also when a deform is refused", () => {
  const mesh = new Mesh(new FakeHost(), squareGrid(2, 2));
  const before = mesh.coordinates.data.slice();
  const first = mesh.coordinates, second = mesh.coordinates;
  first.set(0, 0, -0.5);
  assertEquals(second.data, before);
  mesh.deform(first);
  assertEquals([second.get(0, 0), mesh.coordinates.get(0, 0)], [0, -0.5]);
  first.set(0, 0, NaN);
  assertThrows(() => mesh.deform(first), RangeError);
  assertEquals([second.get(0, 0), mesh.coordinates.get(0, 0)], [0, -0.5]);
  const { cells } = mesh,
    { facets } = mesh.boundaries.get("top")!,
    region = mesh.regions.get("first")!;
  for (const data of [cells.data, facets.data, region]) data.fill(8);
  assertEquals(mesh.cells.data, squareGrid(2, 2).cells);
  assertEquals(mesh.boundaries.get("top")!.facets.data, squareGrid(2, 2).boundaries.get("top"));
  assertEquals(mesh.regions.get("first"), Int32Array.of(0, 1));
});

Deno.test("deform moves nodes, raises one version, and keeps values", () => {
  const mesh = new Mesh(new FakeHost(), squareGrid(4, 4));
  const T = new MeshVariable(mesh, "T");
  T.set((x) => x);
  const old = mesh.coordinates;
  const values = T.data.slice();
  mesh.deform(old.data.map((v) => 2 * v));
  assertEquals([mesh.geometryVersion, mesh.topologyVersion], [1, 0]);
  assertNotStrictEquals(mesh.coordinates, old);
  assertEquals(mesh.coordinates.get(24, 0), 2);
  assertEquals(T.data, values);
  assertEquals(T.evaluate([[1.5, 0.5], [2.5, 0]]).data, Float64Array.of(0.75, NaN));
  assertAlmostEquals(
    mesh.minRadius,
    2 * new Mesh(new FakeHost(), squareGrid(4, 4)).minRadius,
    1e-15,
  );
  mesh.deform(old);
  assertEquals(mesh.coordinates.data, old.data);
  const rows = Array.from({ length: 25 }, (_, i) => [old.get(i, 0) + 1, old.get(i, 1)]);
  mesh.deform(rows);
  assertEquals([mesh.geometryVersion, mesh.coordinates.get(0, 0)], [3, 1]);
});

Deno.test("deform keeps no handle to what it was given", () => {
  const mesh = new Mesh(new FakeHost(), squareGrid(2, 2));
  const x = mesh.coordinates.data.slice();
  mesh.deform(x);
  x.fill(0);
  assertEquals(mesh.coordinates.get(8, 0), 1);
});

Deno.test("a refused deform changes nothing and says which cell or node", () => {
  const mesh = new Mesh(new FakeHost(), squareGrid(2, 2), { name: "plate" });
  const geometry = geometryOf(mesh);
  const moved = (node: number, x: number, y: number) => {
    const copy = mesh.coordinates.data.slice();
    copy.set([x, y], 2 * node);
    return () => mesh.deform(copy);
  };
  assertThrows(moved(4, 2, 2), RangeError, "inverted");
  assertThrows(moved(4, 1, 0.5), RangeError, "has no volume");
  assertThrows(moved(4, NaN, 0), RangeError, "node 4 is at (NaN, 0)");
  assertThrows(() => mesh.deform(new Float64Array(8)), RangeError, "'plate' has 9 nodes, got 4");
  assertThrows(() => mesh.deform(new Float64Array(17)), RangeError);
  assertThrows(() => mesh.deform(ndarray(new Float64Array(18), [6, 3])), RangeError);
  assertThrows(() => mesh.deform("no" as unknown as Float64Array), TypeError);
  assertStrictEquals(geometryOf(mesh), geometry);
  assertEquals(mesh.geometryVersion, 0);
});

Deno.test("locate gives cells and barycentric coordinates, NaN outside", () => {
  const mesh = new Mesh(new FakeHost(), cubeGrid(2));
  const { cells, barycentric } = mesh.locate([[0.1, 0.2, 0.3], [2, 0, 0]]);
  assert(cells[0] >= 0);
  assertEquals(cells[1], -1);
  assertEquals(barycentric.shape, [2, 4]);
  assert(Number.isNaN(barycentric.get(1, 0)));
  assertThrows(() => mesh.locate([[NaN, 0, 0]]), RangeError, "locate: point 0");
  assertThrows(() => mesh.locate([[0, 0]]), RangeError, "3-D");
});

Deno.test("a removed variable is gone, and its name is free", () => {
  const mesh = new Mesh(new FakeHost(), squareGrid(1, 1));
  const other = new Mesh(new FakeHost(), squareGrid(1, 1));
  const T = new MeshVariable(mesh, "T");
  T.set(3);
  assertThrows(() => other.removeVariable(T), RangeError, "has none");
  mesh.removeVariable(T);
  assertEquals(mesh.variables.size, 0);
  assertEquals(T.max(), 3);
  assertThrows(() => mesh.removeVariable(T), RangeError);
  const again = new MeshVariable(mesh, "T");
  assertThrows(() => mesh.removeVariable(T), RangeError);
  assertStrictEquals(mesh.variables.get("T"), again);
});

Deno.test("a mark brings back the variables there were, and takes away newer ones", () => {
  const mesh = new Mesh(new FakeHost(), squareGrid(1, 1));
  const a = new MeshVariable(mesh, "a");
  new MeshVariable(mesh, "b");
  const rewind = mesh.markVariables();
  mesh.removeVariable(a);
  new MeshVariable(mesh, "c");
  rewind();
  assertEquals([...mesh.variables.keys()], ["a", "b"]);
  assertStrictEquals(mesh.variables.get("a"), a);
});

Deno.test("writing into the numbering that a variable gives out changes no mesh and no token", () => {
  for (const degree of [0, 1, 2] as const) {
    const mesh = new Mesh(new FakeHost(), squareGrid(3, 2));
    const T = new MeshVariable(mesh, "T", { degree });
    T.set((x, y) => x + 2 * y);
    const before = [T.integrate(), T.dofCount, mesh.cells.data.slice()];
    T.dofMap.cellDofs.fill(0);
    const other = new MeshVariable(mesh, "other");
    other.set(1);
    assertEquals([T.integrate(), T.dofCount, mesh.cells.data], before, `P${degree}`);
  }
});
