/**
 * Integrals of fields over the domain and over boundaries, exact for what the elements can hold.
 *
 * @module
 */
import { addCurvedCells, addCurvedFacet, squareOfCurved } from "./curved_integrate.ts";
import type { Element } from "./elements/mod.ts";
import type { Geometry } from "./geometry.ts";
import type { Field } from "./interpolate.ts";
import { type Quadrature, quadratureOf } from "./quadrature.ts";
import { onFacet, slope, tabulate } from "./shape_tables.ts";

/** The mean of every shape function over the points of a rule. */
function means(element: Element, rule: Quadrature): Float64Array {
  const table = tabulate(element, rule);
  const out = new Float64Array(element.perCell);
  for (let i = 0; i < table.length; i++) {
    const q = Math.floor(i / element.perCell);
    out[i % element.perCell] += rule.weights[q] * table[i];
  }
  return out;
}

/** Integrals over the domain, one per component; on one rank of several over the cells it owns. */
export function integrateDomain(field: Field, geometry: Geometry): Float64Array {
  const { components, data, cellDofs, element } = field;
  const sums = new Float64Array(components);
  if (data === null) return sums;
  const { straightVolumes: volumes, topology: { ownedCellCount } } = geometry;
  const weights = means(element, quadratureOf(element.dim, element.degree));
  for (let c = 0; c < ownedCellCount; c++) {
    addCell(sums, data, cellDofs, c * element.perCell, weights, volumes[c]);
  }
  addCurvedCells(sums, field, geometry);
  return sums;
}

/**
 * Integrals over a named boundary, one per component; on one rank of several over facets of its own cells.
 *
 * @throws {RangeError} when there is no boundary of that name.
 */
export function integrateBoundary(field: Field, geometry: Geometry, name: string): Float64Array {
  const { components, data, cellDofs, element } = field;
  const { count, cells, locals } = geometry.topology.facetsOf(name);
  const sums = new Float64Array(components);
  if (data === null) return sums;
  const { dim, perCell } = element;
  const { ownedCellCount } = geometry.topology;
  const weights = Array.from(
    { length: dim + 1 },
    (_, k) => means(element, onFacet(dim, element.degree, k)),
  );
  const inverses = geometry.cornerInverses, { curved } = geometry;
  for (let f = 0; f < count; f++) {
    const c = cells[f], k = locals[f];
    if (c >= ownedCellCount) continue;
    if (curved !== null && curved.numbers[c] >= 0) {
      addCurvedFacet(sums, field, curved, c, k);
      continue;
    }
    // |gradient of l_k| = facet / (dim * volume)
    const area = dim * geometry.volumes[c] * slope(inverses, c * dim * dim, dim, k);
    addCell(sums, data, cellDofs, c * perCell, weights[k], area);
  }
  return sums;
}

function addCell(
  sums: Float64Array,
  data: Float64Array,
  cellDofs: Int32Array,
  first: number,
  weights: Float64Array,
  measure: number,
): void {
  const components = sums.length;
  for (let a = 0; a < components; a++) {
    let mean = 0;
    for (let k = 0; k < weights.length; k++) {
      // A dof without weight must not count, be it infinite.
      if (weights[k] !== 0) mean += weights[k] * data[cellDofs[first + k] * components + a];
    }
    sums[a] += measure * mean;
  }
}

/** The integral of |u|^2; on one rank of several over the cells it owns. */
export function squareOf(field: Field, geometry: Geometry): number {
  const { components, data, cellDofs, element } = field;
  if (data === null) return 0;
  const rule = quadratureOf(element.dim, 2 * element.degree);
  const table = tabulate(element, rule);
  const { perCell } = element;
  const { straightVolumes: volumes, topology: { ownedCellCount } } = geometry;
  let total = squareOfCurved(field, geometry);
  for (let c = 0; c < ownedCellCount; c++) {
    let mean = 0;
    for (let q = 0; q < rule.count; q++) {
      for (let a = 0; a < components; a++) {
        let value = 0;
        for (let k = 0; k < perCell; k++) {
          value += table[q * perCell + k] * data[cellDofs[c * perCell + k] * components + a];
        }
        mean += rule.weights[q] * value * value;
      }
    }
    total += volumes[c] * mean;
  }
  return total;
}
