/** Runs with an archive, and copies to it that are interrupted. @module */
import { assert, assertEquals } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import type { Model } from "../../src/model/model.ts";
import { CheckpointCatalog } from "../../src/run/checkpoint_catalog.ts";
import { resumeOrStart } from "../../src/run/resume.ts";
import { tempDir } from "../_helpers.ts";
import { checkpointsOf, heat, runTo, step, type TestOptions } from "./_run.ts";
import { MapStore } from "./_store.ts";

/** Where each checkpoint is. */
export const steps = (entries: readonly { step: number; place?: string }[]) =>
  entries.map(({ step, place }) => `${step}: ${place}`);

/** Fails unless the model is, in every byte, where an uninterrupted one is. */
export function assertSameState(
  model: Model,
  until: number,
  tracker: Record<string, unknown> = {},
): void {
  const straight = heat();
  Object.assign(straight.tracker, tracker);
  while (straight.tracker.step < until) step(straight);
  using expected = straight.saveState(), state = model.saveState();
  assertEquals(diffSnapshots(expected, state), []);
}

/** A new process: a new model, whose run is continued from a folder and an archive. */
export async function continued(folder: string, options: TestOptions) {
  const model = heat();
  const { checkpoints, warnings } = checkpointsOf(model, folder, options);
  const { entry } = await resumeOrStart(model, checkpoints);
  return { model, checkpoints, warnings, entry };
}

/** Stops the copies of a run before each `stride`-th file, of which the first half is left. */
export async function diesWhileCopying(stride: number): Promise<void> {
  using dir = tempDir();
  const options: TestOptions = { layout: "sidecars", every: { steps: 1 } };
  const whole = new MapStore();
  const { checkpoints } = await continued(dir.path, { ...options, archive: whole });
  await runTo(checkpoints, 2);
  await checkpoints.flush();
  await checkpoints.close();
  const writes = whole.calls.filter((call) => call.startsWith("write"));
  assert(writes.length >= 8, writes.join("\n"));

  for (let at = 0; at < writes.length; at += stride) {
    // Up to there, and of the next file the first half.
    const left = new MapStore();
    writes.slice(0, at + 1).forEach((call, i) => {
      const name = call.slice("write ".length), bytes = whole.files.get(name)!;
      left.files.set(name, i < at ? bytes : bytes.slice(0, bytes.length / 2));
    });
    using elsewhere = tempDir();
    const alone = new CheckpointCatalog(elsewhere.path, { archive: left });
    for (const { file } of await alone.list()) {
      assert(left.files.has(file.replace(".snap.h5", ".snap.json")));
      const model = heat();
      const { checkpoints, warnings } = checkpointsOf(model, elsewhere.path, { archive: left });
      const entry = (await checkpoints.list()).find((it) => it.file === file)!;
      await checkpoints.load(entry);
      assertEquals(warnings, []);
      assertSameState(model, entry.step);
      await checkpoints.close();
    }
    const next = await continued(dir.path, { ...options, archive: left });
    await next.checkpoints.flush();
    assertEquals(steps(await next.checkpoints.list()), ["1: both", "2: both"]);
    await next.checkpoints.close();
  }
}
