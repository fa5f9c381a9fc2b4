import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { BoundarySearch } from "../../src/mesh/boundary_walk.ts";
import type { Geometry } from "../../src/mesh/geometry.ts";
import { fc } from "../_fast_check.ts";
import { cubeGrid, geometryOfData, randomNumbers, squareGrid, type Warp } from "./_grids.ts";
import { assertRounding } from "../_helpers.ts";

const wave: Warp = (x, o) => {
  x[o + 1] += 0.1 * Math.sin(5 * x[o]);
};

const square = geometryOfData(squareGrid(6, 5));
const bent = geometryOfData(squareGrid(9, 6, wave));
const cube = geometryOfData(cubeGrid(3));
const bentCube = geometryOfData(cubeGrid(3, wave));

/** An L: the unit square on [0, 2]^2 without its upper right quarter. */
function angle(): Geometry {
  const data = squareGrid(4, 4, (x, o) => {
    x[o] *= 2;
    x[o + 1] *= 2;
  });
  const kept: number[] = [];
  for (let c = 0; c < data.cells.length; c += 3) {
    const nodes = [...data.cells.subarray(c, c + 3)];
    const mean = (d: number) => nodes.reduce((sum, n) => sum + data.coordinates[2 * n + d], 0) / 3;
    if (mean(0) < 1 || mean(1) < 1) kept.push(...nodes);
  }
  return geometryOfData({ ...data, cells: Int32Array.from(kept), boundaries: new Map() });
}

/** The result is inside, and in the cell that was returned. */
function assertInside(geometry: Geometry, out: Float64Array, cell: number): void {
  assert(cell >= 0);
  assertEquals(geometry.locator.cellOf(out[0], out[1], out[2] ?? 0), cell);
}

/** The least distance to the boundary, sampled; from outside no result can be much better than that. */
function sampledDistance(geometry: Geometry, p: readonly number[]): number {
  const { topology: { dim, cells, exteriorFacets }, coordinates: x } = geometry;
  let least = Infinity;
  const steps = 12;
  for (let f = 0; f < exteriorFacets.count; f++) {
    const nodes: number[] = [];
    for (let k = 0; k <= dim; k++) {
      if (k !== exteriorFacets.locals[f]) {
        nodes.push(cells[exteriorFacets.cells[f] * (dim + 1) + k]);
      }
    }
    for (let i = 0; i <= steps; i++) {
      for (let j = 0; j <= (dim === 3 ? steps - i : 0); j++) {
        const w = [i / steps, dim === 3 ? j / steps : 1 - i / steps];
        if (dim === 3) w.push(1 - w[0] - w[1]);
        let sum = 0;
        for (let d = 0; d < dim; d++) {
          const at = nodes.reduce((s, node, k) => s + w[k] * x[node * dim + d], 0);
          sum += (at - p[d]) ** 2;
        }
        least = Math.min(least, Math.sqrt(sum));
      }
    }
  }
  return least;
}

Deno.test("nearest is inside, and no sample of the boundary is nearer", () => {
  const random = randomNumbers(3);
  for (const geometry of [square, bent, cube, bentCube, angle()]) {
    const { dim } = geometry.topology;
    const search = new BoundarySearch(geometry);
    const out = new Float64Array(dim);
    for (let n = 0; n < 60; n++) {
      const p = Array.from({ length: dim }, () => 4 * random() - 1.5);
      const cell = search.nearest(p[0], p[1], p[2] ?? 0, out);
      assertInside(geometry, out, cell);
      const distance = Math.hypot(...p.map((v, d) => v - out[d]));
      // Rounding of coordinates of size 1, several times.
      if (distance > 0) assert(distance <= sampledDistance(geometry, p) + 1e-13);
    }
  }
});

Deno.test("nearest leaves points inside where they are, to the bit", () => {
  const search = new BoundarySearch(square);
  const out = new Float64Array(2);
  for (const [x, y] of [[0.3, 0.4], [0, 0], [1, 0.7], [0.5, 0.2]]) {
    assertInside(square, out, search.nearest(x, y, 0, out));
    assertEquals([...out], [x, y]);
  }
});

Deno.test("nearest is known on the square: sides and corners", () => {
  const search = new BoundarySearch(square);
  const out = new Float64Array(2);
  const cases = [
    [[2, 0.25], [1, 0.25]],
    [[-7, -3], [0, 0]],
    [[0.3, 1 + 2 ** -52], [0.3, 1]],
    [[1e9, 1e9], [1, 1]],
    [[1e300, -1e300], [1, 0]],
    [[-1.7e308, 0.5], [0, 0.5]],
    [[Number.MAX_VALUE, Number.MAX_VALUE], [1, 1]],
  ];
  for (const [[x, y], [wantedX, wantedY]] of cases) {
    assertInside(square, out, search.nearest(x, y, 0, out));
    // Beyond 2^20 sizes of the domain the point is drawn nearer, which costs 2^-20 at most.
    const tolerance = Math.abs(x) > 1e6 ? 2 ** -20 : 1e-15;
    assertAlmostEquals(out[0], wantedX, tolerance);
    assertAlmostEquals(out[1], wantedY, tolerance);
  }
  for (const bad of [NaN, Infinity]) {
    assertThrows(() => search.nearest(bad, 0, 0, out), RangeError, "not finite");
    assertThrows(() => search.nearest(0, bad, 0, out), RangeError, "not finite");
  }
});

Deno.test("reflect mirrors at a side, at two sides of a corner, and as often as it takes", () => {
  const search = new BoundarySearch(square);
  const out = new Float64Array(2);
  const cases = [
    [[0.5, 0.5], [1.25, 0.6], [0.75, 0.6]],
    [[0.5, 0.5], [0.6, -0.3], [0.6, 0.3]],
    [[0.8, 0.9], [1.3, 1.2], [0.7, 0.8]],
    [[0.5, 0.3], [4.25, 0.3], [0.25, 0.3]],
    [[0.5, 0.3], [5.25, 7.4], [0.75, 0.6]],
    [[1, 0.5], [1.25, 0.5], [0.75, 0.5]],
    [[1, 1], [1.5, 1.25], [0.5, 0.75]],
    [[0.9, 0.9], [1.1, 1.1], [0.9, 0.9]],
  ];
  for (const [from, to, wanted] of cases) {
    const cell = search.reflect(Float64Array.from(from), Float64Array.from(to), out);
    assertInside(square, out, cell);
    // A dozen roundings of numbers below 8.
    assertAlmostEquals(out[0], wanted[0], 2e-14);
    assertAlmostEquals(out[1], wanted[1], 2e-14);
  }
});

Deno.test("reflect does not jump across the notch of a domain that is not convex", () => {
  const geometry = angle();
  const search = new BoundarySearch(geometry);
  const out = new Float64Array(2);
  // Leaves the upper arm to the right; the straight end would be in the right arm.
  const cell = search.reflect(Float64Array.of(0.9, 1.2), Float64Array.of(1.5, 0.9), out);
  assertInside(geometry, out, cell);
  assertRounding(out[0], 0.5, 40);
  assertRounding(out[1], 0.9, 40);
});

Deno.test("reflect ends inside from anywhere to anywhere, and twice the same", () => {
  const far = fc.oneof(
    fc.double({ min: -3, max: 4, noNaN: true }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -4, max: 8 }).map((n) => n / 4),
  );
  const inside = fc.integer({ min: 0, max: 16 }).map((n) => n / 16);
  const meshes = [square, bent, cube, bentCube];
  const searches = meshes.map((geometry) => new BoundarySearch(geometry));
  fc.assert(
    fc.property(
      fc.nat(meshes.length - 1),
      fc.tuple(inside, inside, inside),
      fc.tuple(far, far, far),
      (m, start, end) => {
        const geometry = meshes[m], { dim } = geometry.topology;
        const from = new Float64Array(dim), out = new Float64Array(dim);
        searches[m].nearest(start[0], start[1], start[2], from);
        const to = Float64Array.from(end.slice(0, dim));
        assertInside(geometry, out, searches[m].reflect(from, to, out));
        const again = new Float64Array(dim);
        new BoundarySearch(geometry).reflect(from, to, again);
        assertEquals(again, out);
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});

Deno.test("nearest and reflect hold for domains of any size", () => {
  for (const size of [1e-30, 1e30, 1e60]) {
    const geometry = geometryOfData(squareGrid(4, 4, (x, o) => {
      x[o] *= size;
      x[o + 1] *= size;
    }));
    const search = new BoundarySearch(geometry);
    const out = new Float64Array(2);
    assertInside(geometry, out, search.nearest(1.5 * size, 0.5 * size, 0, out));
    assertRounding(out[0] / size, 1, 4);
    const from = Float64Array.of(0.5 * size, 0.5 * size);
    const to = Float64Array.of(1.25 * size, 0.5 * size);
    assertInside(geometry, out, search.reflect(from, to, out));
    assertRounding(out[0] / size, 0.75, 40);
  }
});
