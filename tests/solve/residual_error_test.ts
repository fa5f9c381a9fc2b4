import { assert } from "@std/assert";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";
import { Poisson } from "../../src/solve/poisson.ts";

function problem(n: number, degree: 1 | 2, components = 1) {
  const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [n, n] });
  return new MeshVariable(mesh, "u", { degree, components });
}

const total = (errors: Float64Array) => Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0));

Deno.test("what the elements hold has no residual, with fluxes and exchange on boundaries", () => {
  // u = x^2 - y with k = 2: -div(k grad u) = -4, and k du/dn is 4 on the right and 2 at the bottom.
  const u = problem(4, 2);
  const poisson = new Poisson(u, { diffusivity: 2, source: -4 });
  poisson.addDirichlet("left", (_x, y) => -y);
  poisson.addNeumann("right", 4);
  poisson.addRobin("bottom", 3, (x) => x * x + 2 / 3);
  poisson.addNeumann("top", -2);
  poisson.solve();
  // The solver stops at a residual of 1e-10 or so.
  assert(total(poisson.residualError()) < 1e-7, `${total(poisson.residualError())}`);
  // A flux that is not met counts on the cells that have it.
  poisson.addNeumann("right", 5);
  const errors = poisson.residualError();
  const { cells } = u.mesh.locate(Array.from({ length: 4 }, (_, j) => [0.999, (j + 0.4) / 4]));
  errors.forEach((error, c) => {
    // h/12 times the square of 1 over an edge of length 1/4, h = sqrt(2) / 4.
    const expected = cells.includes(c) ? Math.sqrt(Math.SQRT2 / 4 / 12 / 4) : 0;
    assert(Math.abs(error - expected) < 1e-7, `cell ${c}: ${error}, not ${expected}`);
  });
});

/** The norm of the difference of the gradients, for u = sin(pi x) sin(pi y), by midpoints of a fine grid. */
function errorOf(u: MeshVariable): number {
  const n = 96, points: number[][] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) points.push([(i + 0.37) / n, (j + 0.53) / n]);
  }
  const gradients = u.gradient(points);
  let sum = 0;
  points.forEach(([x, y], i) => {
    const sx = Math.PI * Math.cos(Math.PI * x) * Math.sin(Math.PI * y);
    const sy = Math.PI * Math.sin(Math.PI * x) * Math.cos(Math.PI * y);
    sum += (gradients.get(i, 0, 0) - sx) ** 2 + (gradients.get(i, 0, 1) - sy) ** 2;
  });
  return Math.sqrt(sum) / n;
}

Deno.test("the estimate is of the error's size and order", () => {
  for (const degree of [1, 2] as const) {
    const found = [6, 12].map((n) => {
      const u = problem(n, degree);
      const source = (x: number, y: number) =>
        2 * Math.PI ** 2 * Math.sin(Math.PI * x) * Math.sin(Math.PI * y);
      const poisson = new Poisson(u, { source });
      for (const side of u.mesh.boundaries.keys()) poisson.addDirichlet(side, 0);
      poisson.solve();
      const estimate = total(poisson.residualError());
      return { estimate, ratio: estimate / errorOf(u) };
    });
    const order = Math.log2(found[0].estimate / found[1].estimate);
    assert(Math.abs(order - degree) < 0.15, `P${degree}: order ${order}`);
    // Jumps and residuals of cells both see the error; measured 1.6 to 2.5.
    for (const { ratio } of found) assert(ratio > 1 && ratio < 3, `P${degree}: ratio ${ratio}`);
  }
});
