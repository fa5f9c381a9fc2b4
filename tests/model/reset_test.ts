import { assertEquals, assertThrows } from "@std/assert";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { assertSameBytes } from "../_helpers.ts";
import { assertSameSnapshots } from "./_sim.ts";

/** What a cell of a notebook does. */
function cell(model: Model) {
  model.reset();
  model.parameters.define("kappa", 0.5, { units: "m^2/s" });
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3] });
  const T = new MeshVariable(mesh, "T");
  T.set((x) => x + model.random.normal());
  const diffusion = new Diffusion(T, { diffusivity: 1 });
  diffusion.addDirichlet("left", 1);
  new Swarm(mesh).populate({ perCell: 1 });
  model.tracker.count = 1;
  return { T, diffusion };
}

Deno.test("a cell that begins with reset gives the same model each time, in every byte", () => {
  const model = new Model({ name: "heat", seed: 7 });
  const first = cell(model).T.data.slice();
  using once = model.saveState();
  model.tracker.extra = "gone";
  model.tracker.step = 3;
  model.timeline.record();
  const { T, diffusion } = cell(model);
  using again = model.saveState();
  assertSameSnapshots(once, again);
  assertSameBytes(T.data, first);
  assertEquals([...model.bearers.keys()], ["Diffusion_0"]);
  assertEquals([model.timeline.entries(), model.timeline.recording], [[], false]);
  diffusion.solve({ dt: 0.1 });
  model.loadState(again);
  assertSameBytes(T.data, first);
  model.reset();
  assertEquals([model.meshes.size, model.swarms.size, model.tracker.step], [0, 0, 0]);
  assertEquals([...model.parameters.names()], []);
});

Deno.test("a name that is taken says how to replace it, and a reset inside a solve is refused", () => {
  const model = new Model();
  const { T } = cell(model);
  const taken = assertThrows(() => new MeshVariable(T.mesh, "T"), RangeError);
  for (const word of ['mesh.removeVariable(mesh.variables.get("T"))', "model.reset()"]) {
    assertEquals(taken.message.includes(word), true, taken.message);
  }
  assertThrows(() => model.indivisible("a solve", () => model.reset()), Error, "reset was called");
  assertEquals(model.meshes.size, 1);
});
