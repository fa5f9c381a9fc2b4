/**
 * Meshes divided among ranks, against the same mesh on one rank. Runs on workers in `partition_test.ts`.
 *
 * @module
 */
import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { transfer } from "../../src/mesh/field_transfer.ts";
import { divideMesh } from "../../src/mesh/divide_mesh.ts";
import { gatherThings } from "../../src/mesh/gather_whole.ts";
import type { Geometry } from "../../src/mesh/geometry.ts";
import { geometryOf, Mesh } from "../../src/mesh/mesh.ts";
import type { MeshData } from "../../src/mesh/mesh_data.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { ownedPieces } from "../../src/mesh/mesh_pieces.ts";
import { fingerprintOfPieces } from "../../src/mesh/pieces_fingerprint.ts";
import { shareOf } from "../../src/mesh/scatter_mesh.ts";
import { Rim } from "../../src/mesh/rim.ts";
import { boxData, type BoxMeshOptions } from "../../src/mesh/shapes/box.ts";
import { Model } from "../../src/model/model.ts";
import { assertSameBytes } from "../_helpers.ts";
import { wholeOf } from "../_rank_checks.ts";
import { meshMakers } from "../model/_adapting.ts";
import { cubeGrid, squareGrid } from "./_grids.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  const grids = [squareGrid(7, 5), cubeGrid(3), squareGrid(1, 1)];
  for (const data of grids) {
    const mesh = new Mesh(new Model({ comm }), data);
    const alone = new Mesh(new Model(), data);
    for (const check of [counts, ghosts, boundariesAndRegions, deformation, rims]) {
      check(comm, mesh, alone);
    }
    for (const [degree, continuous] of kinds) fields(comm, data, degree, continuous);
  }
  const ring = (model: Model) =>
    annulusMesh(model, { inner: 1, outer: 2, cellSize: 0.7, geometryDegree: 2 });
  rims(comm, ring(new Model({ comm })), ring(new Model()));
  for (const periodic of [["x"], ["x", "y"]] as const) {
    const box = (model: Model) =>
      boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4], periodic });
    rims(comm, box(new Model({ comm })), box(new Model()));
  }
  location(comm);
  transfers(comm);
  blocks(comm);
  divisions(comm);
  return grids.length + 1;
}

const kinds = [[0, false], [1, true], [1, false], [2, true], [2, false]] as const;

/** How often each global id is owned. */
function tally(comm: Comm, ids: Int32Array, count: number): number[] {
  const seen = new Array(count).fill(0);
  for (const id of comm.allgatherv(ids)) seen[id]++;
  return seen;
}

function ascending(ids: Int32Array): boolean {
  return ids.every((id, i) => i === 0 || id > ids[i - 1]);
}

/** Every cell and node has one owner; local cells are the global ones, owned first, then ghosts. */
function counts(comm: Comm, mesh: Mesh, alone: Mesh): void {
  assertEquals(mesh.globalCellCount, alone.cellCount);
  const { globalCellIds, globalNodeIds, ownedCellCount, ownedNodeCount } = mesh;
  for (const [ids, owned] of [[globalCellIds, ownedCellCount], [globalNodeIds, ownedNodeCount]]) {
    assert(ascending((ids as Int32Array).subarray(0, owned as number)));
    assert(ascending((ids as Int32Array).subarray(owned as number)));
  }
  const ones = (n: number) => new Array(n).fill(1);
  const cells = tally(comm, globalCellIds.slice(0, ownedCellCount), alone.cellCount);
  assertEquals(cells, ones(alone.cellCount));
  const nodes = tally(comm, globalNodeIds.slice(0, ownedNodeCount), alone.nodeCount);
  assertEquals(nodes, ones(alone.nodeCount));
  const share = alone.cellCount / comm.size;
  assert(Math.abs(ownedCellCount - share) <= 2, `${ownedCellCount} cells of ${alone.cellCount}`);
  for (let c = 0; c < mesh.cellCount; c++) {
    for (let k = 0; k <= mesh.dim; k++) {
      const node = mesh.cells.get(c, k);
      assertEquals(globalNodeIds[node], alone.cells.get(globalCellIds[c], k));
      for (let d = 0; d < mesh.dim; d++) {
        assertEquals(
          mesh.coordinates.get(node, d),
          alone.coordinates.get(globalNodeIds[node], d),
        );
      }
    }
  }
  assertEquals(mesh.minRadius, alone.minRadius);
}

/** Every rank knows the boundary of all, in the order of one rank, and who owns it. */
function rims(comm: Comm, mesh: Mesh, alone: Mesh): void {
  const rim = Rim.of(geometryOf(mesh), comm), whole = Rim.ofWhole(geometryOf(alone));
  const { count, locals } = rim.exteriorFacets;
  assertSameBytes(locals, whole.exteriorFacets.locals);
  assertSameBytes(rim.tree.corners, whole.tree.corners);
  const ids = mesh.globalCellIds.subarray(0, mesh.ownedCellCount);
  for (let f = 0; f < count; f++) {
    assertEquals(rim.cellOf(f), whole.cellOf(f));
    assertEquals(rim.ownerOf(f) === comm.rank, ids.includes(rim.cellOf(f)));
  }
}

/** Ghosts are the cells that share a node with an owned one, all of them and no others. */
function ghosts(_comm: Comm, mesh: Mesh, alone: Mesh): void {
  const { globalCellIds, ownedCellCount } = mesh;
  const owned = new Set(globalCellIds.slice(0, ownedCellCount));
  const corners = alone.dim + 1, { data } = alone.cells;
  const touched = new Set(
    [...owned].flatMap((c) => [...data.slice(c * corners, (c + 1) * corners)]),
  );
  const expected: number[] = [];
  for (let c = 0; c < alone.cellCount; c++) {
    const nodes = data.slice(c * corners, (c + 1) * corners);
    if (!owned.has(c) && nodes.some((node) => touched.has(node))) expected.push(c);
  }
  assertEquals([...globalCellIds.slice(ownedCellCount)], expected);
}

/** Boundaries and regions keep their names on every rank; each facet has one owner; cuts between ranks are not exterior. */
function boundariesAndRegions(comm: Comm, mesh: Mesh, alone: Mesh): void {
  assertEquals([...mesh.boundaries.keys()], [...alone.boundaries.keys()]);
  assertEquals([...mesh.regions.keys()], [...alone.regions.keys()]);
  const owned = (cells: Int32Array) => cells.filter((c) => c < mesh.ownedCellCount).length;
  const topology = geometryOf(mesh).topology;
  for (const [name, { count }] of alone.boundaries) {
    assertEquals(comm.allreduce(owned(topology.facetsOf(name).cells)), count);
  }
  assertEquals(
    comm.allreduce(owned(topology.exteriorFacets.cells)),
    geometryOf(alone).topology.exteriorFacets.count,
  );
  for (const [name, cells] of alone.regions) {
    const here = mesh.regions.get(name)!.filter((c) => c < mesh.ownedCellCount);
    const all = comm.allgatherv(here.map((c) => mesh.globalCellIds[c]));
    assertEquals([...all].sort((a, b) => a - b), [...cells]);
  }
}

/** Values, extremes, integrals and interpolation, as on one rank. */
function fields(comm: Comm, data: MeshData, degree: 0 | 1 | 2, continuous: boolean): void {
  const f = (x: number, y: number, z: number, out: Float64Array) => {
    out[0] = x * x - y + 0.5 * z;
    out[1] = 1 + x * y;
  };
  const make = (model: Model) => {
    const mesh = new Mesh(model, data);
    const u = new MeshVariable(mesh, "u", { components: 2, degree, continuous });
    assertEquals([u.min(), u.max(), u.norm()], [0, 0, 0]);
    u.set(f);
    return u;
  };
  const u = make(new Model({ comm })), v = make(new Model());
  const { globalDofIds: ids, ownedDofCount } = u;
  assertEquals(ids.length, u.dofCount);
  assert(ascending(ids.subarray(0, ownedDofCount)) && ascending(ids.subarray(ownedDofCount)));
  const seen = tally(comm, ids.slice(0, ownedDofCount), v.dofCount);
  assertEquals(seen, new Array(v.dofCount).fill(1));
  for (let i = 0; i < u.dofCount; i++) {
    assertEquals(u.array.get(i, 1), v.array.get(ids[i], 1));
    assertEquals(u.coordinates.get(i, 0), v.coordinates.get(ids[i], 0));
  }
  assertEquals([u.min(), u.max()], [v.min(), v.max()]);
  // Sums over ranks are in another order than over cells: some units in the last place.
  assertAlmostEquals(u.norm(), v.norm(), 1e-13);
  const [a, b] = u.integrate() as Float64Array, [c, d] = v.integrate() as Float64Array;
  assertAlmostEquals(a, c, 1e-13);
  assertAlmostEquals(b, d, 1e-13);
  const name = [...v.mesh.boundaries.keys()][0];
  const [side] = u.integrate(name) as Float64Array;
  // As above.
  assertAlmostEquals(side, (v.integrate(name) as Float64Array)[0], 1e-13);
  assertThrows(() => u.integrate("nowhere"), RangeError);
  // Different points on every rank, on facets and nodes too, anywhere in the domain and outside.
  const points = pointsFor(comm.rank, u.mesh.dim);
  assertSameBytes(u.evaluate(points).data, v.evaluate(points).data, "values");
  assertSameBytes(u.gradient(points).data, v.gradient(points).data, "gradients");
  const before = u.data.slice();
  u.data.fill(NaN, ownedDofCount * 2);
  u.syncGhosts();
  assertSameBytes(u.data, before, "ghosts");
}

function pointsFor(rank: number, dim: number): Float64Array {
  const out = new Float64Array((rank === 2 ? 0 : 40) * dim);
  for (let i = 0; i < out.length; i++) out[i] = ((i * 37 + rank * 11) % 56) / 49;
  return out;
}

/** Nodes move on all ranks; what one rank refuses, all refuse. */
function deformation(comm: Comm, mesh: Mesh, alone: Mesh): void {
  const stretched = (m: Mesh) => m.coordinates.data.map((x) => 2 * x);
  mesh.deform(stretched(mesh));
  alone.deform(stretched(alone));
  assertEquals([mesh.minRadius, mesh.geometryVersion], [alone.minRadius, 1]);
  const u = new MeshVariable(mesh, "u"), v = new MeshVariable(alone, "u");
  u.set((x, y) => x - y);
  v.set((x, y) => x - y);
  const points = pointsFor(comm.rank, mesh.dim).map((x) => 2 * x);
  assertSameBytes(u.evaluate(points).data, v.evaluate(points).data);
  const bad = mesh.coordinates.data.slice();
  if (comm.rank === comm.size - 1) bad[0] = NaN;
  if (comm.allreduce(mesh.ownedNodeCount, "min") > 0) {
    assertThrows(() => mesh.deform(bad), RangeError, "finite");
    assertEquals(mesh.geometryVersion, 1);
  }
}

/** A lattice that ranks make block by block has every byte of the one that each of them makes and divides. */
function blocks(comm: Comm): void {
  if (comm.size === 1) return;
  const boxes: BoxMeshOptions[] = [
    { min: [0, 0], max: [1, 1], cells: [7, 5] },
    { min: [-1, 0, 0], max: [1, 0.5, 3], cells: [3, 2, 4] },
    { min: [0, 0, 0], max: [1, 1, 1], cells: [1, 4, 1] },
    { min: [-1, 2], max: [1, 3], cellSize: 0.3 },
    { min: [0.1, 0], max: [1, 2.5], cellSize: 0.4 },
    { min: [0, 0], max: [1, 1], cells: [1, 1] },
  ];
  for (const options of boxes) {
    const made = boxMesh(new Model({ comm }), options);
    const wanted = new Mesh(new Model({ comm }), { ...boxData(options) });
    assertEquals(partOf(made), partOf(wanted));
    for (const [degree, continuous] of kinds) {
      const kind = { degree, continuous };
      const u = new MeshVariable(made, `u${degree}${continuous}`, kind);
      const v = new MeshVariable(wanted, `v${degree}${continuous}`, kind);
      assertEquals([u.dofMap, u.ownedDofCount], [v.dofMap, v.ownedDofCount]);
      assertSameBytes(u.globalDofIds, v.globalDofIds, "ids of degrees of freedom");
    }
    const { topology } = wholeOf(made), { cells, coordinates } = boxData(options);
    assertSameBytes(topology.cells, cells, "the whole, gathered");
    assertSameBytes(wholeOf(made).coordinates, coordinates, "places of the whole");
    assertEquals(topology.boundaries, boxData(options).boundaries);
    assertEquals(topology.edges, wholeOf(wanted).topology.edges);
  }
}

/** What a rank has of a mesh. */
function partOf(mesh: Mesh): unknown {
  const { topology, coordinates } = geometryOf(mesh),
    { cells, boundaries, exteriorFacets } = topology;
  const { ids, ghostOwners } = topology.rankMesh!.cells, { nodes } = topology.rankMesh!;
  const names = [...boundaries.keys()];
  const facets = names.map((
    name,
  ) => [topology.facetsOf(name), topology.rankMesh!.boundaryRows(name)]);
  return {
    ids,
    ghostOwners,
    nodes: [nodes.ids, nodes.ghostOwners, nodes.globalCount],
    cells,
    boundaries,
    facets,
    exterior: [exteriorFacets.count, exteriorFacets.cells, exteriorFacets.locals],
    coordinates,
    counts: [mesh.globalCellCount, mesh.minRadius],
  };
}

/** A point on a facet between ranks has one cell, the lowest of the whole mesh, on every rank that has it. */
function location(comm: Comm): void {
  const data = squareGrid(6, 6);
  const mesh = new Mesh(new Model({ comm }), data), alone = new Mesh(new Model(), data);
  oneCellEach(comm, mesh, alone, alone.coordinates.data);
  // Turned, so that most points of the boundary miss it by a rounding.
  const turned = ([x, y]: number[]) => [
    Math.cos(0.5) * x - Math.sin(0.5) * y,
    Math.sin(0.5) * x + Math.cos(0.5) * y,
  ];
  for (const one of [mesh, alone]) {
    const { data } = one.coordinates;
    one.deform(
      Array.from({ length: one.nodeCount }, (_, i) => turned([data[2 * i], data[2 * i + 1]])),
    );
  }
  const sides = Array.from({ length: 200 }, (_, i) => {
    const along = i / 199;
    return turned([[along, 0], [1, along], [along, 1], [0, along]][i % 4]);
  });
  oneCellEach(comm, mesh, alone, Float64Array.from(sides.flat()));
}

/** What ranks make of pieces of a mesh is what they would have of the whole, in every byte. */
function divisions(comm: Comm): void {
  if (comm.size === 1) return;
  for (const name of ["annulus", "tetrahedra"]) {
    const mesh = meshMakers[name](new Model({ comm })), { dim } = mesh;
    for (const isAdapted of [false, true]) {
      if (isAdapted) mesh.adapt((x, y) => (Math.hypot(x - 0.5, y) < 0.3 ? dim : 0));
      const geometry = geometryOf(mesh), { cells } = geometry.topology.rankMesh!;
      const owners = cells.ids.slice(0, cells.owned).map((id) =>
        Math.floor(id / 5) * 7 % comm.size
      );
      const pieces = ownedPieces(geometry, comm);
      const fingerprint = fingerprintOfPieces(pieces, owners, comm);
      const part = divideMesh(pieces, owners, fingerprint, comm);
      const all = gatherThings(cells, owners, 1, comm);
      assertEquals(wordsOf(part), wordsOf(shareOf(wholeOf(mesh), comm, all)));
    }
  }
}

function wordsOf({ topology, coordinates }: Geometry): unknown[] {
  const { cells, boundaries, regions, forest, exteriorFacets, rankMesh } = topology;
  const { nodes, cells: some, fingerprint } = rankMesh!;
  const { count, cells: cellsOf, locals } = exteriorFacets;
  return [
    [cells, coordinates, boundaries, regions, forest, fingerprint, count, cellsOf, locals],
    [some, nodes].map((map) => [map.ids, map.ghostOwners, map.owned, map.globalCount]),
    [...boundaries.keys()].map((name) => rankMesh!.boundary(name)),
  ];
}

/** Fields go to other meshes as on one rank, places outside too. */
function transfers(comm: Comm): void {
  const wide = { min: [-0.2, 0.1], max: [1.1, 1.3], cells: [9, 8] };
  const make = (model: Model, periodic: boolean) => {
    const from = periodic
      ? boxMesh(model, { min: [0, 0], max: [1, 1], cells: [6, 5], periodic: ["x"] })
      : annulusMesh(model, { inner: 0.4, outer: 1, cellSize: 0.3, geometryDegree: 2 });
    const u = new MeshVariable(from, "u", { degree: 2, components: 2 });
    u.set((x, y, _z, out) => {
      out[0] = Math.sin(2 * Math.PI * x) + y;
      out[1] = x * x * y;
    });
    const like = new MeshVariable(from, "like", { degree: 2, components: 2 });
    return { u, like, to: new MeshVariable(boxMesh(model, wide), "v", { components: 2 }) };
  };
  for (const periodic of [false, true]) {
    const here = make(new Model({ comm }), periodic), alone = make(new Model(), periodic);
    for (const outside of ["nearest", "rim"] as const) {
      const report = transfer(here.u, here.to, { outside });
      assertEquals(report, transfer(alone.u, alone.to, { outside }));
      assert(report.outside > 0);
      assertSameRows(here.to, alone.to);
    }
    assertThrows(() => transfer(here.u, here.to, { outside: "refuse" }), RangeError, "are outside");
    assertEquals(transfer(here.u, here.like), transfer(alone.u, alone.like));
    assertSameRows(here.like, alone.like);
    othersDivided(
      comm,
      here,
      alone,
      make(new Model(), periodic),
      make(new Model({ comm }), periodic),
    );
  }
}

/** What {@link transfers} makes. */
type Transfers = Record<"u" | "like" | "to", MeshVariable>;

/** Between meshes of one rank and divided ones, and between equal meshes in other divisions; no rank gathers a mesh. */
function othersDivided(
  comm: Comm,
  here: Transfers,
  alone: Transfers,
  own: Transfers,
  again: Transfers,
): void {
  const { mesh } = again.u;
  mesh.rebalance({
    weights: new Float64Array(mesh.ownedCellCount).map((_, c) => 1 + c % 3 + comm.rank),
  });
  const expected = transfer(alone.u, alone.to);
  // From divided to divided in another way; to whole, and back.
  assertEquals(transfer(here.u, again.like), transfer(alone.u, alone.like));
  assertEquals(transfer(here.u, again.to), expected);
  assertEquals(transfer(here.u, own.like), transfer(alone.u, alone.like));
  assertEquals(transfer(here.u, own.to), expected);
  assertEquals(transfer(own.u, again.u), transfer(alone.u, alone.like));
  here.to.set(0);
  assertEquals(transfer(own.u, here.to), expected);
  for (const field of [again.to, own.to, here.to]) assertSameRows(field, alone.to);
  for (const field of [again.like, own.like, again.u]) assertSameRows(field, alone.u);
}

function assertSameRows(u: MeshVariable, alone: MeshVariable): void {
  const { globalDofIds, components } = u, expected = new Float64Array(u.data.length);
  globalDofIds.forEach((id, i) =>
    expected.set(alone.data.subarray(id * components, (id + 1) * components), i * components)
  );
  assertSameBytes(u.data, expected);
}

function oneCellEach(comm: Comm, mesh: Mesh, alone: Mesh, points: Float64Array): void {
  const here = mesh.locate(points).cells, there = alone.locate(points).cells;
  assert(!there.includes(-1));
  for (let i = 0; i < here.length; i++) {
    if (here[i] >= 0 && here[i] < mesh.ownedCellCount) {
      assertEquals(mesh.globalCellIds[here[i]], there[i]);
    }
  }
  const owners = here.map((c) => (c >= 0 && c < mesh.ownedCellCount ? 1 : 0));
  assertEquals([...comm.allreduce(owners)], new Array(here.length).fill(1));
}
