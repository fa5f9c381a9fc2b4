/**
 * Normals at the nodes of a boundary.
 *
 * @module
 */
import type { DofMap } from "../mesh/dof_map.ts";
import { elementOf } from "../mesh/elements/mod.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { facetMeasures, oppositeRow } from "../solve/assembly/facets.ts";

/** Directions at nodes; a node in a corner has several. */
export interface NodalDirections {
  /** Ascending; repeated where there are several directions, `[count]`. */
  readonly dofs: Int32Array;
  /** Of length 1, outwards, `[count x dim]`. */
  readonly directions: Float64Array;
}

/** Facets whose normals enclose less than 53 degrees make a smooth boundary; otherwise their edge is a corner. */
const smooth = 0.6;

/**
 * The mean normals of the facets around each node, at the node where they are curved, weighted by their areas: the fluxes through the facets and
 * through the nodes are then the same on edges that are straight. Where facets meet in a corner, there is one
 * normal for each side of it.
 *
 * Source: M. S. Engelman, R. L. Sani, P. M. Gresho, "The implementation of normal and/or tangential boundary
 * conditions in finite element codes for incompressible fluid flow", Int. J. Numer. Methods Fluids 2 (1982)
 * 225-238, DOI 10.1002/fld.1650020302.
 *
 * @throws {RangeError} when there is no boundary of that name.
 */
export function nodalNormals(geometry: Geometry, boundary: string, map: DofMap): NodalDirections {
  const { dim } = geometry.topology, facets = geometry.topology.facetsOf(boundary);
  const measures = facetMeasures(geometry, facets);
  const { nodes, perCell } = elementOf(dim, map.degree);
  const sides = new Map<number, Float64Array[]>(), normal = new Float64Array(3);
  const { curved, cornerInverses } = geometry, inverse = new Float64Array(9);
  for (let f = 0; f < facets.count; f++) {
    const cell = facets.cells[f], local = facets.locals[f];
    const isCurved = curved !== null && curved.numbers[cell] >= 0;
    if (!isCurved) outward(cornerInverses, cell, dim, local, normal);
    for (let a = 0; a < perCell; a++) {
      if (nodes[a * (dim + 1) + local] !== 0) continue;
      if (isCurved) {
        curved.invert(curved.numbers[cell], nodes, a * (dim + 1), inverse, 0);
        outward(inverse, 0, dim, local, normal);
      }
      const dof = map.cellDofs[cell * perCell + a];
      let list = sides.get(dof);
      if (list === undefined) sides.set(dof, list = []);
      addTo(list, normal, measures[f]);
    }
  }
  return collected(sides, dim);
}

/** The unit normal of the facet opposite to a vertex, by a row of inverse Jacobians. */
function outward(
  inverse: Float64Array,
  row: number,
  dim: 2 | 3,
  local: number,
  out: Float64Array,
): void {
  oppositeRow(inverse, row, dim, local, out);
  const length = Math.hypot(out[0], out[1], out[2]);
  for (let d = 0; d < 3; d++) out[d] *= -1 / length;
}

/** Adds a facet's normal to the side that it belongs to. */
function addTo(sides: Float64Array[], normal: Float64Array, measure: number): void {
  for (const side of sides) {
    const along = side[0] * normal[0] + side[1] * normal[1] + side[2] * normal[2];
    if (along <= smooth * Math.hypot(side[0], side[1], side[2])) continue;
    for (let d = 0; d < 3; d++) side[d] += measure * normal[d];
    return;
  }
  sides.push(normal.map((value) => measure * value));
}

function collected(sides: Map<number, Float64Array[]>, dim: number): NodalDirections {
  const dofs: number[] = [], directions: number[] = [];
  for (const dof of [...sides.keys()].sort((a, b) => a - b)) {
    for (const side of sides.get(dof)!) {
      const length = Math.hypot(side[0], side[1], side[2]);
      dofs.push(dof);
      for (let d = 0; d < dim; d++) directions.push(side[d] / length);
    }
  }
  return { dofs: Int32Array.from(dofs), directions: Float64Array.from(directions) };
}
