import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { assertSameBytes } from "../_helpers.ts";
import { arrayKinds, kindOf } from "../../src/arrays.ts";
import { ndarray } from "../../src/deps/ndarray.ts";
import { expression } from "../../src/expression/mod.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { boxSwarm } from "./_setup.ts";

function three() {
  const it = boxSwarm();
  it.swarm.addParticles([[0, 0], [0.5, 0.25], [-0.5, 1]]);
  return it;
}

Deno.test("variables are of every element type, zero at first", () => {
  const { swarm } = three();
  for (const dtype of arrayKinds) {
    const v = swarm.addVariable(dtype, { dtype, components: 2 });
    assertEquals([v.swarm, v.name, v.components, v.dtype], [swarm, dtype, 2, dtype]);
    assertEquals([kindOf(v.data), v.data.length], [dtype, 6]);
    assertEquals(v.array.shape, [3, 2]);
    assert(v.data.every((x) => x == 0));
    v.set(3);
    assertEquals(Number(v.array.get(2, 1)), 3);
  }
  assertEquals([...swarm.variables.keys()], [...arrayKinds]);
});

Deno.test("set takes numbers, rows, functions and arrays", () => {
  const { model, swarm } = three();
  const a = swarm.addVariable("a"), b = swarm.addVariable("b", { components: 2 });
  const i = swarm.addVariable("i", { dtype: "int64" });
  model.tracker.time = 0.5;
  a.set(2);
  assertEquals([...a.data], [2, 2, 2]);
  a.set((x, y, z, t) => x + y + z + t);
  assertEquals([...a.data], [0.5, 1.25, 1]);
  a.set([1, 2, 3]);
  assertEquals([...a.data], [1, 2, 3]);
  a.set(Int8Array.of(4, 5, 6));
  assertEquals([...a.data], [4, 5, 6]);
  b.set([7, 8]);
  assertEquals([...b.data], [7, 8, 7, 8, 7, 8]);
  b.set((x: number, y: number, _z: number, out: Float64Array, t: number) => {
    out[0] = x + y;
    out[1] = t;
  });
  assertEquals([...b.data], [0, 0.5, 0.75, 0.5, 0.5, 0.5]);
  b.set(ndarray(Float64Array.of(1, 2, 3, 4, 5, 6), [2, 3]).transpose(1, 0));
  assertEquals([...b.data], [1, 4, 2, 5, 3, 6]);
  i.set(2n ** 60n);
  assertEquals(i.data[1], 2n ** 60n);
  i.set((x) => (x > 0 ? 1 : -1));
  assertEquals([...i.data], [-1n, 1n, -1n]);
});

Deno.test("set takes expressions of position, time, parameters and variables", () => {
  const { model, mesh, swarm } = three();
  model.tracker.time = 2;
  model.parameters.define("k", 10);
  const T = new MeshVariable(mesh, "T");
  T.set((x, y) => x - y);
  const a = swarm.addVariable("a"), m = swarm.addVariable("m", { dtype: "int64" });
  const b = swarm.addVariable("b", { components: 2 });
  m.data.set([1n, 2n, 3n]);
  a.set(expression("k * x + t + m"));
  assertEquals([...a.data], [3, 9, 0]);
  b.set([expression("T + y"), 7]);
  // T is interpolated, and rounded there.
  [0, 7, 0.5, 7, -0.5, 7].forEach((v, i) => assertAlmostEquals(b.data[i], v, 1e-14));
  m.set(expression("m + z + 1"));
  assertEquals([...m.data], [2n, 3n, 4n]);
  assertThrows(() => a.set(expression("q + 1")), RangeError, "'a', 'm', 'T'");
  assertThrows(() => b.set(expression("x")), RangeError, "2 components");
  assertThrows(() => m.set(expression("x / 3")), RangeError, "cannot hold");
  swarm.addVariable("T");
  assertThrows(() => a.set(expression("T")), RangeError, "rename");
  assertEquals([...a.data], [3, 9, 0]);
});

Deno.test("set with an array of the same type keeps every bit", () => {
  const { swarm } = three();
  const v = swarm.addVariable("v");
  const bits = BigUint64Array.of(0x7ff0000000000001n, 0xfff8000000001234n, 0x8000000000000000n);
  v.set(new Float64Array(bits.buffer));
  assertSameBytes(new BigUint64Array(v.data.slice().buffer), bits);
});

Deno.test("what does not fit is an error, and changes nothing", () => {
  const { swarm } = three();
  const u = swarm.addVariable("u", { dtype: "uint8" });
  const b = swarm.addVariable("b", { components: 2 });
  const i = swarm.addVariable("i", { dtype: "int64" });
  u.set(9);
  // deno-lint-ignore no-explicit-any -- wrong types on purpose
  const bad = (value: unknown) => value as any;
  assertThrows(() => u.set(256), RangeError, "cannot hold 256");
  assertThrows(() => u.set(-1), RangeError);
  assertThrows(() => u.set(0.5), RangeError);
  assertThrows(() => u.set(NaN), RangeError);
  assertThrows(() => u.set((x) => (x < 0 ? 1000 : 1)), RangeError);
  assertThrows(() => u.set([1, 2]), RangeError, "3 x 1");
  assertThrows(() => u.set(new Float64Array(4)), RangeError, "3 x 1");
  assertThrows(() => u.set(ndarray(new Float64Array(6), [2, 3])), RangeError, "[3, 1]");
  assertThrows(() => u.set(bad("1")), TypeError);
  assertThrows(() => u.set(bad(null)), TypeError);
  assertThrows(() => u.set(bad(["a", "b", "c"])), TypeError);
  assertThrows(() => u.set(bad(() => "1")), TypeError);
  assertThrows(() => b.set(bad((x: number, y: number) => [x, y])), TypeError, "out");
  assertThrows(() => i.set(1.5), RangeError);
  assertThrows(() => i.set(2n ** 63n), RangeError);
  assertEquals([...u.data], [9, 9, 9]);
  assertEquals([...i.data], [0n, 0n, 0n]);
  swarm.addVariable("c", { dtype: "uint8clamped" }).set(300);
  assertEquals(swarm.variables.get("c")!.data[0], 255);
});

Deno.test("a removed variable keeps its values and no longer grows", () => {
  const { swarm } = three();
  const v = swarm.addVariable("v");
  v.set(5);
  swarm.removeVariable(v);
  swarm.populate({ perCell: 1 });
  assertEquals([...v.data], [5, 5, 5]);
  assertEquals(swarm.addVariable("v", { dtype: "int8" }).data.length, swarm.count);
});
