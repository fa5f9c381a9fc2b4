import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { ModelBusyError, SnapshotInvalidatedError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { geometryOf, type Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { verifyReplay } from "../../src/model/verify_replay.ts";
import type { BalanceOptions } from "../../src/swarm/balance_options.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { adapting } from "./_adapting.ts";
import { assertSame, proveRestore, run } from "./_adapt_proof.ts";

for (const name of ["box2", "annulus", "box3"]) {
  Deno.test(`${name}: adapted and put back in every way, a model goes on as one that never was`, async () => {
    await proveRestore(name, name !== "box3");
  });
}

Deno.test("a timeline rewinds across adaptations, and shares what did not change", () => {
  const sim = adapting("box2", false), { model } = sim;
  const { timeline } = model;
  timeline.record();
  const start = model.saveState();
  const stepped = run(sim, 1);
  timeline.record();
  sim.adapt();
  model.tracker.step++;
  timeline.record();
  const adapted = model.saveState(), { bytes } = timeline;
  model.tracker.step++;
  timeline.record();
  // Nothing but a number changed.
  assert(timeline.bytes - bytes < 1000);
  run(sim, 2, 1);
  timeline.record();
  for (const [step, state] of [[2, adapted], [1, stepped], [0, start]] as const) {
    timeline.rewind({ toStep: step });
    assertSame(model.saveState(), state, `step ${step}`);
  }
});

Deno.test("advance takes an adaptation back with the try that it belongs to", async () => {
  const sim = adapting("box2", false), { model, mesh } = sim;
  const taken: number[] = [];
  let rejected = 0, tries = 0, cells = 0;
  await model.advance({
    dt: 0.04,
    until: 0.16,
    step: (dt) => {
      sim.adapt();
      sim.step(dt);
      tries++;
      cells = Math.max(cells, mesh.cellCount);
    },
    accept: (dt) => dt < 0.03 || tries % 2 === 0 || (rejected++, false),
    onStep: ({ dt }) => void taken.push(dt),
  });
  assert(rejected > 0 && cells > 100);
  const again = adapting("box2", false);
  for (const dt of taken) {
    again.adapt();
    again.step(dt);
    again.model.tracker.time += dt;
    again.model.tracker.step++;
  }
  const differences = diffSnapshots(model.saveState(), again.model.saveState());
  const others = differences.filter(({ key }) => !/^(tracker|step_control)/.test(key));
  assertEquals(others, []);
});

Deno.test("steps that adapt replay in every byte", async () => {
  const sim = adapting("annulus");
  const step = () => {
    sim.adapt();
    sim.tick();
  };
  const report = await verifyReplay(sim.model, step, { steps: 2 });
  assert(report.entries > 50);
  assertEquals(report.suspects, []);
});

Deno.test("adapting inside something indivisible is refused, and changes nothing", () => {
  const sim = adapting("box2", false), { mesh, model } = sim;
  const before = model.saveState();
  const u = new MeshVariable(mesh, "late");
  void u;
  assertThrows(
    () => model.indivisible("a solve", () => mesh.refine()),
    ModelBusyError,
    "refine was called inside a solve",
  );
  mesh.removeVariable(u);
  assertThrows(() => mesh.adapt(() => NaN), RangeError, "the marker of cell 0 is finite, got NaN");
  assertThrows(() => mesh.adapt([1, 2]), RangeError, "got 2 numbers");
  assertThrows(() => mesh.adapt({ size: -1 }), RangeError, "size is finite and above 0");
  assertThrows(() => mesh.adapt({ size: (x) => x }), RangeError, "the size of node");
  assertThrows(() => mesh.adapt("all" as never), TypeError, "got the string");
  assertThrows(() => mesh.coarsen(() => 1), RangeError, "no number above 0");
  assertThrows(() => mesh.refine(0.5), RangeError, "a whole number");
  const indicator = new Float64Array(mesh.cellCount);
  assertThrows(() => mesh.adapt({ indicator }), TypeError, "either a tolerance or a share");
  assertThrows(
    () => mesh.adapt({ indicator, tolerance: 1, coarsenBelow: 0.6 }),
    RangeError,
    "below 0.5",
  );
  assertSame(model.saveState(), before, "after refusals");
  assertEquals([mesh.topologyVersion, mesh.geometryVersion], [0, 0]);
});

Deno.test("a restore that is refused leaves the adapted model as it was", () => {
  const sim = adapting("box2", false), { model } = sim;
  let broken = false;
  model.register({
    name: "stubborn",
    get state() {
      return { schemaVersion: 1 };
    },
    set state(_state) {
      if (broken) throw new Error("not today");
    },
  });
  const start = model.saveState();
  sim.adapt();
  const adapted = model.saveState(), geometry = geometryOf(sim.mesh);
  broken = true;
  assertThrows(() => model.loadState(start), SnapshotInvalidatedError, "not today");
  broken = false;
  assertSame(model.saveState(), adapted, "the adapted model");
  assertStrictEquals(geometryOf(sim.mesh), geometry);
});

Deno.test("the file of a mesh that was never adapted has no new entry, and one that was has two", () => {
  const { model, mesh } = adapting("box2", false);
  const keys = model.saveState().keys();
  mesh.refine();
  const added = model.saveState().keys().filter((key) => !keys.includes(key));
  assertEquals(
    added,
    ["topology/labels", "topology/levels"].map((path) => `meshes/${mesh.name}/${path}`),
  );
});

Deno.test("a model is made from the snapshot of an adapted one alone", async () => {
  const sim = adapting("annulus", false);
  run(sim, 2, 1);
  using token = sim.model.saveState();
  const model = await Model.fromSnapshot(token);
  const mesh = [...model.meshes.values()][0];
  assertSame(model.saveState(), token, "the same state");
  assertEquals((mesh as typeof sim.mesh).cellLevels, sim.mesh.cellLevels);
  (mesh as typeof sim.mesh).coarsen();
  sim.mesh.coarsen();
  assertEquals((mesh as typeof sim.mesh).cells.data, sim.mesh.cells.data);
});

Deno.test("a model made from a snapshot moves fields and particles by the rules that were saved", async () => {
  const model = new Model(), mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] });
  const bounded = new MeshVariable(mesh, "bounded", { transfer: "interpolate" });
  bounded.set((x) => (x > 0.5 ? 1 : 0));
  const swarm = new Swarm(mesh, { balance: { fewest: 2, most: 5, values: "linear" } });
  swarm.populate({ perCell: 3 });
  using token = model.saveState();
  const again = await Model.fromSnapshot(token);
  using saved = again.saveState();
  assertEquals(diffSnapshots(saved, token), []);
  for (const one of [model, again]) {
    const mesh = [...one.meshes.values()][0] as Mesh;
    mesh.adapt((x) => (x > 0.5 ? 2 : 0));
    mesh.coarsen();
    ([...one.swarms.values()][0] as Swarm).advect(() => {}, 0.1);
  }
  assertEquals(diffSnapshots(again.saveState(), model.saveState()), []);
});

Deno.test("another rule for fields or particles than the one that was saved is refused", () => {
  const make = (transfer?: "interpolate", balance?: BalanceOptions) => {
    const model = new Model(),
      mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
    new MeshVariable(mesh, "T", { transfer });
    new Swarm(mesh, { balance });
    return model;
  };
  using token = make("interpolate").saveState();
  using balanced = make("interpolate", { most: 5 }).saveState();
  assertThrows(() => make().loadState(token), SnapshotInvalidatedError, 'transfer "interpolate"');
  const other = make("interpolate", { most: 6 });
  assertThrows(() => other.loadState(balanced), SnapshotInvalidatedError, "population control");
});

Deno.test("views of a variable live as long as the topology", () => {
  const { model, mesh, T } = adapting("box2", false);
  const before = T.data, token = model.saveState();
  model.loadState(token);
  assertStrictEquals(T.data, before);
  mesh.refine();
  assertEquals(T.data.length, mesh.nodeCount);
  model.loadState(token);
  assertEquals(T.data.length, before.length);
});
