import { assert, assertEquals, assertThrows } from "@std/assert";
import { MeshFormatError } from "../../src/errors.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { readGmsh } from "../../src/mesh/read_gmsh.ts";
import { FakeHost } from "./_fake_host.ts";

const file = new URL("../data/gmsh/cubes_41_binary.msh", import.meta.url);

Deno.test("shapes and files become registered meshes with names", () => {
  const model = new FakeHost();
  const square = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
  const ring = annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.2 }, { name: "ring" });
  const cubes = readGmsh(model, file, { name: "cubes" });
  assertEquals([...model.meshes.values()], [square, ring, cubes]);
  assertEquals([ring.name, cubes.name], ["ring", "cubes"]);
  assertEquals([square.meshType, ring.meshType, cubes.meshType], ["box", "annulus", "gmsh"]);
  assertEquals([square.dim, square.cellCount, square.nodeCount], [2, 32, 25]);
  assertEquals(cubes.boundaries.get("outside")!.count, 140);
});

Deno.test("the boundary of every shape is the union of its boundaries, without overlap", () => {
  const model = new FakeHost();
  const meshes = [
    boxMesh(model, { min: [0, 0], max: [1, 2], cells: [4, 3] }),
    boxMesh(model, { min: [0, 0], max: [1, 2], cellSize: 0.2 }),
    boxMesh(model, { min: [0, 0, 0], max: [1, 2, 3], cells: [2, 3, 4] }),
    boxMesh(model, { min: [0, 0, 0], max: [1, 2, 3], cellSize: 0.7 }),
    annulusMesh(model, { inner: 0.1, outer: 1, cellSize: 0.2 }),
  ];
  for (const mesh of meshes) {
    const { topology } = geometryOf(mesh);
    const key = (cell: number, local: number) => cell * (mesh.dim + 1) + local;
    const named = [...topology.boundaries.keys()].flatMap((name) => {
      const { cells, locals } = topology.facetsOf(name);
      return [...cells].map((cell, i) => key(cell, locals[i]));
    });
    const exterior = [...topology.exteriorFacets.cells].map((cell, i) =>
      key(cell, topology.exteriorFacets.locals[i])
    );
    assertEquals(named.sort((a, b) => a - b), exterior.sort((a, b) => a - b));
  }
});

Deno.test("a path, a URL, bytes and a buffer give the same mesh", () => {
  const bytes = Deno.readFileSync(file);
  const sources = [Deno.realPathSync(file), file, bytes, bytes.slice().buffer];
  const cells = sources.map((source) => readGmsh(new FakeHost(), source).cells.data);
  for (const other of cells) assertEquals(other, cells[0]);
});

Deno.test("a file that is missing or a folder is a MeshFormatError with the path", () => {
  const model = new FakeHost();
  const missing = assertThrows(
    () => readGmsh(model, "no/such.msh"),
    MeshFormatError,
    "no/such.msh: there is no such file",
  );
  assertEquals(missing.path, "no/such.msh");
  assert(missing.cause instanceof Deno.errors.NotFound);
  assertThrows(() => readGmsh(model, "tests"), MeshFormatError, "tests: the file cannot be read");
  assertEquals(model.meshes.size, 0);
});

Deno.test("a file that is no mesh, a taken name and a bad source register nothing", () => {
  const model = new FakeHost();
  const taken = readGmsh(model, file, { name: "taken" });
  assertThrows(() => readGmsh(model, file, { name: "taken" }), RangeError, "taken");
  assertThrows(
    () => readGmsh(model, new Uint8Array(0)),
    MeshFormatError,
    "bytes: the file is empty",
  );
  for (const source of ["", 7, null, undefined, {}, new URL("https://example.org/a.msh")]) {
    assertThrows(
      () => readGmsh(model, source as string),
      TypeError,
      "takes a path, a file: URL or the bytes",
    );
  }
  assertThrows(() => boxMesh(model, { min: [0], max: [1], cells: [1] }), RangeError);
  assertEquals([...model.meshes.values()], [taken]);
});
