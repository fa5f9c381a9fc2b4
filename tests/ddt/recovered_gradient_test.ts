import { assert } from "@std/assert";
import { recoverGradients } from "../../src/ddt/recovered_gradient.ts";
import { geometryOf, type Mesh } from "../../src/mesh/mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { Model } from "../../src/model/model.ts";
import { square } from "./_setup.ts";
import { assertRounding } from "../_helpers.ts";

function worst(mesh: Mesh, f: (x: number[]) => number[], slope: (x: number[]) => number[]): number {
  const u = new MeshVariable(mesh, "u", { components: 2 });
  u.set((x, y, z, out) => {
    out.set(f([x, y, z]));
  });
  const { dim, nodeCount } = mesh;
  const out = new Float64Array(nodeCount * 2 * dim);
  recoverGradients(geometryOf(mesh), u.data, 2, out);
  let error = 0;
  for (let i = 0; i < nodeCount; i++) {
    const x = [0, 1, 2].map((d) => d < dim ? mesh.coordinates.get(i, d) : 0);
    const exact = slope(x);
    for (let a = 0; a < 2; a++) {
      for (let d = 0; d < dim; d++) {
        error = Math.max(error, Math.abs(out[(i * 2 + a) * dim + d] - exact[a * 3 + d]));
      }
    }
  }
  return error;
}

Deno.test("gradients of quadratics are recovered exactly, at the boundary too", () => {
  const meshes = [
    square(5).mesh,
    square(6, true).mesh,
    boxMesh(new Model(), { min: [0, 0, 0], max: [1, 2, 1], cells: [3, 4, 2] }),
    boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] }),
  ];
  for (const mesh of meshes) {
    const error = worst(
      mesh,
      ([x, y, z]) => [3 * x * x - x * y + y + z * x, y * y - 2 * z * z + 4],
      ([x, y, z]) => [6 * x - y + z, -x + 1, x, 0, 2 * y, -4 * z],
    );
    // Normal equations: rounding grows by the square of their condition, about 1e3.
    assert(error < 1e-11, `${error}`);
  }
});

Deno.test("a mesh too small for a quadratic gets the best linear gradient", () => {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [1, 1] });
  const error = worst(mesh, ([x, y]) => [2 * x + y, 7], () => [2, 1, 0, 0, 0, 0]);
  assertRounding(error, 0, 40);
});

Deno.test("gradients of cubics are recovered exactly from fields of degree 2, at the boundary too", () => {
  for (const mesh of [square(4).mesh, square(5, true).mesh, unitCube(3)]) {
    const { dim } = mesh, u = new MeshVariable(mesh, "u", { degree: 2 });
    u.set((x, y, z) => x * x * y - 2 * y ** 3 + z * x * y + 3 * z * z - x);
    const out = new Float64Array(u.dofCount * dim);
    recoverGradients(geometryOf(mesh), u.data, 1, out, null, 2);
    const at = u.coordinates.data;
    for (let i = 0; i < u.dofCount; i++) {
      const [x, y] = [at[i * dim], at[i * dim + 1]], z = dim === 3 ? at[i * dim + 2] : 0;
      const exact = [2 * x * y + z * y - 1, x * x - 6 * y * y + z * x, x * y + 6 * z];
      for (let d = 0; d < dim; d++) {
        // Normal equations: rounding grows by the square of their condition, about 1e4 for cubics.
        assert(Math.abs(out[i * dim + d] - exact[d]) < 1e-9, `${i}: ${out[i * dim + d]}`);
      }
    }
  }
});

function unitCube(n: number): Mesh {
  return boxMesh(new Model(), { min: [0, 0, 0], max: [1, 1, 1], cells: [n, n, n] });
}
