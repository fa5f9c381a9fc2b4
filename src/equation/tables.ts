/**
 * Shape functions at quadrature points, as kernels want them.
 *
 * @module
 */
import { elementOf } from "../mesh/elements/mod.ts";
import { type Quadrature, quadratureOf } from "../mesh/quadrature.ts";

/** Values and reference gradients of the shape functions of one degree at the points of a rule. */
export interface ShapeTable {
  readonly perCell: number;
  /** `[points x perCell x (dim + 1)]`: the value, then the gradient in reference coordinates. */
  readonly table: Float64Array;
}

/** A rule for cells with the shape functions of degrees 1 and 2 at its points. */
export interface ShapeTables {
  readonly quadrature: Quadrature;
  /** By degree; 0 is not there. */
  readonly shapes: Readonly<Record<1 | 2, ShapeTable>>;
}

const known = new Map<string, ShapeTables>();

/** The tables for a rule that is exact to a degree; computed once. */
export function cellTables(dim: 2 | 3, exactDegree: number): ShapeTables {
  const key = `${dim} ${exactDegree}`;
  let tables = known.get(key);
  if (tables === undefined) {
    const quadrature = quadratureOf(dim, exactDegree);
    const shapes = {
      1: shapesAt(dim, 1, quadrature.barycentric),
      2: shapesAt(dim, 2, quadrature.barycentric),
    };
    known.set(key, tables = { quadrature, shapes });
  }
  return tables;
}

/** Shape functions at points, `barycentric` being `[points x (dim + 1)]`. */
export function shapesAt(dim: 2 | 3, degree: 1 | 2, barycentric: Float64Array): ShapeTable {
  const element = elementOf(dim, degree);
  const { perCell } = element, width = dim + 1, points = barycentric.length / width;
  const values = new Float64Array(perCell), gradients = new Float64Array(perCell * dim);
  const table = new Float64Array(points * perCell * width);
  for (let q = 0; q < points; q++) {
    element.values(barycentric, q * width, values);
    element.gradients(barycentric, q * width, gradients);
    for (let a = 0; a < perCell; a++) {
      const at = (q * perCell + a) * width;
      table[at] = values[a];
      table.set(gradients.subarray(a * dim, (a + 1) * dim), at + 1);
    }
  }
  return { perCell, table };
}

/**
 * Integrals over a cell of volume 1 of products of shape functions and their reference gradients:
 * `[(dim + 1) x (dim + 1) x rows x columns]`, index 0 standing for values and r + 1 for direction r.
 */
export function productTable(
  { quadrature, shapes }: ShapeTables,
  rows: 1 | 2,
  columns: 1 | 2,
): Float64Array {
  const a = shapes[rows], b = shapes[columns];
  const width = quadrature.barycentric.length / quadrature.count;
  const block = a.perCell * b.perCell;
  const out = new Float64Array(width * width * block);
  for (let q = 0; q < quadrature.count; q++) {
    for (let i = 0; i < a.perCell; i++) {
      for (let j = 0; j < b.perCell; j++) {
        for (let r = 0; r < width; r++) {
          const left = quadrature.weights[q] * a.table[(q * a.perCell + i) * width + r];
          for (let s = 0; s < width; s++) {
            out[(r * width + s) * block + i * b.perCell + j] += left *
              b.table[(q * b.perCell + j) * width + s];
          }
        }
      }
    }
  }
  return out;
}

/** Integrals of shape functions and their reference gradients: `[perCell x (dim + 1)]`. */
export function integralTable({ quadrature, shapes }: ShapeTables, degree: 1 | 2): Float64Array {
  const { perCell, table } = shapes[degree];
  const width = table.length / perCell / quadrature.count;
  const out = new Float64Array(perCell * width);
  for (let k = 0; k < table.length; k++) {
    out[k % out.length] += quadrature.weights[Math.floor(k / out.length)] * table[k];
  }
  return out;
}

/**
 * For the upper triangle (0,0) (0,1) .. (1,1) ..: `[points x pairs]`, weight times phi_a phi_b of P1.
 */
export function massPairs({ quadrature, shapes }: ShapeTables): Float64Array {
  const { perCell, table } = shapes[1];
  const out: number[] = [];
  for (let q = 0; q < quadrature.count; q++) {
    const at = (a: number) => table[(q * perCell + a) * perCell];
    for (let a = 0; a < perCell; a++) {
      for (let b = a; b < perCell; b++) out.push(quadrature.weights[q] * at(a) * at(b));
    }
  }
  return Float64Array.from(out);
}
