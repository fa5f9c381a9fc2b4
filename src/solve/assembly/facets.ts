/**
 * Integrals over boundary facets: fluxes in the load, Robin terms in the matrix.
 *
 * @module
 */
import type { DofMap } from "../../mesh/dof_map.ts";
import { elementOf } from "../../mesh/elements/mod.ts";
import type { Geometry } from "../../mesh/geometry.ts";
import { quadratureOf } from "../../mesh/quadrature.ts";
import type { FacetList } from "../../mesh/topology.ts";
import { type LocatedPoints, placePoints } from "../../mesh/located_points.ts";
import type { Sparsity } from "./sparsity.ts";

/** A list of facets with quadrature points and shape functions on them. */
export interface FacetRule {
  readonly facets: FacetList;
  /** Points per facet. */
  readonly points: number;
  /** All quadrature points, `[facets x points]`. */
  readonly located: LocatedPoints;
  /** Lengths or areas, `[facets]`. */
  readonly measures: Float64Array;
  /** `[points]`, sum 1. */
  readonly weights: Float64Array;
  /** Shape functions of the cell, `[dim + 1 local facets x points x perCell]`. */
  readonly values: Float64Array;
}

/** A rule for the facets of a cell. */
export interface FacetPoints {
  /** Points per facet. */
  readonly points: number;
  /** `[points]`, sum 1. */
  readonly weights: Float64Array;
  /** Where they are in the cell, `[dim + 1 local facets x points x (dim + 1)]`. */
  readonly barycentric: Float64Array;
}

/** Quadrature points on every facet of a cell, exact to a degree. */
export function pointsOnFacets(dim: 2 | 3, exactDegree: number): FacetPoints {
  const rule = quadratureOf((dim - 1) as 1 | 2, exactDegree);
  const points = rule.count, width = dim + 1;
  const barycentric = new Float64Array(width * points * width);
  for (let k = 0; k < width; k++) {
    for (let q = 0; q < points; q++) {
      const at = (k * points + q) * width;
      for (let l = 0, m = 0; l < width; l++) {
        barycentric[at + l] = l === k ? 0 : rule.barycentric[q * dim + m++];
      }
    }
  }
  return { points, weights: rule.weights, barycentric };
}

/** Prepares integration over facets for an element of a degree. */
export function facetRule(geometry: Geometry, facets: FacetList, map: DofMap): FacetRule {
  const { dim } = geometry.topology;
  const { points, weights, barycentric: onFacet } = pointsOnFacets(
    dim,
    Math.max(1, 2 * map.degree),
  );
  const width = dim + 1;
  const element = elementOf(dim, map.degree);
  const values = new Float64Array(width * points * map.perCell);
  for (let at = 0; at < width * points; at++) {
    element.values(onFacet, at * width, values.subarray(at * map.perCell));
  }
  const cells = new Int32Array(facets.count * points);
  const barycentric = new Float64Array(cells.length * width);
  for (let f = 0; f < facets.count; f++) {
    cells.fill(facets.cells[f], f * points, (f + 1) * points);
    const start = facets.locals[f] * points * width;
    barycentric.set(onFacet.subarray(start, start + points * width), f * points * width);
  }
  const located = placePoints(geometry, cells, barycentric);
  const measures = facetMeasures(geometry, facets);
  return { facets, points, located, measures, weights, values };
}

/** Lengths or areas: dim * volume * |gradient of the opposite barycentric coordinate|. */
export function facetMeasures(geometry: Geometry, facets: FacetList): Float64Array {
  const { volumes, topology: { dim } } = geometry;
  const normal = new Float64Array(3), out = new Float64Array(facets.count);
  for (let f = 0; f < facets.count; f++) {
    oppositeGradient(geometry, facets.cells[f], facets.locals[f], normal);
    const [x, y, z] = normal;
    out[f] = dim * volumes[facets.cells[f]] * Math.sqrt(x * x + y * y + z * z);
  }
  return out;
}

/** The gradient of barycentric coordinate `local`, which points away from its facet: inwards. */
export function oppositeGradient(
  geometry: Geometry,
  cell: number,
  local: number,
  out: Float64Array,
): void {
  const { inverseJacobians: inverse, topology: { dim } } = geometry;
  out.fill(0);
  for (let d = 0; d < dim; d++) {
    if (local > 0) out[d] = inverse[(cell * dim + local - 1) * dim + d];
    else for (let r = 0; r < dim; r++) out[d] -= inverse[(cell * dim + r) * dim + d];
  }
}

/**
 * Adds `integral of g phi_a` over the facets.
 *
 * @param out `[count]`; added to.
 * @param rule Where to integrate.
 * @param map The numbering.
 * @param flux One number, or `[facets x points]`.
 */
export function addFacetLoad(
  out: Float64Array,
  rule: FacetRule,
  map: DofMap,
  flux: number | Float64Array,
): void {
  const { facets, points, measures, weights, values } = rule;
  const { perCell, cellDofs } = map;
  for (let f = 0; f < facets.count; f++) {
    for (let q = 0; q < points; q++) {
      const g = typeof flux === "number" ? flux : flux[f * points + q];
      const scale = measures[f] * weights[q] * g;
      const row = (facets.locals[f] * points + q) * perCell;
      for (let a = 0; a < perCell; a++) {
        out[cellDofs[facets.cells[f] * perCell + a]] += scale * values[row + a];
      }
    }
  }
}

/**
 * Adds `integral of h phi_a phi_b` over the facets.
 *
 * @param out `[nnz]` of `sparsity`; added to.
 * @param rule Where to integrate.
 * @param map The numbering.
 * @param sparsity Its pattern.
 * @param coefficient One number, or `[facets x points]`.
 */
export function addFacetMass(
  out: Float64Array,
  rule: FacetRule,
  map: DofMap,
  sparsity: Sparsity,
  coefficient: number | Float64Array,
): void {
  const { facets, points, measures, weights, values } = rule;
  const { perCell } = map;
  const { positions } = sparsity;
  for (let f = 0; f < facets.count; f++) {
    const block = facets.cells[f] * perCell * perCell;
    for (let q = 0; q < points; q++) {
      const h = typeof coefficient === "number" ? coefficient : coefficient[f * points + q];
      const scale = measures[f] * weights[q] * h;
      const row = (facets.locals[f] * points + q) * perCell;
      for (let a = 0; a < perCell; a++) {
        for (let b = 0; b < perCell; b++) {
          // The product of the shape functions first: it commutes, so the matrix stays symmetric.
          out[positions[block + a * perCell + b]] += scale * (values[row + a] * values[row + b]);
        }
      }
    }
  }
}

/** Degrees of freedom on the facets, ascending, each once. */
export function facetDofs(dim: 2 | 3, facets: FacetList, map: DofMap): Int32Array {
  const { nodes, perCell } = elementOf(dim, map.degree);
  const found = new Uint8Array(map.count);
  for (let f = 0; f < facets.count; f++) {
    for (let a = 0; a < perCell; a++) {
      if (nodes[a * (dim + 1) + facets.locals[f]] === 0) {
        found[map.cellDofs[facets.cells[f] * perCell + a]] = 1;
      }
    }
  }
  const out: number[] = [];
  for (let i = 0; i < found.length; i++) if (found[i] === 1) out.push(i);
  return Int32Array.from(out);
}
