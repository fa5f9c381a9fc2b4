/**
 * One step of advection and diffusion where particles carry the unknown.
 *
 * @module
 */
import { evaluateInto } from "../mesh/interpolate.ts";
import { fieldOf } from "../mesh/mesh_variable.ts";
import type { PointKernel } from "../mesh/places.ts";
import type { FoundPoints } from "../mesh/point_search.ts";
import { valuesAt } from "../mesh/remote.ts";
import { nearby, placesOf } from "../swarm/nearby.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { particleSystem } from "./assembly/particles.ts";
import type { FieldFrame } from "./field_frame.ts";
import {
  type FieldSolution,
  solveFieldMatrices,
  type SolverLimits,
  solveUnconstrained,
} from "./field_system.ts";
import { CsrMatrix } from "./linear/csr.ts";
import type { ParticleTransportHistory } from "./transport_history.ts";
import type { StepCoefficients } from "./transport_scheme.ts";

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
  history: ParticleTransportHistory,
  order: number,
  coefficients: StepCoefficients,
  limits: SolverLimits,
): ParticleStep {
  const { geometry, map, components } = frame;
  const { swarm, data } = history.variable, { mesh } = swarm;
  const places = placesOf(swarm);
  const near = nearby(mesh, swarm.ids, places, [
    { data: places.barycentric, width: mesh.dim + 1 },
    { data: history.leadingCoefficients(order), width: 1 },
    { data: history.historyTerms(order), width: components },
    { data, width: components },
  ]);
  const [barycentric, densities, terms, carriedValues] = near.numbers;
  const system = (values: Float64Array, densities?: Float64Array) => {
    const { count, cells } = near;
    const particles = { count, cells, barycentric, values, components, densities };
    return particleSystem(geometry, map, particles, mesh.model.comm);
  };
  const inertia = system(terms, densities);
  const right = frame.loads(coefficients.source);
  right.forEach((out, a) => out.forEach((_, i) => out[i] -= inertia.right[a][i]));
  const diffusivity = frame.diffusivity(coefficients.diffusivity);
  const scales = { massScale: 0, stiffnessScale: 1, diffusivity };
  const solution = solveFieldMatrices(
    frame,
    (component) => {
      const stiffness = frame.cache.matrix(frame.inputs(component, scales));
      const { rows, rowStarts, columns } = stiffness;
      const sum = inertia.matrix.values.map((value, k) => value + stiffness.values[k]);
      return new CsrMatrix(rows, rows, rowStarts, columns, sum);
    },
    right,
    limits,
  );
  const before = system(carriedValues);
  const carried = solveUnconstrained(frame, before.matrix, before.right, limits);
  const difference = solution.values.map((value, i) => value - carried.values[i]);
  return { solution, changes: atParticles(frame, swarm, places, difference) };
}

/** Values of a field of this rank at its particles, `[count x components]`; 0 outside. Collective. */
function atParticles(
  { variable, components }: FieldFrame,
  { mesh, coordinates }: Swarm,
  { count, cells, barycentric }: FoundPoints,
  data: Float64Array,
): Float64Array {
  const field = { ...fieldOf(variable), data };
  const kernel: PointKernel = (at, places, n, out) => evaluateInto(field, at, places, n, out);
  let out: Float64Array = new Float64Array(count * components);
  if (mesh.model.comm.size === 1) kernel(cells, barycentric, count, out);
  else out = valuesAt(mesh, coordinates.data, components, kernel);
  for (let i = 0; i < out.length; i++) if (cells[(i / components) | 0] < 0) out[i] = 0;
  return out;
}
