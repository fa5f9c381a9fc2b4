/**
 * Integrals and values of shape functions on the reference simplex, from which cell matrices are
 * made by a change of coordinates.
 *
 * @module
 */
import type { FieldDegree } from "../../mesh/dof_map.ts";
import { elementOf } from "../../mesh/elements/mod.ts";
import { type Quadrature, quadratureOf } from "../../mesh/quadrature.ts";

/** Everything that assembly wants to know of one element. Upper triangles are (0,0) (0,1) .. (1,1) .. */
export interface Reference {
  readonly dim: 2 | 3;
  readonly degree: FieldDegree;
  readonly perCell: number;
  /** By default exact to degree 2 * degree, so that mass matrices come out exact. */
  readonly quadrature: Quadrature;
  /** `[points x perCell]` */
  readonly values: Float64Array;
  /** `[points x perCell x dim]`, in reference coordinates. */
  readonly gradients: Float64Array;
  /**
   * `[pairs x upper]`: the integral of d_r phi_a d_s phi_b over a cell of volume 1, symmetrised over r, s; pairs of
   * reference directions are (0,0) (0,1) (1,1), or (0,0) (0,1) (0,2) (1,1) (1,2) (2,2).
   */
  readonly stiffness: Float64Array;
  /** `[points x upper]`: weight times phi_a phi_b. */
  readonly massAt: Float64Array;
  /** `[upper]` */
  readonly mass: Float64Array;
  /** `[perCell]`: the integral of phi_a over a cell of volume 1. */
  readonly load: Float64Array;
}

const known = new Map<string, Reference>();

/**
 * The reference integrals of an element; computed once.
 *
 * @param exactDegree To which degree the rule is exact. Defaults to twice the degree.
 */
export function referenceOf(
  dim: 2 | 3,
  degree: FieldDegree,
  exactDegree: number = Math.max(1, 2 * degree),
): Reference {
  const key = `${dim} ${degree} ${exactDegree}`;
  let reference = known.get(key);
  if (reference === undefined) known.set(key, reference = buildReference(dim, degree, exactDegree));
  return reference;
}

function buildReference(dim: 2 | 3, degree: FieldDegree, exactDegree: number): Reference {
  const element = elementOf(dim, degree);
  const quadrature = quadratureOf(dim, exactDegree);
  const { perCell } = element, points = quadrature.count;
  const values = new Float64Array(points * perCell);
  const gradients = new Float64Array(points * perCell * dim);
  for (let q = 0; q < points; q++) {
    const offset = q * (dim + 1);
    element.values(quadrature.barycentric, offset, values.subarray(q * perCell));
    element.gradients(quadrature.barycentric, offset, gradients.subarray(q * perCell * dim));
  }
  const { weights } = quadrature;
  const stiffness = sumOver(points, stiffnessTable(dim, perCell, weights, gradients));
  const massAt = massTable(perCell, weights, values);
  const load = new Float64Array(perCell);
  for (let q = 0; q < points; q++) {
    for (let a = 0; a < perCell; a++) load[a] += weights[q] * values[q * perCell + a];
  }
  return {
    dim,
    degree,
    perCell,
    quadrature,
    values,
    gradients,
    stiffness,
    massAt,
    mass: sumOver(points, massAt),
    load,
  };
}

function stiffnessTable(
  dim: number,
  perCell: number,
  weights: Float64Array,
  gradients: Float64Array,
): Float64Array {
  const out: number[] = [];
  for (let q = 0; q < weights.length; q++) {
    for (let r = 0; r < dim; r++) {
      for (let s = r; s < dim; s++) {
        for (let a = 0; a < perCell; a++) {
          for (let b = a; b < perCell; b++) {
            const at = (q * perCell + a) * dim, bt = (q * perCell + b) * dim;
            const one = gradients[at + r] * gradients[bt + s];
            const other = r === s ? 0 : gradients[at + s] * gradients[bt + r];
            out.push(weights[q] * (one + other));
          }
        }
      }
    }
  }
  return Float64Array.from(out);
}

function massTable(perCell: number, weights: Float64Array, values: Float64Array): Float64Array {
  const out: number[] = [];
  for (let q = 0; q < weights.length; q++) {
    for (let a = 0; a < perCell; a++) {
      for (let b = a; b < perCell; b++) {
        out.push(weights[q] * values[q * perCell + a] * values[q * perCell + b]);
      }
    }
  }
  return Float64Array.from(out);
}

function sumOver(points: number, table: Float64Array): Float64Array {
  const length = table.length / points;
  const out = new Float64Array(length);
  for (let k = 0; k < table.length; k++) out[k % length] += table[k];
  return out;
}

/** Local indices (a, b) of the upper triangle, as positions in a cell's `[perCell x perCell]` block. */
export function upperPositions(perCell: number): { upper: Uint8Array; lower: Uint8Array } {
  const upper: number[] = [], lower: number[] = [];
  for (let a = 0; a < perCell; a++) {
    for (let b = a; b < perCell; b++) {
      upper.push(a * perCell + b);
      lower.push(b * perCell + a);
    }
  }
  return { upper: Uint8Array.from(upper), lower: Uint8Array.from(lower) };
}
