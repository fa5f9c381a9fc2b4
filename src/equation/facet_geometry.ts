/**
 * Boundary facets with quadrature points, shape functions and normals.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import {
  facetMeasures,
  facetMetrics,
  oppositeGradient,
  pointsOnFacets,
} from "../solve/assembly/facets.ts";
import type { FacetList } from "../mesh/topology.ts";
import { shapesAt } from "./tables.ts";

/** The facets of one boundary. */
export interface FacetGeometry {
  readonly count: number;
  /** The cell of each facet, and which of its facets it is, `[count]`. */
  readonly cells: Int32Array;
  readonly locals: Int32Array;
  /** Lengths or areas, `[count]`. */
  readonly measures: Float64Array;
  /** Where some cells are curved: the length or area at each point times its weight, `[count x points]`. */
  readonly scales?: Float64Array | undefined;
  /** Outward unit normals, `[count x dim]`; where some cells are curved, `[count x points x dim]`. */
  readonly normals: Float64Array;
  /** Points per facet. */
  readonly points: number;
  /** `[points]`, sum 1. */
  readonly weights: Float64Array;
  /** `[dim + 1 facets of a cell x points x perCell x (dim + 1)]`, as in cells. */
  readonly shapes1: Float64Array;
  readonly shapes2: Float64Array;
}

/** Geometries are immutable: facets are kept as long as theirs lives. */
const known = new WeakMap<Geometry, Map<string, FacetGeometry>>();

/**
 * A boundary with a rule that is exact to a degree; made once.
 *
 * @throws {RangeError} when there is no boundary of that name.
 */
export function facetGeometry(
  geometry: Geometry,
  boundary: string,
  exactDegree: number,
): FacetGeometry {
  let all = known.get(geometry);
  if (all === undefined) known.set(geometry, all = new Map());
  const key = `${exactDegree} ${boundary}`;
  let facets = all.get(key);
  if (facets === undefined) all.set(key, facets = make(geometry, boundary, exactDegree));
  return facets;
}

function make(geometry: Geometry, boundary: string, exactDegree: number): FacetGeometry {
  const { topology } = geometry, { dim } = topology;
  const list = topology.facetsOf(boundary);
  const { count, cells, locals } = list;
  const rule = pointsOnFacets(dim, exactDegree), { points, weights, barycentric } = rule;
  const { scales, inwards } = geometry.curved === null
    ? { inwards: straightInwards(geometry, list) }
    : facetMetrics(geometry, list, rule);
  return {
    count,
    cells,
    locals,
    measures: facetMeasures(geometry, list),
    scales,
    normals: outwards(inwards, dim),
    points,
    weights,
    shapes1: shapesAt(dim, 1, barycentric).table,
    shapes2: shapesAt(dim, 2, barycentric).table,
  };
}

/** `[count x dim]` */
function straightInwards(geometry: Geometry, { count, cells, locals }: FacetList): Float64Array {
  const { dim } = geometry.topology, out = new Float64Array(count * dim);
  const inward = new Float64Array(3);
  for (let f = 0; f < count; f++) {
    oppositeGradient(geometry, cells[f], locals[f], inward);
    out.set(inward.subarray(0, dim), f * dim);
  }
  return out;
}

/** Unit vectors the other way. */
function outwards(inwards: Float64Array, dim: number): Float64Array {
  const out = new Float64Array(inwards.length);
  for (let o = 0; o < out.length; o += dim) {
    let squares = 0;
    for (let d = 0; d < dim; d++) squares += inwards[o + d] ** 2;
    const length = Math.sqrt(squares);
    for (let d = 0; d < dim; d++) out[o + d] = -inwards[o + d] / length;
  }
  return out;
}
