/**
 * Integrals over the curved cells of a mesh and over their facets.
 *
 * @module
 */
import { cellMetrics } from "./cell_metrics.ts";
import type { CurvedCells } from "./curved_cells.ts";
import type { Geometry } from "./geometry.ts";
import { onFacet, slope, tabulate } from "./shape_tables.ts";
import type { Field } from "./interpolate.ts";
import { quadratureOf } from "./quadrature.ts";

/** Adds integrals over the curved cells that this rank owns: exact, the Jacobian being of degree dim. */
export function addCurvedCells(sums: Float64Array, field: Field, geometry: Geometry): void {
  forEachPoint(field, geometry, field.element.degree, (values, weight) => {
    for (let a = 0; a < values.length; a++) sums[a] += weight * values[a];
  });
}

/** The integral of |u|^2 over the curved cells that this rank owns. */
export function squareOfCurved(field: Field, geometry: Geometry): number {
  let total = 0;
  forEachPoint(field, geometry, 2 * field.element.degree, (values, weight) => {
    for (let a = 0; a < values.length; a++) total += weight * values[a] * values[a];
  });
  return total;
}

function forEachPoint(
  { data, components, cellDofs, element }: Field,
  geometry: Geometry,
  degree: number,
  visit: (values: Float64Array, weight: number) => void,
): void {
  const { curved, topology: { dim, ownedCellCount } } = geometry;
  if (curved === null || data === null) return;
  const rule = quadratureOf(dim, degree + dim),
    { volumes, rows } = cellMetrics(
      geometry,
      rule.barycentric,
    );
  const table = tabulate(element, rule), { perCell } = element;
  const values = new Float64Array(components);
  for (const cell of curved.cells) {
    if (cell >= ownedCellCount) continue;
    for (let q = 0; q < rule.count; q++) {
      values.fill(0);
      addValues(values, data, cellDofs, cell * perCell, table, q * perCell, perCell);
      visit(values, rule.weights[q] * volumes[rows![cell] + q]);
    }
  }
}

function addValues(
  values: Float64Array,
  data: Float64Array,
  cellDofs: Int32Array,
  first: number,
  table: Float64Array,
  row: number,
  perCell: number,
): void {
  const components = values.length;
  for (let k = 0; k < perCell; k++) {
    // A dof without weight must not count, be it infinite.
    if (table[row + k] === 0) continue;
    const dof = cellDofs[first + k] * components;
    for (let a = 0; a < components; a++) values[a] += table[row + k] * data[dof + a];
  }
}

/**
 * Adds integrals over one facet of a curved cell. The length of a parabola is no polynomial: two degrees more than
 * that of the field leave an error of fifth order and above.
 */
export function addCurvedFacet(
  sums: Float64Array,
  { data, components, cellDofs, element }: Field,
  curved: CurvedCells,
  cell: number,
  local: number,
): void {
  const { dim, perCell, degree } = element, rule = onFacet(dim, degree + 4, local);
  const table = tabulate(element, rule), inverse = new Float64Array(9);
  const values = new Float64Array(components);
  for (let q = 0; q < rule.count; q++) {
    const volume = curved.invert(curved.numbers[cell], rule.barycentric, q * (dim + 1), inverse, 0);
    values.fill(0);
    addValues(values, data!, cellDofs, cell * perCell, table, q * perCell, perCell);
    const scale = rule.weights[q] * dim * volume * slope(inverse, 0, dim, local);
    for (let a = 0; a < components; a++) sums[a] += scale * values[a];
  }
}
