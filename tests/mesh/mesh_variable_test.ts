import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { ndarray } from "../../src/deps/ndarray.ts";
import { Mesh } from "../../src/mesh/mesh.ts";
import { type FieldValue, MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { FakeHost } from "./_fake_host.ts";
import { cubeGrid, randomNumbers, squareGrid, type Warp } from "./_grids.ts";
import { assertRounding } from "../_helpers.ts";

const wave: Warp = (x, o) => {
  x[o + 1] += 0.1 * Math.sin(4 * x[o]);
};

function square(warp?: Warp): Mesh {
  return new Mesh(new FakeHost(), squareGrid(5, 4, warp));
}

function cube(warp?: Warp): Mesh {
  return new Mesh(new FakeHost(), cubeGrid(3, warp));
}

Deno.test("memory is taken when data is first touched; until then a field is zero", () => {
  const mesh = square();
  const v = new MeshVariable(mesh, "v", { components: 2 });
  assertEquals(v.allocated, false);
  assertEquals(v.evaluate([[0.1, 0.1], [3, 3]]).data, Float64Array.of(0, 0, NaN, NaN));
  assertEquals(v.gradient([[0.1, 0.1]]).data, new Float64Array(4));
  assertEquals(v.integrate(), new Float64Array(2));
  assertEquals([v.min(), v.max(), v.norm()], [0, 0, 0]);
  assertEquals(v.allocated, false);
  assertEquals(v.data.length, 60);
  assertEquals(v.allocated, true);
  assertStrictEquals(v.data, v.data);
  v.array.set(3, 1, 7);
  assertEquals(v.data[7], 7);
  assertEquals(v.array.shape, [30, 2]);
});

for (const dim of [2, 3] as const) {
  for (const degree of [0, 1, 2] as const) {
    for (const continuous of [true, false]) {
      const label = `${continuous ? "continuous" : "discontinuous"} P${degree} in ${dim}-D`;
      Deno.test(`${label} holds its polynomials: values, gradients, integral, norm`, () => {
        const mesh = dim === 2 ? square(wave) : cube(wave);
        const u = new MeshVariable(mesh, "u", { degree, continuous });
        const z2 = dim === 3 ? 1 : 0;
        const f = (x: number, y: number, z: number) =>
          degree === 0 ? 3 : degree === 1 ? 1 + x - 2 * y + z : x * y + 2 * x - z * z + y * z;
        const slope = (x: number, y: number, z: number) =>
          degree === 0 ? [0, 0, 0] : degree === 1 ? [1, -2, z2] : [y + 2, x + z, (y - 2 * z) * z2];
        u.set(f);
        const random = randomNumbers(4);
        for (let n = 0; n < 20; n++) {
          const p = Array.from({ length: dim }, () => 0.1 + 0.8 * random());
          const [x, y, z = 0] = p;
          const { cells } = mesh.locate([p]);
          if (cells[0] < 0) continue;
          // A few dozen roundings of numbers of size 1; slopes have them over the cell size.
          assertAlmostEquals(u.evaluate([p]).get(0, 0), f(x, y, z), 1e-13);
          const g = u.gradient([p]);
          assertEquals(g.shape, [1, 1, dim]);
          for (let d = 0; d < dim; d++) {
            // As above, over cells of 1e-2 at least.
            assertAlmostEquals(g.get(0, 0, d), slope(x, y, z)[d], 1e-11);
          }
        }
      });
    }
  }
}

Deno.test("integrals are those of calculus, over the domain and over boundaries", () => {
  const mesh = square();
  const u = new MeshVariable(mesh, "u", { degree: 2 });
  u.set((x, y) => x * x + y);
  assertRounding(u.integrate() as number, 1 / 3 + 1 / 2, 40);
  assertRounding(u.integrate("top") as number, 1 / 3 + 1, 40);
  assertRounding(u.integrate("left") as number, 1 / 2, 40);
  // integral of x^4 + 2 x^2 y + y^2
  assertRounding(u.norm(), Math.sqrt(1 / 5 + 1 / 3 + 1 / 3), 40);
  assertThrows(() => u.integrate("lid"), RangeError, '"left", "right", "bottom", "top"');
  const v = new MeshVariable(cube(), "v", { components: 2 });
  v.set((x, _y, z, out) => {
    out[0] = x + z;
    out[1] = 4;
  });
  const [a, b] = v.integrate("top") as Float64Array;
  assertRounding(a, 1.5, 40);
  assertRounding(b, 4, 40);
  // integral of (x + z)^2 + 16 = 1/3 + 1/2 + 1/3 + 16
  assertRounding(v.norm(), Math.sqrt(7 / 6 + 16), 400);
});

Deno.test("min and max are over all values, and a NaN is not passed over", () => {
  const v = new MeshVariable(square(), "v", { components: 2 });
  v.set((x, y, _z, out) => {
    out[0] = x;
    out[1] = -3 * y;
  });
  assertEquals([v.min(), v.max()], [-3, 1]);
  v.data[5] = Infinity;
  assertEquals(v.max(), Infinity);
  v.data[9] = NaN;
  assertEquals([v.min(), v.max()], [NaN, NaN]);
  assert(Number.isNaN(v.norm()));
});

Deno.test("set takes a number, numbers per component, functions, and whole arrays", () => {
  const mesh = square();
  const host = mesh.model as FakeHost;
  host.tracker.time = 2.5;
  const u = new MeshVariable(mesh, "u");
  const v = new MeshVariable(mesh, "v", { components: 2 });
  u.set(-0);
  assert(Object.is(u.data[3], -0));
  u.set((_x, _y, z, t) => z + t);
  assertEquals([u.min(), u.max()], [2.5, 2.5]);
  u.set([4]);
  assertEquals(u.min(), 4);
  v.set([1, NaN]);
  assertEquals([...v.data.subarray(0, 4)], [1, NaN, 1, NaN]);
  v.set(7);
  assertEquals([v.min(), v.max()], [7, 7]);
  v.set((x, _y, _z, out, t) => out.set([x, t]));
  assertEquals([v.array.get(5, 0), v.array.get(5, 1)], [1, 2.5]);
  const flat = Float64Array.from({ length: 60 }, (_, i) => i);
  v.set(flat);
  assertEquals(v.data, flat);
  v.set(ndarray(flat, [30, 2], [1, 30]));
  assertEquals([v.array.get(1, 0), v.array.get(1, 1)], [1, 31]);
  u.set(ndarray(flat.slice(0, 30), [30]));
  assertEquals(u.data, flat.slice(0, 30));
});

Deno.test("constants per cell are sampled at centroids", () => {
  const mesh = square();
  const k = new MeshVariable(mesh, "k", { degree: 0 });
  assertEquals([k.continuous, k.dofCount], [false, 40]);
  k.set((x, y) => x + 10 * y);
  const { coordinates } = k;
  assertEquals(coordinates.shape, [40, 2]);
  assertEquals(k.data[7], coordinates.get(7, 0) + 10 * coordinates.get(7, 1));
  coordinates.set(0, 0, 99);
  assert(k.coordinates.get(0, 0) < 1);
});

Deno.test("a refused set changes nothing", () => {
  const mesh = square();
  const u = new MeshVariable(mesh, "u");
  const v = new MeshVariable(mesh, "v", { components: 2 });
  const bad = (target: MeshVariable, value: unknown) => () => target.set(value as FieldValue);
  assertThrows(bad(u, "hot"), TypeError, 'the string "hot"');
  assertThrows(bad(u, undefined), TypeError, "got undefined");
  assertThrows(bad(u, null), TypeError);
  assertThrows(bad(u, { a: 1 }), TypeError);
  assertThrows(bad(u, ["a"]), TypeError);
  assertThrows(bad(u, new Float32Array(30)), TypeError, "Float32Array");
  assertThrows(bad(u, new Float64Array(29)), RangeError, "30 x 1 values, got 29");
  assertThrows(bad(v, [1, 2, 3]), RangeError, "2 components, got 3");
  assertThrows(bad(v, ndarray(new Float64Array(60), [60])), RangeError, "[30, 2]");
  assertEquals([u.allocated, v.allocated], [false, false]);
  u.set(1);
  let calls = 0;
  assertThrows(bad(u, () => ++calls > 20 ? "x" : 5), TypeError, 'returned the string "x" at (');
  assertThrows(bad(u, () => undefined), TypeError, "undefined");
  assertThrows(bad(v, (x: number) => x), TypeError, "(x, y, z, out, t) => void");
  assertEquals([u.min(), u.max()], [1, 1]);
});

Deno.test("bad variables are refused and leave nothing on the mesh", () => {
  const mesh = square();
  const make = (name: unknown, options: object = {}) => () =>
    new MeshVariable(mesh, name as string, options);
  make("T")();
  assertThrows(make("T"), RangeError, "'T' already");
  assertThrows(make(""), TypeError);
  assertThrows(make(3), TypeError);
  assertThrows(make("a", { degree: 3 }), RangeError, "got 3");
  assertThrows(make("a", { degree: 1.5 }), RangeError);
  for (const components of [0, -1, 1.5, NaN]) {
    assertThrows(make("a", { components }), RangeError, "components");
  }
  assertThrows(() => new MeshVariable({} as Mesh, "a"), TypeError);
  assertEquals([...mesh.variables.keys()], ["T"]);
});

Deno.test("evaluate takes the lowest cell where a discontinuous field jumps", () => {
  const mesh = new Mesh(new FakeHost(), squareGrid(1, 1));
  const k = new MeshVariable(mesh, "k", { degree: 0 });
  k.set(Float64Array.of(5, 9));
  assertEquals(k.evaluate([[0.5, 0.5], [0.2, 0.8], [0, 0]]).data, Float64Array.of(5, 9, 5));
});

Deno.test("integrals are typed: a number for one component, an array for several, either where types do not know", () => {
  const mesh = new Mesh(new FakeHost(), squareGrid(2, 2));
  const scalar: number = new MeshVariable(mesh, "a", { degree: 2 }).integrate();
  const vector: Float64Array = new MeshVariable(mesh, "b", { components: mesh.dim }).integrate(
    "left",
  );
  const any: MeshVariable = new MeshVariable(mesh, "c");
  const either: number | Float64Array = any.integrate();
  assertEquals([scalar, [...vector], either], [0, [0, 0], 0]);
});
