import { assertEquals, assertThrows } from "@std/assert";
import { StateSchemaError } from "../../src/errors.ts";
import { Model } from "../../src/model/model.ts";
import { RandomStream } from "../../src/model/random_stream.ts";
import { liftedRecord, registerMigration } from "../../src/snapshot/migrations.ts";

/** A script's model, whose tracker has values of some version. */
function tracked(values: Record<string, unknown>): Model {
  const model = new Model();
  Object.assign(model.tracker, values);
  return model;
}

Deno.test("values of the tracker are lifted where both sides say their version", () => {
  registerMigration("Tracker", 1, ({ energy, ...rest }) => ({ ...rest, kinetic: energy }));
  using old = tracked({ schemaVersion: 1, energy: 7 }).saveState();
  const model = tracked({ schemaVersion: 2, kinetic: 0 });
  model.loadState(old);
  assertEquals([model.tracker.kinetic, model.tracker.schemaVersion], [7, 2]);
  assertEquals("energy" in model.tracker, false);

  using newer = tracked({ schemaVersion: 4 }).saveState();
  assertThrows(() => model.loadState(newer), StateSchemaError, "version 4 of Tracker");
  using gap = tracked({ schemaVersion: 0 }).saveState();
  assertThrows(() => model.loadState(gap), StateSchemaError, "no migration from 0");
  assertEquals([model.tracker.kinetic, model.tracker.schemaVersion], [7, 2]);
});

Deno.test("a tracker without a version is taken as it is", () => {
  using plain = tracked({ energy: 3 }).saveState();
  const model = tracked({ schemaVersion: 2 });
  model.loadState(plain);
  assertEquals([model.tracker.energy, "schemaVersion" in model.tracker], [3, false]);
});

Deno.test("records of the model are lifted by their class", () => {
  const stream = new RandomStream(5), { seed, ...rest } = stream.state;
  registerMigration("RandomStream", 0, ({ start, ...old }) => ({ ...old, seed: start }));
  const lifted = liftedRecord(stream, { ...rest, start: seed, schemaVersion: 0 });
  assertEquals(lifted, stream.state);
});
