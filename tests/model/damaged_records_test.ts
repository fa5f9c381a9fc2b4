import { assert, assertThrows } from "@std/assert";
import { TimestashError } from "../../src/errors.ts";
import type { SnapshotAttributes } from "../../src/snapshot/contract.ts";
import { MemoryBackend } from "../../src/snapshot/memory_backend.ts";
import { open, Snapshot } from "../../src/snapshot/snapshot.ts";
import { assertSameSnapshots, build, step } from "./_sim.ts";

/** The same snapshot with other scalars in one entry; null takes the entry's child away. */
function altered(token: Snapshot, at: string, change: SnapshotAttributes): Snapshot {
  const from = open(token), to = new MemoryBackend();
  for (const key of from.keys()) {
    const entry = from.get(key)!;
    const attributes = key === at ? { ...entry.attributes, ...change } : entry.attributes;
    to.put(key, { ...entry, attributes }, "copy");
  }
  return new Snapshot(to, token.modelName);
}

Deno.test("a record of the model that cannot be taken is refused before anything is written", () => {
  const damages: [string, SnapshotAttributes][] = [
    ["tracker", { time: NaN }],
    ["tracker", { step: 0.5 }],
    ["tracker", { dt: "x" }],
    ["random", { schemaVersion: 2 }],
    ["random", { draws: -1 }],
    ["random", { seed: 0.5 }],
    ["random", { spare: "x" }],
    ["parameters", { schemaVersion: 2 }],
    ["parameters", { history: 1 }],
    ["parameters", { values: null }],
    ["step_control", { schemaVersion: 2 }],
    ["step_control", { nextDt: -1 }],
    ["step_control", { justRejected: null }],
    ["names", { Mesh: -1 }],
  ];
  const sim = build();
  using token = sim.model.saveState();
  step(sim, 0.1);
  using before = sim.model.saveState();
  for (const [key, change] of damages) {
    const damaged = altered(token, key, change);
    const what = `${key} ${JSON.stringify(change)}`;
    const error = assertThrows(() => sim.model.loadState(damaged), TimestashError, key, what);
    assert(error instanceof TimestashError);
    using after = sim.model.saveState();
    assertSameSnapshots(before, after);
  }
  sim.model.loadState(altered(token, "tracker", {}));
  using after = sim.model.saveState();
  assertSameSnapshots(token, after);
});
