import { assertAlmostEquals, assertEquals } from "@std/assert";
import { elementOf } from "../../src/mesh/elements/mod.ts";
import { dofsPerCell } from "../../src/mesh/dof_map.ts";
import { randomNumbers } from "./_grids.ts";
import { assertRounding } from "../_helpers.ts";

/** Barycentric coordinates of random points inside. */
function inside(dim: number, random: () => number): Float64Array {
  const l = Float64Array.from({ length: dim + 1 }, random);
  const sum = l.reduce((a, b) => a + b, 0);
  return l.map((v) => v / sum);
}

for (const dim of [2, 3] as const) {
  for (const degree of [0, 1, 2] as const) {
    const element = elementOf(dim, degree);
    const { perCell, nodes } = element;
    const width = dim + 1;
    const label = `P${degree} in ${dim}-D`;

    Deno.test(`${label} says what it is`, () => {
      assertEquals([element.dim, element.degree, perCell], [dim, degree, dofsPerCell(dim, degree)]);
      assertEquals(nodes.length, perCell * width);
    });

    Deno.test(`${label}: shape functions sum to 1, their gradients to 0`, () => {
      const random = randomNumbers(dim + degree);
      const values = new Float64Array(perCell), slopes = new Float64Array(perCell * dim);
      for (let n = 0; n < 20; n++) {
        const l = inside(dim, random);
        element.values(l, 0, values);
        element.gradients(l, 0, slopes);
        assertRounding(values.reduce((a, b) => a + b, 0), 1, 40);
        for (let d = 0; d < dim; d++) {
          let sum = 0;
          for (let k = 0; k < perCell; k++) sum += slopes[k * dim + d];
          assertRounding(sum, 0, 40);
        }
      }
    });

    Deno.test(`${label}: a shape function is 1 at its node and 0 at the others`, () => {
      const values = new Float64Array(perCell);
      for (let node = 0; node < perCell; node++) {
        element.values(nodes, node * width, values);
        for (let k = 0; k < perCell; k++) assertEquals(values[k] + 0, k === node ? 1 : 0);
      }
    });

    Deno.test(`${label}: gradients are the differences of the shape functions`, () => {
      const random = randomNumbers(9);
      const h = 1e-3;
      const up = new Float64Array(perCell), down = new Float64Array(perCell);
      const slopes = new Float64Array(perCell * dim);
      for (let n = 0; n < 10; n++) {
        const l = inside(dim, random);
        element.gradients(l, 0, slopes);
        for (let d = 0; d < dim; d++) {
          const moved = (by: number) => {
            const m = l.slice();
            m[0] -= by;
            m[d + 1] += by;
            return m;
          };
          element.values(moved(h), 0, up);
          element.values(moved(-h), 0, down);
          for (let k = 0; k < perCell; k++) {
            // Central differences are exact for quadratics; what is left is rounding over h.
            assertAlmostEquals(slopes[k * dim + d], (up[k] - down[k]) / (2 * h), 1e-12);
          }
        }
      }
    });
  }
}
