import { assert, assertEquals } from "@std/assert";
import type { FileLayer } from "../../src/snapshot/file/file_layer.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { tempDir, testNeeding } from "../_helpers.ts";
import { crashingDisk } from "./_crash.ts";
import { checkpointsOf, heat, runTo, step, type TestOptions } from "./_run.ts";

const options: TestOptions = { every: { steps: 1 }, keep: { last: 2 }, onError: "throw" };

/** What a process does to a folder where steps 2 and 3 are: saves, prunes, labels, saves again. */
async function work(folder: string, layer: FileLayer): Promise<void> {
  const model = heat();
  const { checkpoints } = checkpointsOf(model, folder, { ...options, layer });
  await resumeOrStart(model, checkpoints);
  await runTo(checkpoints, 4);
  const first = await checkpoints.select(0);
  await checkpoints.label(first, ["pinned"]);
  await checkpoints.save({ labels: { again: true } });
}

async function prepare(folder: string): Promise<void> {
  const model = heat();
  const { checkpoints } = checkpointsOf(model, folder, options);
  await resumeOrStart(model, checkpoints);
  await runTo(checkpoints, 3);
  await checkpoints.close();
}

function copyFolder(from: string, to: string): void {
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) {
    Deno.copyFileSync(`${from}/${name}`, `${to}/${name}`);
  }
}

/** Kills the work before every `stride`-th change to the disk, and looks at what is left. */
async function killEverywhere(stride: number): Promise<void> {
  using dir = tempDir();
  await prepare(dir.join("start"));
  const straight = heat();
  while (straight.tracker.step < 5) step(straight);
  using expected = straight.saveState();
  copyFolder(dir.join("start"), dir.join("whole"));
  const whole = crashingDisk();
  await work(dir.join("whole"), whole.layer);
  // Of several writes to one file in a row, the first: in between they differ in length only.
  const { operations } = whole;
  const places = operations.map((_, at) => at).filter((at) =>
    operations[at] !== operations[at - 1]
  );
  assert(places.length > 50, `${places.length} places`);

  for (const at of places.filter((_, i) => i % stride === 0)) {
    const folder = dir.join(`at${at}`);
    copyFolder(dir.join("start"), folder);
    const disk = crashingDisk(at);
    await work(folder, disk.layer).then(() => {}, () => {});
    assert(disk.crashed, operations[at]);

    const model = heat();
    const { layer } = crashingDisk();
    const { checkpoints, warnings } = checkpointsOf(model, folder, { ...options, layer });
    const entries = await checkpoints.list();
    // The newest two of the beginning are only removed when newer ones are there.
    assert(entries.length >= 2 && entries.at(-1)!.step >= 3, operations[at]);
    const report = await resumeOrStart(model, checkpoints);
    assertEquals([report.entry?.file, warnings], [entries.at(-1)!.file, []], operations[at]);
    await checkpoints.load(entries[0]);
    await checkpoints.load(entries.at(-1));
    await runTo(checkpoints, 5);
    using end = model.saveState();
    assertEquals(diffSnapshots(expected, end), [], operations[at]);
    assertEquals((await checkpoints.list()).slice(-2).map((it) => it.step), [4, 5]);
    await checkpoints.close();
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("killed before every fourth change to the disk, in save, catalog and prune, nothing good is lost", () =>
  killEverywhere(4));

testNeeding(
  { run: true },
  "killed before any single change to the disk, nothing good is lost: takes longer",
  () => killEverywhere(1),
);
