import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import type { CsrMatrix } from "../../../src/solve/linear/csr.ts";
import { conjugateGradients } from "../../../src/solve/linear/krylov/cg.ts";
import { aggregate } from "../../../src/solve/linear/multigrid/aggregation.ts";
import { DenseFactors } from "../../../src/solve/linear/multigrid/dense_factors.ts";
import { SmoothedAggregation } from "../../../src/solve/linear/multigrid/smoothed_aggregation.ts";
import { spectralRadius } from "../../../src/solve/linear/multigrid/spectral_radius.ts";
import { strongEntries } from "../../../src/solve/linear/multigrid/strength.ts";
import { sameBytes } from "../../../src/arrays.ts";
import { matrixOf, neumann2d, poisson2d, residualOf, someVector } from "./_matrices.ts";

function iterationsFor(a: CsrMatrix, blockSize = 1): number {
  const x = new Float64Array(a.rows), b = someVector(a.rows);
  return conjugateGradients(a, b, x, new SmoothedAggregation(a, { blockSize })).iterations;
}

Deno.test("iterations hardly grow with the size of the problem", () => {
  const few = iterationsFor(poisson2d(20)), many = iterationsFor(poisson2d(160));
  assertLess(many, 20);
  assertLess(many - few, 8);
});

Deno.test("the hierarchy keeps few entries and a small bottom", () => {
  const a = poisson2d(160);
  const { levels } = new SmoothedAggregation(a);
  assertEquals(levels[0], { rows: a.rows, nnz: a.nnz });
  assertLess(levels.reduce((sum, level) => sum + level.nnz, 0), 1.5 * a.nnz);
  assertLess(levels[levels.length - 1].rows, 151);
});

Deno.test("the V-cycle is symmetric and positive", () => {
  const a = poisson2d(40), n = a.rows, m = new SmoothedAggregation(a);
  const u = someVector(n), v = u.map((value, i) => Math.sin(i) + value);
  const mu = new Float64Array(n), mv = new Float64Array(n);
  m.apply(u, mu);
  m.apply(v, mv);
  const dot = (x: Float64Array, y: Float64Array) => x.reduce((s, value, i) => s + value * y[i], 0);
  // The cycle keeps its matrices in single precision.
  assertAlmostEquals(dot(u, mv) / dot(v, mu), 1, 1e-6);
  assert(dot(u, mu) > 0);
});

Deno.test("two hierarchies of one matrix give the same bytes, whatever was applied before", () => {
  const a = poisson2d(40), n = a.rows;
  const warm = new SmoothedAggregation(a), cold = new SmoothedAggregation(poisson2d(40));
  const r = someVector(n), x = new Float64Array(n), y = new Float64Array(n).fill(NaN);
  warm.apply(r.map(Math.cos), x);
  warm.apply(r, x);
  cold.apply(r, y);
  assert(sameBytes(x, y));
});

Deno.test("components of a vector problem keep their constants", () => {
  const scalar = poisson2d(40);
  const vector = matrixOf(2 * scalar.rows, (r, put) => {
    const i = r >> 1, c = r & 1;
    for (let k = scalar.rowStarts[i]; k < scalar.rowStarts[i + 1]; k++) {
      put(2 * scalar.columns[k] + c, (c + 1) * scalar.values[k]);
    }
  });
  assertLess(iterationsFor(vector, 2), 20);
  assertThrows(() => new SmoothedAggregation(vector, { blockSize: 3 }), RangeError, "blocks");
});

Deno.test("jumping and anisotropic coefficients converge", () => {
  const jump = (i: number) => (i % 64 > 20 && i % 64 < 40 ? 1e4 : 1);
  const n = 64;
  const a = matrixOf(n * n, (r, put) => {
    const i = r % n, j = (r / n) | 0;
    const links = [[r - n, j > 0], [r - 1, i > 0], [r + 1, i < n - 1], [r + n, j < n - 1]] as const;
    const weight = (c: number) =>
      2 / (1 / jump(r) + 1 / jump(c)) * (Math.abs(c - r) === 1 ? 50 : 1);
    let diagonal = i === 0 ? 50 * jump(r) : 0;
    for (const [c, there] of links) if (there) diagonal += weight(c);
    for (const [c, there] of links.slice(0, 2)) if (there) put(c, -weight(c));
    put(r, diagonal);
    for (const [c, there] of links.slice(2)) if (there) put(c, -weight(c));
  });
  assertLess(iterationsFor(a), 40);
});

Deno.test("rows that couple to nothing, or hardly, need no coarse level", () => {
  const diagonal = matrixOf(2000, (i, put) => put(i, i + 1));
  assertEquals(new SmoothedAggregation(diagonal).levels.length, 1);
  assertEquals(iterationsFor(diagonal), 1);
  const shifted = poisson2d(40);
  for (let i = 0; i < shifted.rows; i++) shifted.values[shifted.diagonalPositions[i]] += 100;
  assertLess(iterationsFor(shifted), 6);
});

Deno.test("zero, missing and non-finite diagonals are refused", () => {
  for (const bad of [0, NaN, Infinity]) {
    const a = matrixOf(3, (i, put) => put(i, i === 1 ? bad : 1));
    assertThrows(() => new SmoothedAggregation(a), RangeError, "row 1");
  }
});

Deno.test("every coupled row is in one aggregate, and aggregates are numbered without gaps", () => {
  const a = poisson2d(30);
  const { count, of } = aggregate(a.rows, a.rowStarts, a.columns, strongEntries(a, 0.08));
  assertEquals(new Set(of.filter((value) => value >= 0)).size, count);
  for (let i = 0; i < a.rows; i++) assertEquals(of[i] < 0, a.rowStarts[i + 1] - a.rowStarts[i] < 2);
});

Deno.test("the spectral radius is bounded from above and not far off", () => {
  const a = poisson2d(30);
  const exact = 1 + Math.cos(Math.PI / 30);
  for (const steps of [0, 5, 30]) {
    const bound = spectralRadius(a, steps);
    assert(bound > 0.85 * exact && bound <= 2);
  }
});

Deno.test("DenseFactors solves, pivots, and leaves a null space alone", () => {
  const swap = matrixOf(2, (i, put) => put(1 - i, i + 1));
  const x = new Float64Array(2);
  new DenseFactors(swap).solve(Float64Array.of(3, 4), x);
  assertEquals(x, Float64Array.of(2, 3));
  const a = neumann2d(6), b = someVector(49), y = new Float64Array(49);
  const mean = b.reduce((sum, value) => sum + value, 0) / 49;
  new DenseFactors(a).solve(b.map((value) => value - mean), y);
  assertLess(residualOf(a, b.map((value) => value - mean), y), 1e-12);
});
