import { assertEquals, assertThrows } from "@std/assert";
import { expression } from "../../src/expression/mod.ts";
import { columnsIn, requireOneMeaning } from "../../src/mesh/expression_names.ts";
import { boxMesh, MeshVariable, Model, Poisson, Swarm, SymbolicDDt } from "../../mod.ts";

const points = Float64Array.of(1, 2, 3, 4);

function scopeOf(parameters: Record<string, unknown>, variables: Record<string, number> = {}) {
  return columnsIn({
    what: "test",
    dim: 2,
    coordinates: () => points,
    t: 7,
    parameters: new Map(Object.entries(parameters)) as never,
    sources: [{
      owner: "mesh 'm'",
      variables: new Map(
        Object.entries(variables).map(([name, components]) => [name, { components }]),
      ),
      valuesOf: (name) => Float64Array.of(name.length, 0),
    }],
  });
}

Deno.test("a name stands for a coordinate, the time, a constant, a parameter or a variable", () => {
  const column = scopeOf({ kappa: 3 }, { field: 1 });
  assertEquals(column("y"), Float64Array.of(2, 4));
  assertEquals(["z", "t", "pi", "true", "Infinity", "kappa"].map(column), [
    0,
    7,
    Math.PI,
    1,
    Infinity,
    3,
  ]);
  assertEquals(column("field"), Float64Array.of(5, 0));
});

Deno.test("a name that stands for two things is an error that lists both", () => {
  const fixed = [
    ...["x", "y", "z"].map((name) => [name, "a coordinate"]),
    ["t", "the time"],
    ...["e", "pi", "true", "false", "NaN", "Infinity"].map((name) => [name, "a constant"]),
  ];
  for (const [name, what] of fixed) {
    const parameter = `'${name}' is ${what} and a parameter; `;
    assertThrows(() => scopeOf({ [name]: 1 })(name), RangeError, parameter);
    for (const components of [1, 2]) {
      const variable = `'${name}' is ${what} and a variable of mesh 'm'; `;
      assertThrows(() => scopeOf({}, { [name]: components })(name), RangeError, variable);
    }
  }
  for (const components of [1, 2]) {
    const both = () => scopeOf({ u: 1 }, { u: components })("u");
    assertThrows(both, RangeError, "'u' is a parameter and a variable of mesh 'm'");
  }
  const sources = ["swarm 's'", "mesh 'm'"].map((owner) => ({
    owner,
    variables: new Map([["u", { components: 2 }]]),
  }));
  const twice = () => requireOneMeaning("test", "u", new Map(), sources);
  assertThrows(twice, RangeError, "a variable of swarm 's' and a variable of mesh 'm'");
});

Deno.test("wherever an expression is evaluated, a name hidden by a constant or a coordinate is refused", () => {
  for (const name of ["x", "t", "e", "pi", "true", "Infinity"]) {
    const model = new Model();
    const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [1, 1] });
    const swarm = new Swarm(mesh), carried = swarm.addVariable("carried");
    const u = new MeshVariable(mesh, "u"), v = new MeshVariable(mesh, "v", { components: 2 });
    const formula = expression(`${name} + 1`);
    const uses: Record<string, () => unknown> = {
      "a field": () => u.set(formula),
      "a component": () => v.set([1, formula]),
      "particles": () => carried.set(formula),
      "a source": () => new Poisson(u, { source: formula }).solve(),
      "a boundary value": () => {
        const poisson = new Poisson(u, { source: 1 });
        poisson.addDirichlet("left", formula);
        poisson.solve();
      },
    };
    for (const use of ["a field", "a component", "particles"]) uses[use]();
    new MeshVariable(mesh, name);
    for (const [use, call] of Object.entries(uses)) {
      assertThrows(call, RangeError, `a variable of mesh 'Mesh_0'`, `${use}: ${name}`);
    }
    model.parameters.define(name, 1);
    const ddt = new SymbolicDDt(model, formula, { order: 1 });
    assertThrows(() => ddt.initialiseHistory(), RangeError, "and a parameter", name);
  }
});

Deno.test("a value for a constant is refused, not ignored", () => {
  const formula = expression("e * x + true");
  assertEquals(formula.constants(), ["e", "true"]);
  assertThrows(() => formula.substitute({ e: 1 }), RangeError, "e is a constant");
  assertThrows(() => formula.compile()({ x: 1, true: 0 }), RangeError, "true is a constant");
  assertThrows(() => formula.evaluator(["x", "e"]), RangeError, "e is a constant");
  assertEquals(formula.compile()({ x: 0, pi: 3 }), 1);
  assertEquals(`${expression("true * x").derivative("x")}`, "1");
});
