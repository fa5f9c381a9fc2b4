/**
 * Ranks that do not do the same: what would leave them with different models is refused by all of them. Runs
 * on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { SnapshotSerializationError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export async function main(comm: Comm): Promise<number> {
  const checks = [meshes, sharedPoints, fillings, particleVariables, members];
  for (const check of checks) {
    try {
      if (comm.size > 1) await check(comm, comm.rank === comm.size - 1);
    } catch (error) {
      throw new Error(`${check.name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return checks.length;
}

function build(comm: Comm) {
  const model = new Model({ comm });
  const mesh = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [4, 2] });
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 2 });
  return { model, mesh, swarm };
}

/** `work` is refused by all ranks alike, and changes nothing. */
function assertRefused(model: Model, work: () => unknown): void {
  const before = model.saveState();
  assertThrows(work, RangeError, "the ranks differ");
  assertEquals(diffSnapshots(before, model.saveState()), []);
  assertEquals(model.comm.allreduce(1), model.comm.size);
}

function meshes(comm: Comm, odd: boolean): void {
  const model = new Model({ comm });
  const max = [1, odd ? 1.5 : 1], cells = [2, odd ? 3 : 2] as [number, number];
  assertRefused(model, () => boxMesh(model, { min: [0, 0], max, cells: [2, 2] }));
  assertRefused(model, () => boxMesh(model, { min: [0, 0], max: [1, 1], cells }));
  const name = odd ? "A" : "B";
  assertRefused(model, () => boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }, { name }));
}

/** Points that all ranks give: random ones of each rank's own would make particles twice, or never. */
function sharedPoints(comm: Comm, odd: boolean): void {
  const { model, swarm } = build(comm);
  const points = [[0.3, 0.3], [odd ? 1.7 : 1.6, 0.5]];
  assertRefused(model, () => swarm.addParticles(points, { global: true }));
  assertRefused(model, () => swarm.addParticles(points.slice(odd ? 1 : 0), { global: true }));
  assertRefused(model, () => swarm.addParticles(points, { global: odd }));
  assertRefused(model, () => swarm.addParticles(points, { migrate: odd }));
  const count = comm.allreduce(swarm.count);
  swarm.addParticles([[0.3, 0.3], [1.6, 0.5]], { global: true });
  assertEquals(comm.allreduce(swarm.count), count + 2);
}

function fillings(comm: Comm, odd: boolean): void {
  const { model, swarm } = build(comm);
  assertRefused(model, () => swarm.populate({ perCell: odd ? 3 : 2 }));
  assertRefused(model, () => swarm.populate({ perCell: 2, cells: odd ? [] : undefined }));
}

function particleVariables(comm: Comm, odd: boolean): void {
  const { swarm } = build(comm);
  for (const name of odd ? ["a", "b"] : ["b", "a"]) swarm.addVariable(name);
  const right = (_x: number, _y: number, _z: number, out: Float64Array) => void (out[0] = 1);
  assertThrows(() => swarm.advect(right, 1), RangeError, "the ranks differ");
}

/** A file that no other number of ranks could load is not written; a rank's own notes are its affair. */
async function members(comm: Comm, odd: boolean): Promise<void> {
  const { model, mesh } = build(comm);
  const folder = comm.bcast(comm.rank === 0 ? Deno.makeTempDirSync() : "");
  const extra = odd ? new MeshVariable(mesh, "extra") : null;
  const error = await model.saveState({ file: `${folder}/a.snap.h5` }).catch((error) => error);
  assert(error instanceof SnapshotSerializationError, `${error}`);
  assert(error.message.startsWith("meshes/Mesh_0/variables/extra: rank 0 has none"), error.message);
  assertEquals([...Deno.readDirSync(folder)], []);
  if (extra !== null) {
    mesh.removeVariable(extra);
    model.tracker.note = { of: "one rank" };
  }
  await model.saveState({ file: `${folder}/a.snap.h5` });
  comm.barrier();
  if (comm.rank === 0) Deno.removeSync(folder, { recursive: true });
}
