import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  adamsMoultonCoefficients,
  bdfCoefficients,
  stableGrowth,
  stableOrder,
} from "../../src/ddt/coefficients.ts";
import { fc } from "../_fast_check.ts";
import { assertRounding } from "../_helpers.ts";

/** An exact rational number. Doubles are rational, so nothing is rounded in these tests. */
class Rational {
  constructor(readonly top: bigint, readonly bottom: bigint) {}
  static of(x: number): Rational {
    let scale = 0;
    while (!Number.isInteger(x)) (x *= 2, scale++);
    return new Rational(BigInt(x), 1n << BigInt(scale));
  }
  plus(b: Rational): Rational {
    return new Rational(this.top * b.bottom + b.top * this.bottom, this.bottom * b.bottom);
  }
  times(b: Rational): Rational {
    return new Rational(this.top * b.top, this.bottom * b.bottom);
  }
  over(b: Rational): Rational {
    return new Rational(this.top * b.bottom, this.bottom * b.top);
  }
  get negative(): Rational {
    return new Rational(-this.top, this.bottom);
  }
  /** To about 60 bits, whatever the sizes of the two integers. */
  toNumber(): number {
    const sign = (this.top < 0n) === (this.bottom < 0n) ? 1 : -1;
    let a = this.top < 0n ? -this.top : this.top;
    const b = this.bottom < 0n ? -this.bottom : this.bottom;
    if (a === 0n) return 0;
    const shift = b.toString(2).length - a.toString(2).length + 62;
    if (shift > 0) a <<= BigInt(shift);
    const quotient = shift > 0 ? a / b : a / (b << BigInt(-shift));
    return sign * Number(quotient) * 2 ** -shift;
  }
}

const zero = new Rational(0n, 1n), one = new Rational(1n, 1n);

/** The weights w with sum w_j x_j^m = moments[m] for every m, by elimination. */
function solveMoments(points: Rational[], moments: Rational[]): Rational[] {
  const n = points.length;
  const rows = moments.map((moment, m) => {
    const row = points.map((x) => {
      let power = one;
      for (let k = 0; k < m; k++) power = power.times(x);
      return power;
    });
    return [...row, moment];
  });
  for (let column = 0; column < n; column++) {
    const at = rows.findIndex((row, i) => i >= column && row[column].top !== 0n);
    [rows[column], rows[at]] = [rows[at], rows[column]];
    const pivot = rows[column][column];
    rows[column] = rows[column].map((x) => x.over(pivot));
    for (let i = 0; i < n; i++) {
      if (i === column) continue;
      const factor = rows[i][column].negative;
      rows[i] = rows[i].map((x, k) => x.plus(factor.times(rows[column][k])));
    }
  }
  return rows.map((row) => row[n]);
}

/** The times 0, -h_1, -h_1 - h_2, ... */
function timesOf(steps: number[]): Rational[] {
  const times = [zero];
  for (const step of steps) times.push(times[times.length - 1].plus(Rational.of(step).negative));
  return times;
}

function exactBdf(order: number, steps: number[]): number[] {
  const moments = Array.from({ length: order + 1 }, (_, m) => m === 1 ? one : zero);
  return solveMoments(timesOf(steps.slice(0, order)), moments).map((c) => c.toNumber());
}

/** integral of t^m over [-h, 0], over h, is (-1)^m h^m / (m + 1). */
function exactAdamsMoulton(order: number, steps: number[]): number[] {
  const h = Rational.of(steps[0]).negative;
  let power = one;
  const moments = Array.from({ length: order + 1 }, (_, m) => {
    const moment = power.over(new Rational(BigInt(m + 1), 1n));
    power = power.times(h);
    return moment;
  });
  return solveMoments(timesOf(steps.slice(0, order)), moments).map((c) => c.toNumber());
}

function assertRelative(actual: Float64Array, expected: number[], steps: number[]): void {
  assertEquals(actual.length, expected.length);
  actual.forEach((c, j) => {
    // About a dozen roundings of half a unit each.
    const close = Math.abs(c - expected[j]) <= 8 * Number.EPSILON * Math.abs(expected[j]);
    assert(close, `c[${j}] = ${c}, exactly ${expected[j]}, steps ${steps}`);
  });
}

/** A step and two ratios from 1e-6 to 1e6. */
const anySteps = fc.tuple(
  fc.double({ min: 1e-3, max: 10, noNaN: true }),
  fc.double({ min: -6, max: 6, noNaN: true }),
  fc.double({ min: -6, max: 6, noNaN: true }),
).map(([h, a, b]) => [h, h * 10 ** a, h * 10 ** b]);

Deno.test("BDF-k differentiates polynomials of degree k exactly for any step ratio", () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      for (const order of [1, 2, 3]) {
        assertRelative(bdfCoefficients(order, steps), exactBdf(order, steps), steps);
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("AM-k integrates polynomials of degree k exactly for any step ratio", () => {
  fc.assert(
    fc.property(anySteps, (steps) => {
      for (const order of [1, 2, 3]) {
        assertRelative(
          adamsMoultonCoefficients(order, steps),
          exactAdamsMoulton(order, steps),
          steps,
        );
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("equal steps give the tabulated formulas", () => {
  const near = (actual: Float64Array, expected: number[]) =>
    actual.forEach((c, j) => assertRounding(c, expected[j], 4));
  near(bdfCoefficients(1, [1]), [1, -1]);
  near(bdfCoefficients(2, [1, 1]), [3 / 2, -2, 1 / 2]);
  near(bdfCoefficients(3, [1, 1, 1]), [11 / 6, -3, 3 / 2, -1 / 3]);
  near(adamsMoultonCoefficients(2, [2, 2]), [5 / 12, 8 / 12, -1 / 12]);
  near(adamsMoultonCoefficients(3, [3, 3, 3]), [9 / 24, 19 / 24, -5 / 24, 1 / 24]);
});

Deno.test("theta weighs the two fluxes of order 1", () => {
  assertEquals([...adamsMoultonCoefficients(1, [0.3])], [0.5, 0.5]);
  assertEquals([...adamsMoultonCoefficients(1, [0.3], 1)], [1, 0]);
  assertEquals([...adamsMoultonCoefficients(1, [0.3], 0)], [0, 1]);
  assertThrows(() => adamsMoultonCoefficients(1, [0.3], 1.5), RangeError, "theta");
  assertThrows(() => adamsMoultonCoefficients(1, [0.3], NaN), RangeError, "theta");
});

Deno.test("bad orders and steps are refused", () => {
  for (const step of [0, -1, NaN, Infinity, undefined as never]) {
    assertThrows(() => bdfCoefficients(2, [1, step]), RangeError, "positive");
    assertThrows(() => adamsMoultonCoefficients(2, [step, 1]), RangeError, "positive");
    assertThrows(() => stableOrder(2, [1, 1, step]), RangeError, "positive");
  }
  for (const order of [0, 4, 1.5, NaN]) {
    assertThrows(() => bdfCoefficients(order, [1, 1, 1, 1]), RangeError, "order");
    assertThrows(() => stableOrder(order, [1]), RangeError, "order");
  }
  assertThrows(() => bdfCoefficients(3, [1, 1]), RangeError, "needs 3 steps");
});

/** The largest of the values with sum c_j u_j = 0 at steps that grow by one ratio, from 0, 0, 1. */
function growthOfErrors(order: number, ratio: number): number {
  const steps = Array.from({ length: order }, (_, j) => ratio ** -j);
  const c = bdfCoefficients(order, steps);
  let u = Array.from({ length: order }, (_, j): number => j === 0 ? 1 : 0);
  let size = 0;
  for (let n = 0; n < 4000; n++) {
    const next = -u.reduce((sum, value, j) => sum + c[j + 1] * value, 0) / c[0];
    u = [next, ...u.slice(0, -1)];
    size = Math.max(size, Math.abs(next));
    if (size > 1e6) break;
  }
  return size;
}

Deno.test("zero-stability under lasting growth ends at 2.414 for BDF2 and 1.618 for BDF3", () => {
  for (const order of [2, 3]) {
    const limit = stableGrowth(order);
    // Just below the limit errors grow by 1 / (1 - root), about 85, and then no further.
    assert(growthOfErrors(order, limit * 0.99) < 100);
    assert(growthOfErrors(order, limit * 1.01) > 1e6);
  }
  assertEquals(stableGrowth(1), Infinity);
});

Deno.test("stableOrder drops the order for lasting growth only", () => {
  assertEquals(stableOrder(3, [4, 2, 1]), 2);
  assertEquals(stableOrder(3, [9, 3, 1]), 1);
  assertEquals(stableOrder(2, [4, 2, 1]), 2);
  assertEquals(stableOrder(2, [9, 3, 1]), 1);
  assertEquals(stableOrder(1, [9, 3, 1]), 1);
  assertEquals(stableOrder(3, [3, 1, 3]), 3);
  assertEquals(stableOrder(3, [1, 3, 1]), 3);
  assertEquals(stableOrder(3, [9, 3]), 3);
  assertEquals(stableOrder(3, [1.6 ** 2, 1.6, 1]), 3);
});
