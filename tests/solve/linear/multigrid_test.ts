import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import type { CsrMatrix } from "../../../src/solve/linear/csr.ts";
import { conjugateGradients } from "../../../src/solve/linear/krylov/cg.ts";
import { aggregate } from "../../../src/solve/linear/multigrid/aggregation.ts";
import { DenseFactors } from "../../../src/solve/linear/multigrid/dense_factors.ts";
import { pruned } from "../../../src/solve/linear/multigrid/pruning.ts";
import { SmoothedAggregation } from "../../../src/solve/linear/multigrid/smoothed_aggregation.ts";
import { spectralRadius } from "../../../src/solve/linear/multigrid/spectral_radius.ts";
import { strongEntries } from "../../../src/solve/linear/multigrid/strength.ts";
import { sameBytes } from "../../../src/arrays.ts";
import { matrixOf, neumann2d, poisson2d, residualOf, someVector } from "./_matrices.ts";
import { assertRounding } from "../../_helpers.ts";

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
  // Elimination of 49 unknowns: some hundred roundings, times a condition of about 60.
  assertLess(residualOf(a, b.map((value) => value - mean), y), 1e-12);
});

Deno.test("entries that are rounding only leave the preconditioner, and row sums stay", () => {
  const n = 40, clean = poisson2d(n), m = n + 1;
  const noisy = matrixOf(clean.rows, (r, put) => {
    const i = r % m, j = (r / m) | 0;
    const isInner = (a: number, b: number) => a > 0 && b > 0 && a < n && b < n;
    for (let k = clean.rowStarts[r]; k < clean.rowStarts[r + 1]; k++) {
      const upper = clean.columns[k] === r + m;
      // The diagonal neighbour of right-angled triangles, as coordinates leave it.
      if (upper && isInner(i, j) && isInner(i + 1, j + 1)) {
        put(r + m, clean.values[k]);
        put(r + m + 1, 3e-14);
      } else put(clean.columns[k], clean.values[k]);
    }
  });
  const kept = pruned(noisy);
  assertEquals(pruned(clean), clean); // nothing to drop: the matrix itself
  assertLess(kept.nnz, noisy.nnz);
  const ones = new Float64Array(kept.rows).fill(1);
  const before = ones.slice(), after = ones.slice();
  noisy.multiply(ones, before);
  kept.multiply(ones, after);
  after.forEach((value, i) => assertRounding(value, before[i], 4));
  assertLess(iterationsFor(noisy), 15);
});

Deno.test("a given first interpolation is used, and the rest is algebraic", () => {
  const a = poisson2d(64), half = new Int32Array(a.rows).fill(-1);
  // Pairs of rows along x.
  const starts = new Int32Array(a.rows + 1), columns: number[] = [];
  let cols = 0;
  for (let i = 0; i < a.rows; i++) {
    if (a.rowStarts[i + 1] - a.rowStarts[i] > 1) {
      half[i] = i % 2 === 1 || half[i - 1] < 0 ? cols++ : half[i - 1];
      columns.push(half[i]);
    }
    starts[i + 1] = columns.length;
  }
  const values = new Float64Array(columns.length).fill(1);
  const first = { rows: a.rows, cols, starts, columns: Int32Array.from(columns), values };
  const m = new SmoothedAggregation(a, { first });
  assertEquals(m.levels[1].rows, cols);
  const x = new Float64Array(a.rows);
  assertLess(conjugateGradients(a, someVector(a.rows), x, m).iterations, 40);
});
