/** Pure transport by semi-Lagrangian histories, with the solution. @module */
import { assert } from "@std/assert";
import { SemiLagrangianDDt } from "../../src/ddt/semi_lagrangian_ddt.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { lastOrder, square } from "./_setup.ts";

/** Sets u to what pure transport, bdf() = 0, makes of its history. */
export function transport(u: MeshVariable, ddt: SemiLagrangianDDt): void {
  const c = ddt.leadingCoefficient();
  u.set(ddt.historyTerms().map((h) => -h / c));
}

/** Turns about the middle of the unit square; no flow through its boundary. */
export const stir = (x: number, y: number, _z: number, out: Float64Array) => {
  out[0] = -Math.sin(Math.PI * x) * Math.cos(Math.PI * y);
  out[1] = Math.cos(Math.PI * x) * Math.sin(Math.PI * y);
};

/** Asserts second order where dt goes with h, at Courant 5, on a lattice and on a mesh that is none. */
export function assertSecondOrder(degree: 1 | 2): void {
  for (const unstructured of [false, true]) {
    const errors = [20, 40, 80].map((n) => {
      const { mesh } = square(n, unstructured);
      const u = new MeshVariable(mesh, "u", { degree });
      const hill = (x: number, y: number) => Math.exp(-30 * ((x - 0.3) ** 2 + (y - 0.5) ** 2));
      u.set(hill);
      const ddt = new SemiLagrangianDDt(u, { velocity: stir });
      const steps = n / 5, dt = 1 / steps;
      for (let k = 0; k < steps; k++) {
        ddt.updatePreSolve(dt);
        transport(u, ddt);
        ddt.updatePostSolve();
      }
      // Reference: the foot of every path.
      let sum = 0;
      const { coordinates } = u;
      for (let i = 0; i < u.dofCount; i++) {
        const [x, y] = foot(coordinates.get(i, 0), coordinates.get(i, 1));
        sum += (u.data[i] - hill(x, y)) ** 2;
      }
      return Math.sqrt(sum / u.dofCount);
    });

    assert(lastOrder(errors) > 1.8, `P${degree} ${unstructured}: ${errors}`);
  }
}

/** Where a path began one time unit ago, to about 1e-8: RK4 with 50 steps. */
export function foot(x: number, y: number): [number, number] {
  const h = -1 / 50;
  const slope = (k: Float64Array, s: number, out: Float64Array) =>
    stir(x + s * k[0], y + s * k[1], 0, out);
  const [still, a, b, c, d] = Array.from({ length: 5 }, () => new Float64Array(2));
  for (let n = 0; n < 50; n++) {
    slope(still, 0, a);
    slope(a, h / 2, b);
    slope(b, h / 2, c);
    slope(c, h, d);
    x += h / 6 * (a[0] + 2 * b[0] + 2 * c[0] + d[0]);
    y += h / 6 * (a[1] + 2 * b[1] + 2 * c[1] + d[1]);
  }
  return [x, y];
}
