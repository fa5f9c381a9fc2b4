/** The proof that a model goes on as one that never was adapted, in every way of putting it back. @module */
import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { tempDir } from "../_helpers.ts";
import { type Adapting, adapting } from "./_adapting.ts";

/** Asserts that two snapshots have the same bytes. */
export function assertSame(a: Snapshot, b: Snapshot, what: string): void {
  assertEquals(diffSnapshots(a, b), [], what);
}

/** Takes steps, with an adaptation where asked. */
export function run(sim: Adapting, steps: number, adaptEvery = 0): Snapshot {
  for (let i = 0; i < steps; i++) {
    if (adaptEvery > 0 && i % adaptEvery === 0) sim.adapt();
    sim.tick();
  }
  return sim.model.saveState();
}

/**
 * Puts back across adaptations: from memory, after a transaction that fails, from a file, and forward again.
 *
 * @param everything false leaves out the solvers and histories that cost most.
 */
export async function proveRestore(name: string, everything: boolean): Promise<void> {
  using dir = tempDir();
  const never = adapting(name, everything);
  never.tick();
  const file = await never.model.saveState({ file: dir.join("start.snap.h5") });
  const expected = run(never, 2);

  // From memory, and back to the adapted state.
  const sim = adapting(name, everything), { model, mesh } = sim;
  sim.tick();
  const start = model.saveState(), first = geometryOf(mesh), count = mesh.cellCount;
  sim.adapt();
  sim.tick();
  sim.adapt();
  assert(mesh.cellCount > count, "nothing was refined");
  const adapted = model.saveState(), second = geometryOf(mesh);
  const ahead = run(sim, 2, 2);
  model.loadState(start);
  assertStrictEquals(geometryOf(mesh), first);
  assertSame(run(sim, 2), expected, "from memory");
  model.loadState(adapted);
  assertStrictEquals(geometryOf(mesh), second);
  assertSame(run(sim, 2, 2), ahead, "forward again");

  // A transaction that fails, and a file, into the adapted model.
  model.loadState(start);
  assertThrows(
    () =>
      model.transaction(() => {
        sim.adapt();
        sim.tick();
        throw new Error("taken back");
      }),
    Error,
    "taken back",
  );
  assertSame(run(sim, 2), expected, "after a transaction");
  model.loadState(adapted);
  await model.loadState(file);
  assertSame(run(sim, 2), expected, "from a file");

  // The adapted state from a file, into a model that never adapted.
  model.loadState(adapted);
  const later = await model.saveState({ file: dir.join("later.snap.h5") });
  const fresh = adapting(name, everything);
  await fresh.model.loadState(later);
  assertSame(run(fresh, 2, 2), ahead, "from a file into a fresh model");
}
