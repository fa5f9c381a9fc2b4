/**
 * Meshes that the first rank reads or makes for all. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { countTraffic, countTrafficOf } from "../../bench/traffic.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { MeshFormatError } from "../../src/errors.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { geometryOf, Mesh } from "../../src/mesh/mesh.ts";
import type { MeshData } from "../../src/mesh/mesh_data.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { readGmsh } from "../../src/mesh/read_gmsh.ts";
import { shareOf } from "../../src/mesh/scatter_mesh.ts";
import type { FacetList } from "../../src/mesh/topology.ts";
import { Model } from "../../src/model/model.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { squareGrid } from "./_grids.ts";

const file = (name: string) => new URL(`../data/gmsh/${name}`, import.meta.url);
const meshes: readonly ((model: Model) => Mesh)[] = [
  (model) => readGmsh(model, file("cubes_22_binary.msh")),
  (model) => readGmsh(model, file("annulus_22_order2_binary.msh")),
  (model) => readGmsh(model, file("periodic_22.msh")),
  (model) => annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.2, geometryDegree: 2 }),
  (model) => new Mesh(model, oddGrid()),
];

/** Runs all checks; the number of checks, the same on every rank. */
export async function main(comm: Comm): Promise<number> {
  for (const make of meshes) sameParts(comm, make);
  onlyTheFirstReads(comm);
  sameErrors(comm);
  if (comm.size > 1) {
    differing(comm);
    noWhole(comm);
    await otherCells(comm);
  }
  return meshes.length + 5;
}

/** A node of no cell, a region that has a cell twice, and one that is empty. */
function oddGrid(): MeshData {
  const grid = squareGrid(5, 3);
  const regions = new Map([["twice", Int32Array.of(2, 2, 20)], ["none", new Int32Array(0)]]);
  return { ...grid, coordinates: Float64Array.of(...grid.coordinates, 7, 7), regions };
}

/** What is sent has every byte of a part that is cut from the whole. */
function sameParts(comm: Comm, make: (model: Model) => Mesh): void {
  const mesh = make(new Model({ comm })), alone = make(new Model());
  const here = geometryOf(mesh),
    cut = comm.size === 1 ? geometryOf(alone) : shareOf(geometryOf(alone), comm);
  assertEquals([mesh.meshType, mesh.notes], [alone.meshType, alone.notes]);
  assertSameBytes(here.coordinates, cut.coordinates);
  assertEquals(here.middles === null, cut.middles === null);
  if (here.middles !== null) assertSameBytes(here.middles, cut.middles!);
  const [a, b] = [here.topology, cut.topology];
  assertSameBytes(a.cells, b.cells);
  const facets = ({ count, cells, locals }: FacetList) => [count, cells, locals];
  assertEquals(facets(a.exteriorFacets), facets(b.exteriorFacets));
  assertEquals(facets(a.rimFacets), facets(b.rimFacets));
  for (const what of ["boundaries", "regions", "twins"] as const) assertEquals(a[what], b[what]);
  for (const name of a.boundaries.keys()) {
    assertEquals(facets(a.facetsOf(name)), facets(b.facetsOf(name)));
    assertEquals(a.rankMesh?.boundaryRows(name), b.rankMesh?.boundaryRows(name));
  }
  for (const degree of [1, 2] as const) {
    assertSameBytes(a.dofMap(degree, true).cellDofs, b.dofMap(degree, true).cellDofs);
  }
  if (a.rankMesh === null || b.rankMesh === null) return assertEquals(comm.size, 1);
  for (const what of ["cells", "nodes", "vertices"] as const) {
    const [sent, own] = [a.rankMesh[what], b.rankMesh[what]];
    assertEquals([sent.ids, sent.ghostOwners], [own.ids, own.ghostOwners]);
    assertEquals([sent.owned, sent.globalCount], [own.owned, own.globalCount]);
  }
}

/** Others need neither the file nor the permission to read it. */
function onlyTheFirstReads(comm: Comm): void {
  const { readFileSync } = Deno;
  let reads = 0;
  Deno.readFileSync = (path) => {
    reads++;
    return readFileSync(path);
  };
  try {
    const { globalCellCount } = readGmsh(new Model({ comm }), file("cubes_41_binary.msh"));
    assert(globalCellCount > 100);
  } finally {
    Deno.readFileSync = readFileSync;
  }
  assertEquals(reads, comm.rank === 0 ? 1 : 0);
}

/** What is wrong is said on every rank as on one: the class, the message and the fields. */
function sameErrors(comm: Comm): void {
  const bytes = new TextEncoder().encode(
    "$MeshFormat\n2.2 0 8\n$EndMeshFormat\n$Nodes\n1\n1 0 0\n",
  );
  const grid = squareGrid(2, 2), three = Int32Array.of(...grid.cells, ...grid.cells.slice(0, 3));
  const works: ((model: Model) => Mesh)[] = [
    (model) => readGmsh(model, file("missing.msh")),
    (model) => readGmsh(model, file("cubes.geo")),
    (model) => readGmsh(model, bytes),
    (model) => readGmsh(model, file("cubes_22.msh"), { geometryDegree: 3 as 2 }),
    (model) => annulusMesh(model, { inner: 2, outer: 1, cellSize: 0.1 }),
    (model) => annulusMesh(model, { inner: 1, outer: 2, cellSize: "a" as unknown as number }),
    (model) => new Mesh(model, { ...grid, cells: grid.cells.slice().reverse() }),
    (model) => new Mesh(model, { ...grid, cells: three }),
    (model) => new Mesh(model, { ...grid, boundaries: new Map([["a", Int32Array.of(0, 8)]]) }),
  ];
  for (const work of works) {
    const model = new Model({ comm });
    const here = assertThrows(() => work(model), Error, "", `${work}`);
    const alone = assertThrows(() => work(new Model()), Error);
    assertEquals([here.constructor, here.message], [alone.constructor, alone.message]);
    if (alone instanceof MeshFormatError) {
      assertEquals((here as MeshFormatError).path, alone.path);
      assertEquals((here as MeshFormatError).code, alone.code);
    }
    // Nothing was made, and the ranks are still together.
    assertEquals([model.meshes.size, comm.allreduce(1)], [0, comm.size]);
  }
}

/** Ranks that give other meshes are refused, all of them. */
function differing(comm: Comm): void {
  const isOdd = comm.rank === comm.size - 1, grid = squareGrid(2, 2);
  const works: ((model: Model) => Mesh)[] = [
    (model) => readGmsh(model, file(isOdd ? "cubes_22.msh" : "cubes_41.msh")),
    (model) => readGmsh(model, file("cubes_22.msh"), { periodic: isOdd }),
    (model) => annulusMesh(model, { inner: 1, outer: isOdd ? 2 : 3, cellSize: 0.5 }),
    (model) => new Mesh(model, isOdd ? squareGrid(2, 3) : grid),
    (model) => new Mesh(model, grid, { name: isOdd ? "a" : "b" }),
    (model) =>
      isOdd ? new Mesh(model, grid) : annulusMesh(model, { inner: 1, outer: 2, cellSize: 0.5 }),
  ];
  for (const work of works) {
    const model = new Model({ comm });
    assertThrows(() => work(model), RangeError, "a mesh is the same on all ranks");
    assertEquals([model.meshes.size, comm.allreduce(1)], [0, comm.size]);
  }
}

/** What comes to a rank when a periodic mesh is made is its share, and later grows with the cuts and the sides. */
function noWhole(comm: Comm): void {
  const [small, large] = [16, 32].map((n) => {
    const options = { min: [0, 0], max: [1, 1], cells: [n, n], periodic: ["x"] as const };
    let mesh: Mesh | null = null;
    const made = countTraffic(comm, () => () => {
      mesh = boxMesh(new Model({ comm }), options);
      new MeshVariable(mesh, "u", { degree: 2 }).set((x, y) => x * x * y);
    });
    const x = mesh!.coordinates.data;
    const used = countTraffic(comm, () => () => {
      mesh!.deform(x.map((value) => 2 * value));
      assert(mesh!.variables.get("u")!.coordinates.data.length > 0);
      new Swarm(mesh!).addParticles([[3.1, 1.5], [-7, 0.5]], { global: true });
    });
    return { made, used };
  });
  const times = (four: { gathered: number; exchanged: number }, one: typeof four) =>
    (four.gathered + four.exchanged) / (one.gathered + one.exchanged);
  // With ghosts, 80 to 100 bytes for each cell of a rank; the whole would be as many times that as there are ranks.
  const { gathered, exchanged } = large.made;
  assert(gathered + exchanged < 130 * (2 * 32 * 32) / comm.size, `${gathered} ${exchanged}`);
  assert(times(large.used, small.used) < 2.3, `${times(large.used, small.used)}`);
  // Four bytes for each corner of a cell alone would be twice as much.
  const whole = 2 * 32 * 32 * 3 * 4;
  assert(large.used.gathered < whole / 2, `${large.used.gathered}`);
}

/** A file with other cells than are live comes to a rank in its part, too. */
async function otherCells(comm: Comm): Promise<void> {
  const box = () => {
    const model = new Model({ comm });
    return { model, mesh: boxMesh(model, { min: [0, 0], max: [1, 1], cells: [20, 20] }) };
  };
  const other = box(), here = box();
  other.mesh.refine();
  const folder = comm.bcast(comm.rank === 0 ? Deno.makeTempDirSync() : "");
  const file = `${folder}/refined.snap.h5`;
  await other.model.saveState({ file });
  const { gathered } = await countTrafficOf(() => here.model.loadState(file));
  assertEquals(diffSnapshots(here.model.saveState(), other.model.saveState()), []);
  // The nodes of the cells alone are 38,400 bytes.
  if (comm.rank > 0) assert(gathered < 12_000, `${gathered} bytes`);
  comm.barrier();
  if (comm.rank === 0) Deno.removeSync(folder, { recursive: true });
}
