/**
 * The view for ParaView in files of several ranks. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Comm } from "../../../src/comm/comm.ts";
import { SelfComm } from "../../../src/comm/self.ts";
import { annulusMesh } from "../../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../../src/mesh/mesh_variable.ts";
import { Model } from "../../../src/model/model.ts";
import {
  consolidate,
  readSnapshotMetadata,
  verifySnapshot,
  writeView,
} from "../../../src/archive/disk.ts";
import { Swarm } from "../../../src/swarm/swarm.ts";
import { openPlain, type PlainFile } from "../_plain.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export async function main(comm: Comm): Promise<number> {
  const made = comm.rank === 0 ? Deno.makeTempDirSync({ prefix: "timestash_" }) : "";
  const folder = comm.bcast(made);
  const checks = [
    sameAsOne,
    emptyRanks,
    ghostsOfOwners,
    setOnOneRank,
    layouts,
    onlyWhatChanged,
    leftOut,
    beside,
    consolidated,
    small,
  ];
  for (const check of checks) {
    const own = `${folder}/${check.name}`;
    if (comm.rank === 0) Deno.mkdirSync(own);
    comm.barrier();
    try {
      await check(comm, own);
    } catch (error) {
      throw new Error(`${check.name}: ${(error as Error).message}`, { cause: error });
    }
    comm.barrier();
  }
  if (comm.rank === 0) Deno.removeSync(folder, { recursive: true });
  return checks.length;
}

/** Every kind of field, in the plane and in space; names that the view has uses for itself. */
function everything(comm: Comm, cells = 3) {
  const model = new Model({ name: "view", comm });
  const plane = cells === 1
    ? boxMesh(model, { min: [0, 0], max: [2, 1], cells: [1, 1] }, { name: "tables" })
    : annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.2 }, { name: "tables" });
  const T = new MeshVariable(plane, "T");
  T.set((x, y) => Math.sin(3 * x) * y);
  new MeshVariable(plane, "v", { components: 2 }).set((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  });
  new MeshVariable(plane, "q", { degree: 0 }).set((x, y) => x * y);
  const late = new MeshVariable(plane, "late", { components: 3 });
  const space = boxMesh(model, { min: [0, 0, 0], max: [2, 1, 1], cells: [cells, 2, 2] });
  new MeshVariable(space, "T").set((x, y, z) => x + 2 * y + z * z);
  const u = new MeshVariable(space, "u", { degree: 2 });
  u.set((x, y, z) => x * x - y * z);
  new MeshVariable(space, "p", { continuous: false }).set((x, y, z) => x * z - y);
  const s = new MeshVariable(space, "s", { degree: 2, components: 2, continuous: false });
  s.set((x, y, z, out) => {
    out[0] = x - z * y;
    out[1] = y;
  });
  const swarm = new Swarm(plane);
  swarm.populate({ perCell: 2 });
  swarm.addVariable("material", { dtype: "int32" }).set((x) => (x > 0 ? 7 : -3));
  swarm.addVariable("stress", { components: 3, dtype: "float32" });
  swarm.advect((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  }, 0.3);
  return { model, plane, T, late, u, swarm };
}

const besideParts = new Set(["numbers", "pieces", "tables"]);

/** Every part as sorted rows, one for each cell: its type, and what is at its points and in it. */
function drawn(file: PlainFile): Record<string, string[]> {
  const all: Record<string, string[]> = {};
  for (const name of file.names("/VTKHDF_parts")) {
    if (!besideParts.has(name)) all[name] = cellsOf(file, `/VTKHDF_parts/${name}`);
  }
  return all;
}

function cellsOf(file: PlainFile, root: string): string[] {
  const read = (path: string) => {
    const { data, shape } = file.read(`${root}/${path}`), width = Number(shape[1] ?? 1);
    const values = Array.from(data as ArrayLike<number | bigint>, String);
    return (row: number) => values.slice(row * width, (row + 1) * width).join(",");
  };
  const list = (path: string) =>
    Array.from(file.read(`${root}/${path}`).data as ArrayLike<number | bigint>, Number);
  const arrays = (folder: string) =>
    file.names(`${root}/${folder}`).filter((name) => name !== "vtkGhostType").sort()
      .map((name) => read(`${folder}/${name}`));
  const [points, ids, cells] = ["Points", "ConnectivityIds", "Cells"]
    .map((what) => list(`NumberOf${what}`));
  const connectivity = list("Connectivity"), offsets = list("Offsets"), types = list("Types");
  const atPoints = [read("Points"), ...arrays("PointData")], inCells = arrays("CellData");
  const rows: string[] = [];
  let point = 0, id = 0, cell = 0;
  points.forEach((_, piece) => {
    for (let c = 0; c < cells[piece]; c++) {
      const [from, to] = offsets.slice(cell + piece + c, cell + piece + c + 2);
      const corners = connectivity.slice(id + from, id + to)
        .map((corner) => atPoints.map((at) => at(point + corner)).join(" "));
      rows.push([types[cell + c], ...inCells.map((at) => at(cell + c)), ...corners].join("|"));
    }
    assertEquals(offsets[cell + piece + cells[piece]], ids[piece]);
    point += points[piece];
    id += ids[piece];
    cell += cells[piece];
  });
  assertEquals(cell, types.length);
  // On one rank these are links to numbers that other parts need more of.
  if (cells.length > 1) {
    assertEquals([id, cell + cells.length], [connectivity.length, offsets.length]);
  }
  return rows.sort();
}

async function viewOf(folder: string, name = "step.snap.h5"): Promise<Record<string, string[]>> {
  using file = await openPlain(folder, name);
  return drawn(file);
}

/** What one rank shows of everything; made once for all checks. */
let ofEverything: Promise<Record<string, string[]>> | null = null;
function everythingOfOne(folder: string): Promise<Record<string, string[]>> {
  return ofEverything ??= viewOfOne(folder, everything(new SelfComm()).model);
}

/** What one rank would show. */
async function viewOfOne(
  folder: string,
  model: Model,
  view: true | "full" = "full",
): Promise<Record<string, string[]>> {
  await model.saveState({ view, file: `${folder}/one.snap.h5` });
  return await viewOf(folder, "one.snap.h5");
}

/** Every cell and particle once, with the values that one rank has, in every byte. */
async function sameAsOne(comm: Comm, folder: string): Promise<void> {
  const file = `${folder}/step.snap.h5`, { model, plane, T, swarm } = everything(comm);
  await model.saveState({ view: "full", file });
  const counts = [plane.globalCellCount, comm.allreduce(swarm.count)];
  const nodes = comm.allreduce(T.ownedDofCount);
  if (comm.rank > 0) return;
  const seen = await viewOf(folder);
  assertEquals(Object.keys(seen).length, 5);
  assertEquals([seen.tables_2.length, seen.Swarm_0.length], counts);
  assertEquals(seen, await everythingOfOne(folder));
  assertEquals((await verifySnapshot(file)).ok, true);
  if (comm.size === 1) return;
  // What is marked is what other pieces have, too.
  using plain = await openPlain(folder, "step.snap.h5");
  const marks = plain.read("/VTKHDF/PointData/vtkGhostType").data as Uint8Array;
  assertEquals(marks.filter((mark) => mark === 0).length, nodes);
  assert(marks.length > nodes);
}

/** Ranks without cells and without particles. */
async function emptyRanks(comm: Comm, folder: string): Promise<void> {
  const { model, swarm } = everything(comm, 1);
  swarm.removeParticles((i) => swarm.ids[i] > 0n);
  await model.saveState({ view: "full", file: `${folder}/step.snap.h5` });
  if (comm.rank > 0) return;
  const one = everything(new SelfComm(), 1);
  one.swarm.removeParticles((i) => one.swarm.ids[i] > 0n);
  assertEquals(await viewOf(folder), await viewOfOne(folder, one.model));
}

/** Ghosts that the script has left behind are saved as they are, and shown as their owners have them. */
async function ghostsOfOwners(comm: Comm, folder: string): Promise<void> {
  const { model, T, u } = everything(comm);
  for (const field of [T, u]) field.data.fill(NaN, field.ownedDofCount);
  await model.saveState({ view: "full", file: `${folder}/step.snap.h5` });
  const again = everything(comm);
  await again.model.loadState(`${folder}/step.snap.h5`);
  assert(again.T.data.subarray(T.ownedDofCount).every(Number.isNaN));
  if (comm.rank > 0) return;
  assertEquals(await viewOf(folder), await everythingOfOne(folder));
}

/** A field that has values on one rank only is zero on the others. */
async function setOnOneRank(comm: Comm, folder: string): Promise<void> {
  const { model, late } = everything(comm), last = comm.size - 1;
  const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  if (comm.rank === last) late.data.set(late.data.map((_, i) => i + 1));
  const own = comm.rank === last ? sum(late.data.slice(0, 3 * late.ownedDofCount)) : 0;
  const total = comm.allreduce(own), count = comm.allreduce(late.ownedDofCount);
  await model.saveState({ view: "full", file: `${folder}/step.snap.h5` });
  if (comm.rank > 0) return;
  const { variables_summary } = await readSnapshotMetadata(`${folder}/step.snap.h5`);
  assertStringIncludes(String(variables_summary), `late [${count} x 3]`);
  using file = await openPlain(folder, "step.snap.h5");
  const { data, shape } = file.read("/VTKHDF/PointData/late");
  const points = file.read("/VTKHDF/Points").data as Float64Array;
  assertEquals(shape.map(Number), [points.length / 3, 3]);
  // Every place has one value, in whatever pieces it is; together they are the last rank's own.
  const values = new Map<string, number[]>();
  for (let i = 0; i < points.length; i += 3) {
    const here = [...data.subarray(i, i + 3)].map(Number), place = points.slice(i, i + 3).join();
    assertEquals(here, values.get(place) ?? here, place);
    values.set(place, here);
  }
  assertEquals(sum(Float64Array.from([...values.values()].flat())), total);
}

async function layouts(comm: Comm, folder: string): Promise<void> {
  const { model } = everything(comm);
  const file = `${folder}/step.snap.h5`;
  await model.saveState({ view: "full", file, compression: "gzip", layout: "sidecars" });
  if (comm.rank > 0) return;
  assertEquals(await viewOf(folder), await everythingOfOne(folder));
}

/** The view of an incremental file leads to its base. */
async function onlyWhatChanged(comm: Comm, folder: string): Promise<void> {
  const base = `${folder}/base.snap.h5`, file = `${folder}/step.snap.h5`;
  const { model, T } = everything(comm, 40);
  await model.saveState({ view: "full", file: base });
  T.set((x) => x);
  await model.saveState({ view: "full", file, base });
  if (comm.rank > 0) return;
  const one = everything(new SelfComm(), 40);
  one.T.set((x) => x);
  assertEquals(await viewOf(folder), await viewOfOne(folder, one.model));
  const { ok, files } = await verifySnapshot(file);
  assert(ok && files.includes(base) || comm.size > 1, `${files}`);
  const bytes = (path: string) =>
    [...Deno.readDirSync(path)].reduce(
      (n, { name }) => n + Deno.statSync(`${path}/${name}`).size,
      0,
    );
  if (comm.size === 1) return;
  assert(bytes(`${folder}/step.snap.bulk`) < bytes(`${folder}/base.snap.bulk`) / 2);
}

/** `{ view: false }` leaves it out; a rank's own file has no parts to show. */
async function leftOut(comm: Comm, folder: string): Promise<void> {
  const { model } = everything(comm), file = `${folder}/step.snap.h5`;
  await model.saveState({ file, view: false });
  if (comm.rank === 0) {
    using plain = await openPlain(folder, "step.snap.h5");
    assert(!plain.has("/VTKHDF") && !plain.has("/VTKHDF_parts"));
    assertEquals(await writeView(file), []);
  }
  comm.barrier();
  await model.saveState({ view: "full", file });
  if (comm.rank > 0 || comm.size === 1) return;
  for (const { name } of Deno.readDirSync(`${folder}/step.snap.bulk`)) {
    assertEquals(await writeView(`${folder}/step.snap.bulk/${name}`), []);
  }
}

/** The small files for a double click come with the save, and are refused on all ranks or none. */
async function beside(comm: Comm, folder: string): Promise<void> {
  const { model } = everything(comm), file = `${folder}/step.snap.h5`;
  await model.saveState({ file, view: "beside" });
  await assertRejects(
    () => model.saveState({ file: `${folder}/other.hdf`, view: "beside" }),
    RangeError,
    ".snap.h5",
  );
  if (comm.rank > 0) return;
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((n) => /hdf$/.test(n));
  assertEquals(names.length, 5);
  assertEquals(
    await writeView(file),
    [
      "step.hdf",
      "step.Mesh_0.hdf",
      "step.Mesh_0_P1_discontinuous.hdf",
      "step.Mesh_0_P2_discontinuous.hdf",
      "step.Swarm_0.hdf",
    ].map((name) => `${folder}/${name}`),
  );
  using plain = await openPlain(folder, "step.hdf");
  assertEquals(cellsOf(plain, "/VTKHDF"), (await viewOf(folder)).tables_2);
}

/** One file that holds all of it has the view, too. */
async function consolidated(comm: Comm, folder: string): Promise<void> {
  const { model } = everything(comm), file = `${folder}/step.snap.h5`;
  await model.saveState({ view: "full", file });
  if (comm.rank === 0) {
    const before = await viewOf(folder);
    await consolidate(file);
    assertEquals(await viewOf(folder), before);
    assertEquals((await verifySnapshot(file)).files, [file]);
  }
  comm.barrier();
  await everything(comm).model.loadState(file);
}

/** The small view shows what that of one rank shows, also with ghosts left behind and ranks without cells. */
async function small(comm: Comm, folder: string): Promise<void> {
  for (const cells of [3, 1]) {
    const { model, T, u } = everything(comm, cells);
    for (const field of [T, u]) field.data.fill(NaN, field.ownedDofCount);
    await model.saveState({ file: `${folder}/step.snap.h5` });
    if (comm.rank === 0) {
      const seen = await viewOf(folder);
      assertEquals(Object.keys(seen).sort(), ["Mesh_0", "Swarm_0", "tables_2"]);
      assertEquals(seen, await viewOfOne(folder, everything(new SelfComm(), cells).model, true));
    }
    comm.barrier();
  }
}
