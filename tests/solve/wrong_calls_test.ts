import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { Projection } from "../../src/solve/projection.ts";
import { testWrongCalls } from "../_wrong_calls.ts";

/** A mesh with a variable of every kind that a solver may be given by mistake. */
function setting() {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] });
  const u = new MeshVariable(mesh, "u"), v = new MeshVariable(mesh, "v", { components: 2 });
  const cells = new MeshVariable(mesh, "cells", { degree: 0 });
  u.set((x) => x);
  v.set([1, 0]);
  const other = new MeshVariable(
    boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [1, 1] }),
    "other",
  );
  return { model, mesh, u, v, cells, other };
}

testWrongCalls("solvers", () => {
  const { model, u, v, cells, other } = setting();
  const poisson = (options: unknown, of: unknown = u) => () =>
    new Poisson(of as MeshVariable, options as never);
  const heat = (options: unknown, of: unknown = u) => () =>
    new Diffusion(of as MeshVariable, options as never);
  const carry = (options: unknown, of: unknown = u) => () =>
    new AdvectionDiffusion(of as MeshVariable, options as never);
  const project = (options: unknown, of: unknown = u) => () =>
    new Projection(of as MeshVariable, options as never);
  const flow = { velocity: v, diffusivity: 1 }, ofOther = new EulerianDDt(v);
  return {
    model,
    calls: {
      "no variable": [poisson({}, null), TypeError, "mesh variable"],
      "the numbers of a variable": [poisson({}, u.data), TypeError, "mesh variable"],
      "a source for options": [poisson(3), TypeError, "got the number 3"],
      "sorce": [poisson({ sorce: 1 }), TypeError, "did you mean 'source'?"],
      "a text for a source": [poisson({ source: "1" }), TypeError, 'the string "1"'],
      "null for a source": [poisson({ source: null }), TypeError, "got null"],
      "NaN for a source": [poisson({ source: NaN }), RangeError, "not finite"],
      "two values for one component": [poisson({ source: [1, 2] }), RangeError, "2 values"],
      "a source on another mesh": [poisson({ source: other }), RangeError, "lives on mesh"],
      "a source of two components": [poisson({ source: v }), RangeError, "1 are needed"],
      "a negative diffusivity": [poisson({ diffusivity: -1 }), RangeError, "negative"],
      "a list for a diffusivity": [poisson({ diffusivity: [1] }, v), TypeError, "diffusivity"],
      "rtol 0": [poisson({ rtol: 0 }), RangeError, "between 0 and 1"],
      "rtol as a text": [poisson({ rtol: "1e-6" }), TypeError, "rtol"],
      "no iterations": [poisson({ maxIterations: 0 }), RangeError, "whole number"],
      "iterations as a text": [poisson({ maxIterations: "9" }), TypeError, "maxIterations"],
      "an unknown linear solver": [poisson({ solver: "mumps" }), RangeError, '"mumps"'],
      "a name that is a number": [poisson({ name: 3 }), TypeError, "name"],
      "an empty name": [poisson({ name: "" }), TypeError, "name"],
      "constants for Poisson": [poisson({}, cells), TypeError, "continuous"],
      "no options of Diffusion": [heat(undefined), TypeError, "diffusivity"],
      "no diffusivity": [heat({}), TypeError, "diffusivity"],
      "order 4": [heat({ diffusivity: 1, order: 4 }), RangeError, "1, 2 or 3"],
      "an order that is a text": [heat({ diffusivity: 1, order: "2" }), TypeError, "order"],
      "theta 2": [heat({ diffusivity: 1, theta: 2 }), RangeError, "theta"],
      "theta that is a text": [heat({ diffusivity: 1, theta: "0.5" }), TypeError, "theta"],
      "theta and order 2": [heat({ diffusivity: 1, theta: 1, order: 2 }), RangeError, "one of"],
      "no velocity": [carry({ diffusivity: 1 }), TypeError, "velocity"],
      "a number for a velocity": [carry({ velocity: 1, diffusivity: 1 }), TypeError, "velocity"],
      "a scalar velocity": [carry({ velocity: u, diffusivity: 1 }), RangeError, "components"],
      "an unknown scheme": [carry({ ...flow, scheme: "euler" }), RangeError, '"euler"'],
      "an order for crank-nicolson": [
        carry({ ...flow, scheme: "crank-nicolson", order: 2 }),
        RangeError,
        "one of them",
      ],
      "a history that is a text": [carry({ ...flow, history: "bdf" }), TypeError, "time history"],
      "a history of another variable": [
        carry({ ...flow, history: ofOther }),
        RangeError,
        "not of 'u'",
      ],
      "nothing to project": [project({}), TypeError, "source"],
      "a projection that is a text": [project({ source: "x" }), TypeError, "source"],
      "smoothing": [project({ source: 1, smoothing: 1 }), TypeError, "no option 'smoothing'"],
      "a projection on another mesh": [project({ source: other }), RangeError, "mesh"],
    },
  };
});

testWrongCalls("steps and conditions", () => {
  const { model, u, v, other } = setting();
  const heat = new Diffusion(u, { diffusivity: 1 });
  const vector = new Poisson(v, {});
  const dirichlet = (...args: unknown[]) => () =>
    heat.addDirichlet(...args as Parameters<typeof heat.addDirichlet>);
  const neumann = (...args: unknown[]) => () =>
    heat.addNeumann(...args as Parameters<typeof heat.addNeumann>);
  const robin = (...args: unknown[]) => () =>
    heat.addRobin(...args as Parameters<typeof heat.addRobin>);
  const step = (options?: unknown) => () => heat.solve(options as never);
  return {
    model,
    calls: {
      "a boundary that is not there": [dirichlet("lft", 0), RangeError, "left"],
      "a number for a boundary": [dirichlet(0, 0), TypeError, "boundary"],
      "no boundary": [dirichlet(undefined, 0), TypeError, "boundary"],
      "no value": [dirichlet("left"), TypeError, "got undefined"],
      "a text for a value": [dirichlet("left", "1"), TypeError, 'the string "1"'],
      "an infinite value": [dirichlet("left", Infinity), RangeError, "not finite"],
      "two values": [dirichlet("left", [0, 0]), RangeError, "2 values"],
      "a value on another mesh": [dirichlet("left", other), RangeError, "lives on mesh"],
      "a component for options": [dirichlet("left", 0, 0), TypeError, "got the number 0"],
      "comp": [dirichlet("left", 0, { comp: 0 }), TypeError, "did you mean 'component'?"],
      "component 1 of one": [dirichlet("left", 0, { component: 1 }), RangeError, "which has 1"],
      "component -1": [dirichlet("left", 0, { component: -1 }), RangeError, "from 0"],
      "a component that is a text": [
        dirichlet("left", 0, { component: "x" }),
        TypeError,
        "component",
      ],
      "a flux that is NaN": [neumann("left", NaN), RangeError, "not finite"],
      "no flux": [neumann("left"), TypeError, "got undefined"],
      "a negative transfer": [robin("left", -1, 0), RangeError, "negative"],
      "no surroundings": [robin("left", 1), TypeError, "got undefined"],
      "a list of transfers": [robin("left", [1], 0), TypeError, "transfer"],
      "slip of a scalar": [() => heat.addFreeSlip("left"), RangeError, "component"],
      "slip of nothing": [() => vector.addFreeSlip("lft"), RangeError, "left"],
      "a flux through nothing": [() => heat.flux("lft"), RangeError, "left"],
      "no step at all": [step(), TypeError, "needs a step"],
      "a step for options": [step(0.1), TypeError, "got the number 0.1"],
      "DT": [step({ DT: 0.1 }), TypeError, "did you mean 'dt'?"],
      "a step of 0": [step({ dt: 0 }), RangeError, "positive"],
      "a step that is NaN": [step({ dt: NaN }), RangeError, "positive"],
      "a step that is a text": [step({ dt: "0.1" }), TypeError, "step"],
      "a step of null": [step({ dt: null }), TypeError, "step"],
      "a diffusivity that is a text": [
        () => heat.diffusivity = "1" as never,
        TypeError,
        "diffusivity",
      ],
      "a source of undefined": [() => heat.source = undefined as never, TypeError, "source"],
    },
  };
});
