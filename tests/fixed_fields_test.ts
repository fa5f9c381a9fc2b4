import { assertEquals, assertThrows } from "@std/assert";
import { Checkpoints } from "../src/run/checkpoints.ts";
import { Diffusion } from "../src/solve/diffusion.ts";
import { boxMesh } from "../src/mesh/box_mesh.ts";
import { MeshVariable } from "../src/mesh/mesh_variable.ts";
import { Materials } from "../src/materials/materials.ts";
import { EulerianDDt } from "../src/ddt/eulerian_ddt.ts";
import { Equation } from "../src/equation/equation.ts";
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

Deno.test("what is given to be read cannot be written into, and what was given is copied", () => {
  const model = new Model(), mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  const u = new MeshVariable(mesh, "u"), swarm = new Swarm(mesh), force = [0, -1], lid = [1, 0];
  const stokes = new Stokes(v, u, { viscosity: 1, bodyForce: force });
  stokes.addDirichlet("top", lid);
  model.parameters.define("k", 1);
  model.parameters.set("k", 2);
  const materials = new Materials(swarm, { rock: { viscosity: 1 } });
  const equation = new Equation(u, { test: "s", weak: "k2 * u * s", define: { k2: "2" } });
  const ddt = new EulerianDDt(u);
  ddt.updatePreSolve(0.1);
  ddt.updatePostSolve();
  const all = () => JSON.stringify([...model.bearers].map(([name, { state }]) => [name, state]));
  const before = all(), bytes = model.saveState();
  for (const list of [force, lid]) list[0] = 7;
  assertThrows(() => (stokes.bodyForce as number[])[0] = 7, TypeError);
  assertThrows(
    () => (model.bearers as Map<string, unknown>).clear(),
    TypeError,
    "model.unregister",
  );
  assertThrows(() => (model.meshes as Map<string, unknown>).set("a", u), TypeError, "constructing");
  for (const { variables } of [mesh, swarm]) {
    assertThrows(
      () => (variables as Map<string, unknown>).delete("u"),
      TypeError,
      "removeVariable",
    );
  }
  assertThrows(() => (model.parameters.history as unknown[]).pop(), TypeError);
  assertThrows(() => (model.parameters.history[0] as { old: number }).old = 3, TypeError);
  assertThrows(() => Object.assign(materials.state.table["rock"], { viscosity: 9 }), TypeError);
  assertThrows(() => Object.assign(equation.state.define, { k2: "3" }), TypeError);
  assertThrows(() => (mesh.notes as string[]).push("x"), TypeError);
  Object.assign(ddt.state.dtHistory, [5]);
  bytes.createdAt.setTime(0);
  assertEquals([all(), bytes.createdAt.getTime() > 0], [before, true]);
  model.loadState(bytes);
  assertEquals(all(), before);
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
