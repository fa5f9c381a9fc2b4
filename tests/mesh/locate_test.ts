import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Geometry } from "../../src/mesh/geometry.ts";
import { insideTetrahedron, insideTriangle } from "../../src/mesh/orientation.ts";
import { closestOnSegment, closestOnTriangle } from "../../src/mesh/closest_point.ts";
import { localFacets } from "../../src/mesh/simplex.ts";
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

/**
 * The lowest closed cell that contains the point, by looking at all of them; else the cell of the nearest
 * exterior facet in no plane x, y, z = constant that is within four units in the last place.
 */
function bruteForce(geometry: Geometry, p: ArrayLike<number>): number {
  const { dim, cellCount } = geometry.topology;
  for (let c = 0; c < cellCount; c++) {
    const inside = dim === 2
      ? insideTriangle(geometry, c, p[0], p[1])
      : insideTetrahedron(geometry, c, p[0], p[1], p[2]);
    if (inside) return c;
  }
  return nearestCell(geometry, Array.from(p));
}

function nearestCell({ topology, coordinates }: Geometry, p: number[]): number {
  const { dim, cells, exteriorFacets } = topology;
  const near = new Float64Array(3), corners = new Float64Array(9);
  let best = Infinity, found = -1;
  for (let f = 0; f < exteriorFacets.count; f++) {
    const cell = exteriorFacets.cells[f], opposite = exteriorFacets.locals[f];
    const nodes = [...cells.subarray(cell * (dim + 1), (cell + 1) * (dim + 1))];
    const places = nodes.map((n) => [...coordinates.subarray(n * dim, (n + 1) * dim)]);
    const size = Math.max(...places.flat().map(Math.abs));
    const order = localFacets(dim).subarray(opposite * dim, (opposite + 1) * dim);
    const facet = [...order].map((k) => places[k]);
    if (places[0].some((_, d) => facet.every((q) => q[d] === facet[0][d]))) continue;
    facet.forEach((q, k) => corners.set(q, 3 * k));
    if (dim === 2) closestOnSegment(corners, 0, p[0], p[1], near);
    else closestOnTriangle(corners, 0, p[0], p[1], p[2], near);
    const distance = Math.hypot(...p.map((x, d) => x - near[d]));
    // Sizes at which the squares of distances underflow or overflow have no slack.
    const limit = 4 * Number.EPSILON * size;
    if (limit > 1e-140 && limit < 1e140 && distance <= limit && distance < best) {
      best = distance;
      found = cell;
    }
  }
  return found;
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
  for (const [sx, sy] of [[1e60, 1e60], [1e-60, 1e-60], [1e50, 1e-12], [9e69, 9e69]]) {
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

Deno.test("points within rounding of a tilted boundary belong to the nearest cell, whatever the order of cells", () => {
  const c = Math.cos(0.5), s = Math.sin(0.5);
  const turned: Warp = (x, o) =>
    [x[o], x[o + 1]] = [c * x[o] - s * x[o + 1], s * x[o] + c * x[o + 1]];
  for (const [data, scale] of [[squareGrid(3, 3, turned), 1], [cubeGrid(2, turned), 1]] as const) {
    const geometry = geometryOfData(data), { dim } = data;
    const random = randomNumbers(3), points: number[] = [];
    for (let i = 0; i < 300; i++) {
      // On one of the four sides, computed as any script would.
      const along = random(), side = i % 4, z = dim === 3 ? [random()] : [];
      const [x, y] = [[along, 0], [1, along], [along, 1], [0, along]][side];
      points.push(c * x - s * y, s * x + c * y, ...z);
    }
    const flat = Float64Array.from(points), count = points.length / dim;
    const cells = new Int32Array(count).fill(-1), l = new Float64Array(count * (dim + 1));
    geometry.locator.locate(flat, count, cells, l);
    assert(!cells.includes(-1));
    // Some forty roundings of coordinates up to `scale` cells.
    for (const value of l) assert(value >= -1e-14 * scale);
    // Cells in reverse order give the same places, but for ties.
    const corners = dim + 1, rows = data.cells.length / corners;
    const reversed = data.cells.map((_, i) =>
      data.cells[(rows - 1 - Math.floor(i / corners)) * corners + i % corners]
    );
    const other = new Int32Array(count).fill(-1), regions = new Map();
    geometryOfData({ ...data, cells: reversed, regions }).locator.locate(flat, count, other, null);
    let same = 0;
    cells.forEach((cell, i) => same += Number(cell === rows - 1 - other[i]));
    assert(same > 0.9 * count, `${same} of ${count}`);
    // A thousand units in the last place are no rounding.
    const away = flat.map((x, i) =>
      x + 1e-12 * Math.sign(x - (i % dim === 0 ? (c - s) / 2 : i % dim === 1 ? (c + s) / 2 : 0.5))
    );
    cells.fill(-1);
    geometry.locator.locate(away, count, cells, null);
    for (let i = 0; i < count; i++) {
      const [x, y] = away.subarray(i * dim);
      const [u, v] = [c * x + s * y, c * y - s * x];
      // Turned back with errors of some 1e-16, which a point that far outside cannot make up for.
      if (Math.max(-u, u - 1, -v, v - 1) > 1e-13) assertEquals(cells[i], -1);
    }
  }
});
