import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { bytesOf } from "../../src/arrays.ts";
import type { MeshData } from "../../src/mesh/mesh_data.ts";
import { geometryOf, Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { MemoryBackend } from "../../src/snapshot/memory_backend.ts";
import { BackendSink } from "../../src/snapshot/sink.ts";
import { BackendSource } from "../../src/snapshot/source.ts";
import { FakeHost } from "./_fake_host.ts";
import { cubeGrid, squareGrid } from "./_grids.ts";

const key = "meshes/Mesh_0";

function save(mesh: Mesh): MemoryBackend {
  const backend = new MemoryBackend();
  mesh.capture(new BackendSink(backend, key));
  return backend;
}

/** Plans and, when nothing was refused, writes; returns the refusals. */
function load(mesh: Mesh, backend: MemoryBackend): string[] {
  const problems: string[] = [];
  const write = mesh.plan(new BackendSource(backend, key, problems));
  if (problems.length === 0) write();
  return problems;
}

/** The entries again, every array copied: what a snapshot from a file looks like. */
function fromDisk(backend: MemoryBackend): MemoryBackend {
  const copy = new MemoryBackend();
  for (const name of backend.keys()) copy.put(name, backend.get(name)!, "copy");
  return copy;
}

function meshOf(data: MeshData = squareGrid(3, 2)): Mesh {
  return new Mesh(new FakeHost(), data);
}

Deno.test("capture writes the keys of the file format", () => {
  const mesh = meshOf();
  new MeshVariable(mesh, "T").set(1);
  new MeshVariable(mesh, "v/w", { components: 2, degree: 2 }).data.fill(2);
  new MeshVariable(mesh, "none", { degree: 0 });
  const backend = save(mesh);
  assertEquals([...backend.keys()], [
    key,
    `${key}/topology`,
    `${key}/topology/cells`,
    `${key}/topology/boundaries`,
    `${key}/topology/boundaries/left`,
    `${key}/topology/boundaries/right`,
    `${key}/topology/boundaries/bottom`,
    `${key}/topology/boundaries/top`,
    `${key}/topology/regions`,
    `${key}/topology/regions/first`,
    `${key}/coordinates`,
    `${key}/variables`,
    `${key}/variables/T`,
    `${key}/variables/v%2Fw`,
    `${key}/variables/none`,
  ]);
  assertEquals(backend.get(key)!.attributes, {
    dim: 2,
    mesh_type: "box",
    geometry_version: 0,
    topology_version: 0,
  });
  assertEquals(backend.get(`${key}/variables`)!.keys, ["T", "v/w", "none"]);
  const T = backend.get(`${key}/variables/T`)!;
  assertEquals([T.shape, T.attributes], [[12], { degree: 1, continuous: true, components: 1 }]);
  assertEquals(backend.get(`${key}/variables/v%2Fw`)!.shape, [35, 2]);
  const none = backend.get(`${key}/variables/none`)!;
  assertEquals([none.kind, none.data, none.attributes.allocated], ["group", null, false]);
});

Deno.test("values come back in place and by bytes, NaN payloads and -0 included", () => {
  const mesh = meshOf();
  const T = new MeshVariable(mesh, "T");
  const bits = new BigUint64Array(T.data.buffer);
  bits.set([0x7ff4000000000001n, 0xfff8dead0000beefn, 1n << 63n, 0x7ff0000000000000n]);
  const before = bytesOf(T.data).slice();
  const held = T.data;
  for (const backend of [save(mesh), fromDisk(save(mesh))]) {
    T.set(3);
    assertEquals(load(mesh, backend), []);
    assertEquals(bytesOf(T.data), before);
    assertStrictEquals(T.data, held);
  }
  assertEquals(mesh.geometryVersion, 0);
});

Deno.test("a deformation is undone: nodes by bytes, and a version that only grows", () => {
  for (const copied of [false, true]) {
    const mesh = meshOf(cubeGrid(2));
    const first = mesh.coordinates.data.slice();
    const before = copied ? fromDisk(save(mesh)) : save(mesh);
    const geometry = geometryOf(mesh);
    mesh.deform(first.map((x) => 2 * x));
    const after = save(mesh);
    assertEquals(load(mesh, before), []);
    assertEquals([mesh.coordinates.data, mesh.geometryVersion], [first, 2]);
    assertEquals([...mesh.locate([[1.5, 1, 1]]).cells], [-1]);
    if (!copied) assertStrictEquals(geometryOf(mesh), geometry);
    assertEquals(load(mesh, before), []);
    assertEquals(mesh.geometryVersion, 2);
    assertEquals(load(mesh, after), []);
    assertEquals([mesh.coordinates.data[3], mesh.geometryVersion], [2 * first[3], 3]);
    assert(mesh.locate([[1.5, 1, 1]]).cells[0] >= 0);
  }
});

Deno.test("a variable without memory at capture is without memory again, and the other way", () => {
  const mesh = meshOf();
  const T = new MeshVariable(mesh, "T");
  const empty = save(mesh);
  T.set(5);
  const full = save(mesh);
  assertEquals(load(mesh, empty), []);
  assertEquals([T.allocated, T.max()], [false, 0]);
  assertEquals(load(mesh, full), []);
  assertEquals([T.allocated, T.min()], [true, 5]);
});

Deno.test("planning alone changes nothing", () => {
  const mesh = meshOf();
  const T = new MeshVariable(mesh, "T");
  T.set(1);
  const backend = save(mesh);
  T.set(2);
  mesh.deform(mesh.coordinates.data.map((x) => 2 * x));
  mesh.plan(new BackendSource(backend, key, []));
  assertEquals([T.max(), mesh.geometryVersion, mesh.coordinates.get(3, 0)], [2, 1, 2]);
});

Deno.test("another topology is put back, with its nodes and variables", () => {
  const mesh = meshOf();
  new MeshVariable(mesh, "a").set((x, y) => x + 2 * y);
  const backend = save(mesh);
  for (const data of [squareGrid(3, 3), squareGrid(2, 3)]) {
    const other = meshOf(data);
    const a = new MeshVariable(other, "a");
    a.set(7);
    assertEquals(load(other, backend), []);
    assertEquals(other.cells.data, mesh.cells.data);
    assertEquals(other.coordinates.data, mesh.coordinates.data);
    assertEquals(a.data, mesh.variables.get("a")!.data);
    assertEquals([other.topologyVersion, other.geometryVersion], [1, 1]);
  }
});

Deno.test("what is no topology of this mesh is refused, with both sides in the sentence", () => {
  const backend = save(meshOf());
  const refusal = (data: MeshData) => load(meshOf(data), backend);
  const start = "mesh 'Mesh_0': its topology differs";
  assertEquals(refusal(cubeGrid(1)), [`${start} (captured 12 triangles, live 6 tetrahedra)`]);
  const data = squareGrid(3, 2);
  assertEquals(refusal({ ...data, regions: new Map() }), [
    `${start} (captured regions: 'first'; live: none)`,
  ]);
  assertEquals(load(meshOf(), new MemoryBackend()), [`${start} (none was captured)`]);
  const damaged = new MemoryBackend();
  for (const key of backend.keys()) {
    const entry = backend.get(key)!;
    const cells = key.endsWith("topology/cells");
    damaged.put(
      key,
      cells ? { ...entry, data: new Int32Array(entry.data!.length).fill(99) } : entry,
      "share",
    );
  }
  assertEquals(load(meshOf(), damaged), [
    "mesh 'Mesh_0': cell 0 names node 99; there are 12 nodes",
  ]);
  const contradicting = new MemoryBackend();
  for (const key of backend.keys()) {
    const entry = backend.get(key)!, isMesh = "mesh_type" in entry.attributes;
    const attributes = isMesh ? { ...entry.attributes, dim: 4 } : entry.attributes;
    contradicting.put(key, { ...entry, attributes }, "share");
  }
  assertEquals(load(meshOf(), contradicting), [
    "mesh 'Mesh_0' was captured in 4 dimensions and has 2",
  ]);
});

Deno.test("variables on one side only, or of another kind, are refused one by one", () => {
  const mesh = meshOf();
  new MeshVariable(mesh, "a");
  new MeshVariable(mesh, "b", { degree: 2 });
  new MeshVariable(mesh, "c").set(1);
  const backend = save(mesh);
  const other = meshOf();
  new MeshVariable(other, "b", { degree: 2, continuous: false });
  new MeshVariable(other, "c", { components: 2 }).set(4);
  new MeshVariable(other, "d");
  const problems = load(other, backend);
  assertEquals(problems.length, 4);
  const sides = "(captured 'a', 'b', 'c'; live 'b', 'c', 'd')";
  assert(problems[0].includes(`variable 'a' was captured and is not live ${sides}`));
  assert(problems[1].includes(
    "captured P2 continuous with 1 component, live P2 discontinuous with 1 component",
  ));
  assert(problems[2].includes(
    "captured P1 continuous with 1 component, live P1 continuous with 2 components",
  ));
  assert(problems[3].includes(`variable 'd' is live and was not captured ${sides}`));
  assertEquals(other.variables.get("c")!.min(), 4);
});

Deno.test("damaged entries are refused, not written", () => {
  const mesh = meshOf();
  const T = new MeshVariable(mesh, "T");
  T.set(1);
  const backend = save(mesh);
  const damaged = (name: string, data: Float64Array) => {
    const copy = new MemoryBackend();
    for (const k of backend.keys()) {
      const entry = backend.get(k)!;
      copy.put(
        k,
        k === `${key}/${name}` ? { ...entry, data, shape: [data.length] } : entry,
        "share",
      );
    }
    return load(mesh, copy);
  };
  assert(damaged("variables/T", new Float64Array(5))[0].includes("should hold 12 numbers"));
  assert(damaged("coordinates", new Float64Array(4))[0].includes("should hold 24 numbers"));
  assert(damaged("coordinates", new Float64Array(24))[0].includes("cell 0 has no volume"));
  assertEquals([T.max(), mesh.geometryVersion], [1, 0]);
});
