import { assertAlmostEquals, assertEquals, assertStrictEquals } from "@std/assert";
import { elementOf } from "../../src/mesh/elements/mod.ts";
import { locatedDofs } from "../../src/mesh/located_dofs.ts";
import { placePoints, selectPoints } from "../../src/mesh/located_points.ts";
import { cubeGrid, geometryOfData, squareGrid } from "./_grids.ts";

const kinds = ([0, 1, 2] as const).flatMap((degree) =>
  [true, false].map((continuous) => ({ degree, continuous }))
);

Deno.test("a degree of freedom is located in the lowest cell that has it, where its shape function is 1", () => {
  for (const geometry of [squareGrid(3, 2), cubeGrid(2)].map(geometryOfData)) {
    const { topology } = geometry, { dim } = topology, row = new Float64Array(10);
    for (const kind of kinds) {
      const { count, cells, barycentric, coordinates } = locatedDofs(geometry, kind);
      const map = topology.dofMap(kind.degree, kind.continuous);
      assertEquals(count, map.count);
      for (let dof = 0; dof < count; dof++) {
        const place = map.cellDofs.indexOf(dof);
        assertEquals(cells[dof], Math.floor(place / map.perCell));
        elementOf(dim, kind.degree).values(barycentric, dof * (dim + 1), row);
        assertEquals(row[place % map.perCell], 1);
      }
      const placed = placePoints(geometry, cells, barycentric);
      // A centroid is a sum of three or four products.
      placed.coordinates.forEach((x, i) => assertAlmostEquals(x, coordinates[i], 1e-15));
    }
  }
});

Deno.test("located degrees of freedom are found once per geometry; a selection has rows of its own", () => {
  const geometry = geometryOfData(cubeGrid(1));
  const all = locatedDofs(geometry, { degree: 2, continuous: true });
  assertStrictEquals(locatedDofs(geometry, { degree: 2, continuous: true }), all);
  const some = selectPoints(all, [7, 2]);
  assertEquals(some.count, 2);
  assertEquals([...some.cells], [all.cells[7], all.cells[2]]);
  assertEquals([...some.coordinates.subarray(3)], [...all.coordinates.subarray(6, 9)]);
  assertEquals([...some.barycentric.subarray(0, 4)], [...all.barycentric.subarray(28, 32)]);
  assertEquals(selectPoints(all, []).count, 0);
});
