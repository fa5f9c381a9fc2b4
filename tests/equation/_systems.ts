/** Systems that the tests and the bench have in common. @module */
import { Equation } from "../../src/equation/equation.ts";
import type { EquationOptions } from "../../src/equation/equation_options.ts";
import { boxMesh } from "../../src/mesh/box_mesh.ts";
import { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { Model } from "../../src/model/model.ts";

/** A concentration that separates: Cahn-Hilliard on a unit square of `cells x cells` squares. */
export interface Separation {
  readonly model: Model;
  readonly c: MeshVariable;
  readonly equation: Equation;
  /** The integral of c. */
  readonly mass: () => number;
  /** The integral of `100 c^2 (1 - c)^2 + lambda / 2 |grad c|^2`. */
  readonly energy: () => number;
}

/** The same start as in `bench/peers/equation_dolfinx.py`. */
export function separation(cells: number, options: Partial<EquationOptions> = {}): Separation {
  const model = new Model(), { cos, sin } = Math;
  model.parameters.define("lambda", 1e-2);
  const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [cells, cells] });
  const c = new MeshVariable(mesh, "c"), mu = new MeshVariable(mesh, "mu");
  // Without symmetries, whose loss makes Jacobians singular.
  c.set((x, y) => 0.63 + 0.02 * sin(23 * x + 1) * cos(31 * y + 2) + 0.01 * sin(57 * x - 35 * y));
  const equation = new Equation([c, mu], {
    test: ["q", "v"],
    define: { dfdc: "200 * c * (1 - c) * (1 - 2 * c)" },
    weak: `dt(c) * q + dot(grad(mu), grad(q))
      + mu * v - dfdc * v - lambda * dot(grad(c), grad(v))`,
    preconditioner: { define: { dfdc: "0" } },
    quadratureDegree: 4,
    rtol: 1e-11,
    ...options,
  });
  const density = new MeshVariable(mesh, "density", { degree: 0 });
  const energy = () => {
    // The quadrature of the equation, so that energies are comparable.
    const formula = "100 * c^2 * (1 - c)^2 + lambda / 2 * dot(grad(c), grad(c))";
    density.setFrom(formula, { quadratureDegree: 4 });
    return density.integrate();
  };
  return { model, c, equation, mass: () => c.integrate(), energy };
}

/** Two substances that react and diffuse: J. E. Pearson, Science 261 (1993) 189-192, DOI 10.1126/science.261.5118.189. */
export function grayScott(cells: number, options: Partial<EquationOptions> = {}) {
  const model = new Model();
  const mesh = boxMesh(model, { min: [0.25, 0.2], max: [0.75, 0.7], cells: [cells, cells] });
  const U = new MeshVariable(mesh, "U"), V = new MeshVariable(mesh, "V");
  const spot = (x: number, y: number) => Math.exp(-80 * ((x - 0.5) ** 2 + (y - 0.45) ** 2));
  U.set((x, y) => 1 - 0.5 * spot(x, y));
  V.set((x, y) => 0.25 * spot(x, y));
  const equation = new Equation([U, V], {
    test: ["p", "q"],
    order: 2,
    define: { rate: "U * V^2", Du: "2e-5", Dv: "1e-5", F: "0.037", k: "0.06" },
    weak: `dt(U) * p + Du * dot(grad(U), grad(p)) + (rate - F * (1 - U)) * p
      + dt(V) * q + Dv * dot(grad(V), grad(q)) - (rate - (F + k) * V) * q`,
    ...options,
  });
  return { model, U, V, equation };
}
