import { assert } from "@std/assert";
import { LagrangianDDt } from "../../src/ddt/lagrangian_ddt.ts";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { AdvectionDiffusion } from "../../src/solve/advection_diffusion.ts";
import { assertSameBytes } from "../_helpers.ts";
import { errorOf } from "../solve/_fields.ts";

const tau = 2 * Math.PI;
/** A hill that repeats itself, with its top on a corner of the box. */
const hill = (x: number, y: number) => Math.exp(2 * (Math.cos(tau * x) + Math.cos(tau * y) - 2));

/** Once around the box along its diagonal, in `steps` steps. */
function around(n: number, steps: number, degree: 1 | 2, history?: typeof LagrangianDDt) {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [n, n], periodic: ["x", "y"] });
  const T = new MeshVariable(mesh, "T", { degree });
  const velocity = new MeshVariable(mesh, "v", { components: 2 });
  velocity.set([1, 1]);
  T.set(hill);
  const options = { velocity, order: 2 };
  const solver = new AdvectionDiffusion(T, {
    ...options,
    diffusivity: 0,
    history: history === undefined ? undefined : new history(T, options),
  });
  const total = T.integrate(),
    run = (count: number) => {
      for (let s = 0; s < count; s++) {
        solver.solve({ dt: 1 / steps });
        model.tracker.time += 1 / steps;
      }
    };
  return { model, T, total, run };
}

Deno.test("a hill that is carried once around a periodic box is what it was, to the scheme's error", () => {
  for (const degree of [1, 2] as const) {
    const errors = [[8, 4], [16, 8]].map(([n, steps]) => {
      const { T, run } = around(n, steps, degree);
      run(steps);
      return errorOf(T, hill);
    });
    // A constant velocity is traced exactly: what is left is the error of the elements.
    const order = Math.log2(errors[0] / errors[1]);
    assert(order > degree + 0.75, `P${degree}: ${errors}, order ${order.toFixed(2)}`);
  }
  const { T, run } = around(16, 8, 1, LagrangianDDt);
  run(8);
  assert(errorOf(T, hill) < 0.02, `particles: ${errorOf(T, hill)}`);
});

Deno.test("transport around a periodic box that is put back goes on in every byte", () => {
  for (const history of [undefined, LagrangianDDt]) {
    const never = around(6, 5, 1, history), back = around(6, 5, 1, history);
    never.run(4);
    back.run(2);
    const token = back.model.saveState();
    back.run(2);
    back.model.loadState(token);
    back.run(2);
    assertSameBytes(back.T.data, never.T.data);
  }
});

Deno.test("paths that meet a wall of a periodic channel stop there, wherever they come in", () => {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8], periodic: ["x"] });
  const T = new MeshVariable(mesh, "T"), velocity = new MeshVariable(mesh, "v", { components: 2 });
  velocity.set([3, 0.9]);
  T.set((x) => Math.cos(tau * x));
  const ddt = new SemiLagrangianDDt(T, {
    velocity,
    order: 1,
    inflow: (x) => 10 + Math.cos(tau * x),
  });
  ddt.updatePreSolve(1);
  const x = T.coordinates.data, terms = ddt.historyTerms();
  // u - dt (bdf part of the past) with one level: the history term is -u* / dt.
  for (let i = 0; i < T.dofCount; i++) {
    const y = x[2 * i + 1], enters = y < 0.9;
    // Those that end outside by less than a tenth of the path slide along the wall.
    if (enters && y > 0.9 - 0.32) continue;
    const from = enters ? x[2 * i] - y / 0.3 : x[2 * i] - 3;
    const expected = (enters ? 10 : 0) + Math.cos(tau * from);
    assert(
      Math.abs(-terms[i] - expected) < 0.03,
      `${x.subarray(2 * i, 2 * i + 2)}: ${-terms[i]}, not ${expected}`,
    );
  }
});
