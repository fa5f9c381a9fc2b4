/**
 * Snapshot files of several ranks. Runs on workers in `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { SnapshotCorruptError, SnapshotInvalidatedError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { inspectSnapshot, readSnapshotMetadata, verifySnapshot } from "../../src/archive/disk.ts";
import { writeCapture } from "../../src/archive/write_capture.ts";
import { open } from "../../src/snapshot/snapshot.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { assertReached, goldenTransport, stepsAfter } from "./_golden_models.ts";
import { FlushWatch } from "./_flushes.ts";
import { unpack } from "./_packed.ts";
import { runFileChecks } from "../_rank_checks.ts";
import reached from "../data/snapshots/v1_models.json" with { type: "json" };

/**
 * Makes files in `folder` and loads them again on as many ranks; then loads those that `earlier` numbers of
 * ranks have left there. Without a folder it takes one of its own.
 */
export function main(
  comm: Comm,
  folder?: string,
  earlier: readonly number[] = [],
): Promise<number> {
  return runFileChecks(
    comm,
    [sameRanks, overwriting, damage, fromOthers, ofOthers, golden, flushes],
    folder,
    earlier,
  );
}

type Sim = ReturnType<typeof build>;

function build(comm: Comm) {
  const model = new Model({ name: "circulation", comm, seed: 5 });
  const mesh = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [6, 5] });
  const T = new MeshVariable(mesh, "T", { degree: 2 });
  T.set((x, y) => Math.sin(3 * x) + y);
  const v = new MeshVariable(mesh, "v", { components: 2 });
  v.set((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  });
  new MeshVariable(mesh, "unused");
  const q = new MeshVariable(mesh, "q", { degree: 1, continuous: false });
  q.set((x, y) => x * y);
  mesh.deform(mesh.coordinates.data.map((x) => x + 0.05 * x * x));
  const swarm = new Swarm(mesh);
  const material = swarm.addVariable("material", { dtype: "uint8" });
  swarm.addVariable("stress", { components: 3, dtype: "float32" });
  swarm.populate({ perCell: 3 });
  material.set((x) => (x > 0 ? 1 : 2));
  model.parameters.define("a", 1);
  return { comm, model, mesh, T, q, v, swarm, material };
}

function step({ model, T, v, swarm }: Sim, dt: number): void {
  swarm.advect(v, dt, { order: 4 });
  const mean = T.integrate() as number;
  for (let i = 0; i < T.data.length; i++) T.data[i] += dt * mean;
  model.tracker.mean = mean;
  model.tracker.time += dt;
  model.tracker.step += 1;
}

/** Everything by global id: particles, then the values of fields. */
function table({ comm, swarm, material, T, q }: Sim): Float64Array {
  const ids = comm.allgatherv(swarm.ids), materials = comm.allgatherv(material.data);
  const xy = comm.allgatherv(swarm.coordinates.data as Float64Array);
  const order = [...ids.keys()].sort((a, b) => (ids[a] < ids[b] ? -1 : 1));
  const out = order.flatMap((i) => [Number(ids[i]), xy[2 * i], xy[2 * i + 1], materials[i]]);
  for (const field of [T, q]) {
    const own = field.ownedDofCount;
    const dofs = comm.allgatherv(field.globalDofIds.slice(0, own));
    const values = comm.allgatherv(field.data.slice(0, own));
    const sorted = [...dofs.keys()].sort((a, b) => dofs[a] - dofs[b]);
    out.push(...sorted.map((i) => values[i]));
  }
  return Float64Array.from(out);
}

function assertSameState(a: Model, b: Model, what: string): void {
  using one = a.saveState();
  using other = b.saveState();
  const differences = diffSnapshots(one, other);
  assertEquals(differences.slice(0, 3), [], what);
}

/** Saved, spoiled, loaded; and by another model of the same script: every byte, now and later. */
async function sameRanks(comm: Comm, folder: string): Promise<void> {
  const fresh = `${folder}/fresh${comm.size}.snap.h5`,
    later = `${folder}/later${comm.size}.snap.h5`;
  const sim = build(comm), other = build(comm);
  assertEquals(await sim.model.saveState({ file: fresh }), fresh);
  for (let i = 0; i < 3; i++) step(sim, 0.3);
  await sim.model.saveState({ file: later });
  const rows = table(sim);
  if (comm.rank === 0) Deno.writeFileSync(`${later}.table`, new Uint8Array(rows.buffer));
  comm.barrier();
  other.T.set(NaN);
  other.swarm.removeParticles(() => true);
  await other.model.loadState(later);
  assertSameState(sim.model, other.model, "loaded");
  for (const s of [sim, other]) for (let i = 0; i < 2; i++) step(s, 0.3);
  assertSameState(sim.model, other.model, "after two steps");
  const metadata = await readSnapshotMetadata(later);
  assertEquals(metadata.ranks_at_write, comm.size);
  const summary = String(metadata.variables_summary);
  const count = comm.allreduce(other.T.ownedDofCount);
  assertStringIncludes(summary, `T [${count}]`);
  const page = await inspectSnapshot(later);
  assertStringIncludes(page, `float64 [${count}]`);
  assertStringIncludes(page, `count=${rows.length > 0 ? countOf(rows, sim) : 0} `);
  assertEquals((await verifySnapshot(later)).ok, true);
}

function countOf(rows: Float64Array, { T, q, comm }: Sim): number {
  const dofs = comm.size >= 1 ? T.ownedDofCount + q.ownedDofCount : 0;
  return (rows.length - comm.allreduce(dofs)) / 4;
}

/** A second save under the same name leaves no files of the first; a refused one leaves all of them. */
async function overwriting(comm: Comm, folder: string): Promise<void> {
  const file = `${folder}/again${comm.size}.snap.h5`;
  const sim = build(comm);
  await sim.model.saveState({ file });
  step(sim, 0.1);
  await sim.model.saveState({ file });
  comm.barrier();
  if (comm.size > 1) {
    const bulk = [...Deno.readDirSync(`${folder}/again${comm.size}.snap.bulk`)];
    assertEquals(bulk.length, comm.size);
  }
  const other = build(comm);
  await other.model.loadState(file);
  assertEquals(other.model.tracker.step, 1);
  // No such folder: all ranks throw, and none hangs.
  await assertRejects(() => sim.model.saveState({ file: `${folder}/none/x.snap.h5` }), Error);
  await assertRejects(() => sim.model.saveState({ file: folder }), Error);
  if (comm.size > 1) {
    await assertRejects(
      () => sim.model.saveState({ file, layout: "single" }),
      RangeError,
      "several ranks",
    );
  }
  await other.model.loadState(file);
}

/** A file of one rank is damaged or gone: all ranks refuse, and nothing has changed. */
async function damage(comm: Comm, folder: string): Promise<void> {
  if (comm.size === 1) return;
  const file = `${folder}/damaged${comm.size}.snap.h5`, bulk = file.replace(/h5$/, "bulk");
  const sim = build(comm);
  await sim.model.saveState({ file });
  step(sim, 0.1);
  const name = [...Deno.readDirSync(bulk)].map((e) => e.name).find((n) => n.startsWith("rank_1"))!;
  comm.barrier();
  if (comm.rank === 0) {
    const bytes = Deno.readFileSync(`${bulk}/${name}`);
    bytes[bytes.length >> 1] ^= 1;
    Deno.writeFileSync(`${bulk}/${name}`, bytes);
  }
  comm.barrier();
  const error = await assertRejects(() => sim.model.loadState(file), SnapshotCorruptError);
  assert(comm.rank === 1 || error.message.startsWith("rank 1: "), error.message);
  assertEquals(sim.model.tracker.step, 1);
}

/** From N to M ranks: everything exactly once with its exact value, and then as if built on M. */
async function fromOthers(comm: Comm, folder: string, earlier: readonly number[]): Promise<void> {
  const sim = build(comm), fresh = build(comm);
  using start = fresh.model.saveState();
  for (let i = 0; i < 2; i++) step(fresh, 0.3);
  using end = fresh.model.saveState();
  for (const ranks of [comm.size, ...earlier]) {
    await sim.model.loadState(`${folder}/fresh${ranks}.snap.h5`);
    using loaded = sim.model.saveState();
    assertEquals(diffSnapshots(loaded, start).slice(0, 3), [], `from ${ranks} ranks`);
    for (let i = 0; i < 2; i++) step(sim, 0.3);
    using stepped = sim.model.saveState();
    assertEquals(diffSnapshots(stepped, end).slice(0, 3), [], `from ${ranks} ranks, later`);
    const later = `${folder}/later${ranks}.snap.h5`;
    await sim.model.loadState(later);
    const saved = new Float64Array(Deno.readFileSync(`${later}.table`).buffer);
    assertSameBytes(table(sim), saved, `table of ${ranks} ranks`);
    assertEquals(sim.model.tracker.step, 3);
    const own = sim.swarm.ids;
    assert(own.every((id, i) => i === 0 || id > own[i - 1]));
  }
}

/** A file of another model is refused by all ranks. */
async function ofOthers(comm: Comm, folder: string, earlier: readonly number[]): Promise<void> {
  const model = new Model({ comm });
  boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3] });
  for (const ranks of [comm.size, ...earlier]) {
    const error = await assertRejects(
      () => model.loadState(`${folder}/fresh${ranks}.snap.h5`),
      SnapshotInvalidatedError,
    );
    assertStringIncludes(error.message, "variable 'T' was captured and is not live");
  }
}

/** What version 1 wrote on two ranks goes on here, on as many ranks in the same bytes from a spoiled model. */
async function golden(comm: Comm, folder: string): Promise<void> {
  const own = `${folder}/golden${comm.size}`;
  if (comm.rank === 0) {
    Deno.mkdirSync(own);
    await unpack("v1_model_ranks", own);
  }
  comm.barrier();
  const ends = [];
  for (const spoiled of [false, true]) {
    const { model, step, numbers } = goldenTransport(comm);
    if (spoiled) step();
    await model.loadState(`${own}/v1_model_ranks.snap.h5`);
    for (let i = 0; i < stepsAfter; i++) step();
    assertReached(numbers(), reached.v1_model_ranks);
    ends.push(model);
  }
  assertSameState(ends[0], ends[1], "a file of version 1");
}

/** The wrapper takes its name when the files of all ranks are on the disk, and not before. */
async function flushes(comm: Comm, folder: string): Promise<void> {
  const own = `${folder}/flushes${comm.size}`;
  if (comm.rank === 0) Deno.mkdirSync(`${own}/saves`, { recursive: true });
  comm.barrier();
  const watch = new FlushWatch(`${own}/notes`), { model } = build(comm);
  using token = model.saveState();
  const path = `${own}/saves/a.snap.h5`, { layer } = watch;
  for (let k = 0; k < 2; k++) await writeCapture(path, open(token), { step: k }, comm, { layer });
  assertEquals(watch.problems, []);
  assertEquals(watch.renames, comm.rank === 0 ? 2 : 0);
  comm.barrier();
  assertEquals(watch.left, []);
}
