import { Equation } from "../../src/equation/equation.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { testWrongCalls } from "../_wrong_calls.ts";

testWrongCalls("equations", () => {
  const model = new Model(), mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
  const u = new MeshVariable(mesh, "u"), v = new MeshVariable(mesh, "v");
  u.set(1);
  const weak = "dot(grad(u), grad(w)) - w", formula = { test: "w", weak };
  const make = (options: unknown, of: unknown = u) => () =>
    new Equation(of as MeshVariable, options as never);
  const steady = new Equation(u, formula),
    moving = new Equation(u, { ...formula, weak: "dt(u) * w" });
  const blank = new MeshVariable(mesh, "blank");
  blank.data[1] = NaN;
  const odd = new Equation(v, { ...formula, weak: "blank * dot(grad(v), grad(w)) + v * w" });
  const root = new Equation(v, { ...formula, weak: "v * w / max(x - 2, 0) - w" });
  const deep = (pieces: number) => "(".repeat(pieces) + "u * w" + ")".repeat(pieces);
  // deno-lint-ignore no-explicit-any -- a script without a type check can pass anything
  const any = (value: unknown) => value as any;
  return {
    model,
    calls: {
      "no unknown": [make(formula, []), RangeError, "not empty"],
      "the numbers of an unknown": [make(formula, u.data), TypeError, "mesh variable"],
      "an unknown twice": [make(formula, [u, u]), RangeError, "twice"],
      "a number for a test function": [make({ ...formula, test: 3 }), TypeError, "got number"],
      "one test function for two": [make(formula, [u, v]), RangeError, "one for each"],
      "a number for a formula": [make({ ...formula, weak: 1 }), TypeError, "got number"],
      "nothing for a formula": [make({ ...formula, weak: "" }), RangeError, "no formula"],
      "brackets without end": [make({ ...formula, weak: deep(8000) }), RangeError, "too many"],
      "terms without end": [
        make({ ...formula, weak: weak + " + w".repeat(8000) }),
        RangeError,
        "too many",
      ],
      "a Map of definitions": [make({ ...formula, define: new Map() }), TypeError, "got a Map"],
      "tolerence": [make({ ...formula, tolerence: 1 }), TypeError, "did you mean 'tolerance'?"],
      "a flux that is NaN": [() => steady.addNeumann(u, "left", NaN), RangeError, "is NaN"],
      "a flux of another field": [() => steady.addNeumann(v, "left", 1), RangeError, "unknowns"],
      "a value of nothing": [() => steady.addDirichlet(any(null), "left", 1), RangeError, "null"],
      "a field that is NaN": [() => odd.solve(), RangeError, "Equation_2: the Jacobian"],
      "a field that is NaN, by name": [() => odd.solve(), RangeError, "variable 'blank'"],
      "a division by 0": [() => root.solve(), RangeError, "divisions by 0"],
      "a past without rates": [() => steady.initialiseHistory([1]), RangeError, "no dt(...)"],
      "null for a past": [() => moving.initialiseHistory(any(null)), TypeError, "got null"],
      "a text for a past": [() => moving.initialiseHistory(any("u")), TypeError, '"u"'],
      "a step where there is none": [() => steady.solve({ dt: 1 }), RangeError, "takes no step"],
      "a step that is NaN": [() => moving.solve({ dt: NaN }), RangeError, "positive and finite"],
      "cells without end": [() => mesh.refine(20), RangeError, "the limit is 50 million"],
      "texts for a marker": [
        () => mesh.adapt(any(["1", "1"])),
        TypeError,
        'cell 0 has the string "1"',
      ],
      "limits behind a target": [
        () => mesh.adapt({ size: 1 }, { maxCells: 9 }),
        TypeError,
        "a target has its limits itself",
      ],
      "a size near 0": [() => mesh.adapt({ size: 1e-30 }), RangeError, "the limit is 50 million"],
    },
  };
});
