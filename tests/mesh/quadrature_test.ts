import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { type Quadrature, quadratureOf } from "../../src/mesh/quadrature.ts";
import { assertRounding } from "../_helpers.ts";

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/** The mean of x^a y^b z^c over the reference simplex: dim! a! b! c! / (a + b + c + dim)!. */
function exactMean(powers: readonly number[]): number {
  const dim = powers.length;
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.reduce((product, p) => product * factorial(p), factorial(dim)) /
    factorial(total + dim);
}

function mean({ count, barycentric, weights }: Quadrature, powers: readonly number[]): number {
  const dim = powers.length;
  let sum = 0;
  for (let q = 0; q < count; q++) {
    let value = weights[q];
    powers.forEach((p, d) => value *= barycentric[q * (dim + 1) + d + 1] ** p);
    sum += value;
  }
  return sum;
}

function* monomials(dim: number, degree: number): Generator<number[]> {
  if (dim === 0) yield [];
  else {
    for (let p = 0; p <= degree; p++) {
      for (const rest of monomials(dim - 1, degree - p)) yield [p, ...rest];
    }
  }
}

for (const dim of [1, 2, 3] as const) {
  Deno.test(`rules in ${dim}-D are exact for all monomials of their degree, up to 10`, () => {
    for (let degree = 0; degree <= 10; degree++) {
      const rule = quadratureOf(dim, degree);
      for (const powers of monomials(dim, degree)) {
        // Sums of at most some hundred positive terms below 1.
        assertAlmostEquals(mean(rule, powers), exactMean(powers), 1e-14);
      }
    }
  });

  Deno.test(`rules in ${dim}-D have positive weights, and their points inside`, () => {
    for (const degree of [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 20]) {
      const { count, barycentric, weights } = quadratureOf(dim, degree);
      assertEquals([weights.length, barycentric.length], [count, count * (dim + 1)]);
      assert(weights.every((w) => w > 0));
      assert(barycentric.every((l) => l > 0 && l <= 1));
      assertRounding(weights.reduce((a, b) => a + b, 0), 1, 400);
      for (let q = 0; q < count; q++) {
        let sum = 0;
        for (let k = 0; k <= dim; k++) sum += barycentric[q * (dim + 1) + k];
        assertRounding(sum, 1, 40);
      }
    }
  });
}

Deno.test("a rule of degree 60 still is exact", () => {
  for (const dim of [1, 2, 3] as const) {
    const powers = [60, 0, 0].slice(0, dim);
    const exact = exactMean(powers);
    // Up to 30^3 terms of powers with 60 roundings each.
    assertAlmostEquals(mean(quadratureOf(dim, 60), powers) / exact, 1, 1e-11);
  }
});

Deno.test("rules are made once, and only for degrees that make sense", () => {
  assertStrictEquals(quadratureOf(2, 3), quadratureOf(2, 3));
  for (const bad of [-1, 1.5, NaN, 61]) {
    assertThrows(() => quadratureOf(2, bad), RangeError, "from 0 to 60");
  }
});
