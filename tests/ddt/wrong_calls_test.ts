import { EulerianDDt } from "../../src/ddt/eulerian_ddt.ts";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { LagrangianSwarmDDt } from "../../src/ddt/lagrangian_swarm_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { SymbolicDDt } from "../../src/ddt/symbolic_ddt.ts";
import { StepOrderError } from "../../src/errors.ts";
import { expression } from "../../src/expression/mod.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Swarm } from "../../src/swarm/swarm.ts";
import { testWrongCalls, type WrongCall } from "../_wrong_calls.ts";
import { square } from "./_setup.ts";

testWrongCalls("histories", () => {
  const { model, mesh } = square(2);
  const u = new MeshVariable(mesh, "u"), v = new MeshVariable(mesh, "v", { components: 2 });
  const cells = new MeshVariable(mesh, "cells", { degree: 0 });
  u.set((x) => x);
  v.set([1, 0]);
  const swarm = new Swarm(mesh), mark = swarm.addVariable("mark");
  const kind = swarm.addVariable("kind", { dtype: "int32" });
  swarm.populate({ perCell: 1 });
  const make = {
    euler: (options?: unknown, of: unknown = u) => () =>
      new EulerianDDt(of as MeshVariable, options as never),
    semi: (options?: unknown, of: unknown = u) => () =>
      new SemiLagrangianDDt(of as MeshVariable, options as never),
    own: (options?: unknown, of: unknown = u) => () =>
      new LagrangianDDt(of as MeshVariable, options as never),
    yours: (options?: unknown, of: unknown = mark) => () =>
      new LagrangianSwarmDDt(of as never, options as never),
    symbolic:
      (options?: unknown, of: unknown = expression("2 * t"), where: unknown = model) => () =>
        new SymbolicDDt(where as never, of as never, options as never),
  };
  const known = new EulerianDDt(u, { order: 2 });
  const common: Record<string, WrongCall> = {};
  for (const [what, taker] of Object.entries(make)) {
    const base = what === "semi" || what === "own" ? { velocity: v } : {};
    Object.assign(common, {
      [`${what}: an order for options`]: [taker(2), TypeError, "got the number 2"],
      [`${what}: oder`]: [taker({ ...base, oder: 2 }), TypeError, "did you mean 'order'?"],
      [`${what}: order 4`]: [taker({ ...base, order: 4 }), RangeError, "1, 2 or 3"],
      [`${what}: order 1.5`]: [taker({ ...base, order: 1.5 }), RangeError, "1, 2 or 3"],
      [`${what}: an order that is a text`]: [taker({ ...base, order: "2" }), TypeError, "order"],
      [`${what}: theta 2`]: [taker({ ...base, theta: 2 }), RangeError, "theta"],
      [`${what}: theta as a text`]: [taker({ ...base, theta: "1" }), TypeError, "theta"],
      [`${what}: a name that is a number`]: [taker({ ...base, name: 3 }), TypeError, "name"],
      [`${what}: nothing first`]: [taker(base, null), TypeError, ""],
    });
  }
  return {
    model,
    calls: {
      ...common,
      "a scalar velocity": [make.euler({ velocity: u }), RangeError, "components"],
      "a number for a velocity": [make.euler({ velocity: 1 }), TypeError, "velocity"],
      "no velocity": [make.semi({}), TypeError, "velocity"],
      "no options": [make.semi(), TypeError, "velocity"],
      "clip 1": [make.semi({ velocity: v, clip: 1 }), TypeError, "clip"],
      "an inflow of 3": [make.semi({ velocity: v, inflow: 3 }), TypeError, "inflow"],
      "an unknown interpolation": [
        make.semi({ velocity: v, interpolation: "oldest" }),
        RangeError,
        '"kept"',
      ],
      "a forcing of two components": [
        make.semi({ velocity: v, forcingHistory: v }),
        RangeError,
        "same kind",
      ],
      "a history of constants": [make.own({ velocity: v }, cells), RangeError, "continuous"],
      "no particle per cell": [make.own({ velocity: v, perCell: 0 }), RangeError, "perCell"],
      "perCells": [make.own({ velocity: v, perCells: 4 }), TypeError, "did you mean 'perCell'?"],
      "whole numbers on particles": [make.yours({}, kind), RangeError, "float"],
      "a field for particles": [make.yours({}, u), TypeError, "variable of a swarm"],
      "a text for an expression": [make.symbolic({}, "2 * t"), TypeError, "expression"],
      "a mesh for a model": [make.symbolic({}, expression("t"), mesh), TypeError, "model"],
      "a step of 0": [() => known.updatePreSolve(0), RangeError, "dt"],
      "a step that is NaN": [() => known.updatePreSolve(NaN), RangeError, "dt"],
      "a step that is a text": [() => known.updatePreSolve("1" as never), TypeError, "dt"],
      "an end without a beginning": [() => known.updatePostSolve(), StepOrderError, "call update"],
      "weights without a step": [() => known.bdf(), StepOrderError, "no step yet"],
      "a past of one level": [() => known.initialiseHistory([1], 0.1), RangeError, "2"],
      "a past without steps": [() => known.initialiseHistory([1, 2]), RangeError, "step"],
      "a past step below 0": [() => known.initialiseHistory([1, 2], -1), RangeError, "step"],
      "a past that is a text": [
        () => known.initialiseHistory(["a", "b"] as never, 0.1),
        TypeError,
        "",
      ],
      "a past that is no list": [() => known.initialiseHistory(3 as never), TypeError, "list"],
    },
  };
});
