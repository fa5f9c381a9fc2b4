import { assertEquals } from "@std/assert";
import { expression } from "../../src/expression/mod.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { assertSameSnapshots } from "./_sim.ts";

/** Heat with a diffusivity, a boundary value and a source that may change from step to step. */
function build() {
  const model = new Model();
  model.parameters.define("kappa", 0.1);
  model.parameters.define("hot", 1);
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [6, 6] });
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => x * y);
  const heat = new Diffusion(T, {
    diffusivity: expression("kappa * (1 + x)"),
    source: expression("y"),
    order: 2,
  });
  heat.addDirichlet("left", () => model.parameters.get("hot"));
  heat.addDirichlet("right", expression("hot * t"));
  const step = (dt = 0.05) => {
    heat.solve({ dt });
    model.tracker.time += dt;
    model.tracker.step += 1;
  };
  return { model, heat, mesh, step };
}

const changes: Record<string, (sim: ReturnType<typeof build>) => void> = {
  "a diffusivity": ({ model }) => model.parameters.set("kappa", 3),
  "the parameter of a boundary function": ({ model }) => model.parameters.set("hot", 5),
  "an expression": ({ heat }) => heat.diffusivity = expression("2 + sin(x) * kappa"),
  "the mesh": ({ mesh }) => mesh.deform(mesh.coordinates.data.map((x) => 2 * x)),
};

for (const [what, change] of Object.entries(changes)) {
  Deno.test(`${what} that changed between steps rewinds, and the replay has the same bits`, () => {
    const sim = build(), control = build();
    const { model, step } = sim;
    for (let k = 0; k < 6; k++) {
      model.timeline.record({ every: { steps: 1 } });
      if (k === 3) change(sim);
      step();
      control.step();
    }
    using end = model.saveState();
    model.timeline.rewind({ toStep: 2 });
    for (let k = 2; k < 6; k++) {
      if (k === 3) change(sim);
      step();
    }
    using again = model.saveState();
    assertSameSnapshots(end, again);
    model.timeline.rewind({ toStep: 1 });
    for (let k = 1; k < 6; k++) step();
    using without = model.saveState();
    using never = control.model.saveState();
    assertSameSnapshots(never, without);
    assertEquals(model.tracker.step, 6);
  });
}
