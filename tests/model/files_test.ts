import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  SnapshotFormatError,
  SnapshotInvalidatedError,
  SnapshotSerializationError,
} from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { SymbolicDDt } from "../../src/ddt/symbolic_ddt.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { diffSnapshots } from "../../src/archive/diff.ts";
import {
  inspectSnapshot,
  readSnapshot,
  readSnapshotMetadata,
  verifySnapshot,
} from "../../src/archive/disk.ts";
import { tempDir } from "../_helpers.ts";
import { assertSameSnapshots, build, type Sim, step } from "./_sim.ts";

/** The simulation with a symbolic history and one of every kind of value in its tracker. */
function rich(): Sim & { ddt: SymbolicDDt } {
  const sim = build();
  const ddt = new SymbolicDDt(sim.model, expression("kick * x"), { order: 2 });
  Object.assign(sim.model.tracker, {
    none: null,
    yes: true,
    big: 2n ** 70n,
    odd: [NaN, -0, -Infinity],
    text: "Größe 大きさ \0",
    when: new Date(1234567890123),
    deep: { list: [1, "a", { b: [[]] }], "a/b": Float32Array.of(1.5) },
    formula: expression("sin(x) / 3"),
  });
  return { ...sim, ddt };
}

function richStep(sim: ReturnType<typeof rich>, dt: number): void {
  sim.ddt.updatePreSolve(dt);
  step(sim, dt);
  sim.ddt.updatePostSolve(dt);
}

Deno.test("a model resumes from a file and goes on to the bytes of an uninterrupted run", async () => {
  using folder = tempDir();
  const file = folder.join("step2.snap.h5");
  const control = rich(), first = rich();
  for (const sim of [control, first]) for (const dt of [0.1, 0.05]) richStep(sim, dt);
  assertEquals(await first.model.saveState({ file }), file);
  const second = rich();
  richStep(second, 7);
  await second.model.loadState(file);
  for (const dt of [0.05, 0.1, 0.02]) {
    richStep(control, dt);
    richStep(second, dt);
  }
  using a = control.model.saveState();
  using b = second.model.saveState();
  assertSameSnapshots(a, b);
});

Deno.test("a mesh that a file has deformed keeps its nodes when snapshots come and go", async () => {
  using folder = tempDir();
  const file = folder.join("bent.snap.h5");
  const control = build(), second = build();
  control.mesh.deform(control.mesh.coordinates.data.map((x) => x + 0.05 * Math.sin(3 * x)));
  for (const dt of [0.1, 0.05]) step(control, dt);
  await control.model.saveState({ file });
  await second.model.loadState(file);
  // Buffers that the load gave back are taken again and again.
  for (let i = 0; i < 3; i++) {
    using before = second.model.saveState();
    step(second, 0.3);
    using _after = second.model.saveState();
    second.model.loadState(before);
  }
  for (const sim of [control, second]) for (const dt of [0.05, 0.1]) step(sim, dt);
  using a = control.model.saveState();
  using b = second.model.saveState();
  assertSameSnapshots(a, b);
});

Deno.test("every layout and option gives back the same bytes", async () => {
  using folder = tempDir();
  const { model } = rich();
  using token = model.saveState();
  const base = await model.saveState({ file: folder.join("base.snap.h5") });
  const files = [
    await model.saveState({ file: folder.join("side.snap.h5"), layout: "sidecars" }),
    await model.saveState({ file: folder.join("zip.snap.h5"), compression: "gzip" }),
    await model.saveState({ file: folder.join("next.snap.h5"), base }),
    await model.saveState({ file: folder.join("back.snap.h5"), background: true }).finished,
  ];
  for (const file of [base, ...files]) {
    assertEquals(await diffSnapshots(token, file), [], file);
    assertEquals((await verifySnapshot(file)).ok, true, file);
  }
});

Deno.test("a save holds what the model was when it was called", async () => {
  using folder = tempDir();
  const sim = build();
  using before = sim.model.saveState();
  const saving = sim.model.saveState({ file: folder.join("a.snap.h5") });
  const handle = sim.model.saveState({ file: folder.join("b.snap.h5"), background: true });
  step(sim, 0.4);
  assertEquals(await diffSnapshots(before, await saving), []);
  assertEquals(await diffSnapshots(before, await handle.finished), []);
});

Deno.test("a file of another model is refused, and nothing changes", async () => {
  using folder = tempDir();
  const file = await new Model().saveState({ file: folder.join("empty.snap.h5") });
  const { model } = build();
  using before = model.saveState();
  await assertRejects(() => model.loadState(file), SnapshotInvalidatedError, "captured none; live");
  await Deno.writeTextFile(
    folder.join("text.h5"),
    "not a snapshot, but long enough to be looked at",
  );
  await assertRejects(() => model.loadState(folder.join("text.h5")), SnapshotFormatError);
  await assertRejects(() => model.loadState(folder.join("none.h5")), Deno.errors.NotFound);
  await assertRejects(() => model.loadState(folder.path), SnapshotFormatError, "folder");
  assertThrows(() => model.loadState(7 as unknown as string), TypeError, "loadState takes");
  assertThrows(() => model.saveState({} as { file: string }), TypeError, "without file");
  using after = model.saveState();
  assertSameSnapshots(before, after);
});

Deno.test("what cannot be saved is refused before a file is touched", async () => {
  using folder = tempDir();
  const { model } = build();
  model.tracker.callback = () => 1;
  assertThrows(
    () => model.saveState({ file: folder.join("a.snap.h5") }),
    Error,
    "tracker.callback: a function cannot be saved",
  );
  assertEquals([...Deno.readDirSync(folder.path)], []);
  await Promise.resolve();
});

Deno.test("the metadata and the page say what is in the file", async () => {
  using folder = tempDir();
  const sim = rich();
  richStep(sim, 0.25);
  const file = await sim.model.saveState({ file: folder.join("a.snap.h5") });
  const metadata = await readSnapshotMetadata(file);
  assertEquals(
    ["run_name", "step", "sim_time", "dt", "dim", "mesh_type", "ranks_at_write", "mesh_names"].map((
      name,
    ) => metadata[name]),
    ["sim", 1, 0.25, 0.25, 2, "box", 1, ["Mesh_0"]],
  );
  assertEquals(metadata.bearer_classes, { SymbolicDDt_0: "SymbolicDDt" });
  const page = await inspectSnapshot(file);
  for (const part of ["sim", "Mesh_0", "Swarm_0", "material", "SymbolicDDt_0"]) {
    assert(page.includes(part), `${part} is not in\n${page}`);
  }
});

Deno.test("a model made from the file alone has its fields, and saves the same bytes again", async () => {
  using folder = tempDir();
  const sim = rich();
  new MeshVariable(sim.mesh, "lazy", { degree: 0 });
  richStep(sim, 0.1);
  const file = await sim.model.saveState({ file: folder.join("a.snap.h5") });
  const opened = await Model.fromSnapshot(file);
  assertEquals(opened.name, "sim");
  const T = opened.meshes.get("Mesh_0")!.variables.get("T")!;
  assertEquals(T.max(), sim.T.max());
  assertEquals(opened.parameters.get("kick"), 0.01);
  using again = opened.saveState();
  assertEquals(await diffSnapshots(file, again), []);
  using direct = (await Model.fromSnapshot(again)).saveState();
  assertSameSnapshots(again, direct);
});

Deno.test("readSnapshot gives a token that loads like any other", async () => {
  using folder = tempDir();
  const sim = rich();
  const file = await sim.model.saveState({ file: new URL(`file://${folder.join("a.snap.h5")}`) });
  using token = await readSnapshot(file);
  using before = sim.model.saveState();
  richStep(sim, 0.3);
  sim.model.loadState(token);
  using after = sim.model.saveState();
  assertSameSnapshots(before, after);
});

Deno.test("particles that no load would take are refused by the save, and the last file stays", async () => {
  using folder = tempDir();
  const file = folder.join("a.snap.h5"), { model, swarm } = build();
  await model.saveState({ file });
  using good = model.saveState();
  swarm.coordinates.data[5] = NaN;
  for (const background of [false, true]) {
    const error = assertThrows(
      () => model.saveState({ file, background } as { file: string }),
      SnapshotSerializationError,
      "Swarm_0.coordinates: particle 2 is at (",
    );
    assertEquals(error.path, "Swarm_0.coordinates");
  }
  await model.loadState(file);
  using back = model.saveState();
  assertSameSnapshots(good, back);
});
