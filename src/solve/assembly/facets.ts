/**
 * Integrals over boundary facets: fluxes in the load, Robin terms in the matrix.
 *
 * @module
 */
import { CurvedCellsError } from "../../errors.ts";
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
  /** Length or area that belongs to each point, `[facets x points]`. */
  readonly scales: Float64Array;
  /** The gradient of the opposite barycentric coordinate at each point, `[facets x points x dim]`: inwards. */
  readonly inwards: Float64Array;
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
  const rule = pointsOnFacets(dim, Math.max(1, 2 * map.degree));
  const { points, barycentric: onFacet } = rule;
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
  return { facets, points, located, ...facetMetrics(geometry, facets, rule), values };
}

/** What facets are at the points of a rule. */
export interface FacetMetrics {
  /** Length or area that belongs to each point, `[facets x points]`: dim * volume * |inward gradient| * weight. */
  readonly scales: Float64Array;
  /** The gradient of the opposite barycentric coordinate at each point, `[facets x points x dim]`: inwards. */
  readonly inwards: Float64Array;
}

/** Measures and directions at the points of facets, which may be curved. */
export function facetMetrics(
  geometry: Geometry,
  { count, cells, locals }: FacetList,
  { points, weights, barycentric }: FacetPoints,
): FacetMetrics {
  const { curved, volumes, cornerInverses, topology: { dim } } = geometry;
  const scales = new Float64Array(count * points), inwards = new Float64Array(scales.length * dim);
  const normal = new Float64Array(3), inverse = new Float64Array(9);
  for (let f = 0; f < count; f++) {
    const bent = curved === null ? -1 : curved.numbers[cells[f]];
    let volume = volumes[cells[f]];
    if (bent < 0) oppositeRow(cornerInverses, cells[f], dim, locals[f], normal);
    for (let q = 0; q < points; q++) {
      if (bent >= 0) {
        volume = curved!.invert(
          bent,
          barycentric,
          (locals[f] * points + q) * (dim + 1),
          inverse,
          0,
        );
        oppositeRow(inverse, 0, dim, locals[f], normal);
      }
      const [x, y, z] = normal, at = f * points + q;
      scales[at] = dim * volume * Math.sqrt(x * x + y * y + z * z) * weights[q];
      for (let d = 0; d < dim; d++) inwards[at * dim + d] = normal[d];
    }
  }
  return { scales, inwards };
}

/** Lengths or areas of facets, which may be curved. */
export function facetMeasures(geometry: Geometry, facets: FacetList): Float64Array {
  const { curved, volumes, cornerInverses, topology: { dim } } = geometry;
  const normal = new Float64Array(3), out = new Float64Array(facets.count);
  for (let f = 0; f < facets.count; f++) {
    oppositeRow(cornerInverses, facets.cells[f], dim, facets.locals[f], normal);
    const [x, y, z] = normal;
    out[f] = dim * volumes[facets.cells[f]] * Math.sqrt(x * x + y * y + z * z);
  }
  if (curved === null) return out;
  const rule = pointsOnFacets(dim, 4), { scales } = facetMetrics(geometry, facets, rule);
  for (let f = 0; f < facets.count; f++) {
    if (curved.numbers[facets.cells[f]] < 0) continue;
    out[f] = 0;
    for (let q = f * rule.points; q < (f + 1) * rule.points; q++) out[f] += scales[q];
  }
  return out;
}

/**
 * The gradient of barycentric coordinate `local`, which points away from its facet: inwards.
 *
 * @throws {CurvedCellsError} when the cell is curved: the gradient is another one at every point.
 */
export function oppositeGradient(
  geometry: Geometry,
  cell: number,
  local: number,
  out: Float64Array,
): void {
  const { curved, cornerInverses, topology: { dim } } = geometry;
  if (curved !== null && curved.numbers[cell] >= 0) {
    throw new CurvedCellsError("one normal a facet");
  }
  oppositeRow(cornerInverses, cell, dim, local, out);
}

/** The same from row `row` of a table of inverse Jacobians. */
export function oppositeRow(
  inverse: Float64Array,
  row: number,
  dim: 2 | 3,
  local: number,
  out: Float64Array,
): void {
  out.fill(0);
  for (let d = 0; d < dim; d++) {
    if (local > 0) out[d] = inverse[(row * dim + local - 1) * dim + d];
    else for (let r = 0; r < dim; r++) out[d] -= inverse[(row * dim + r) * dim + d];
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
  const { facets, points, scales, values } = rule;
  const { perCell, cellDofs } = map;
  for (let f = 0; f < facets.count; f++) {
    for (let q = 0; q < points; q++) {
      const g = typeof flux === "number" ? flux : flux[f * points + q];
      const scale = scales[f * points + q] * g;
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
  const { facets, points, scales, values } = rule;
  const { perCell } = map;
  const { positions } = sparsity;
  for (let f = 0; f < facets.count; f++) {
    const block = facets.cells[f] * perCell * perCell;
    for (let q = 0; q < points; q++) {
      const h = typeof coefficient === "number" ? coefficient : coefficient[f * points + q];
      const scale = scales[f * points + q] * h;
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
