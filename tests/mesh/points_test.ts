import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { ndarray } from "../../src/deps/ndarray.ts";
import { type Points, readPoints } from "../../src/mesh/points.ts";

Deno.test("points come as rows, as one Float64Array, or as an NdArray of any layout", () => {
  const expected = Float64Array.of(1, 2, 3, 4, 5, 6);
  assertEquals(readPoints([[1, 2], [3, 4], [5, 6]], 2, "p"), expected);
  assertStrictEquals(readPoints(expected, 2, "p"), expected);
  assertEquals(readPoints(ndarray(expected, [3, 2]), 2, "p"), expected);
  const columns = ndarray(Float64Array.of(1, 3, 5, 2, 4, 6), [3, 2], [1, 3]);
  assertEquals(readPoints(columns, 2, "p"), expected);
  assertEquals(readPoints(ndarray([1, 2, 3], [1, 3]), 3, "p"), Float64Array.of(1, 2, 3));
  assertEquals(readPoints([], 3, "p").length, 0);
});

Deno.test("what is not points is refused with the right class and place", () => {
  const read = (points: unknown, dim = 2) => () => readPoints(points as Points, dim, "where");
  assertThrows(read("here"), TypeError, "where: points are an NdArray [n, 2]");
  assertThrows(read(null), TypeError, "got null");
  assertThrows(read(undefined), TypeError);
  assertThrows(read(new Float32Array(4)), TypeError, "Float32Array");
  assertThrows(read([1, 2]), TypeError, "point 0 is a row of 2 numbers");
  assertThrows(read([["1", 2]]), TypeError, "point 0 holds the string");
  assertThrows(read([[1, 2], [3]]), RangeError, "point 1 has 1 numbers");
  assertThrows(read(new Float64Array(3)), RangeError, "got 3");
  assertThrows(read(ndarray(new Float64Array(6), [2, 3])), RangeError, "[2, 3]");
  assertThrows(read(ndarray(new Float64Array(6), [6])), RangeError, "[6]");
  for (const bad of [NaN, Infinity, -Infinity]) {
    assertThrows(read([[0, 0], [1, bad]]), RangeError, "point 1");
    assertThrows(read(Float64Array.of(0, 0, bad, 1)), RangeError, "point 1");
  }
});
