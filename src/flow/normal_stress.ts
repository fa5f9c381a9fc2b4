/**
 * The normal stress on a boundary, and the topography that it holds up.
 *
 * @module
 */
import { type NdArray, ndarray } from "../deps/ndarray.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { selectPoints } from "../mesh/located_points.ts";
import { addFacetLoad, addFacetMass } from "../solve/assembly/facets.ts";
import { sparsityOf } from "../solve/assembly/sparsity.ts";
import { dofsOn, ruleOn } from "../solve/conditions.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { Jacobi } from "../solve/linear/jacobi.ts";
import { conjugateGradients } from "../solve/linear/krylov/cg.ts";
import { Reductions } from "../solve/linear/reductions.ts";
import { firstRows } from "../solve/ranks/rank_space.ts";
import { nodalNormals } from "./nodal_normals.ts";
import type { NodalForces } from "./tractions.ts";

/** Values at the nodes of a boundary; on several ranks at those that this rank owns. */
export interface BoundaryValues {
  /** Where the nodes are, `[n, dim]`: vertices, then the middles of edges. */
  readonly points: NdArray<Float64Array>;
  /** `[n]` */
  readonly values: Float64Array;
}

/**
 * `n . sigma n` from the forces on the nodes: divided by the lengths that stand for the nodes in the plane, and by
 * the mass matrix of the boundary in space, where vertices of P2 do not have an area of their own. Collective.
 */
export function normalStresses(
  frame: FieldFrame,
  boundary: string,
  { dofs, forces }: NodalForces,
): BoundaryValues {
  const { geometry, map, components: dim } = frame;
  const along = alongNormal(frame, boundary, dofs, forces);
  const points = selectPoints(locatedDofs(geometry, map), dofs).coordinates;
  const values = dim === 2
    ? divided(along, weightsOf(frame, boundary, dofs))
    : solvedOn(frame, boundary, dofs, along);
  return { points: ndarray(points, [dofs.length, dim]), values };
}

/** The mean over the boundary of values at its nodes. Collective. */
export function boundaryMean(frame: FieldFrame, boundary: string, values: Float64Array): number {
  const { geometry, map } = frame;
  const dofs = dofsOn(geometry, boundary, map).filter((dof) => dof < frame.owned);
  const weights = weightsOf(frame, boundary, dofs), sums = new Float64Array(2);
  for (let k = 0; k < dofs.length; k++) {
    sums[0] += weights[k] * values[k];
    sums[1] += weights[k];
  }
  const [sum, size] = frame.totals(sums);
  return sum / size;
}

/** The components of the forces along the mean normal of each node, `[n]`. */
function alongNormal(
  { geometry, map, components: dim }: FieldFrame,
  boundary: string,
  dofs: Int32Array,
  forces: Float64Array,
): Float64Array {
  const { dofs: sided, directions } = nodalNormals(geometry, boundary, map);
  const out = new Float64Array(dofs.length), normal = new Float64Array(dim);
  for (let k = 0, s = 0; k < dofs.length; k++) {
    normal.fill(0);
    for (; s < sided.length && sided[s] === dofs[k]; s++) {
      for (let d = 0; d < dim; d++) normal[d] += directions[s * dim + d];
    }
    const length = Math.hypot(...normal);
    for (let d = 0; d < dim; d++) out[k] += forces[k * dim + d] * normal[d] / length;
  }
  return out;
}

/** The integrals of the shape functions over the boundary. */
function weightsOf(
  { geometry, map }: FieldFrame,
  boundary: string,
  dofs: Int32Array,
): Float64Array {
  const weights = new Float64Array(map.count);
  addFacetLoad(weights, ruleOn(geometry, boundary, map), map, 1);
  return Float64Array.from(dofs, (dof) => weights[dof]);
}

function divided(values: Float64Array, weights: Float64Array): Float64Array {
  return values.map((value, k) => value / weights[k]);
}

/** Solves with the mass matrix of the boundary; nodes elsewhere have rows of the unit matrix. Collective. */
function solvedOn(
  { geometry, map, what, ranks, owned }: FieldFrame,
  boundary: string,
  dofs: Int32Array,
  right: Float64Array,
): Float64Array {
  const sparsity = sparsityOf(map), { rowStarts, columns } = sparsity;
  const values = new Float64Array(columns.length);
  addFacetMass(values, ruleOn(geometry, boundary, map), map, sparsity, 1);
  const whole = new CsrMatrix(map.count, map.count, rowStarts, columns, values);
  const b = new Float64Array(map.count), x = new Float64Array(map.count), isOn = b.slice();
  for (let k = 0; k < dofs.length; k++) {
    b[dofs[k]] = right[k];
    isOn[dofs[k]] = 1;
  }
  for (let i = 0; i < owned; i++) {
    for (let k = rowStarts[i]; isOn[i] === 0 && k < rowStarts[i + 1]; k++) {
      if (columns[k] === i) values[k] = 1;
    }
  }
  const mass = firstRows(whole, owned);
  conjugateGradients(ranks?.operator(mass) ?? mass, b, x, new Jacobi(mass), {
    rtol: 1e-12,
    reductions: new Reductions(owned, ranks?.comm ?? null),
    what: `${what}: the normal stress on ${boundary}`,
  });
  return Float64Array.from(dofs, (dof) => x[dof]);
}
