/** Very many points in meshes that are divided among few and many ranks. @module */
import { annulusMesh } from "../../src/mesh/annulus_mesh.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { geometryOf } from "../../src/mesh/mesh.ts";
import { Model } from "../../src/model/model.ts";
import { assertFoundAlike, hardPoints } from "./_divided.ts";

Deno.test("350,000 points are found among 2, 3, 4, 7 and 64 ranks as in the whole mesh, in every bit", () => {
  const model = new Model(),
    square = { min: [0, 0], max: [1, 1] },
    cube = { min: [0, 0, 0], max: [1, 1, 1] };
  const ring = { inner: 0.5, outer: 1 };
  const meshes = [
    boxMesh(model, { ...square, cells: [60, 60] }),
    boxMesh(model, { ...square, cellSize: 0.02 }),
    boxMesh(model, { ...square, cells: [40, 40], periodic: ["x"] }),
    annulusMesh(model, { ...ring, cellSize: 0.05 }),
    annulusMesh(model, { ...ring, cellSize: 0.1, geometryDegree: 2 }),
    boxMesh(model, { ...cube, cells: [10, 10, 10] }),
    boxMesh(model, { ...cube, cells: [6, 6, 6], periodic: ["x", "z"] }),
  ];
  // The same cells with every node inside moved a little, so that sides are parallel to nothing.
  meshes.slice(0, 2).forEach((mesh) => {
    const bent = mesh.coordinates.data.map((x, i) => x + 0.002 * Math.sin(7 * i) * x * (1 - x));
    mesh.deform(bent);
  });
  for (const mesh of meshes) {
    const geometry = geometryOf(mesh), points = hardPoints(geometry, 10_000);
    for (const ranks of [2, 3, 4, 7, 64]) assertFoundAlike(geometry, ranks, points);
  }
});
