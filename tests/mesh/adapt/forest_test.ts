import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { type Change, changeOf } from "../../../src/mesh/adapt/change.ts";
import { coarsenCells } from "../../../src/mesh/adapt/coarsen.ts";
import { PartWalk } from "../../../src/mesh/adapt/forest.ts";
import { firstLabels } from "../../../src/mesh/adapt/labels.ts";
import { refineCells } from "../../../src/mesh/adapt/refine.ts";
import type { Geometry } from "../../../src/mesh/geometry.ts";
import { boxData } from "../../../src/mesh/shapes/box.ts";
import { assertRounding, assertSameBytes } from "../../_helpers.ts";
import { geometryOfData, randomNumbers } from "../_grids.ts";
import { measureOf, meshes, meshOf, smallestAngle } from "./_meshes.ts";

/** Marks with cells that have all corners near the circle of radius .3 around (.5, .5), dim times each. */
function ringMarks({ topology, coordinates }: Geometry, shift = 0, width = 0.05): Int16Array {
  const { dim, cells, cellCount } = topology, corners = dim + 1;
  const wants = new Int16Array(cellCount);
  for (let c = 0; c < cellCount; c++) {
    let near = 0;
    for (let k = 0; k < corners; k++) {
      const n = cells[c * corners + k] * dim;
      const r = Math.sqrt((coordinates[n] - 0.5 - shift) ** 2 + (coordinates[n + 1] - 0.5) ** 2);
      if (Math.abs(r - 0.3) < width) near++;
    }
    if (near === corners) wants[c] = dim;
  }
  return wants;
}

/** No facet but exterior ones has one cell only, and boundaries still cover those. */
function assertConforms({ topology, volumes }: Geometry): void {
  const { boundaries, dim, exteriorFacets } = topology;
  let covered = 0;
  for (const nodes of boundaries.values()) covered += nodes.length / dim;
  assertEquals(exteriorFacets.count, covered);
  assert(volumes.every((volume) => volume > 0));
}

/** The change, which has to be one. */
function changed(geometry: Geometry, meshType: string, wants: Int16Array): Change {
  const change = changeOf(geometry, meshType, wants);
  assert(change !== null);
  return change;
}

Deno.test("a ring is refined to the cell counts of MFEM and dolfinx", () => {
  // 73,416 of 399,618 triangles halved twice, 28,314 of 202,752 tetrahedra three times; both tools'
  // conforming refinement gives the same counts.
  const cases = [
    [boxData({ min: [0, 0], max: [1, 1], cells: [447, 447] }), 73416, 624114],
    [boxData({ min: [0, 0, 0], max: [1, 1, 1], cells: [32, 32, 33] }), 28314, 500280],
  ] as const;
  for (const [data, marked, expected] of cases) {
    const { dim, cells, coordinates } = data;
    const geometry = geometryOfData({ ...data, boundaries: new Map() });
    const wants = Uint8Array.from(ringMarks(geometry));
    assertEquals(wants.reduce((sum, n) => sum + Math.sign(n), 0), marked);
    const labels = firstLabels(dim, cells, coordinates), levels = new Uint8Array(labels.length);
    const before = { dim, cells, labels, levels, nodeCount: coordinates.length / dim };
    const after = refineCells(before, wants);
    assertEquals(after.labels.length, expected);
    const back = coarsenCells(after, new Uint8Array(expected).fill(255));
    assertSameBytes(back.cells, cells);
    assertSameBytes(back.labels, labels);
  }
});

Deno.test("refining all cells gives 2^dim of each, and angles settle", () => {
  // Measured: the smallest angle before, and after every time. Bisection makes finitely many shapes.
  const expected: Record<string, readonly number[]> = {
    hexagons: [30.96, 30.96, 30.96],
    squares: [39.81, 39.81, 39.81],
    straightAnnulus: [40.89, 29.99, 29.99],
    annulus: [40.89, 28.51, 27.15],
    channel: [37.13, 28.17, 28.17],
    kuhn: [45, 45, 45],
    shell: [11.76, 11.76],
  };
  for (const [name, angles] of Object.entries(expected)) {
    const straight = name === "straightAnnulus";
    let { geometry, meshType } = meshOf(straight ? "annulus" : name);
    if (straight) meshType = "straight";
    const volume = measureOf(geometry);
    assertAlmostEquals(smallestAngle(geometry), angles[0], 0.01);
    for (const angle of angles.slice(1)) {
      const { dim, cellCount } = geometry.topology;
      const change = changed(geometry, meshType, new Int16Array(cellCount).fill(dim));
      geometry = change.geometry;
      assertEquals(geometry.topology.cellCount, 2 ** dim * cellCount);
      assertEquals(change.halved, (2 ** dim - 1) * cellCount);
      assertAlmostEquals(smallestAngle(geometry), angle, 0.01);
    }
    assertConforms(geometry);
    // Sums of volumes have rounding errors; with curved rims, area is gained outside and lost inside.
    if (name !== "annulus") assertAlmostEquals(measureOf(geometry), volume, 1e-12);
  }
});

Deno.test("a ring that moves 100 times keeps volume, boundary and angles", () => {
  for (const name of ["squares", "kuhn"]) {
    const { geometry: first, meshType } = meshOf(name);
    let geometry = first, most = 0;
    const moves = first.topology.dim === 2 ? 100 : 10;
    for (let i = 0; i < moves; i++) {
      const wants = ringMarks(geometry, 0.2 * Math.sin(0.2 * i), 0.12);
      const { levels } = geometry.topology.forest ?? { levels: new Uint8Array(wants.length) };
      const { dim } = first.topology;
      for (let c = 0; c < wants.length; c++) {
        if (wants[c] === 0) wants[c] = -dim;
        else wants[c] = levels[c] < 3 * dim ? dim : 0;
      }
      geometry = changeOf(geometry, meshType, wants)?.geometry ?? geometry;
      most = Math.max(most, geometry.topology.cellCount);
      if (i % 10 === 9) assertConforms(geometry);
    }
    assert(most > 5 * first.topology.cellCount, `at most ${most} cells`);
    assertRounding(measureOf(geometry), 1, 4000);
    // In degrees; an arc cosine loses half of the digits near its ends.
    assert(smallestAngle(geometry) > smallestAngle(first) - 1e-6);
  }
});

Deno.test("refined at random and coarsened to the end, every mesh has its first bytes again", () => {
  for (const name of Object.keys(meshes)) {
    const { geometry: first, meshType } = meshOf(name);
    const random = randomNumbers(7);
    let geometry = first;
    for (let i = 0; i < 4; i++) {
      const { dim, cellCount } = geometry.topology;
      const share = i === 3 ? -0.3 : 0.12;
      const wants = new Int16Array(cellCount).map(() =>
        random() < Math.abs(share) ? Math.sign(share) * (1 + Math.floor(random() * dim)) : 0
      );
      // The last of the four undoes halvings, where siblings happen to be marked both.
      geometry = changeOf(geometry, meshType, wants)?.geometry ?? geometry;
      assertConforms(geometry);
    }
    assert(geometry.topology.cellCount > 1.5 * first.topology.cellCount);
    const { cellCount } = geometry.topology;
    const { geometry: last } = changed(geometry, meshType, new Int16Array(cellCount).fill(-255));
    const { topology } = last;
    assertSameBytes(topology.cells, first.topology.cells, name);
    assertSameBytes(last.coordinates, first.coordinates, name);
    assertSameBytes(topology.forest!.levels, new Uint8Array(topology.cellCount), name);
    for (const [boundary, nodes] of first.topology.boundaries) {
      assertSameBytes(topology.boundaries.get(boundary)!, nodes, `${name}, ${boundary}`);
    }
    for (const [region, ids] of first.topology.regions) {
      assertSameBytes(topology.regions.get(region)!, ids, `${name}, ${region}`);
    }
  }
});

Deno.test("coarsening one level at a time comes back to the first mesh, too", () => {
  for (const name of ["hexagons", "shell"]) {
    const { geometry: first, meshType } = meshOf(name);
    const random = randomNumbers(3), { dim } = first.topology;
    const wants = new Int16Array(first.topology.cellCount).map(() => (random() < 0.2 ? dim : 0));
    let { geometry } = changed(first, meshType, wants);
    let passes = 0;
    while (geometry.topology.cellCount > first.topology.cellCount) {
      const { cellCount } = geometry.topology;
      geometry = changed(geometry, meshType, new Int16Array(cellCount).fill(-dim)).geometry;
      passes++;
    }
    assert(passes <= 3);
    assertSameBytes(geometry.topology.cells, first.topology.cells);
  }
});

Deno.test("boundaries and regions keep their measure and their sides", () => {
  for (const name of ["channel", "shell"]) {
    const { geometry: first, meshType } = meshOf(name);
    const random = randomNumbers(11);
    let geometry = first;
    for (let i = 0; i < 2; i++) {
      const wants = new Int16Array(geometry.topology.cellCount).map(() => (random() < 0.2 ? 2 : 0));
      geometry = changed(geometry, meshType, wants).geometry;
    }
    for (const boundary of first.topology.boundaries.keys()) {
      const [before, after] = [first, geometry].map((g) => normalOf(g, boundary));
      // Sums of some thousand terms of size 1.
      before.forEach((x, d) => assertAlmostEquals(after[d], x, 1e-12));
    }
    const regionOf = (g: Geometry, region: string) =>
      g.topology.regions.get(region)!.reduce((sum, cell) => sum + g.volumes[cell], 0);
    for (const region of first.topology.regions.keys()) {
      assertRounding(regionOf(geometry, region), regionOf(first, region), 4000);
    }
  }
});

/** The integral of the normal over a boundary, as its rows of nodes turn, and its measure last. */
function normalOf({ topology, coordinates: x }: Geometry, boundary: string): number[] {
  const { dim } = topology, nodes = topology.boundaries.get(boundary)!;
  const sum = [0, 0, 0, 0];
  for (let f = 0; f < nodes.length; f += dim) {
    const point = (k: number, d: number) => x[nodes[f + k] * dim + d] - x[nodes[f] * dim + d];
    const normal = dim === 2 ? [point(1, 1), -point(1, 0), 0] : [0, 1, 2].map((d) => {
      const e = (d + 1) % 3, g = (d + 2) % 3;
      return (point(1, e) * point(2, g) - point(1, g) * point(2, e)) / 2;
    });
    normal.forEach((component, d) => sum[d] += component);
    sum[3] += Math.hypot(...normal);
  }
  return sum;
}

Deno.test("what was halved in a change is not put together in it", () => {
  const { geometry, meshType } = meshOf("squares");
  const { geometry: fine } = changed(geometry, meshType, new Int16Array(60).fill(2));
  const wants = new Int16Array(240).fill(-2);
  wants[0] = 1;
  const change = changed(fine, meshType, wants);
  assert(change.halved >= 1 && change.merged > 100);
  const { dim, cellCount } = change.geometry.topology;
  assertEquals(dim, 2);
  assertEquals(cellCount, 240 + change.halved - change.merged);
  assert(change.geometry.topology.forest!.levels.includes(3));
  assertConforms(change.geometry);
});

Deno.test("nothing to do is no change", () => {
  const { geometry, meshType } = meshOf("squares");
  assertEquals(changeOf(geometry, meshType, new Int16Array(60)), null);
  assertEquals(changeOf(geometry, meshType, new Int16Array(60).fill(-1)), null);
});

Deno.test("a cell cannot be halved more than 255 times", () => {
  const { dim, cells, coordinates } = boxData({ min: [0, 0], max: [1, 1], cells: [1, 1] });
  const labels = firstLabels(dim, cells, coordinates), levels = new Uint8Array(2).fill(255);
  const before = { dim, cells, labels, levels, nodeCount: 4 };
  assertThrows(() => refineCells(before, Uint8Array.of(1, 0)), RangeError, "255");
});

Deno.test("new nodes of an annulus are on its circles, and its area converges with order 2", () => {
  let { geometry } = meshOf("annulus");
  const exact = Math.PI * (1 - 0.25);
  const errors: number[] = [];
  for (let i = 0; i < 3; i++) {
    errors.push(exact - measureOf(geometry));
    const { topology, coordinates } = geometry;
    for (const [name, radius] of [["inner", 0.5], ["outer", 1]] as const) {
      for (const node of topology.boundaries.get(name)!) {
        const r = Math.hypot(coordinates[2 * node], coordinates[2 * node + 1]);
        // Two roundings of a number below 1.
        assertAlmostEquals(r, radius, 1e-15);
      }
    }
    geometry = changed(geometry, "annulus", new Int16Array(topology.cellCount).fill(2)).geometry;
  }
  // A chord of length h cuts off an area of order h^3: halving h leaves a quarter in all, up to order h.
  assertAlmostEquals(errors[0] / errors[1], 4, 0.15);
  assertAlmostEquals(errors[1] / errors[2], 4, 0.05);
});

Deno.test("the walk over parts says where their vertices are", () => {
  for (const name of ["hexagons", "kuhn"]) {
    const { geometry, meshType } = meshOf(name);
    const { dim, cells, cellCount } = geometry.topology, corners = dim + 1;
    const random = randomNumbers(5);
    const wants = new Int16Array(cellCount).map(() => Math.floor(random() * 4));
    const { steps, geometry: after } = changed(geometry, meshType, wants);
    const { start } = steps[0].map, { labels, levels } = after.topology.forest!;
    const roots = firstLabels(dim, cells, geometry.coordinates);
    const walk = new PartWalk(dim);
    for (let c = 0; c < cellCount; c++) {
      walk.start(roots[c], 0);
      for (let part = start[c]; part < start[c + 1]; part++) {
        const vertices = walk.next(levels[part]);
        for (let v = 0; v < corners; v++) {
          for (let d = 0; d < dim; d++) {
            let x = 0;
            for (let k = 0; k < corners; k++) {
              x += vertices[v * corners + k] *
                geometry.coordinates[cells[c * corners + k] * dim + d];
            }
            const node = after.topology.cells[part * corners + v];
            assertRounding(after.coordinates[node * dim + d], x, 40);
          }
        }
      }
    }
    assertEquals(labels.length, after.topology.cellCount);
  }
});
