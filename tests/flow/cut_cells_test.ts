import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { CutCells } from "../../src/flow/cut_cells.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { RandomStream } from "../../src/model/random_stream.ts";
import { expression } from "../../src/expression/mod.ts";
import { Stokes } from "../../src/flow/stokes.ts";
import { referenceOf } from "../../src/solve/assembly/reference.ts";
import { assertSameBytes } from "../_helpers.ts";

Deno.test("jumps through a cell are found, and steep smooth viscosities are not taken for them", () => {
  const random = new RandomStream(3), some = () => random.next() - 0.5;
  for (const dim of [2, 3] as const) {
    const { quadrature } = referenceOf(dim, 2), { count, barycentric } = quadrature;
    const cells = new CutCells(quadrature), width = dim + 1;
    const at = (f: (x: Float64Array) => number) =>
      Float64Array.from(
        { length: count },
        (_, q) => f(barycentric.subarray(q * width, (q + 1) * width)),
      );
    const linear = () => {
      const normal = Array.from({ length: width }, some);
      return (x: Float64Array) => normal.reduce((sum, n, k) => sum + n * x[k], 0);
    };
    let jumps = 0, found = 0, steep = 0, taken = 0;
    for (let trial = 0; trial < 500; trial++) {
      const side = linear(), jump = at((x) => side(x) > 0 ? 1e3 : 1);
      if (!jump.every((value) => value === jump[0])) {
        jumps++;
        found += Number(cells.isCut(jump, 0));
      }
      // A temperature of degree 2 in an exponent.
      const a = linear(), b = linear(), c = linear();
      const smooth = at((x) => Math.exp(12 * (a(x) + 0.3 * b(x) * c(x))));
      if (Math.max(...smooth) <= 10 * Math.min(...smooth)) continue;
      steep++;
      taken += Number(cells.isCut(smooth, 0));
    }
    assertGreater(Math.min(jumps, steep), 200);
    assertEquals(found, jumps);
    assertLess(taken, 0.01 * steep);
  }
});

Deno.test("a viscosity that is steep in cells is taken at the points, as without averaging", () => {
  const solved = (averaging: "harmonic" | "none") => {
    const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
    const v = new MeshVariable(mesh, "v", { components: 2, degree: 2 });
    const p = new MeshVariable(mesh, "p"), T = new MeshVariable(mesh, "T", { degree: 2 });
    T.set((x, y) => 1 - y + 0.1 * Math.cos(Math.PI * x) * Math.sin(Math.PI * y));
    const viscosity = expression("exp(-13.8 * T)"), bodyForce = [0, expression("T")];
    const stokes = new Stokes(v, p, { viscosity, bodyForce, averaging });
    for (const side of mesh.boundaries.keys()) stokes.addFreeSlip(side);
    stokes.solve();
    return v.data;
  };
  assertSameBytes(solved("harmonic"), solved("none"));
});
