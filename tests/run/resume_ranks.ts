/**
 * Runs of several ranks that end and go on: on as many ranks, on others, past what is damaged. Runs on workers in
 * `tests/ranks_test.ts`.
 *
 * @module
 */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Comm } from "../../src/comm/comm.ts";
import { SelfComm } from "../../src/comm/self.ts";
import { SnapshotCorruptError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Agreement } from "../../src/run/agreement.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import type { CheckpointEntry } from "../../src/run/checkpoint_entry.ts";
import { resumeOrStart, type StoredRun } from "../../src/run/resume.ts";
import { CheckpointError, RunIdentityError } from "../../src/errors.ts";
import {
  assertAgreed,
  assertSameState,
  build,
  globalState,
  runTo,
  start,
  straight,
} from "./_sim.ts";

/**
 * Leaves a run in `folder` that others can take up, and takes up those that `earlier` numbers of ranks have left
 * there. Without a folder it takes one of its own.
 */
export async function main(
  comm: Comm,
  folder?: string,
  earlier: readonly number[] = [],
): Promise<number> {
  const own = folder === undefined;
  const made = own && comm.rank === 0 ? Deno.makeTempDirSync({ prefix: "timestash_" }) : "";
  const place = folder ?? comm.bcast(made);
  const checks = [interrupted, onOthers, damaged, otherRuns, choices, signals];
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

const options = { every: { steps: 2 } };

/** A run of two starts ends in the bytes of one that nothing interrupted. */
async function interrupted(comm: Comm, stem: string): Promise<void> {
  const folder = `${stem}${comm.size}`;
  const first = start(comm, folder, options);
  await resumeOrStart(first.sim.model, first.checkpoints);
  await runTo(first.sim, first.checkpoints, 5);
  await first.checkpoints.close();
  // As a save leaves it that was cut off before its wrapper stood; that of another run is not ours to touch.
  const cut = ["drift-step5.snap.bulk", "drift-2-step5.snap.bulk"];
  if (comm.rank === 0) { for (const name of cut) Deno.mkdirSync(`${folder}/${name}`); }
  const { sim, checkpoints } = start(comm, folder, options);
  assertEquals((await checkpoints.problems()).map((it) => it.split(":")[0]), cut.toSorted());
  const report = await resumeOrStart(sim.model, checkpoints);
  assertEquals((await checkpoints.problems()).map((it) => it.split(":")[0]), [cut[1]]);
  assertAgreed(comm, report, "the report");
  assertEquals([report.resumed, report.entry!.step, report.run.resumed], [true, 4, 1]);
  await runTo(sim, checkpoints, 7);
  assertSameState(sim, straight(comm, 7), "resumed");
  assertEquals((await checkpoints.list()).map(({ step }) => step), [2, 4, 6]);
  await checkpoints.close();
}

/** A run goes on where other numbers of ranks have left it, and they go on after it. */
async function onOthers(comm: Comm, stem: string, earlier: readonly number[]): Promise<void> {
  const own = `${stem}${comm.size}`;
  if (comm.rank === 0) await leave(new SelfComm(), own, 2);
  comm.barrier();
  await leave(comm, own, 4);
  for (const size of earlier.length > 0 ? earlier : [comm.size]) {
    const folder = `${stem}${comm.size}_after${size}`;
    if (comm.rank === 0) copyTree(`${stem}${size}`, folder);
    comm.barrier();
    const { sim, checkpoints } = start(comm, folder, options);
    const { run, entry } = await resumeOrStart(sim.model, checkpoints);
    assertEquals([run.id, entry!.step], ["drift", 4], `from ${size}`);
    assertEquals(globalState(sim), globalState(straight(comm, 4)), `from ${size}`);
    await runTo(sim, checkpoints, 6);
    assertEquals(globalState(sim), globalState(straight(comm, 6)), `after ${size}`);
    // One that a single rank wrote, then those of several.
    await checkpoints.load((await checkpoints.at({ step: 2 }))!);
    assertEquals(globalState(sim), globalState(straight(comm, 2)), "of one");
    await checkpoints.close();
    if (comm.rank === 0) await lookAt(folder);
  }
}

async function leave(comm: Comm, folder: string, until: number): Promise<void> {
  const { sim, checkpoints } = start(comm, folder, options);
  await resumeOrStart(sim.model, checkpoints);
  await runTo(sim, checkpoints, until);
  await checkpoints.close();
}

/** A folder of files of one rank and of several is shown, verified and pruned on the command line as any other. */
async function lookAt(folder: string): Promise<void> {
  const catalog = new CheckpointCatalog(folder);
  const entries = await catalog.list();
  assertEquals(entries.map(({ step }) => step), [2, 4, 6]);
  assertEquals(await catalog.problems(), []);
  // Loaded by one rank only, when there is something to look at.
  const { cli, cliJson } = await import("../cli/_cli.ts");
  const { code, out } = await cli("list", folder);
  assert(code === 0 && out.includes("3 checkpoint(s)") && out.includes("interrupted"), out);
  const { code: sound, out: said } = await cli("verify", folder);
  assertEquals(sound, 0, said);
  const { value } = await cliJson("prune", "--last", "1", folder);
  assertEquals(value.removed.map(({ file }: CheckpointEntry) => file), [
    "drift-step2.snap.h5",
    "drift-step4.snap.h5",
  ]);
  assertEquals(value.bytes, entries[0].bytes + entries[1].bytes);
  const left = [...Deno.readDirSync(folder)].filter(({ name }) => /-step[24]\./.test(name));
  assertEquals(left, []);
}

function copyTree(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) copyTree(`${from}/${name}`, `${to}/${name}`);
    else Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** What one rank cannot read none takes: all skip it, and say why. */
async function damaged(comm: Comm, stem: string): Promise<void> {
  const folder = `${stem}${comm.size}`;
  const first = start(comm, folder, { every: { steps: 1 } });
  await runTo(first.sim, first.checkpoints, 2);
  await first.checkpoints.close();
  const newest = (await first.checkpoints.latest())!;
  if (comm.rank === 0) spoil(newest, comm.size);
  const { sim, checkpoints, warnings } = start(comm, folder, { every: { steps: 1 } });
  const report = await resumeOrStart(sim.model, checkpoints);
  assertAgreed(comm, [report.run, report.entry], "the report");
  assertEquals([report.entry!.step, report.skipped.length], [1, 1]);
  assertEquals(warnings.length, comm.rank === 0 ? 1 : 0);
  await assertRejects(() => checkpoints.load(newest), SnapshotCorruptError);
  assertSameState(sim, straight(comm, 1), "nothing has changed");
  await runTo(sim, checkpoints, 3);
  assertSameState(sim, straight(comm, 3), "gone on");
  await checkpoints.close();

  const all = await checkpoints.list({ run: "all" });
  if (comm.rank === 0) { for (const entry of all) spoil(entry, entry.step === 2 ? 0 : comm.size); }
  const last = start(comm, folder);
  const lost = () => resumeOrStart(last.sim.model, last.checkpoints);
  await assertRejects(lost, CheckpointError, "none of the 3 checkpoints");
  assertSameState(last.sim, build(comm), "nothing was loaded");
  assertEquals(last.warnings.length, comm.rank === 0 ? 3 : 0);
}

/** Turns one bit of the file of the last rank, or of the wrapper. */
function spoil({ path }: CheckpointEntry, size: number): void {
  const bulk = path.replace(/\.h5$/, ".bulk");
  const last = size > 1
    ? [...Deno.readDirSync(bulk)].find(({ name }) => name.startsWith(`rank_${size - 1}`))!
    : null;
  const file = last === null ? path : `${bulk}/${last.name}`;
  const bytes = Deno.readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  Deno.writeFileSync(file, bytes);
}

/** Runs of another identity are refused by all; the number of ranks is no part of it. */
async function otherRuns(comm: Comm, stem: string): Promise<void> {
  const folder = `${stem}${comm.size}`;
  await leave(comm, folder, 2);
  const { sim, checkpoints } = start(comm, folder, options);
  boxMesh(sim.model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const asked = () => resumeOrStart(sim.model, checkpoints);
  const error = await assertRejects(asked, RunIdentityError, "is new");
  assertEquals(error.differences, ["mesh Mesh_1: is new (box, 2D, 9 nodes, 8 cells)"]);
  const { run } = await resumeOrStart(sim.model, checkpoints, { onMismatch: "start" });
  assertEquals(run.id, "drift-2");
  await checkpoints.close();
}

/** The first rank's choice counts; an error of one is an error of all. */
async function choices(comm: Comm, stem: string): Promise<void> {
  const folder = `${stem}${comm.size}`;
  await leave(comm, folder, 5);
  const choose = async (select: (runs: readonly StoredRun[]) => CheckpointEntry | null) => {
    const { sim, checkpoints } = start(comm, folder, options);
    try {
      return { sim, report: await resumeOrStart(sim.model, checkpoints, { select }) };
    } finally {
      await checkpoints.close();
    }
  };
  const { sim, report } = await choose(([{ entries }]) => entries[comm.rank === 0 ? 0 : 1]);
  assertEquals(report.entry!.step, 2);
  assertSameState(sim, straight(comm, 2), "the first rank's choice");
  const throws = () =>
    choose(() => {
      if (comm.rank === comm.size - 1) throw new RangeError("none of these");
      return null;
    });
  await assertRejects(throws, RangeError, "none of these");
}

/** A signal to one rank is a signal to all, after the same step. */
async function signals(comm: Comm): Promise<void> {
  const own: { signal: Deno.Signal | null } = { signal: null };
  const agreement = new Agreement(comm, ["SIGINT", "SIGTERM"], () => own.signal);
  const first = comm.rank === 0;
  assertEquals(await agreement.save(first), comm.size > 1 || first);
  assertEquals(await agreement.save(!first), comm.size === 1 && !first);
  // A signal to any rank asks all of them for a save.
  assert(await agreement.save(false, comm.rank === comm.size - 1));
  assertEquals(await agreement.signal(false), null);
  if (comm.rank === comm.size - 1) own.signal = "SIGTERM";
  assertEquals(await agreement.signal(true), "SIGTERM");
  assertEquals(await agreement.save(true), comm.size === 1, "the signal's save comes instead");
  if (first) own.signal = "SIGINT";
  await agreement.save(false);
  assertEquals(await agreement.signal(false), comm.size > 1 ? "SIGTERM" : "SIGINT");
}
