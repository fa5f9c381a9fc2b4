import { assert, assertEquals, assertThrows } from "@std/assert";
import { expression } from "../../src/expression/mod.ts";
import { boxMesh, MeshVariable, Model, Swarm } from "../../mod.ts";

function scene() {
  const model = new Model();
  const small = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [2, 2] }, { name: "small" });
  const large = boxMesh(model, { min: [0, 0], max: [2, 1], cells: [4, 2] });
  const source = new MeshVariable(small, "source"), target = new MeshVariable(large, "target");
  source.set((x) => x);
  target.set(5);
  return { source, target, large };
}

Deno.test("a field set to what evaluate gave out says which point was outside, and is not changed", () => {
  const { source, target } = scene();
  const values = source.evaluate(target.coordinates);
  const where = "evaluated at point 3, (1.5, 0), which is outside of mesh 'small'";
  for (const given of [values, values.data]) {
    assertThrows(() => target.set(given), RangeError, where);
  }
  assertThrows(
    () => target.set((x, y) => source.evaluate([[x, y]]).get(0, 0)),
    RangeError,
    "point 0, (1.5, 0), which is outside of mesh 'small'",
  );
  assertEquals([target.min(), target.max()], [5, 5]);
  // Once the values outside were replaced, all is well.
  values.data.forEach((v, i) => values.data[i] = Number.isNaN(v) ? 0 : v);
  target.set(values);
  assertEquals(target.max(), 1);
});

Deno.test("NaN for another reason is a value like any other", () => {
  const { source, target } = scene();
  target.set(NaN);
  assert(Number.isNaN(target.max()));
  source.evaluate([[9, 9]]);
  target.set((x) => x > 1 ? NaN : x);
  assert(Number.isNaN(target.max()));
  target.set(Float64Array.from({ length: target.dofCount }, () => NaN));
  target.set((x, y) => {
    const value = source.evaluate([[x, y]]).get(0, 0);
    return Number.isNaN(value) ? 0 : value;
  });
  assertEquals(target.max(), 1);
});

Deno.test("particles outside of a field's mesh are named as well", () => {
  const { source, large } = scene();
  const swarm = new Swarm(large), carried = swarm.addVariable("carried");
  swarm.addParticles([[0.5, 0.5], [1.5, 0.5]]);
  const outside = "point 1, (1.5, 0.5), which is outside of mesh 'small'";
  assertThrows(() => carried.set(source.evaluate(swarm.coordinates)), RangeError, outside);
  const field = new MeshVariable(large, "field");
  field.set(2);
  swarm.coordinates.set(1, 0, 7);
  assertThrows(() => carried.set(expression("field")), RangeError, "(7, 0.5), which is outside");
  assertEquals([...carried.data], [0, 0]);
});
