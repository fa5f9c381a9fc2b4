import { assertEquals } from "@std/assert";
import { side2, side3 } from "../../src/mesh/orientation.ts";
import { randomNumbers } from "./_grids.ts";

/** A double as a whole number of 2^-200 (all numbers here are multiples of it). */
function exact(x: number): bigint {
  let shift = 0;
  while (!Number.isInteger(x)) {
    x *= 2;
    shift++;
  }
  return BigInt(x) << BigInt(200 - shift);
}

function sign(x: bigint | number): number {
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

function minus(x: Float64Array, i: number, j: number, dim: number): bigint[] {
  return Array.from({ length: dim }, (_, d) => exact(x[i * dim + d]) - exact(x[j * dim + d]));
}

Deno.test("side2 has the sign of integer arithmetic for points on lines and one ulp beside them", () => {
  const random = randomNumbers(1);
  for (let n = 0; n < 2000; n++) {
    const x = Float64Array.from({ length: 6 }, random);
    const s = random();
    for (const d of [0, 1]) x[4 + d] = x[d] + s * (x[2 + d] - x[d]);
    if (n % 3 === 0) x[4] += 2 ** -53;
    if (n % 5 === 0) x[5] = x[1], x[4] = x[0];
    const [ax, ay] = minus(x, 1, 0, 2), [bx, by] = minus(x, 2, 0, 2);
    assertEquals(sign(side2(x, 0, 1, x[4], x[5])), sign(ax * by - ay * bx));
  }
});

Deno.test("side3 has the sign of integer arithmetic for points in planes and one ulp beside them", () => {
  const random = randomNumbers(2);
  for (let n = 0; n < 2000; n++) {
    const x = Float64Array.from({ length: 12 }, random);
    const s = random(), t = random();
    for (const d of [0, 1, 2]) x[9 + d] = x[d] + s * (x[3 + d] - x[d]) + t * (x[6 + d] - x[d]);
    if (n % 3 === 0) x[9] += 2 ** -53;
    const [ax, ay, az] = minus(x, 1, 0, 3);
    const [bx, by, bz] = minus(x, 2, 0, 3);
    const [cx, cy, cz] = minus(x, 3, 0, 3);
    const det = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
    assertEquals(sign(side3(x, 0, 1, 2, x[9], x[10], x[11])), sign(det));
  }
});
