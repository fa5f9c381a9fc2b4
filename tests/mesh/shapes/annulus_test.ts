import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fc } from "../../_fast_check.ts";
import { annulusData, type AnnulusMeshOptions } from "../../../src/mesh/shapes/annulus.ts";
import type { MeshData } from "../../../src/mesh/mesh_data.ts";
import { checkMesh, smallestAngle, sum, volumesOf } from "../mesh_facts.ts";

/** The area between two regular polygons. */
function polygonArea(mesh: MeshData, { inner, outer }: AnnulusMeshOptions): number {
  const area = (name: string, radius: number) => {
    const n = mesh.boundaries.get(name)!.length / 2;
    return n * radius * radius * Math.sin(2 * Math.PI / n) / 2;
  };
  return area("outer", outer) - area("inner", inner);
}

Deno.test("an annulus has the radii, the size and the circles asked for", () => {
  const options = { inner: 0.5, outer: 1, cellSize: 0.06 };
  const mesh = annulusData(options);
  checkMesh(mesh, { boundariesCoverAll: true });
  assertEquals([mesh.dim, mesh.meshType, [...mesh.boundaries.keys()]], [
    2,
    "annulus",
    ["inner", "outer"],
  ]);
  // Gmsh makes 1610 triangles with 105 and 53 edges of the same annulus.
  assert(Math.abs(mesh.cells.length / 3 - 1610) < 100);
  assertEquals(mesh.boundaries.get("outer")!.length / 2, 109);
  assertEquals(mesh.boundaries.get("inner")!.length / 2, 54);
  for (const [name, radius] of [["inner", 0.5], ["outer", 1]] as const) {
    for (const node of mesh.boundaries.get(name)!) {
      const r = Math.hypot(mesh.coordinates[2 * node], mesh.coordinates[2 * node + 1]);
      // One rounding of each coordinate and of the root.
      assertAlmostEquals(r, radius, 3e-16);
    }
  }
});

Deno.test("an annulus of any radii and size has no angle below 30 degrees", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1e-3, max: 1e3, noNaN: true }),
      fc.double({ min: 0.001, max: 0.995, noNaN: true }),
      fc.double({ min: 0.03, max: 3, noNaN: true }),
      (outer, ratio, part) => {
        const options = { inner: ratio * outer, outer, cellSize: part * outer };
        const mesh = annulusData(options);
        checkMesh(mesh, { boundariesCoverAll: true });
        assert(smallestAngle(mesh) > 30, `${smallestAngle(mesh)} degrees`);
        const area = polygonArea(mesh, options);
        // Differences of coordinates up to `outer`, over cells down to 0.005 of it.
        assertAlmostEquals(sum(volumesOf(mesh)), area, 1e-10 * outer * outer);
      },
    ),
    { numRuns: 60, seed: 5 },
  );
});

Deno.test("an annulus twice has the same bits", () => {
  const options = { inner: 0.2, outer: 1, cellSize: 0.05 };
  const a = annulusData(options), b = annulusData(options);
  assertEquals(a.cells, b.cells);
  assertEquals(a.coordinates, b.coordinates);
});

Deno.test("what is no annulus is refused with what was asked and found", () => {
  const range: [unknown, string][] = [
    [{ inner: 1, outer: 0.5, cellSize: 0.1 }, "inner has to be below outer, got 1 and 0.5"],
    [{ inner: 1, outer: 1, cellSize: 0.1 }, "inner has to be below outer"],
    [{ inner: 0, outer: 1, cellSize: 0.1 }, "inner has to be above 0, got 0"],
    [{ inner: NaN, outer: 1, cellSize: 0.1 }, "inner has to be finite, got NaN"],
    [{ inner: 1e-9, outer: 1, cellSize: 0.1 }, "at least 0.000001 of outer"],
    [{ inner: 0.5, outer: Infinity, cellSize: 0.1 }, "outer has to be finite"],
    [{ inner: 0.5, outer: 1, cellSize: 0 }, "cellSize has to be above 0, got 0"],
    [{ inner: 0.5, outer: 1, cellSize: 1e-300 }, "the limit is 50 million"],
    [{ inner: 1 - 1e-9, outer: 1, cellSize: 0.1 }, "the limit is 50 million"],
  ];
  for (const [options, message] of range) {
    assertThrows(() => annulusData(options as AnnulusMeshOptions), RangeError, message);
  }
  const type: [unknown, string][] = [
    [null, "annulusMesh takes { inner, outer, cellSize, geometryDegree }, got null"],
    [{ inner: 0.5, outer: 1 }, "cellSize has to be a number, got undefined"],
    [{ inner: "0.5", outer: 1, cellSize: 1 }, 'inner has to be a number, got "0.5"'],
    [{ inner: 0.5, outer: 1, cellSize: 1, centre: [0, 0] }, "no option 'centre'"],
  ];
  for (const [options, message] of type) {
    assertThrows(() => annulusData(options as AnnulusMeshOptions), TypeError, message);
  }
});
