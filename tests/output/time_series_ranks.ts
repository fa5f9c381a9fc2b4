/**
 * Timesteps of several ranks, for viewers and for a start on another mesh. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  annulusMesh,
  boxMesh,
  type Comm,
  type Mesh,
  MeshVariable,
  Model,
  readTimestep,
  type ReadTimestepReport,
  SelfComm,
  Swarm,
  writeTimestep,
} from "../../mod.ts";
import type { SnapshotEntry } from "../../src/snapshot/contract.ts";
import { readWhole } from "../../src/archive/read_whole.ts";
import { assertSameEntries } from "../archive/_entries.ts";
import { assertSameBytes } from "../_helpers.ts";
import { checksAmong } from "../_rank_checks.ts";
import { everything } from "./_everything.ts";
import { faults, inBlocks, order } from "./_written_in_blocks.ts";

/**
 * Writes files to `folder` and reads them; then those that `earlier` numbers of ranks have left there.
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
  const checks = checksAmong([
    sameAsOne,
    onEqualMeshes,
    onOtherMeshes,
    fromSnapshots,
    refusals,
    inBlocks,
    faults,
    order,
  ], onlyEarlier);
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

/** Two steps of a model whose field and particles change. */
async function twoSteps(comm: Comm, path: string) {
  const { model, plane, swarm } = everything(comm);
  const T = plane.variables.get("T")!;
  await writeTimestep(model, path);
  T.set((x, y) => x - y);
  swarm.removeParticles((i) => swarm.ids[i] % 5n === 0n);
  swarm.advect((x, y, _z, out) => {
    out[0] = -y;
    out[1] = x;
  }, 0.5);
  return await writeTimestep(model, path, { step: 7, time: 0.5 });
}

/** The same files as one rank writes: every number in every byte, every word of the XDMF. */
async function sameAsOne(comm: Comm, stem: string): Promise<void> {
  const folder = `${stem}${comm.size}`;
  const { data, steps, series } = await twoSteps(comm, `${folder}/run`);
  assertEquals(data, `${folder}/run.00007.h5`);
  assertEquals([steps.length, series.length], [5, 5]);
  if (comm.rank > 0) return;
  const alone = `${stem}${comm.size}_one`, one = await twoSteps(new SelfComm(), `${alone}/run`);
  const there = (path: string) => path.replace(folder, alone);
  assertEquals([data, ...steps, ...series].map(there), [one.data, ...one.steps, ...one.series]);
  for (const path of [...steps, ...series]) {
    assertEquals(Deno.readTextFileSync(path), Deno.readTextFileSync(there(path)));
  }
  for (const path of [data, data.replace("00007", "00000")]) {
    const { entries, metadata } = await readWhole(path), other = await readWhole(there(path));
    assertSameEntries(withoutCounters(entries), withoutCounters(other.entries));
    assertEquals({ ...metadata, created_at: "" }, { ...other.metadata, created_at: "" });
  }
  // Nothing else is left: no file of a rank, nothing temporary.
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assertEquals(files.length, 2 + 2 * 5 + 5, `${files}`);
}

/** Moves between ranks are changes of population as well. */
function withoutCounters(entries: ReadonlyMap<string, SnapshotEntry>) {
  return new Map([...entries].map(([key, entry]) => {
    const { population_generation: _, ...attributes } = entry.attributes;
    return [key, { ...entry, attributes }];
  }));
}

/** Fields of every kind on an annulus, set by functions. */
function fields(comm: Comm, cellSize = 0.15, sets = true) {
  const model = new Model({ name: "fields", comm });
  const mesh: Mesh = annulusMesh(model, { inner: 0.5, outer: 1, cellSize });
  const kinds = [
    { name: "constant", degree: 0 },
    { name: "linear", degree: 1, components: 2 },
    { name: "quadratic", degree: 2 },
    { name: "apart", degree: 2, continuous: false },
  ] as const;
  const all = kinds.map(({ name, ...options }) => {
    const field = new MeshVariable(mesh, name, options);
    if (!sets) return field;
    field.set(
      field.components === 1 ? (x, y) => Math.sin(3 * x) * y : (x, y, _z, out) => {
        out[0] = x * y;
        out[1] = Math.cos(x);
      },
    );
    return field;
  });
  const swarm = new Swarm(mesh);
  if (sets) swarm.populate({ perCell: 2 });
  const material = swarm.addVariable("material", { dtype: "int32" });
  material.set((x, y) => Math.round(5 * (x - y)));
  return { model, mesh, all, swarm };
}

/** The same mesh on another number of ranks: values are copied in every byte, to ghosts as well. */
async function onEqualMeshes(comm: Comm, stem: string, earlier: readonly number[]): Promise<void> {
  const wanted = fields(comm);
  // A ghost that was left behind is not what a file has.
  for (const field of wanted.all) field.data.fill(77, field.ownedDofCount * field.components);
  await writeTimestep(wanted.model, `${stem}${comm.size}/run`);
  for (const field of wanted.all) field.syncGhosts();
  for (const ranks of [comm.size, ...earlier]) {
    const empty = fields(comm, 0.15, false);
    for (let i = 0; i < empty.all.length; i++) {
      const report = await readTimestep(`${stem}${ranks}/run.00000.h5`, empty.all[i]);
      const count = comm.allreduce(empty.all[i].ownedDofCount);
      assertEquals(report, { count, copied: true, outside: 0 });
      assertSameBytes(empty.all[i].data, wanted.all[i].data);
    }
  }
}

/** Values of all ranks by global id. */
function whole(field: MeshVariable): Float64Array {
  const { components, ownedDofCount, mesh: { model: { comm } } } = field;
  const ids = comm.allgatherv(field.globalDofIds.slice(0, ownedDofCount));
  const values = comm.allgatherv(field.data.slice(0, ownedDofCount * components));
  const out = new Float64Array(values.length);
  ids.forEach((id, i) =>
    out.set(values.subarray(i * components, (i + 1) * components), id * components)
  );
  return out;
}

/** A finer mesh that is partly outside, particles as a field: what one rank gets, and says. */
async function onOtherMeshes(comm: Comm, stem: string, earlier: readonly number[]): Promise<void> {
  await writeTimestep(fields(comm).model, `${stem}${comm.size}/run`);
  for (const ranks of [comm.size, ...earlier]) {
    const file = `${stem}${ranks}/run.00000.h5`;
    const here = await transferred(comm, file);
    for (const field of here.all) {
      // Ghosts have what their owners have.
      const before = field.data.slice();
      field.syncGhosts();
      assertSameBytes(field.data, before);
    }
    const values = here.all.map(whole);
    if (comm.rank > 0) continue;
    const alone = await transferred(new SelfComm(), file);
    assertEquals(here.reports, alone.reports);
    assert(alone.reports.every(({ outside }) => outside > 0));
    values.forEach((all, i) => assertSameBytes(all, alone.all[i].data));
  }
}

async function transferred(comm: Comm, file: string) {
  const mesh = boxMesh(new Model({ comm }), { min: [-1, -1], max: [0.7, 1.1], cells: [9, 8] });
  const scalar = { degree: 2 } as const,
    reports: ReadTimestepReport[] = [],
    all: MeshVariable[] = [];
  const fill = async (name: string, options: object, how: object) => {
    const field = new MeshVariable(mesh, name, options);
    reports.push(await readTimestep(file, field, how));
    all.push(field);
  };
  await fill("quadratic", scalar, {});
  await fill("rim", scalar, { name: "quadratic", outside: "rim" });
  await fill("linear", { components: 2 }, {});
  await fill("apart", { degree: 1, continuous: false }, {});
  await fill("material", { degree: 0 }, { swarm: "Swarm_0" });
  return { reports, all };
}

/** Full snapshots are read, too, whoever wrote them. */
async function fromSnapshots(comm: Comm, stem: string, earlier: readonly number[]): Promise<void> {
  const wanted = fields(comm);
  await wanted.model.saveState({ file: `${stem}${comm.size}.snap.h5` });
  for (const ranks of [comm.size, ...earlier]) {
    const empty = fields(comm, 0.15, false), file = `${stem}${ranks}.snap.h5`;
    for (let i = 0; i < empty.all.length; i++) {
      assertEquals((await readTimestep(file, empty.all[i])).copied, true);
      assertSameBytes(empty.all[i].data, wanted.all[i].data);
    }
    const other = fields(comm, 0.3, false);
    const report = await readTimestep(file, other.all[2], { swarm: "Swarm_0", name: "material" });
    assertEquals(report.outside, comm.allreduce(other.all[2].ownedDofCount));
  }
}

/** What is wrong on one rank is an error on all, and neither files nor fields have changed. */
async function refusals(comm: Comm, stem: string): Promise<void> {
  const { model, all: [, , field], mesh } = fields(comm), last = comm.rank === comm.size - 1;
  const path = `${stem}${comm.size}/run`;
  const step = last ? -1 : 0;
  await assertRejects(() => writeTimestep(model, path, { step }), RangeError, "at least 0");
  const variables = last ? ["none"] : ["linear"];
  await assertRejects(() => writeTimestep(model, path, { variables }), RangeError, "'none'");
  if (comm.size > 1) {
    const other = last ? ["quadratic"] : ["linear"];
    await assertRejects(() => writeTimestep(model, path, { variables: other }), Error, "together");
  }
  // A file stands where a folder is needed.
  const inTheWay = `${stem}${comm.size}.txt`;
  if (comm.rank === 0) Deno.writeTextFileSync(inTheWay, "");
  comm.barrier();
  await assertRejects(() => writeTimestep(model, `${inTheWay}/run`), Error);
  if (comm.rank === 0) {
    assertEquals(
      [...Deno.readDirSync(`${stem}${comm.size}`.replace(/[^/]*$/, ""))]
        .filter(({ name }) => name === `refusals${comm.size}`),
      [],
    );
  }
  const { data } = await writeTimestep(model, path, { variables: [mesh], swarms: [] });
  const before = field.data.slice();
  const wide = boxMesh(model, { min: [-1, -1], max: [1, 1], cells: [4, 4] });
  const target = new MeshVariable(wide, "quadratic");
  target.set(5);
  const refused = { outside: "refuse" } as const;
  await assertRejects(() => readTimestep(data, target, refused), RangeError, "outside of the mesh");
  assert(target.data.every((value) => value === 5));
  const outside = last ? "nowhere" as "rim" : "rim";
  await assertRejects(() => readTimestep(data, field, { outside }), TypeError, "nowhere");
  const name = last ? "x" : "quadratic";
  await assertRejects(() => readTimestep(data, field, { name }), RangeError, "'x'");
  await assertRejects(() => readTimestep(`${path}.none.h5`, field), Deno.errors.NotFound);
  assertSameBytes(field.data, before);
}
