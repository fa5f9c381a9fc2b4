/** Periodic boxes in 3-D; run by `deno task test:long`. */
import { assert } from "@std/assert";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { errorOf } from "./_fields.ts";

const tau = 2 * Math.PI;

Deno.test("Poisson on boxes that are periodic in all three directions is of order 2 on P1 and 3 on P2", () => {
  const exact = (x: number, _y: number, z: number) => Math.sin(tau * x) + Math.cos(tau * z);
  for (const [degree, counts] of [[1, [8, 16]], [2, [6, 12]]] as const) {
    const errors = counts.map((n) => {
      const mesh = boxMesh(new Model(), {
        min: [0, 0, 0],
        max: [1, 1, 1],
        cells: [n, n, n],
        periodic: ["x", "y", "z"],
      });
      const u = new MeshVariable(mesh, "u", { degree });
      const solver = new Poisson(u, { source: (x, y, z) => tau ** 2 * exact(x, y, z) });
      assert(solver.solve().iterations < 16);
      return errorOf(u, exact);
    });
    const order = Math.log2(errors[0] / errors[1]);
    assert(order > degree + 0.75, `P${degree}: order ${order.toFixed(2)}`);
  }
});
