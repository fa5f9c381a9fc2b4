import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Geometry } from "../../src/mesh/geometry.ts";
import { cubeGrid, geometryOfData, squareGrid } from "./_grids.ts";
import { assertRounding } from "../_helpers.ts";

Deno.test("volumes add up to the square and the cube", () => {
  for (const geometry of [squareGrid(5, 7), cubeGrid(3)].map(geometryOfData)) {
    const total = geometry.volumes.reduce((a, b) => a + b, 0);
    // Some hundred roundings at most.
    assertAlmostEquals(total, 1, 1e-13);
  }
});

Deno.test("inverse Jacobians give barycentric gradients: 1 at the own vertex, 0 at the others", () => {
  for (const geometry of [squareGrid(2, 3), cubeGrid(2)].map(geometryOfData)) {
    const { inverseJacobians: g, coordinates: x, topology: { dim, cells } } = geometry;
    for (let c = 0; c < geometry.topology.cellCount; c++) {
      for (let i = 0; i < dim; i++) {
        for (let k = 0; k <= dim; k++) {
          let l = 0;
          for (let d = 0; d < dim; d++) {
            const dx = x[cells[c * (dim + 1) + k] * dim + d] - x[cells[c * (dim + 1)] * dim + d];
            l += g[(c * dim + i) * dim + d] * dx;
          }
          assertRounding(l, k === i + 1 ? 1 : 0, 40);
        }
      }
    }
  }
});

Deno.test("minRadius is that of the 3-4-5 triangle, and of the corner of a cube", () => {
  const triangle = { ...squareGrid(1, 1), boundaries: new Map(), regions: new Map() };
  const flat = geometryOfData({
    ...triangle,
    coordinates: Float64Array.of(0, 0, 4, 0, 0, 3),
    cells: Int32Array.of(0, 1, 2),
  });
  assertRounding(flat.minRadius, 1, 40);
  const corner = geometryOfData({
    ...triangle,
    dim: 3,
    coordinates: Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1),
    cells: Int32Array.of(0, 1, 2, 3),
  });
  assertRounding(corner.minRadius, 1 / (3 + Math.sqrt(3)), 40);
});

Deno.test("inverted and flat cells are refused by name, by exact signs", () => {
  const { topology, coordinates } = geometryOfData(squareGrid(1, 1));
  const moved = (change: (x: Float64Array) => void) => () => {
    const x = coordinates.slice();
    change(x);
    return new Geometry(topology, x);
  };
  assertThrows(moved((x) => x.set([2, 2], 0)), RangeError, "cell 0 is inverted");
  assertThrows(moved((x) => x.set([0, 0], 2)), RangeError, "cell 0 has no volume");
  assertThrows(moved((x) => x[3] = NaN), RangeError, "node 1 is at (1, NaN)");
  assertThrows(moved((x) => x[0] = -Infinity), RangeError, "node 0");
  assertThrows(() => new Geometry(topology, new Float64Array(3)), RangeError, "8 coordinates");
  // One ulp of height is enough.
  moved((x) => x.set([0.5, 0.5 - 2 ** -54], 2))();
  assertThrows(moved((x) => x.set([0.5, 0.5], 2)), RangeError, "cell 0 has no volume");
});

Deno.test("cells whose volume double precision cannot hold are refused", () => {
  const { topology, coordinates } = geometryOfData(squareGrid(2, 2));
  const movedBy = (far: number) => () => {
    const x = coordinates.slice();
    x[0] = -far;
    return new Geometry(topology, x);
  };
  assert(movedBy(1e12)().minRadius > 0);
  assertThrows(movedBy(1e16), RangeError, "its volume is lost in rounding");
  assertThrows(
    movedBy(1e300),
    RangeError,
    "node 0 is at (-1e+300, 0); coordinates have to be at most 1e+70",
  );
});

Deno.test("inverted and flat tetrahedra are refused by name", () => {
  const { topology, coordinates } = geometryOfData(cubeGrid(1));
  const x = coordinates.slice();
  x.set([0, 0, 0], 21);
  assertThrows(() => new Geometry(topology, x), RangeError, "cell 0 has no volume");
  x.set([-1, -1, -1], 21);
  assertThrows(() => new Geometry(topology, x), RangeError, "cell 0 is inverted");
});

Deno.test("dof coordinates are centroids, nodes, and nodes with the middles of edges", () => {
  const geometry = geometryOfData({
    ...squareGrid(1, 1),
    coordinates: Float64Array.of(0, 0, 4, 0, 0, 8),
    cells: Int32Array.of(0, 1, 2),
    boundaries: new Map(),
    regions: new Map(),
  });
  const centroid = [...geometry.dofCoordinates(0, true)];
  assertRounding(centroid[0], 4 / 3, 4);
  assertRounding(centroid[1], 8 / 3, 4);
  const quadratic = [0, 0, 4, 0, 0, 8, 2, 0, 2, 4, 0, 4];
  assertEquals([...geometry.dofCoordinates(1, true)], quadratic.slice(0, 6));
  assertEquals([...geometry.dofCoordinates(1, false)], quadratic.slice(0, 6));
  assertEquals([...geometry.dofCoordinates(2, true)], quadratic);
  assertEquals([...geometry.dofCoordinates(2, false)], quadratic);
});
