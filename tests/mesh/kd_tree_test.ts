import { assertEquals } from "@std/assert";
import { KdTree } from "../../src/mesh/kd_tree.ts";
import { fc } from "../_fast_check.ts";

/** The same by a loop. */
function nearest(points: Float64Array, dim: number, place: Float64Array): number {
  let best = -1, least = Infinity;
  for (let i = 0; i * dim < points.length; i++) {
    let distance = 0;
    for (let d = 0; d < dim; d++) distance += (place[d] - points[i * dim + d]) ** 2;
    if (distance < least) {
      least = distance;
      best = i;
    }
  }
  return best;
}

for (const dim of [2, 3]) {
  Deno.test(`the nearest point is the one a loop finds, the lowest of equals, in ${dim}-D (property)`, () => {
    // Few different numbers, so that many points are equal or equally far.
    const numbers = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.double({ min: -1, max: 1, noNaN: true }),
    );
    const points = fc.array(fc.array(numbers, { minLength: dim, maxLength: dim }), {
      minLength: 1,
      maxLength: 120,
    });
    fc.assert(fc.property(points, points, (rows, places) => {
      const flat = Float64Array.from(rows.flat()), wanted = Float64Array.from(places.flat());
      const tree = new KdTree(flat, dim);
      for (let i = 0; i < places.length; i++) {
        const place = wanted.subarray(i * dim, (i + 1) * dim);
        assertEquals(tree.nearest(wanted, i * dim), nearest(flat, dim, place));
      }
    }));
  });
}

Deno.test("a tree of no points has no nearest one", () => {
  assertEquals(new KdTree(new Float64Array(0), 2).nearest(Float64Array.of(0, 0), 0), -1);
});
