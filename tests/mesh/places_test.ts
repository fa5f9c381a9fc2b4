import { assert } from "@std/assert";
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { Model } from "../../src/model/model.ts";
import { assertFoundAlike, hardPoints } from "./_divided.ts";

Deno.test("ranks that know their own cells find every point where the whole mesh has it, in every bit", () => {
  const model = new Model(), square = { min: [0, 0], max: [1, 1] };
  const meshes = [
    boxMesh(model, { ...square, cellSize: 0.12 }),
    boxMesh(model, { ...square, cells: [8, 8], periodic: ["x", "y"] }),
    annulusMesh(model, { inner: 0.5, outer: 1, cellSize: 0.25, geometryDegree: 2 }),
    boxMesh(model, { min: [0, 0, 0], max: [1, 1, 1], cells: [4, 4, 4] }),
  ];
  for (const mesh of meshes) {
    const geometry = geometryOf(mesh), points = hardPoints(geometry, 400);
    for (const ranks of [2, 3, 7]) {
      // A point is asked of as many ranks as may have it, not of all.
      const asked = assertFoundAlike(geometry, ranks, points);
      assert(asked < 9 * points.length / mesh.dim, `${asked} questions`);
    }
  }
});
