import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { boxMesh, MeshVariable, Model } from "../../../mod.ts";
import { fieldOf } from "../../../src/mesh/mesh_variable.ts";
import { patchesOf, samplePatches, slicePatches } from "../../../src/output/plot/patches.ts";
import { rasterize, valueAt } from "../../../src/output/plot/raster.ts";
import { assertRounding } from "../../_helpers.ts";

const cube = () => boxMesh(new Model(), { min: [0, 0, 0], max: [1, 1, 1], cells: [3, 3, 3] });

function areaOf(points: Float64Array): number {
  let area = 0;
  for (let o = 0; o < points.length; o += 9) {
    const a = [0, 1, 2].map((d) => points[o + 3 + d] - points[o + d]);
    const b = [0, 1, 2].map((d) => points[o + 6 + d] - points[o + d]);
    area += Math.hypot(
      a[1] * b[2] - a[2] * b[1],
      a[2] * b[0] - a[0] * b[2],
      a[0] * b[1] - a[1] * b[0],
    ) / 2;
  }
  return area;
}

Deno.test("a plane section of a cube has its area, wherever the plane is", () => {
  for (const axis of ["x", "y", "z"] as const) {
    for (const at of [0.01, 0.4, 1 / 3, 0.5]) {
      const { points } = slicePatches(cube(), { axis, at });
      // Sums of a hundred triangles.
      assertAlmostEquals(areaOf(points), 1, 1e-12, `${axis} = ${at}`);
    }
  }
});

Deno.test("the rim of a cube has six faces", () => {
  assertRounding(areaOf(patchesOf(cube()).points), 6, 4000);
});

Deno.test("patches have the polynomial's values, also where a plane cuts through cells", () => {
  const mesh = cube();
  const f = (x: number, y: number, z: number) => x * x - 2 * y * z + z;
  const u = new MeshVariable(mesh, "u", { degree: 2 });
  u.set(f);
  for (const patches of [patchesOf(mesh), slicePatches(mesh, { axis: "y", at: 0.41 })]) {
    const samples = samplePatches(fieldOf(u), patches, 0);
    for (let p = 0; p < patches.count; p++) {
      const [x, y, z] = [0, 1, 2].map((d) =>
        [0.2, 0.3, 0.5].reduce((sum, l, k) => sum + l * patches.points[9 * p + 3 * k + d], 0)
      );
      // Rounding of a dozen products of order one.
      assertAlmostEquals(valueAt(samples, p, 0.2, 0.3, 0.5), f(x, y, z), 1e-13);
    }
  }
});

Deno.test("a plane that misses the mesh, and a section in 2-D, are refused", () => {
  assertThrows(() => slicePatches(cube(), { axis: "x", at: 2 }), RangeError, "x = 2 does not meet");
  const square = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [1, 1] });
  assertThrows(() => slicePatches(square, { axis: "x", at: 0 }), RangeError, "3-D");
});

Deno.test("every pixel centre inside is covered, on common edges too", () => {
  // Nodes on pixel centres: edges run through many of them.
  const corners = Float64Array.of(0.5, 0.5, 8.5, 0.5, 8.5, 8.5, 0.5, 0.5, 8.5, 8.5, 0.5, 8.5);
  const samples = { perPatch: 1, values: Float64Array.of(1, 2) } as const;
  const { covered, values } = rasterize(corners, samples, 10, 10);
  assertEquals(covered.reduce((sum, c) => sum + c, 0), 81);
  assertEquals([values[1 * 10 + 7], values[7 * 10 + 1], values[9 * 10 + 9]], [1, 2, NaN]);
});
