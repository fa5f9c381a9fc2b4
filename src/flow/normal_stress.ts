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
import { ruleOn } from "../solve/conditions.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { Jacobi } from "../solve/linear/jacobi.ts";
import { conjugateGradients } from "../solve/linear/krylov/cg.ts";
import { nodalNormals } from "./nodal_normals.ts";
import type { NodalForces } from "./tractions.ts";

/** Values at the nodes of a boundary. */
export interface BoundaryValues {
  /** Where the nodes are, `[n, dim]`: vertices, then the middles of edges. */
  readonly points: NdArray<Float64Array>;
  /** `[n]` */
  readonly values: Float64Array;
}

/**
 * `n . sigma n` from the forces on the nodes: divided by the lengths that stand for the nodes in the plane, and by
 * the mass matrix of the boundary in space, where vertices of P2 do not have an area of their own.
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

/** The mean over the boundary of values at its nodes. */
export function boundaryMean(frame: FieldFrame, boundary: string, values: Float64Array): number {
  const { geometry, map } = frame, dofs = nodesOf(frame, boundary);
  const rule = ruleOn(geometry, boundary, map), weights = new Float64Array(map.count);
  addFacetLoad(weights, rule, map, 1);
  let sum = 0, size = 0;
  for (let k = 0; k < dofs.length; k++) {
    sum += weights[dofs[k]] * values[k];
    size += weights[dofs[k]];
  }
  return sum / size;
}

function nodesOf({ geometry, map }: FieldFrame, boundary: string): Int32Array {
  return Int32Array.from(new Set(nodalNormals(geometry, boundary, map).dofs));
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

/** Solves with the mass matrix of the boundary. */
function solvedOn(
  { geometry, map, what }: FieldFrame,
  boundary: string,
  dofs: Int32Array,
  right: Float64Array,
): Float64Array {
  const sparsity = sparsityOf(map), { rowStarts, columns } = sparsity;
  const whole = new Float64Array(columns.length);
  addFacetMass(whole, ruleOn(geometry, boundary, map), map, sparsity, 1);
  const place = new Int32Array(map.count).fill(-1);
  for (let k = 0; k < dofs.length; k++) place[dofs[k]] = k;
  const starts = new Int32Array(dofs.length + 1), columnsHere: number[] = [], values: number[] = [];
  for (let k = 0; k < dofs.length; k++) {
    for (let l = rowStarts[dofs[k]]; l < rowStarts[dofs[k] + 1]; l++) {
      if (place[columns[l]] < 0) continue;
      columnsHere.push(place[columns[l]]);
      values.push(whole[l]);
    }
    starts[k + 1] = values.length;
  }
  const n = dofs.length;
  const mass = new CsrMatrix(n, n, starts, Int32Array.from(columnsHere), Float64Array.from(values));
  const out = new Float64Array(n);
  const options = { rtol: 1e-12, what: `${what}: the normal stress on ${boundary}` };
  conjugateGradients(mass, right, out, new Jacobi(mass), options);
  return out;
}
