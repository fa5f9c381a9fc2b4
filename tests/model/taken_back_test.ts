/** What is made, added or changed in form while a step is tried goes with the step, however it is taken back. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { SnapshotSerializationError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Swarm } from "../../src/swarm/swarm.ts";

/** A script's own object, without `checkState`. */
class Gauge {
  readonly name = "gauge";
  state: { schemaVersion: 1; level: number; note?: unknown } = { schemaVersion: 1, level: 0 };
}

function build() {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3] });
  const T = new MeshVariable(mesh, "T"), k = new MeshVariable(mesh, "k");
  T.set((x, y) => x * y);
  k.set(0.5);
  const spare = new MeshVariable(mesh, "spare");
  spare.set(7);
  const heat = new Diffusion(T, { diffusivity: k, source: (x: number) => 1 + x });
  heat.addDirichlet("left", (_x: number, y: number) => y);
  heat.addDirichlet("right", 2);
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 1 });
  const gauge = new Gauge();
  model.register(gauge);
  const step = (dt = 0.1) => {
    heat.solve({ dt });
    gauge.state.level += 1;
    model.tracker.time += dt;
  };
  return { model, mesh, T, spare, heat, swarm, gauge, step };
}

type Sim = ReturnType<typeof build>;

const changes: Record<string, (sim: Sim) => void> = {
  "a condition added": ({ heat }) => heat.addDirichlet("top", () => 9),
  "a condition of another form": ({ heat }) => heat.addDirichlet("left", 5),
  "a condition with another function": ({ heat }) => heat.addDirichlet("left", () => -3),
  "a number that became a formula": ({ heat }) =>
    heat.addDirichlet("right", expression("2 * x * t")),
  "a field that became a number": ({ heat }) => heat.diffusivity = 3,
  "a function that became another": ({ heat }) => heat.source = () => 100,
  "a function that became a formula": ({ heat }) => heat.source = expression("x * y"),
  "a variable made": ({ mesh }) => new MeshVariable(mesh, "late").set(1),
  "a variable removed": ({ mesh, spare }) => mesh.removeVariable(spare),
  "a variable of particles made": ({ swarm }) => void swarm.addVariable("late"),
  "a solver made": ({ model, spare }) => {
    const solver = new Poisson(spare, { source: 1 });
    solver.addDirichlet("left", 0);
    solver.solve();
    assert(model.bearers.has(solver.name));
  },
  "a history with particles made": ({ T }) => {
    const ddt = new LagrangianDDt(T, { velocity: (_x, _y, _z, out) => void out.fill(0.1) });
    ddt.updatePreSolve(0.1);
    ddt.updatePostSolve();
  },
  "a mesh and a swarm made": ({ model }) => {
    new Swarm(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }));
  },
  "a swarm and a solver forgotten": ({ model, swarm, heat }) => {
    model.unregister(swarm);
    model.unregister(heat);
  },
  "a value that cannot be saved": ({ model }) => model.tracker.callback = () => 1,
  "a state that cannot be saved": ({ gauge }) => gauge.state.note = () => 1,
};

const boom = new Error("boom");

const manners: Record<string, (sim: Sim, work: () => void) => void | Promise<void>> = {
  "a token": ({ model }, work) => {
    using token = model.saveState();
    work();
    model.loadState(token);
  },
  "a transaction": ({ model }, work) => {
    const failing = () => {
      work();
      throw boom;
    };
    assertEquals(assertThrows(() => model.transaction(failing)), boom);
  },
  "an attempt": ({ model }, work) => assertEquals(model.attempt(work, () => false), false),
  "advance": async ({ model }, work) => {
    const step = () => {
      work();
      throw boom;
    };
    const until = model.tracker.time + 1;
    assertEquals(await assertRejects(() => model.advance({ until, dt: 1, step })), boom);
  },
  "the timeline": ({ model }, work) => {
    model.timeline.pin("before");
    work();
    model.timeline.rewind({ toPin: "before" });
  },
};

for (const [manner, undone] of Object.entries(manners)) {
  Deno.test(`${manner} takes back what is made, added or changed in form`, async () => {
    const through = build();
    through.step();
    through.step();
    using expected = through.model.saveState();
    for (const [what, change] of Object.entries(changes)) {
      const sim = build();
      sim.step();
      await undone(sim, () => {
        change(sim);
        if (sim.model.bearers.has(sim.heat.name)) sim.step(0.3);
      });
      sim.step();
      using end = sim.model.saveState();
      assertEquals(diffSnapshots(expected, end), [], `${manner}: ${what}`);
    }
  });
}

Deno.test("a state of another model is refused, and what was made since stays", () => {
  const sim = build();
  using other = build().model.saveState();
  sim.heat.addDirichlet("top", 1);
  assertThrows(() => sim.model.loadState(other), Error, "top");
  assertEquals(sim.heat.state.conditions.length, 3);
  // The same where a token of this model does not fit any more.
  const gauge = { name: "picky", state: { schemaVersion: 1 }, checkState: () => {} };
  sim.model.register(gauge);
  using token = sim.model.saveState();
  const late = new MeshVariable(sim.mesh, "late");
  gauge.checkState = () => {
    throw new RangeError("not today");
  };
  assertThrows(() => sim.model.loadState(token), Error, "not today");
  assertEquals(sim.mesh.variables.get("late"), late);
});

Deno.test("a refused restore leaves what cannot be saved as it was", () => {
  const { model, gauge } = build();
  const stubborn = {
    name: "stubborn",
    get state() {
      return { schemaVersion: 1 };
    },
    set state(_state) {
      throw new RangeError("no");
    },
  };
  model.register(stubborn);
  using token = model.saveState();
  const callback = () => 1, note = () => 2;
  model.tracker.callback = callback;
  gauge.state.note = note;
  gauge.state.level = 4;
  assertThrows(() => model.loadState(token), Error, "no");
  assertEquals(model.tracker.callback, callback);
  assertEquals(gauge.state, { schemaVersion: 1, level: 4, note });
  assertThrows(() => model.saveState(), SnapshotSerializationError, "note");
});
