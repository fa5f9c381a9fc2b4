/**
 * Runs whose folder was written by version 1 are taken up. The folder was made by
 * `tests/run/make_golden_run.ts`, once; never make it again.
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { diffSnapshots, resumeOrStart, RunIdentityError } from "../../mod.ts";
import { tempDir } from "../_helpers.ts";
import { unpackFolder } from "../archive/_packed.ts";
import { goldenCheckpoints, goldenRun, goldenStep, lastStep } from "./_golden_run.ts";

const stored = new URL("../data/runs/v1/", import.meta.url);

Deno.test("a run of version 1 goes on as if it had never stopped, long lists in its identity and all", async () => {
  using dir = tempDir();
  await unpackFolder(stored, dir.path);
  const model = goldenRun(), straight = goldenRun();
  await using checkpoints = goldenCheckpoints(model, dir.path);
  const report = await resumeOrStart(model, checkpoints);
  assertEquals([report.resumed, report.run.id, report.entry?.step], [true, "golden", 6]);
  for (const each of [model, straight]) while (each.tracker.step < lastStep) goldenStep(each);
  using a = model.saveState();
  using b = straight.saveState();
  assertEquals(diffSnapshots(a, b), []);
});

Deno.test("a run of version 1 is not taken up where a list differs in a place that is not written out", async () => {
  using dir = tempDir();
  await unpackFolder(stored, dir.path);
  const changed = goldenRun(Float64Array.from({ length: 20 }, (_, i) => i === 11 ? 0 : i / 3));
  await using checkpoints = goldenCheckpoints(changed, dir.path);
  const error = await assertRejects(() => resumeOrStart(changed, checkpoints), RunIdentityError);
  assertEquals(error.differences.length, 1);
  assertStringIncludes(error.differences[0], "parameter profile");
});

Deno.test("checkpoints of version 1 are listed with their labels, also from the files alone", async () => {
  using dir = tempDir();
  await unpackFolder(stored, dir.path);
  const listed = async () => {
    await using checkpoints = goldenCheckpoints(goldenRun(), dir.path);
    return await checkpoints.list({ run: "all" });
  };
  const entries = await listed();
  assertEquals(entries.map(({ step, labels }) => [step, labels]), [
    [3, { phase: "early", kept: true }],
    [6, { phase: "late", kept: true }],
  ]);
  for (const { name } of Deno.readDirSync(dir.path)) {
    if (name.endsWith(".snap.json") || name === "catalog.json") Deno.removeSync(dir.join(name));
  }
  assertEquals(await listed(), entries);
});

Deno.test("a run goes on when a class has a newer schema now, and not when it has an older one", async () => {
  using dir = tempDir();
  const model = () => {
    const made = goldenRun();
    made.register({ name: "own", stateClass: "Own", state: { schemaVersion: 2 } });
    return made;
  };
  {
    const first = model();
    await using checkpoints = goldenCheckpoints(first, dir.path);
    await checkpoints.save();
  }
  const record = dir.join("golden.run.json"), text = Deno.readTextFileSync(record);
  const resumed = async (schema: string) => {
    Deno.writeTextFileSync(record, text.replace("Own, schema 2", schema));
    const again = model();
    await using checkpoints = goldenCheckpoints(again, dir.path);
    return (await resumeOrStart(again, checkpoints)).resumed;
  };
  assertEquals(await resumed("Own, schema 1"), true);
  await assertRejects(() => resumed("Own, schema 3"), RunIdentityError, "schema 3");
  await assertRejects(() => resumed("Other, schema 1"), RunIdentityError, "Other");
});
