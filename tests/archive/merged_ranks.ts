/**
 * Files of several ranks as one rank sees them: read, compared, shown. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { SelfComm } from "../../src/comm/self.ts";
import { SnapshotInvalidatedError } from "../../src/errors.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { readGmsh } from "../../src/mesh/read_gmsh.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { inspectSnapshot, readSnapshot } from "../../src/archive/disk.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { everything } from "../output/_everything.ts";
import { assertSameBytes } from "../_helpers.ts";
import { checksAmong } from "../_rank_checks.ts";

const annulus = new URL("../data/gmsh/annulus_41.msh", import.meta.url).pathname;

/**
 * Makes files in `folder`, and compares them with those that `earlier` numbers of ranks have left there.
 * Without a folder it takes one of its own.
 */
export async function main(
  comm: Comm,
  folder?: string,
  earlier: readonly number[] = [],
  onlyEarlier = false,
): Promise<number> {
  const own = folder === undefined;
  const made = own && comm.rank === 0 ? Deno.makeTempDirSync({ prefix: "timestash_" }) : "";
  const place = folder ?? comm.bcast(made);
  const checks = checksAmong([sameAsOne, oneValue, ghosts, unset, shown, fromFile], onlyEarlier);
  await build(comm).model.saveState({ file: savedBy(`${place}/`, comm.size) });
  for (const check of checks) {
    try {
      await check(comm, `${place}/${check.name}`, earlier);
    } catch (error) {
      throw new Error(`${check.name}: ${(error as Error).message}`, { cause: error });
    }
    comm.barrier();
  }
  if (own && comm.rank === 0) Deno.removeSync(place, { recursive: true });
  return checks.length;
}

/** Every kind of field and variable, boundaries and regions, a mesh that was moved, particles that went. */
function build(comm: Comm) {
  const { model, plane, swarm } = everything(comm);
  const mesh = readGmsh(model, Deno.readFileSync(annulus));
  const q = new MeshVariable(mesh, "q", { degree: 2, components: 2, continuous: false });
  q.set((x, y, _z, out) => {
    out[0] = x;
    out[1] = y;
  });
  const late = new MeshVariable(mesh, "late", { degree: 2 });
  mesh.deform(mesh.coordinates.data.map((x) => x + 0.01 * x * x));
  swarm.advect((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  }, 0.3);
  swarm.removeParticles((i) => swarm.ids[i] % 7n === 3n);
  swarm.addParticles(comm.rank === 0 ? [[0.6, 0.1], [-0.1, -0.7], [0, 9]] : []);
  model.parameters.define("a", 1);
  model.tracker.step = 3;
  return { model, plane, swarm, mesh, late, T: plane.variables.get("T")! };
}

/** The file of everything that so many ranks have saved, in the folder of `stem`. */
function savedBy(stem: string, ranks: number): string {
  return stem.replace(/[^/]*$/, `everything${ranks}.snap.h5`);
}

/** What one rank has captured of the same script; made once for all checks. */
let captured: Snapshot | null = null;
function ofOne(): Snapshot {
  return captured ??= build(new SelfComm()).model.saveState();
}

/** Equal to what one rank has in every byte, and so to files of any number of ranks. */
async function sameAsOne(comm: Comm, stem: string, earlier: readonly number[]): Promise<void> {
  if (comm.rank > 0) return;
  const file = savedBy(stem, comm.size), one = ofOne();
  assertEquals(await diffSnapshots(one, file), []);
  for (const ranks of earlier) {
    assertEquals(await diffSnapshots(savedBy(stem, ranks), file), []);
  }
  using token = await readSnapshot(file);
  assertEquals([token.modelName, token.step], [one.modelName, one.step]);
  assertEquals(diffSnapshots(token, one), []);
}

/** One number of one rank differs: that is what is said, by the key that one rank has. */
async function oneValue(comm: Comm, stem: string): Promise<void> {
  const file = `${stem}.snap.h5`, { model, T, swarm } = build(comm);
  if (comm.rank === comm.size - 1) T.data[0] += 0.5;
  const material = swarm.variables.get("material")!;
  const first = comm.allreduce(Number(swarm.ids[0] ?? Infinity), "min");
  if (Number(swarm.ids[0]) === first) material.data[0] = 1;
  await model.saveState({ file });
  if (comm.rank > 0) return;
  const one = ofOne();
  const found = await diffSnapshots(one, file);
  assertEquals(found.map(({ key, count }) => [key, count]), [
    ["meshes/Mesh_0/variables/T", 1],
    ["swarms/Swarm_0/variables/material", 1],
  ]);
  assertEquals(found[0].maxDifference, 0.5);
  assertStringIncludes(found[1].what, "first [0]");
}

/** Ghosts are compared where as many ranks wrote both files, and only there. */
async function ghosts(comm: Comm, stem: string, earlier: readonly number[]): Promise<void> {
  const files = ["a", "b"].map((name) => `${stem}${comm.size}${name}.snap.h5`);
  const { model, T } = build(comm);
  await model.saveState({ file: files[0] });
  const last = comm.size - 1, some = comm.rank === last && T.ownedDofCount < T.dofCount;
  if (some) T.data[T.ownedDofCount] = 77;
  await model.saveState({ file: files[1] });
  if (comm.allreduce(some ? 1 : 0) === 0 || comm.rank > 0) return;
  const found = await diffSnapshots(files[0], files[1]);
  assertEquals(found.map(({ key }) => key), [`ranks/${last}/meshes/Mesh_0/variables/T`]);
  for (const ranks of earlier.filter((ranks) => ranks !== comm.size)) {
    assertEquals(await diffSnapshots(`${stem}${ranks}a.snap.h5`, files[1]), []);
  }
}

/** A field that is set on one rank only is zero on the others. */
async function unset(comm: Comm, stem: string): Promise<void> {
  const file = `${stem}.snap.h5`, { model, late } = build(comm), last = comm.size - 1;
  if (comm.rank === last) late.data.fill(2);
  await model.saveState({ file });
  const own = comm.allreduce(comm.rank === last ? late.ownedDofCount : 0);
  const count = comm.allreduce(late.ownedDofCount);
  if (comm.rank > 0) return;
  const read = await Model.fromSnapshot(file);
  const { data } =
    [...read.meshes.values()].flatMap((mesh) =>
      (mesh as typeof late.mesh).variables.get("late") ?? []
    )[0];
  assertEquals([data.length, data.filter((x) => x === 2).length], [count, own]);
}

/** A page of text with the numbers of all ranks. */
async function shown(comm: Comm, stem: string): Promise<void> {
  if (comm.rank > 0) return;
  const file = savedBy(stem, comm.size), alone = `${stem}_one.snap.h5`;
  await build(new SelfComm()).model.saveState({ file: alone });
  // Moves between ranks are changes of population as well.
  const page = async (path: string) =>
    (await inspectSnapshot(path)).replace(/population_generation=\d+/, "").split("\n")
      .filter((line) => !/^timestash|created_at|ranks_at_write|linked files/.test(line));
  assertEquals(await page(file), await page(alone));
}

/** A model from the file alone; a file whose parts do not belong together is refused. */
async function fromFile(comm: Comm, stem: string): Promise<void> {
  if (comm.rank > 0) return;
  const file = savedBy(stem, comm.size);
  const { model, T, swarm } = build(new SelfComm());
  const read = await Model.fromSnapshot(file);
  const plane = read.meshes.get("Mesh_0") as typeof T.mesh;
  assertSameBytes(plane.variables.get("T")!.data, T.data);
  const places = [[0.6, 0.2], [-0.7, 0.1]];
  assertSameBytes(plane.variables.get("T")!.evaluate(places).data, T.evaluate(places).data);
  assertSameBytes((read.swarms.get("Swarm_0") as typeof swarm).ids, swarm.ids);
  using token = await readSnapshot(file);
  model.tracker.step = 9;
  model.loadState(token);
  assertEquals(model.tracker.step, 3);
  const other = new Model();
  await assertRejects(() => other.loadState(file), SnapshotInvalidatedError);
}
