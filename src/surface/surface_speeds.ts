/**
 * How fast the nodes of a surface rise with the flow.
 *
 * @module
 */
import { elementOf } from "../mesh/elements/mod.ts";
import type { Geometry } from "../mesh/geometry.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { FacetList } from "../mesh/topology.ts";
import { oppositeGradient, pointsOnFacets } from "../solve/assembly/facets.ts";

/** A surface as it is now, of the whole mesh. */
export interface SurfaceShape {
  readonly geometry: Geometry;
  readonly facets: FacetList;
  /** Measure times outward normal of each facet, `[facets x dim]`. */
  readonly areas: Float64Array;
  /** The nodes of each facet, `[facets x dim]`. */
  readonly corners: Int32Array;
  /** The nodes of the surface, ascending. */
  readonly nodes: Int32Array;
  /** Each node's share of the areas around it, `[nodeCount x dim]`; 0 elsewhere. */
  readonly shares: Float64Array;
}

/** The shape of a named boundary. */
export function shapeOf(geometry: Geometry, boundary: string): SurfaceShape {
  const { topology, volumes } = geometry, { dim, cells, nodeCount } = topology;
  const facets = topology.facetsOf(boundary), width = dim + 1;
  const areas = new Float64Array(facets.count * dim), shares = new Float64Array(nodeCount * dim);
  const corners = new Int32Array(facets.count * dim), gradient = new Float64Array(3);
  const isOn = new Uint8Array(nodeCount);
  for (let f = 0; f < facets.count; f++) {
    const cell = facets.cells[f], local = facets.locals[f];
    oppositeGradient(geometry, cell, local, gradient);
    for (let d = 0; d < dim; d++) areas[f * dim + d] = -dim * volumes[cell] * gradient[d];
    for (let k = 0, at = f * dim; k < width; k++) {
      if (k === local) continue;
      const node = corners[at++] = cells[cell * width + k];
      isOn[node] = 1;
      for (let d = 0; d < dim; d++) shares[node * dim + d] += areas[f * dim + d] / dim;
    }
  }
  const nodes = Int32Array.from({ length: nodeCount }, (_, i) => i).filter((i) => isOn[i] === 1);
  return { geometry, facets, areas, corners, nodes, shares };
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
 * any length.
 *
 * @param velocity The kind of the flow's velocity.
 * @param values Its values on the whole mesh, `[dofCount x dim]`.
 * @returns `[nodeCount]`; 0 for nodes that are not on the surface. NaN somewhere where it stands upright or overhangs.
 */
export function surfaceSpeeds(
  shape: SurfaceShape,
  velocity: Pick<MeshVariable, "degree" | "continuous">,
  values: Float64Array,
): Float64Array {
  const { geometry: { topology }, nodes, shares, areas, corners, facets } = shape;
  const { dim, nodeCount } = topology, up = dim - 1;
  const map = topology.dofMap(velocity.degree, velocity.continuous);
  const atNodes = nodalDofs(shape, map.perCell, map.cellDofs);
  const speeds = new Float64Array(nodeCount), missing = throughNodes(shape, velocity, values);
  for (const i of nodes) {
    let through = 0;
    for (let d = 0; d < dim; d++) {
      through += values[atNodes[i] * dim + d] * shares[i * dim + d];
    }
    speeds[i] = shares[i * dim + up] > 0 ? through / shares[i * dim + up] : NaN;
  }
  // The integral of phi_i phi_j over a facet is its measure times (1 + delta_ij) / (dim (dim + 1)).
  for (let f = 0; f < facets.count; f++) {
    const part = areas[f * dim + up] / (dim * (dim + 1));
    let sum = 0;
    for (let k = 0; k < dim; k++) sum += speeds[corners[f * dim + k]];
    for (let k = 0; k < dim; k++) {
      const i = corners[f * dim + k];
      missing[i] -= part * (sum + speeds[i]);
    }
  }
  for (const i of nodes) speeds[i] += missing[i] / shares[i * dim + up];
  return speeds;
}

/** The degree of freedom at each node of the surface, `[nodeCount]`. */
function nodalDofs(
  { geometry: { topology }, facets }: SurfaceShape,
  perCell: number,
  cellDofs: Int32Array,
): Int32Array {
  const { cells, dim, nodeCount } = topology, out = new Int32Array(nodeCount);
  for (const cell of facets.cells) {
    for (let k = 0; k <= dim; k++) out[cells[cell * (dim + 1) + k]] = cellDofs[cell * perCell + k];
  }
  return out;
}

/** `integral of phi_i v . n` over the surface, for the linear function of each node, `[nodeCount]`. */
function throughNodes(
  { geometry: { topology }, facets, areas }: SurfaceShape,
  velocity: Pick<MeshVariable, "degree" | "continuous">,
  values: Float64Array,
): Float64Array {
  const { dim, cells, nodeCount } = topology, width = dim + 1;
  const { perCell, cellDofs } = topology.dofMap(velocity.degree, velocity.continuous);
  const { points, weights, barycentric } = pointsOnFacets(dim, velocity.degree + 1);
  const element = elementOf(dim, velocity.degree), shapes = new Float64Array(perCell);
  const out = new Float64Array(nodeCount);
  for (let f = 0; f < facets.count; f++) {
    const cell = facets.cells[f];
    for (let q = 0; q < points; q++) {
      const at = (facets.locals[f] * points + q) * width;
      element.values(barycentric, at, shapes);
      let through = 0;
      for (let a = 0; a < perCell; a++) {
        const dof = cellDofs[cell * perCell + a] * dim;
        for (let d = 0; d < dim; d++) {
          through += shapes[a] * values[dof + d] * areas[f * dim + d];
        }
      }
      for (let k = 0; k < width; k++) {
        out[cells[cell * width + k]] += weights[q] * barycentric[at + k] * through;
      }
    }
  }
  return out;
}
