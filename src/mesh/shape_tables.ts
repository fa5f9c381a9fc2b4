/**
 * Shape functions at the points of rules, in cells and on their facets.
 *
 * @module
 */
import type { Element } from "./elements/mod.ts";
import { type Quadrature, quadratureOf } from "./quadrature.ts";
import { localFacets } from "./simplex.ts";

/** Shape functions at the points of a rule, `[count x perCell]`. */
export function tabulate(element: Element, rule: Quadrature): Float64Array {
  const { perCell, dim } = element;
  const table = new Float64Array(rule.count * perCell);
  const row = new Float64Array(perCell);
  for (let q = 0; q < rule.count; q++) {
    element.values(rule.barycentric, q * (dim + 1), row);
    table.set(row, q * perCell);
  }
  return table;
}

/** A rule of one dimension less, on the facet opposite to vertex k. */
export function onFacet(dim: 2 | 3, degree: number, k: number): Quadrature {
  const rule = quadratureOf(dim === 2 ? 1 : 2, degree);
  const barycentric = new Float64Array(rule.count * (dim + 1));
  const corners = localFacets(dim);
  for (let q = 0; q < rule.count; q++) {
    for (let j = 0; j < dim; j++) {
      barycentric[q * (dim + 1) + corners[k * dim + j]] = rule.barycentric[q * dim + j];
    }
  }
  return { count: rule.count, barycentric, weights: rule.weights };
}

/** Length of the gradient of barycentric coordinate k. */
export function slope(inverses: Float64Array, offset: number, dim: number, k: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) {
    let g = 0;
    if (k > 0) g = inverses[offset + (k - 1) * dim + d];
    else for (let r = 0; r < dim; r++) g -= inverses[offset + r * dim + d];
    sum += g * g;
  }
  return Math.sqrt(sum);
}
