/**
 * One step of advection and diffusion where particles carry the unknown.
 *
 * @module
 */
import { evaluateInto } from "../mesh/interpolate.ts";
import { fieldOf } from "../mesh/mesh_variable.ts";
import { type ParticleField, particleSystem } from "./assembly/particles.ts";
import type { Coefficient, Coefficients } from "./coefficient.ts";
import type { FieldFrame, FieldSolution, Limits } from "./field_frame.ts";
import { CsrMatrix } from "./linear/csr.ts";
import type { ParticleTransport } from "./transport_history.ts";

/** A solved step: the field, and what it adds to the values of the particles. */
export interface ParticleStep {
  readonly solution: FieldSolution;
  /** `[count x components]`; 0 for particles outside of the mesh. */
  readonly changes: Float64Array;
}

/**
 * Solves `sum_p w_p (c_0 u(x_p) + h_p) phi(x_p) + K u = F` with the particles where they are now, at the end
 * of the step, as quadrature points of the material derivative. What the solve changed, the new field
 * less the projected values of the particles, is to be added to them, so that transport never smears.
 *
 * @param frame The field at the end of the step.
 * @param history Of the particles, in a step.
 * @param order The order to use.
 * @param coefficients Diffusivity and source.
 * @param limits Of the linear solver.
 * @throws {ConvergenceError} when the tolerance is not reached.
 * @throws {RangeError} when no particle is inside of the mesh.
 */
export function particleStep(
  frame: FieldFrame,
  history: ParticleTransport,
  order: number,
  coefficients: { readonly diffusivity: Coefficient; readonly source: Coefficients },
  limits: Limits,
): ParticleStep {
  const { geometry, map, components } = frame;
  const { swarm, data } = history.variable;
  const particles = { count: swarm.count, coordinates: swarm.coordinates.data, components };
  const densities = history.leadingCoefficients(order);
  const values = history.historyTerms(order);
  const inertia = particleSystem(geometry, map, { ...particles, values, densities });
  const right = frame.loads(coefficients.source);
  right.forEach((out, a) => out.forEach((_, i) => out[i] -= inertia.right[a][i]));
  const diffusivity = frame.diffusivity(coefficients.diffusivity);
  const scales = { massScale: 0, stiffnessScale: 1, diffusivity };
  const solution = frame.solveMatrices(
    (component) => {
      const stiffness = frame.cache.matrix(frame.inputs(component, scales));
      const { rows, rowStarts, columns } = stiffness;
      const sum = inertia.matrix.values.map((value, k) => value + stiffness.values[k]);
      return new CsrMatrix(rows, rows, rowStarts, columns, sum);
    },
    right,
    limits,
  );
  const before = particleSystem(geometry, map, { ...particles, values: data });
  const carried = frame.project(before.matrix, before.right, limits);
  const difference = solution.values.map((value, i) => value - carried.values[i]);
  return { solution, changes: atParticles(frame, particles, difference) };
}

function atParticles(
  { geometry, variable }: FieldFrame,
  { count, coordinates, components }: Omit<ParticleField, "values">,
  data: Float64Array,
): Float64Array {
  const cells = new Int32Array(count).fill(-1);
  const barycentric = new Float64Array(count * (geometry.topology.dim + 1));
  geometry.locator.locate(coordinates, count, cells, barycentric);
  const out = new Float64Array(count * components);
  evaluateInto({ ...fieldOf(variable), data }, cells, barycentric, count, out);
  for (let i = 0; i < out.length; i++) if (cells[(i / components) | 0] < 0) out[i] = 0;
  return out;
}
