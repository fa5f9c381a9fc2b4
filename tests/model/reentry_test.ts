import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ModelBusyError } from "../../src/errors.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { Model } from "../../src/model/model.ts";
import type { Registrable } from "../../src/model/model_options.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { assertSameSnapshots, build } from "./_sim.ts";

/** A bearer whose state runs `read` when it is read and `write` when it is set. */
function nosy(read: () => void, write: () => void = () => {}): Registrable {
  return {
    name: "nosy",
    get state() {
      read();
      return { schemaVersion: 1 };
    },
    set state(_state) {
      write();
    },
  };
}

Deno.test("a state that saves, loads, registers or forgets while it is read is an error", () => {
  const acts: Record<string, (model: Model, token: Snapshot) => void> = {
    "saveState was called inside saveState": (model) => void model.saveState(),
    "loadState was called inside saveState": (model, token) => model.loadState(token),
    "register was called inside saveState": (model) => {
      model.register({ state: { schemaVersion: 1 } });
    },
    "unregister was called inside saveState": (model) => {
      model.unregister(model.bearers.get("nosy")!);
    },
  };
  for (const [message, act] of Object.entries(acts)) {
    const { model } = build();
    using token = model.saveState();
    let calm = false;
    const bearer = nosy(() => calm || act(model, token));
    model.register(bearer);
    assertThrows(() => model.saveState(), ModelBusyError, message);
    calm = true;
    model.unregister(bearer);
    using after = model.saveState();
    assertSameSnapshots(token, after);
  }
});

Deno.test("a setter that loads is an error, and everything is as before", () => {
  const { model, T } = build();
  let again = false;
  model.register(nosy(() => {}, () => again && model.loadState(token)));
  using token = model.saveState();
  T.set(7);
  using before = model.saveState();
  again = true;
  assertThrows(
    () => model.loadState(token),
    ModelBusyError,
    "loadState was called inside loadState",
  );
  again = false;
  using after = model.saveState();
  assertSameSnapshots(before, after);
});

Deno.test("an object is registered once", () => {
  const model = new Model();
  const bearer = { state: { schemaVersion: 1 } };
  model.register(bearer);
  assertThrows(() => model.register(bearer), RangeError, "already, as 'Object_0'");
  assertEquals([...model.bearers.keys()], ["Object_0"]);
});

Deno.test("a function of the script cannot change the ground under the call that asks it", async () => {
  const model = new Model(), mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const u = new MeshVariable(mesh, "u"), w = new MeshVariable(mesh, "w"), swarm = new Swarm(mesh);
  swarm.populate({ perCell: 3 });
  const mass = swarm.addVariable("mass"), poisson = new Poisson(u, { source: 1 });
  poisson.addDirichlet("left", 0);
  poisson.solve();
  using token = model.saveState();
  const acts: Record<string, () => unknown> = {
    deform: () => mesh.deform(mesh.coordinates.data.map((x) => 2 * x)),
    refine: () => mesh.refine(),
    loadState: () => model.loadState(token),
    reset: () => model.reset(),
    unregister: () => model.unregister(poisson),
  };
  const calls: Record<string, (act: () => unknown) => void> = {
    "Poisson_0.solve": (act) => {
      poisson.source = () => (act(), 1);
      poisson.solve();
    },
    "set of variable 'w'": (act) => w.set(() => (act(), 1)),
    "set of variable 'mass'": (act) => mass.set(() => (act(), 1)),
    advect: (act) => swarm.advect((_x, _y, _z, out) => void (act(), out[0] = 0.1), 0.1),
  };
  for (const [call, run] of Object.entries(calls)) {
    for (const [name, act] of Object.entries({ ...acts, [call]: () => run(() => 0) })) {
      assertThrows(() => run(act), ModelBusyError, `${name} was called inside`);
      poisson.source = 1;
      using after = model.saveState();
      assertSameSnapshots(token, after);
    }
  }
  assertThrows(() => mass.set(() => (swarm.populate({ perCell: 3 }), 1)), ModelBusyError);
  await assertRejects(
    () => model.advance({ dt: 1, until: 1, step: () => model.reset() }),
    ModelBusyError,
    "reset was called inside advance",
  );
  using last = model.saveState();
  assertSameSnapshots(token, last);
});
