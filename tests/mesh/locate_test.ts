import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Geometry } from "../../src/mesh/geometry.ts";
import { insideTetrahedron, insideTriangle } from "../../src/mesh/locate.ts";
import { fc } from "../_fast_check.ts";
import { cubeGrid, geometryOfData, randomNumbers, squareGrid, type Warp } from "./_grids.ts";

/**
 * The next floating-point number above (or, for direction -1, below) x. Next to 0 the products in the
 * predicates underflow, see orientation.ts: 1e-60 stands in.
 */
function neighbour(x: number, direction: number): number {
  if (x === 0) return direction * 1e-60;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(x > 0 ? direction : -direction));
  return view.getFloat64(0);
}

/** The lowest closed cell that contains the point, by looking at all of them. */
function bruteForce(geometry: Geometry, p: ArrayLike<number>): number {
  const { dim, cellCount } = geometry.topology;
  for (let c = 0; c < cellCount; c++) {
    const inside = dim === 2
      ? insideTriangle(geometry, c, p[0], p[1])
      : insideTetrahedron(geometry, c, p[0], p[1], p[2]);
    if (inside) return c;
  }
  return -1;
}

/** Locates all points with several hints each, and compares with {@link bruteForce}. */
function compare(geometry: Geometry, points: readonly (readonly number[])[]): void {
  const { dim, cellCount } = geometry.topology;
  const flat = Float64Array.from(points.flat());
  const expected = Int32Array.from(points, (p) => bruteForce(geometry, p));
  const hints = [
    () => -1,
    () => 0,
    () => cellCount - 1,
    (i: number) => expected[i],
    (i: number) => (i * 7919) % cellCount,
    () => cellCount + 5,
  ];
  for (const hint of hints) {
    const cells = Int32Array.from(points, (_, i) => hint(i));
    const l = new Float64Array(points.length * (dim + 1));
    geometry.locator.locate(flat, points.length, cells, l);
    assertEquals(cells, expected);
    const without = Int32Array.from(points, (_, i) => hint(i));
    geometry.locator.locate(flat, points.length, without, null);
    assertEquals(without, expected);
  }
}

/** Nodes, points on edges and facets, and their neighbours by one ulp in every direction. */
function adversaries(geometry: Geometry, limit: number): number[][] {
  const { coordinates: x, topology: { dim, cells, cellCount } } = geometry;
  const random = randomNumbers(7);
  const out: number[][] = [];
  while (out.length < limit) {
    const c = Math.floor(random() * cellCount);
    const weights = Array.from({ length: dim + 1 }, () => random() < 0.5 ? 0 : random());
    if (!weights.some((w) => w > 0)) weights[0] = 1;
    const sum = weights.reduce((a, b) => a + b, 0);
    const p = Array.from({ length: dim }, (_, d) => {
      let value = 0;
      weights.forEach((w, k) => value += (w / sum) * x[cells[c * (dim + 1) + k] * dim + d]);
      return value;
    });
    out.push(p);
    for (let d = 0; d < dim; d++) {
      for (const direction of [1, -1]) {
        const q = [...p];
        q[d] = neighbour(q[d], direction);
        out.push(q);
      }
    }
  }
  return out;
}

function scatter(dim: number, count: number, low: number, high: number): number[][] {
  const random = randomNumbers(11);
  return Array.from(
    { length: count },
    () => Array.from({ length: dim }, () => low + (high - low) * random()),
  );
}

const wave: Warp = (x, o) => {
  const y = x[o + 1];
  x[o] += 0.07 * Math.sin(5 * y);
  x[o + 1] += 0.05 * Math.sin(4 * x[o]);
};

for (
  const [name, geometry] of [
    ["a square", geometryOfData(squareGrid(6, 5))],
    ["a bent square", geometryOfData(squareGrid(7, 6, wave))],
    ["a cube", geometryOfData(cubeGrid(3))],
    ["a bent cube", geometryOfData(cubeGrid(3, wave))],
  ] as const
) {
  Deno.test(`locate agrees with brute force on ${name}, for every hint`, () => {
    const { dim } = geometry.topology;
    compare(geometry, scatter(dim, 400, -0.2, 1.2));
    compare(geometry, adversaries(geometry, 500));
  });
}

Deno.test("locate is exact in cells so thin that barycentric coordinates say nothing", () => {
  // Rows of height 1e-14 and far away from the origin: rounding moves points across several cells.
  const flat = geometryOfData(squareGrid(5, 4, (x, o) => {
    x[o] = 3 + x[o];
    x[o + 1] = 1 + Math.round(x[o + 1] * 4) * 2 ** -50;
  }));
  const points: number[][] = [];
  for (const x of [3, 3.2, 3.5, 4, neighbour(3, -1), neighbour(4, 1)]) {
    for (let k = -2; k < 20; k++) points.push([x, 1 + k * 2 ** -52]);
  }
  compare(flat, points);
  compare(flat, adversaries(flat, 200));
});

Deno.test("locate is exact for huge, tiny and stretched cells", () => {
  for (const [sx, sy] of [[1e60, 1e60], [1e-60, 1e-60], [1e50, 1e-12], [1e90, 1e90]]) {
    const geometry = geometryOfData(squareGrid(4, 4, (x, o) => {
      x[o] *= sx;
      x[o + 1] *= sy;
    }));
    compare(geometry, scatter(2, 200, -0.1, 1.1).map(([x, y]) => [x * sx, y * sy]));
    compare(geometry, adversaries(geometry, 200));
  }
  const box = geometryOfData(cubeGrid(2, (x, o) => {
    x[o] *= 1e40;
    x[o + 1] *= 1e-20;
  }));
  compare(box, scatter(3, 200, -0.1, 1.1).map(([x, y, z]) => [x * 1e40, y * 1e-20, z]));
  compare(box, adversaries(box, 200));
});

Deno.test("points far away, infinite or not numbers are outside", () => {
  const { locator } = geometryOfData(squareGrid(2, 2));
  for (const bad of [1e300, -1e300, Infinity, -Infinity, NaN]) {
    for (const hint of [-1, 0, 3]) {
      assertEquals(locator.cellOf(bad, 0.5, 0, hint), -1);
      assertEquals(locator.cellOf(0.5, bad, 0, hint), -1);
    }
  }
});

Deno.test("every node belongs to the lowest of its cells", () => {
  const { locator, coordinates, topology } = geometryOfData(cubeGrid(2));
  for (let node = 0; node < topology.nodeCount; node++) {
    const lowest = Math.floor(topology.cells.indexOf(node) / 4);
    const [x, y, z] = coordinates.subarray(3 * node, 3 * node + 3);
    assertEquals(locator.cellOf(x, y, z, topology.cellCount - 1), lowest);
  }
});

Deno.test("barycentric coordinates give the point back", () => {
  const geometry = geometryOfData(cubeGrid(3, wave));
  const { coordinates: x, topology: { cells: nodes } } = geometry;
  const points = Float64Array.from(scatter(3, 100, 0.2, 0.8).flat());
  const cells = new Int32Array(100).fill(-1), l = new Float64Array(400);
  geometry.locator.locate(points, 100, cells, l);
  for (let i = 0; i < 100; i++) {
    assert(cells[i] >= 0);
    for (let d = 0; d < 3; d++) {
      let value = 0;
      for (let k = 0; k < 4; k++) value += l[4 * i + k] * x[3 * nodes[4 * cells[i] + k] + d];
      // Some roundings of numbers of size 1.
      assertAlmostEquals(value, points[3 * i + d], 1e-14);
    }
  }
});

Deno.test("locate agrees with brute force on any triangle and any point near it", () => {
  // Coordinates on a coarse lattice, so that points on edges and vertices are common.
  const lattice = fc.integer({ min: -8, max: 8 }).map((n) => n / 8);
  fc.assert(
    fc.property(fc.array(lattice, { minLength: 8, maxLength: 8 }), (v) => {
      const det = (v[2] - v[0]) * (v[5] - v[1]) - (v[4] - v[0]) * (v[3] - v[1]);
      if (det === 0) return;
      const geometry = geometryOfData({
        ...squareGrid(1, 1),
        coordinates: Float64Array.from(v.slice(0, 6)),
        cells: det > 0 ? Int32Array.of(0, 1, 2) : Int32Array.of(0, 2, 1),
        boundaries: new Map(),
        regions: new Map(),
      });
      const points = [[v[6], v[7]], [neighbour(v[6], 1), v[7]], [v[6], neighbour(v[7], -1)]];
      compare(geometry, points);
    }),
    { seed: 5, numRuns: 200 },
  );
});
