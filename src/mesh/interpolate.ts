/**
 * Values and gradients of a field at located points: flat loops, nothing allocated.
 *
 * @module
 */
import type { Element } from "./elements/mod.ts";
import type { Geometry } from "./geometry.ts";

/** A field as the kernels see it. */
export interface Field {
  readonly components: number;
  /** `[nDofs x components]`; null stands for zeros. */
  readonly data: Float64Array | null;
  /** `[cellCount x perCell]`. */
  readonly cellDofs: Int32Array;
  readonly element: Element;
}

const shape = new Float64Array(10);

/**
 * Values at points that `Locator.locate` has found.
 *
 * @param cells `[count]`; -1 gives a row of NaN.
 * @param barycentric `[count x (dim + 1)]`.
 * @param out `[count x components]`.
 */
export function evaluateInto(
  field: Field,
  cells: Int32Array,
  barycentric: Float64Array,
  count: number,
  out: Float64Array,
): void {
  const { components, data, element } = field;
  if (data === null) fillZero(cells, count, components, out);
  else if (element.degree === 1 && components === 2 && element.dim === 2) {
    evaluatePlaneVectors(data, field.cellDofs, cells, barycentric, count, out);
  } else if (element.degree === 1 && components === 3 && element.dim === 3) {
    evaluateSpaceVectors(data, field.cellDofs, cells, barycentric, count, out);
  } else evaluateAny(field, data, cells, barycentric, count, out);
}

function fillZero(cells: Int32Array, count: number, components: number, out: Float64Array): void {
  for (let i = 0; i < count; i++) {
    out.fill(cells[i] < 0 ? NaN : 0, i * components, (i + 1) * components);
  }
}

/** P1 in 2-D with two components: the velocity of most runs. */
function evaluatePlaneVectors(
  data: Float64Array,
  cellDofs: Int32Array,
  cells: Int32Array,
  l: Float64Array,
  count: number,
  out: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const c = cells[i];
    if (c < 0) {
      out[2 * i] = NaN;
      out[2 * i + 1] = NaN;
      continue;
    }
    const a = 2 * cellDofs[3 * c], b = 2 * cellDofs[3 * c + 1], d = 2 * cellDofs[3 * c + 2];
    const l0 = l[3 * i], l1 = l[3 * i + 1], l2 = l[3 * i + 2];
    out[2 * i] = l0 * data[a] + l1 * data[b] + l2 * data[d];
    out[2 * i + 1] = l0 * data[a + 1] + l1 * data[b + 1] + l2 * data[d + 1];
  }
}

/** P1 in 3-D with three components. */
function evaluateSpaceVectors(
  data: Float64Array,
  cellDofs: Int32Array,
  cells: Int32Array,
  l: Float64Array,
  count: number,
  out: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const c = 4 * cells[i];
    if (c < 0) {
      out.fill(NaN, 3 * i, 3 * i + 3);
      continue;
    }
    const n0 = 3 * cellDofs[c], n1 = 3 * cellDofs[c + 1];
    const n2 = 3 * cellDofs[c + 2], n3 = 3 * cellDofs[c + 3];
    const l0 = l[4 * i], l1 = l[4 * i + 1], l2 = l[4 * i + 2], l3 = l[4 * i + 3];
    for (let d = 0; d < 3; d++) {
      out[3 * i + d] = l0 * data[n0 + d] + l1 * data[n1 + d] + l2 * data[n2 + d] +
        l3 * data[n3 + d];
    }
  }
}

function evaluateAny(
  { components, cellDofs, element }: Field,
  data: Float64Array,
  cells: Int32Array,
  barycentric: Float64Array,
  count: number,
  out: Float64Array,
): void {
  const { perCell } = element;
  const corners = element.dim + 1;
  for (let i = 0; i < count; i++) {
    const first = cells[i] * perCell, to = i * components;
    if (first < 0) {
      out.fill(NaN, to, to + components);
      continue;
    }
    element.values(barycentric, i * corners, shape);
    for (let a = 0; a < components; a++) {
      let sum = shape[0] * data[cellDofs[first] * components + a];
      for (let k = 1; k < perCell; k++) {
        sum += shape[k] * data[cellDofs[first + k] * components + a];
      }
      out[to + a] = sum;
    }
  }
}

const slopes = new Float64Array(30), inverse = new Float64Array(9);

/**
 * Gradients at located points: d u_a / d x_d at `out[(i * components + a) * dim + d]`; NaN where the cell
 * is -1.
 */
export function gradientInto(
  { components, data, cellDofs, element }: Field,
  geometry: Geometry,
  cells: Int32Array,
  barycentric: Float64Array,
  count: number,
  out: Float64Array,
): void {
  const { dim, perCell } = element;
  const { curved, cornerInverses } = geometry;
  for (let i = 0; i < count; i++) {
    const c = cells[i], to = i * components * dim;
    out.fill(c < 0 ? NaN : 0, to, to + components * dim);
    if (c < 0 || data === null) continue;
    element.gradients(barycentric, i * (dim + 1), slopes);
    let inverses = cornerInverses, row = c;
    if (curved !== null && curved.numbers[c] >= 0) {
      curved.invert(curved.numbers[c], barycentric, i * (dim + 1), inverse, 0);
      inverses = inverse;
      row = 0;
    }
    for (let k = 0; k < perCell; k++) {
      const dof = cellDofs[c * perCell + k] * components;
      for (let d = 0; d < dim; d++) {
        let slope = 0;
        for (let r = 0; r < dim; r++) {
          slope += slopes[k * dim + r] * inverses[(row * dim + r) * dim + d];
        }
        for (let a = 0; a < components; a++) out[to + a * dim + d] += slope * data[dof + a];
      }
    }
  }
}
