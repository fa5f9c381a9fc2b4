import { assertEquals, assertThrows } from "@std/assert";
import { Checkpoints } from "../src/run/checkpoints.ts";
import { Diffusion } from "../src/solve/diffusion.ts";
import { boxMesh } from "../src/mesh/box_mesh.ts";
import { MeshVariable } from "../src/mesh/mesh_variable.ts";
import { Model } from "../src/model/model.ts";
import { SemiLagrangianDDt } from "../src/ddt/semi_lagrangian_ddt.ts";
import { Stokes } from "../src/flow/stokes.ts";
import { Swarm } from "../src/swarm/swarm.ts";

Deno.test("what an object was made with cannot be assigned, and a misspelt name is no new field", () => {
  const model = new Model(), mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const u = new MeshVariable(mesh, "u"), swarm = new Swarm(mesh);
  const objects: [object, string, string][] = [
    [model, "tracker", "time"],
    [model.parameters, "name", "kappa"],
    [model.random, "name", "sed"],
    [model.timeline, "bytes", "budget"],
    [mesh, "name", "coordinate"],
    [u, "components", "dta"],
    [swarm, "boundary", "boundry"],
    [swarm.addVariable("w"), "name", "valeus"],
    [new Diffusion(u, { diffusivity: 1 }), "theta", "difusivity"],
    [new Stokes(v, u, { viscosity: 1 }), "pressure", "viscosty"],
    [new SemiLagrangianDDt(u, { velocity: v }), "variable", "velocty"],
    [new Checkpoints(model, "nowhere"), "model", "evry"],
    [model.saveState(), "modelName", "tag"],
  ];
  for (const [object, fixed, unknown] of objects) {
    const fields = object as Record<string, unknown>, before = fields[fixed];
    for (const name of [fixed, unknown]) assertThrows(() => fields[name] = 1, TypeError, name);
    assertEquals([fields[fixed] === before, unknown in fields], [true, false]);
  }
});

Deno.test("a subclass of a script has fields of its own", () => {
  class Noisy extends Swarm {
    readonly noise: number;
    constructor(model: Model) {
      super(boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] }));
      this.noise = 3;
    }
  }
  assertEquals(new Noisy(new Model()).noise, 3);
});
