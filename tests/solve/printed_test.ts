import { assertEquals, assertMatch } from "@std/assert";
import {
  boxMesh,
  Diffusion,
  LagrangianSwarmDDt,
  MeshVariable,
  Model,
  Poisson,
  Swarm,
} from "../../mod.ts";

Deno.test("solvers and histories print one line that says what they are", () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const u = new MeshVariable(mesh, "u"), v = new MeshVariable(mesh, "v");
  assertEquals(Deno.inspect(new Poisson(v)), "Poisson(Poisson_0, for v on Mesh_0)");
  const heat = new Diffusion(u, { diffusivity: 1 });
  assertEquals(Deno.inspect(heat), "Diffusion(Diffusion_0, for u on Mesh_0)");
  const carried = new Swarm(mesh).addVariable("T");
  assertMatch(
    Deno.inspect(new LagrangianSwarmDDt(carried, { order: 2 })),
    /^LagrangianSwarmDDt\(LagrangianSwarmDDt_0, order 2, \d at this step\)$/,
  );
});
