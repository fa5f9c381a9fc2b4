import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { diffSnapshots } from "../../src/archive/diff.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import type { BoxAxis } from "../../src/mesh/shapes/box.ts";
import { Model } from "../../src/model/model.ts";
import { Diffusion } from "../../src/solve/diffusion.ts";
import { Poisson } from "../../src/solve/poisson.ts";
import { assertSameBytes, tempDir } from "../_helpers.ts";
import { errorOf } from "./_fields.ts";

const tau = 2 * Math.PI;

function field(cells: number[], periodic: BoxAxis[], degree: 1 | 2, model = new Model()) {
  const mesh = boxMesh(model, {
    min: cells.map(() => 0),
    max: cells.map(() => 1),
    cells,
    periodic,
  });
  return new MeshVariable(mesh, "u", { degree });
}

/** Periodic in x alone with walls in y, and in all directions: an eigenfunction and its eigenvalue. */
const problems = [
  {
    periodic: ["x"],
    dim: 2,
    exact: (x: number, y: number) => Math.sin(tau * x + 1) * Math.sin(Math.PI * y),
    eigenvalue: tau ** 2 + Math.PI ** 2,
  },
  {
    periodic: ["x", "y"],
    dim: 2,
    exact: (x: number, y: number) => Math.sin(tau * x + 1) * Math.cos(tau * y),
    eigenvalue: 2 * tau ** 2,
  },
] as const;

Deno.test("Poisson on periodic boxes is of order 2 on P1 and 3 on P2, and multigrid does not notice", () => {
  for (const { periodic, dim, exact, eigenvalue } of problems) {
    for (const degree of [1, 2] as const) {
      const errors = [10, 20].map((n) => {
        const source = (x: number, y: number) => eigenvalue * exact(x, y);
        const cells = Array.from({ length: dim }, () => n);
        const u = field(cells, [...periodic], degree), solver = new Poisson(u, { source });
        const walled = field(cells, [], degree), other = new Poisson(walled, { source });
        if (periodic.length < dim) {
          for (const side of ["bottom", "top"]) solver.addDirichlet(side, 0);
        }
        for (const side of walled.mesh.boundaries.keys()) other.addDirichlet(side, exact);
        const { iterations } = solver.solve(), walls = other.solve().iterations;
        assert(iterations <= walls + 2, `${iterations} iterations, ${walls} with walls`);
        if (periodic.length === dim) {
          // The integral is made to vanish: what is left is rounding of a sum over all cells.
          assertAlmostEquals(u.integrate(), 0, 1e-14);
        }
        return errorOf(u, exact);
      });
      const order = Math.log2(errors[0] / errors[1]);
      assert(order > degree + 0.75, `${periodic} P${degree}: order ${order.toFixed(2)}`);
    }
  }
});

Deno.test("diffusion on a periodic box decays as the exact solution, and keeps its integral", () => {
  for (const degree of [1, 2] as const) {
    const errors = [[8, 4], [16, 8]].map(([n, steps]) => {
      const u = field([n, n], ["x", "y"], degree), model = u.mesh.model as Model;
      u.set((x, y) => 2 + Math.sin(tau * (x + y)));
      const solver = new Diffusion(u, { diffusivity: 0.05, theta: 0.5, tolerance: 1e-14 });
      const before = u.integrate(), dt = 0.2 / steps;
      for (let s = 0; s < steps; s++) {
        solver.solve({ dt });
        model.tracker.time += dt;
      }
      // Sums of rounded numbers; the tolerance leaves no more than that.
      assertAlmostEquals(u.integrate(), before, 1e-13);
      const decay = Math.exp(-0.05 * 2 * tau ** 2 * model.tracker.time);
      return errorOf(u, (x, y) => 2 + decay * Math.sin(tau * (x + y)));
    });
    // Second order in time: P2 shows no more than that here.
    const order = Math.log2(errors[0] / errors[1]);
    assert(order > 1.75, `P${degree}: order ${order.toFixed(2)}`);
  }
});

Deno.test("a periodic run put back goes on as if it had never stopped, in memory and from a file", async () => {
  const make = () => {
    const u = field([8, 8], ["x"], 2), model = u.mesh.model as Model;
    u.set((x, y) => Math.sin(tau * x) * y);
    const solver = new Diffusion(u, { diffusivity: 0.1, order: 2 });
    solver.addDirichlet("bottom", 0);
    return { model, u, steps: (n: number) => [...Array(n)].map(() => solver.solve({ dt: 0.01 })) };
  };
  using folder = tempDir();
  const file = `${folder.path}/periodic.snap.h5`;
  const never = make();
  never.steps(5);
  const back = make();
  back.steps(3);
  await back.model.saveState({ file });
  const token = back.model.saveState();
  back.steps(4);
  back.model.loadState(token);
  back.steps(2);
  const fresh = make();
  await fresh.model.loadState(file);
  fresh.steps(2);
  assertSameBytes(back.u.data, never.u.data);
  assertSameBytes(fresh.u.data, never.u.data);
  const [a, b] = [fresh, never].map(({ model }) => model.saveState());
  assertEquals(diffSnapshots(a, b), []);
});

Deno.test("multigrid solves pure Neumann problems of any size: the constants have no pivot", () => {
  // On coarse levels of this size rounding leaves more than 1e-12 of the pivot.
  const u = field([64, 64], [], 2);
  const solver = new Poisson(u, { source: (x, y) => Math.cos(tau * x) * Math.cos(tau * y) });
  assert(solver.solve().iterations < 15);
});
