import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CsrMatrix } from "../../../src/solve/linear/csr.ts";
import { localAddedDot, localDot, Reductions } from "../../../src/solve/linear/reductions.ts";
import { addScaled, allFinite } from "../../../src/solve/linear/vectors.ts";
import { matrixOf, matrixProduct, poisson2d, someVector } from "./_matrices.ts";
import { assertRounding, assertSameBytes } from "../../_helpers.ts";

function dense(a: CsrMatrix): number[][] {
  return Array.from(
    { length: a.rows },
    (_, i) => Array.from({ length: a.cols }, (_, j) => a.at(i, j)),
  );
}

const a = new CsrMatrix(
  2,
  3,
  Int32Array.of(0, 2, 3),
  Int32Array.of(0, 2, 1),
  Float64Array.of(1, 2, 3),
);

Deno.test("multiply, residual, transpose and diagonal do what a dense matrix does", () => {
  const y = new Float64Array(2);
  a.multiply(Float64Array.of(1, 2, 3), y);
  assertEquals(y, Float64Array.of(7, 6));
  a.residual(Float64Array.of(7, 7), Float64Array.of(1, 2, 3), y);
  assertEquals(y, Float64Array.of(0, 1));
  assertEquals(dense(a), [[1, 0, 2], [0, 3, 0]]);
  assertEquals(dense(a.transpose()), [[1, 0], [0, 3], [2, 0]]);
  assertEquals(a.diagonal(), Float64Array.of(1, 3));
});

Deno.test("the product of sparse matrices agrees with that of dense ones, and has ascending rows", () => {
  const b = a.transpose();
  assertEquals(dense(matrixProduct(a, b)), [[5, 0], [0, 9]]);
  const squared = matrixProduct(poisson2d(6), poisson2d(6));
  const x = someVector(49), once = new Float64Array(49), twice = new Float64Array(49);
  poisson2d(6).multiply(x, once);
  poisson2d(6).multiply(once, twice);
  squared.multiply(x, once);
  for (let i = 0; i < 49; i++) assertRounding(once[i], twice[i], 4000);
  for (let i = 0; i < 49; i++) {
    for (let k = squared.rowStarts[i] + 1; k < squared.rowStarts[i + 1]; k++) {
      assert(squared.columns[k - 1] < squared.columns[k]);
    }
  }
});

Deno.test("matrices whose arrays do not fit together are refused", () => {
  assertThrows(
    () => new CsrMatrix(2, 2, Int32Array.of(0, 1), Int32Array.of(0), Float64Array.of(1)),
    RangeError,
  );
  assertThrows(
    () => new CsrMatrix(1, 2, Int32Array.of(0, 2), Int32Array.of(0), Float64Array.of(1)),
    RangeError,
  );
  assertThrows(() => matrixOf(2, (_, put) => put(0, 1)).diagonalPositions, RangeError, "row 1");
});

Deno.test("dot products do not depend on what lies behind the owned entries", () => {
  const x = someVector(5003), longer = new Float64Array(6000).fill(NaN);
  longer.set(x);
  assertEquals(localDot(x, x, 5003), new Reductions(5003).dot(longer, longer));
  let plain = 0;
  for (const value of x) plain += value * value;
  // Sums of 5003 terms up to 1, in another order.
  assertAlmostEquals(localDot(x, x, 5003), plain, 1e-10);
});

Deno.test("a direction taken out and the next product in one pass have the bytes of two", () => {
  const n = 2051, v = someVector(n), u = v.map((value, i) => value * (i % 7));
  for (const next of [u, null]) {
    const one = someVector(n), two = one.slice();
    addScaled(two, -0.3, v, n);
    assertEquals(localAddedDot(one, -0.3, v, next ?? one, n), localDot(two, next ?? two, n));
    assertSameBytes(one, two);
  }
});

Deno.test("allFinite finds NaN and infinities of both signs", () => {
  assert(allFinite(Float64Array.of(1, -1e308, 1e308, 0), 4));
  for (const bad of [NaN, Infinity, -Infinity]) {
    assert(!allFinite(Float64Array.of(1, bad), 2));
    assert(allFinite(Float64Array.of(1, bad), 1));
  }
});
