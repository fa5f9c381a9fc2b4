/**
 * Whole models written by version 1 load into the script that made them, go on, and load without the script.
 * The files were made by `tests/archive/make_golden_models.ts`, once; never make them again.
 */
import { assertEquals } from "@std/assert";
import {
  diffSnapshots,
  Model,
  readSnapshot,
  type SnapshotDifference,
  verifySnapshot,
} from "../../mod.ts";
import { tempDir } from "../_helpers.ts";
import {
  assertReached,
  goldenEverything,
  type GoldenModel,
  goldenTransport,
  stepsAfter,
  stepsBefore,
} from "./_golden_models.ts";
import { unpack } from "./_packed.ts";
import expected from "../data/snapshots/v1_models.json" with { type: "json" };

const scripts: Record<keyof typeof expected, () => GoldenModel> = {
  v1_model: () => goldenEverything(),
  v1_model_sidecars: () => goldenTransport(),
  v1_model_ranks: () => goldenTransport(),
};

/** Classes whose state has a layout of a later version by now: what they load is not what was written. */
const lifted = ["Diffusion", "AdvectionDiffusion", "SemiLagrangianDDt", "LagrangianDDt"];

/** Variables that a class has by now and did not have, without values; each one is an entry of its own. */
const later = /_kept_(reference|shift|base|entered)_1$/;

/** Differences, apart from the states of these classes, later variables and the lists that they are in. */
function unlifted(differences: SnapshotDifference[]): SnapshotDifference[] {
  return differences.filter(({ key }) =>
    !lifted.some((name) => key.startsWith(`state/${name}_`)) && !later.test(key) &&
    !/^meshes\/[^/]+\/variables$/.test(key)
  );
}

for (const name of Object.keys(scripts) as (keyof typeof expected)[]) {
  Deno.test(`a model written by version 1 loads and goes on: ${name}`, async () => {
    using dir = tempDir();
    const path = await unpack(name, dir.path);
    assertEquals((await verifySnapshot(path)).ok, true);
    using file = await readSnapshot(path);
    const fresh = scripts[name](), spoiled = scripts[name]();
    spoiled.step();
    const ends = [];
    for (const { model, step, numbers } of [fresh, spoiled]) {
      await model.loadState(path);
      assertEquals(model.tracker.step, stepsBefore);
      using loaded = model.saveState();
      assertEquals(unlifted(diffSnapshots(file, loaded)), []);
      for (let i = 0; i < stepsAfter; i++) step();
      assertReached(numbers(), expected[name]);
      ends.push(model.saveState());
    }
    assertEquals(diffSnapshots(ends[0], ends[1]), []);
  });

  Deno.test(`a model written by version 1 loads without its script: ${name}`, async () => {
    using dir = tempDir();
    const path = await unpack(name, dir.path);
    const model = await Model.fromSnapshot(path);
    assertEquals(model.tracker.step, stepsBefore);
    assertEquals(model.tracker.kept.big, 2n ** 70n);
    using file = await readSnapshot(path);
    using loaded = model.saveState();
    assertEquals(diffSnapshots(file, loaded), []);
  });
}
