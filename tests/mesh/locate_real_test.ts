import { assertEquals } from "@std/assert";
import { BoundarySearch } from "../../src/mesh/boundary_walk.ts";
import type { Geometry } from "../../src/mesh/geometry.ts";
import { gmshData } from "../../src/mesh/gmsh/gmsh_data.ts";
import { geometryOfData, randomNumbers } from "./_grids.ts";

const data = new URL("../data/", import.meta.url);

for (const file of ["annulus.msh", "channel_cylinder.msh", "shell3d.msh"]) {
  const read = (): Geometry =>
    geometryOfData(gmshData(Deno.readFileSync(new URL(file, data)), file));

  Deno.test(`${file}: nodes go to the lowest of their cells, centroids to their own`, () => {
    const geometry = read();
    const { topology, locator, coordinates } = geometry;
    const { cells, nodeCount, cellCount, dim } = topology;
    const lowest = new Int32Array(nodeCount).fill(-1);
    for (let i = cells.length - 1; i >= 0; i--) lowest[cells[i]] = Math.floor(i / (dim + 1));
    for (let hint = -1; hint < cellCount; hint += 401) {
      const found = new Int32Array(nodeCount).fill(hint);
      locator.locate(coordinates, nodeCount, found, null);
      for (let n = 0; n < nodeCount; n++) if (lowest[n] >= 0) assertEquals(found[n], lowest[n]);
    }
    const found = new Int32Array(cellCount).fill(-1);
    locator.locate(geometry.dofCoordinates(0, false), cellCount, found, null);
    assertEquals(found, Int32Array.from({ length: cellCount }, (_, c) => c));
  });

  Deno.test(`${file}: points in the hole and around come back inside, from any of them`, () => {
    const geometry = read();
    const { dim } = geometry.topology;
    const search = new BoundarySearch(geometry);
    const random = randomNumbers(6);
    const from = new Float64Array(dim), to = new Float64Array(dim), out = new Float64Array(dim);
    const cellOf = (p: Float64Array) => geometry.locator.cellOf(p[0], p[1], p[2] ?? 0);
    for (let n = 0; n < 400; n++) {
      for (let d = 0; d < dim; d++) to[d] = 6 * random() - 3;
      from.set(out);
      assertEquals(search.nearest(to[0], to[1], to[2] ?? 0, out), cellOf(out));
      if (n > 0) assertEquals(search.reflect(from, to, out), cellOf(out));
    }
  });
}
