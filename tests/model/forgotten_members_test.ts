/** What a model has forgotten refuses to work: no snapshot would hold what it does. @module */
import { assertThrows } from "@std/assert";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { Equation } from "../../src/equation/equation.ts";
import { swarmMeans } from "../../src/flow/swarm_means.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { Materials } from "../../src/materials/materials.ts";
import { ViscoElastic } from "../../src/materials/visco_elastic.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { transfer } from "../../src/mesh/field_transfer.ts";
import { MeshMotion } from "../../src/mesh/mesh_motion.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Projection } from "../../src/solve/projection.ts";
import { FreeSurface } from "../../src/surface/free_surface.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { testWrongCalls, type WrongCall } from "../_wrong_calls.ts";
import "../../src/expression/mod.ts";

function scene() {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const u = new MeshVariable(mesh, "u"), p = new MeshVariable(mesh, "p");
  const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
  u.set(1);
  v.set([0, 0]);
  const swarm = new Swarm(mesh);
  swarm.populate({ perCell: 1 });
  return { model, mesh, u, p, v, swarm };
}

testWrongCalls("what was unregistered or removed", () => {
  const { model, mesh, u, p, v, swarm } = scene(), dt = { dt: 0.1 };
  const away = <B extends object>(bearer: B): B => {
    model.unregister(bearer);
    return bearer;
  };
  const flow = new Stokes(v, p, { viscosity: 1 });
  const surface = away(new FreeSurface(flow)), motion = away(new MeshMotion(mesh));
  away(flow);
  const materials = away(new Materials(swarm, { rock: { density: 1 } }));
  const tau = new MeshVariable(mesh, "tau", { components: 3 });
  const body = away(new ViscoElastic(v, p, { viscosity: 1, shearModulus: 1, stress: tau }));
  const poisson = away(new Poisson(u, {})), heat = away(new Diffusion(u, { diffusivity: 1 }));
  const weak = "dt(u) * w + dot(grad(u), grad(w))";
  const equation = away(new Equation(u, { test: "w", weak })), ddt = away(new EulerianDDt(u));
  const gone = new MeshVariable(mesh, "gone");
  const onGone = new Poisson(gone, {});
  mesh.removeVariable(gone);
  const other = new Swarm(mesh), tracer = other.addVariable("tracer");
  away(other);
  const otherMesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
  const onOther = new MeshVariable(otherMesh, "far");
  away(otherMesh);
  const not = (call: () => unknown, says: string): WrongCall => [call, RangeError, says];
  const forgotten: Record<string, () => unknown> = {
    "Stokes.solve": () => flow.solve(),
    "FreeSurface of its Stokes": () => new FreeSurface(flow),
    "FreeSurface.step": () => surface.step(dt),
    "FreeSurface.setHeights": () => surface.setHeights(1),
    "FreeSurface.scheme": () => surface.scheme = "rk4",
    "MeshMotion.move": () => motion.move(mesh.coordinates, 0.1),
    "Materials.update": () => materials.update(),
    "Materials.assign": () => materials.assign("rock"),
    "Materials.setProperty": () => materials.setProperty("rock", "density", 2),
    "Materials.coefficient": () => materials.coefficient("density"),
    "ViscoElastic.solve": () => body.solve(dt),
    "Poisson.solve": () => poisson.solve(),
    "Diffusion.solve": () => heat.solve(dt),
    "Diffusion.initialiseHistory": () => heat.initialiseHistory(),
    "Equation.solve": () => equation.solve(dt),
    "Equation.initialiseHistory": () => equation.initialiseHistory(),
    "updatePreSolve": () => ddt.updatePreSolve(0.1),
    "updatePostSolve": () => ddt.updatePostSolve(),
    "initialiseHistory": () => ddt.initialiseHistory(),
    "Swarm.addVariable": () => other.addVariable("late"),
    "Swarm.populate": () => other.populate({ perCell: 1 }),
    "Swarm.addParticles": () => other.addParticles([[0.5, 0.5]]),
    "Swarm.removeParticles": () => other.removeParticles([]),
    "Swarm.advect": () => other.advect(v, 0.1),
    "Swarm.migrate": () => other.migrate(),
    "Swarm.balance": () => other.balance({ fewest: 1 }),
    "Materials of a swarm": () => new Materials(other, { rock: {} }),
    "LagrangianSwarmDDt": () => new LagrangianSwarmDDt(tracer),
    "Mesh.deform": () => otherMesh.deform(otherMesh.coordinates),
    "Mesh.refine": () => otherMesh.refine(),
    "Mesh.adapt": () => otherMesh.adapt(() => 1),
    "Mesh.rebalance": () => otherMesh.rebalance(),
    "MeshVariable": () => new MeshVariable(otherMesh, "late"),
    "Swarm": () => new Swarm(otherMesh),
    "a solver on its mesh": () => new Poisson(onOther, {}),
  };
  const removed: Record<string, () => unknown> = {
    "a solver": () => onGone.solve(),
    "new Poisson": () => new Poisson(gone, {}),
    "new Equation": () => new Equation(gone, { test: "w", weak: "gone * w" }),
    "new Stokes": () => new Stokes(v, gone, { viscosity: 1 }),
    "new EulerianDDt": () => new EulerianDDt(gone),
    "a source": () => new Poisson(u, { source: gone }),
  };
  const saying = (calls: Record<string, () => unknown>, says: string) =>
    Object.entries(calls).map(([name, call]) => [`${name}, ${says}`, not(call, says)]);
  return {
    model,
    calls: Object.fromEntries([
      ...saying(forgotten, "any more"),
      ...saying(removed, "was removed from mesh"),
    ]),
  };
});

testWrongCalls("unregister and removeVariable of what belongs to others", () => {
  const { model, mesh, v, p, u, swarm } = scene();
  const flow = new Stokes(v, p, { viscosity: 1, density: 1 });
  new Diffusion(u, { diffusivity: 1, order: 2 });
  const materials = new Materials(swarm, { rock: {} });
  const { swarm: own } = new LagrangianDDt(u, { velocity: v, name: "own" });
  const periodic = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [3, 3], periodic: ["x"] });
  const counting = new Swarm(periodic, { wraps: true });
  const [level] = [...mesh.variables.values()].filter(({ name }) => name.startsWith("Diffusion"));
  return {
    model,
    calls: {
      "the history of Stokes": [() => model.unregister(flow.history!), RangeError, "Stokes_0"],
      "a level of Diffusion": [() => mesh.removeVariable(level), RangeError, "Diffusion_0"],
      "a share": [() => mesh.removeVariable(materials.field("rock")), RangeError, "Materials_0"],
      "a past value on particles": [
        () => own.removeVariable(own.variables.get("psi_star_1")!),
        RangeError,
        "'own'",
      ],
      "wraps": [() => counting.removeVariable(counting.wraps), RangeError, "counts in 'wraps'"],
      "an index": [() => swarm.removeVariable(materials.index), RangeError, "Materials_0"],
      "no variable": [() => mesh.removeVariable(undefined as never), RangeError, "not a variable"],
    },
  };
});

Deno.test("a solver that a failed transaction made refuses, and works again where a token brings it back", () => {
  const { model, u } = scene();
  let made: Poisson | null = null;
  assertThrows(() =>
    model.transaction(() => {
      made = new Poisson(u, {});
      throw new Error("no");
    })
  );
  assertThrows(() => made!.solve(), RangeError, "undone");
  const poisson = new Poisson(u, {});
  poisson.addDirichlet("left", 1);
  using token = model.saveState();
  model.unregister(poisson);
  assertThrows(() => poisson.solve(), RangeError, "any more");
  model.loadState(token);
  poisson.solve();
});

testWrongCalls("what works with fields or particles that were removed", () => {
  const { model, mesh, v, swarm } = scene(), dt = { dt: 0.1 };
  const field = (name: string, options = {}) => new MeshVariable(mesh, name, options);
  const k = field("k"), gone = field("gone"), means = field("means", { degree: 0 });
  const w = field("w", { components: 2, degree: 2 }), pressure = field("pressure");
  const tau = field("tau", { components: 3 }), stress = field("stress", { components: 3 });
  const q = swarm.addVariable("q"), other = new Swarm(mesh), r = other.addVariable("r");
  const u = field("u2"), p = field("p2");
  const onBoundary = new Poisson(u, {});
  onBoundary.addDirichlet("left", k);
  const equation = new Equation(u, { test: "t1", weak: "dt(u2) * t1" });
  equation.addDirichlet(u, "left", k);
  const flow = new Stokes(v, pressure, { viscosity: 1 });
  const body = new ViscoElastic(v, p, { viscosity: 1, shearModulus: 1, stress: tau });
  const euler = new EulerianDDt(gone), begun = new EulerianDDt(gone);
  begun.updatePreSolve(0.1);
  const along = new SemiLagrangianDDt(u, { velocity: w }),
    own = new LagrangianDDt(u, { velocity: w });
  const forced = new SemiLagrangianDDt(u, { velocity: v, forcingHistory: k });
  const onParticles = new LagrangianSwarmDDt(q), ofSwarm = new LagrangianSwarmDDt(r);
  const transport = new AdvectionDiffusion(u, { velocity: w, diffusivity: 1 });
  const fit = new Projection(u, { source: q }), fitOther = new Projection(u, { source: r });
  const heat = new Diffusion(u, { diffusivity: k }), source = new Poisson(u, { source: k });
  const third = new Swarm(mesh), materials = new Materials(third, { rock: { density: 1 } });
  const flowOf = new Stokes(v, p, { viscosity: 1 });
  for (const variable of [k, gone, means, w, pressure, tau, stress]) mesh.removeVariable(variable);
  swarm.removeVariable(q);
  const kept = swarm.addVariable("kept");
  model.unregister(other);
  model.unregister(third);
  const removed: Record<string, () => unknown> = {
    "a condition": () => onBoundary.solve(),
    "a condition of an equation": () => equation.solve(dt),
    "a source": () => source.solve(),
    "a diffusivity": () => heat.solve(dt),
    "a pressure": () => flow.solve(),
    "an elastic stress": () => body.solve(dt),
    "the variable of a history": () => euler.updatePreSolve(0.1),
    "the variable of a history in a step": () => begun.updatePostSolve(),
    "the variable of a history that starts": () => euler.initialiseHistory([1]),
    "the velocity of a history": () => along.updatePreSolve(0.1),
    "the velocity of particles": () => own.updatePreSolve(0.1),
    "a forcing": () => forced.updatePreSolve(0.1),
    "a velocity": () => transport.solve(dt),
    "a variable of particles that is projected": () => fit.solve(),
    "a variable of particles for a new projection": () => new Projection(u, { source: q }),
    "a variable of particles with a history": () => onParticles.updatePreSolve(0.1),
    "a field that a flow is to fill": () => flowOf.strainRate(stress),
    "a field for means": () => swarmMeans(kept, means),
    "a field to transfer from": () => transfer(k, u),
  };
  const unregistered: Record<string, () => unknown> = {
    "a swarm that is projected": () => fitOther.solve(),
    "a swarm with a history": () => ofSwarm.updatePreSolve(0.1),
    "a swarm of materials": () => materials.update(),
  };
  const calls = (all: Record<string, () => unknown>, says: string) =>
    Object.entries(all).map(([what, call]) => [what, [call, RangeError, says] as WrongCall]);
  return {
    model,
    calls: Object.fromEntries([
      ...calls(removed, "was removed from"),
      ...calls(unregistered, "unregistered"),
    ]),
  };
});
