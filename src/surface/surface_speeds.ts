/**
 * How fast the nodes of a surface rise with the flow.
 *
 * @module
 */
import { elementOf } from "../mesh/elements/mod.ts";
import { freshValuesOf } from "../mesh/fresh_fields.ts";
import { gatherInOrder } from "../mesh/gather_whole.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { pointsOnFacets } from "../solve/assembly/facets.ts";
import type { SurfaceShape } from "./surface_shape.ts";

/** The flow at the facets of a surface. */
interface FacetFlow {
  /** The velocity at the corners, `[facets x dim x dim]`. */
  readonly atCorners: Float64Array;
  /** What flows through per unit of a quadrature weight, `[facets x points]`. */
  readonly through: Float64Array;
}

/**
 * The rate at which each node of a surface rises along the last axis, at its place in the plane: `dh/dt` of the
 * kinematic condition `dh/dt = v . n / n_z`.
 *
 * At a node it is taken from the velocity there and the mean normal of the facets around it. Then one step towards the
 * mean over the facets,
 * `s_i += (integral of phi_i (v . n - s n_z)) / integral of phi_i n_z`,
 * makes the volume under the surface change by exactly what flows through it: `sum of s_i integral of phi_i n_z =
 * integral of v . n`. Since the volume is linear in the heights, it is kept to the tolerance of the flow, in a step of
 * any length. Collective.
 *
 * @param velocity The flow's.
 * @returns by the numbers of the surface's nodes. NaN somewhere where it stands upright or overhangs.
 */
export function surfaceSpeeds(shape: SurfaceShape, velocity: MeshVariable): Float64Array {
  const { dim, count, nodes, shares, areas, corners } = shape, up = dim - 1;
  const { atCorners, through } = flowAt(shape, velocity);
  const speeds = new Float64Array(nodes.length);
  const missing = throughNodes(shape, velocity.degree, through);
  const values = new Float64Array(nodes.length * dim);
  corners.forEach((node, i) => values.set(atCorners.subarray(i * dim, (i + 1) * dim), node * dim));
  for (let i = 0; i < nodes.length; i++) {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += values[i * dim + d] * shares[i * dim + d];
    speeds[i] = shares[i * dim + up] > 0 ? sum / shares[i * dim + up] : NaN;
  }
  // The integral of phi_i phi_j over a facet is its measure times (1 + delta_ij) / (dim (dim + 1)).
  for (let f = 0; f < count; f++) {
    const part = areas[f * dim + up] / (dim * (dim + 1));
    let sum = 0;
    for (let k = 0; k < dim; k++) sum += speeds[corners[f * dim + k]];
    for (let k = 0; k < dim; k++) {
      const i = corners[f * dim + k];
      missing[i] -= part * (sum + speeds[i]);
    }
  }
  for (let i = 0; i < nodes.length; i++) speeds[i] += missing[i] / shares[i * dim + up];
  return speeds;
}

/** The flow at all facets, each from the rank that owns its cell. Collective. */
function flowAt({ dim, areas, own }: SurfaceShape, velocity: MeshVariable): FacetFlow {
  const { mesh, degree, continuous } = velocity, { model: { comm } } = mesh;
  const values = freshValuesOf(velocity, velocity.data), { rows, cells, locals } = own;
  const { perCell, cellDofs } = geometryOf(mesh).topology.dofMap(degree, continuous);
  const { points, barycentric } = pointsOnFacets(dim, degree + 1);
  const element = elementOf(dim, degree), shapes = new Float64Array(perCell);
  const atCorners = new Float64Array(rows.length * dim * dim);
  const through = new Float64Array(rows.length * points);
  for (let f = 0, corner = 0; f < rows.length; f++) {
    const dofs = cells[f] * perCell;
    // The first degrees of freedom of a cell are those at its corners.
    for (let k = 0; k <= dim; k++) {
      if (k === locals[f]) continue;
      const dof = cellDofs[dofs + k] * dim;
      atCorners.set(values.subarray(dof, dof + dim), dim * corner++);
    }
    for (let q = 0; q < points; q++) {
      element.values(barycentric, (locals[f] * points + q) * (dim + 1), shapes);
      let sum = 0;
      for (let a = 0; a < perCell; a++) {
        const dof = cellDofs[dofs + a] * dim;
        for (let d = 0; d < dim; d++) {
          sum += shapes[a] * values[dof + d] * areas[rows[f] * dim + d];
        }
      }
      through[f * points + q] = sum;
    }
  }
  return {
    atCorners: gatherInOrder(rows, atCorners, dim * dim, comm),
    through: gatherInOrder(rows, through, points, comm),
  };
}

/** `integral of phi_i v . n` over the surface, for the linear function of each node. */
function throughNodes(
  { dim, count, nodes, corners }: SurfaceShape,
  degree: 0 | 1 | 2,
  through: Float64Array,
): Float64Array {
  // On a facet opposite to the last corner the corners are the first; the points lie alike on all facets.
  const { points, weights, barycentric } = pointsOnFacets(dim, degree + 1);
  const out = new Float64Array(nodes.length), first = dim * points;
  for (let f = 0; f < count; f++) {
    for (let q = 0; q < points; q++) {
      for (let k = 0; k < dim; k++) {
        const share = barycentric[(first + q) * (dim + 1) + k];
        out[corners[f * dim + k]] += weights[q] * share * through[f * points + q];
      }
    }
  }
  return out;
}
