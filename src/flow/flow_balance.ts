/**
 * What the equations leave open, and whether they have a solution then.
 *
 * @module
 */
import { addMass } from "../solve/assembly/mass.ts";
import { sparsityOf } from "../solve/assembly/sparsity.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";

/** Relative size below which sums that should vanish are rounding errors. */
const rounding = 1e-10;

/**
 * The share of the pressures around a node that one constant may leave in free components. Across an open boundary it is half
 * and more; along walls whose normals are not exactly those of the facets it is an error of the geometry, at most 0.1
 * in shells of two cells.
 */
const tight = 0.2;

/** Relative imbalance that is accepted as an error of the quadrature, or of interpolated boundary values. */
const imbalance = 0.05;

/** Whether constant pressures do work on free velocities: none, hardly any, or some. */
export type ConstantWork = "none" | "little" | "some";

/**
 * What constant pressures do to free velocities, decided by the matrix, whatever the kinds of conditions. Little work
 * is an error of the geometry, and such constants count as free.
 *
 * @param bt The gradient, one row per velocity.
 * @param held 1 where a velocity is prescribed.
 */
export function workOfConstant(
  frame: FieldFrame,
  { rows, rowStarts, values }: CsrMatrix,
  held: Uint8Array,
): ConstantWork {
  const { components } = frame, nodes = rows / components;
  const works = new Float64Array(nodes), sizes = new Float64Array(nodes);
  for (let i = 0; i < rows; i++) {
    const node = Math.floor(i / components);
    let sum = 0;
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      sum += values[k];
      sizes[node] += Math.abs(values[k]);
    }
    if (held[i] === 0) works[node] = Math.max(works[node], Math.abs(sum));
  }
  // At vertices inside, quadratic velocities and linear pressures have nothing to do with each other.
  const least = rounding * frame.largest(sizes.reduce((most, size) => Math.max(most, size), 0));
  let here = 0;
  for (let node = 0; node < nodes; node++) {
    if (works[node] > least) here = Math.max(here, works[node] > tight * sizes[node] ? 2 : 1);
  }
  return (["none", "little", "some"] as const)[frame.largest(here)];
}

/**
 * Checks that the forces on a fluid that nothing holds balance.
 *
 * @param b The forces on velocities.
 * @param motions The rigid motions that nothing prevents.
 * @throws {RangeError} when they do not.
 */
export function requireForceBalance(
  frame: FieldFrame,
  b: Float64Array,
  motions: readonly Float64Array[],
): void {
  for (const motion of motions) {
    let sum = 0, size = 0;
    for (let i = 0; i < b.length; i++) {
      sum += motion[i] * b[i];
      size += Math.abs(motion[i] * b[i]);
    }
    [sum, size] = frame.totals(Float64Array.of(sum, size));
    if (Math.abs(sum) <= imbalance * size) continue;
    throw new RangeError(
      `${frame.what}: no condition holds the fluid, and the forces on it do not balance (${
        sum.toPrecision(3)
      } is left along a free rigid motion); prescribe a velocity, or balance body forces and tractions`,
    );
  }
}

/**
 * Checks that as much is let in, or given off inside, as is let out of a domain without an open boundary.
 *
 * @param b Minus the divergence, one row per pressure.
 * @param values The prescribed velocities; 0 elsewhere.
 * @param sources What is given off inside, by pressures.
 * @throws {RangeError} when it is not.
 */
export function requireVolumeBalance(
  frame: FieldFrame,
  { rows, rowStarts, columns, values }: CsrMatrix,
  prescribed: Float64Array,
  sources: Float64Array,
): void {
  let sum = 0, size = 0;
  for (let i = 0; i < rows; i++) {
    sum += sources[i];
    size += Math.abs(sources[i]);
  }
  for (let k = 0; k < rowStarts[rows]; k++) {
    const term = values[k] * prescribed[columns[k]];
    sum += term;
    size += Math.abs(term);
  }
  [sum, size] = frame.totals(Float64Array.of(sum, size));
  if (Math.abs(sum) <= imbalance * size) return;
  throw new RangeError(
    `${frame.what}: the prescribed velocities and the divergence let ${
      Math.abs(sum).toPrecision(3)
    } more ${
      sum > 0 ? "in than out" : "out than in"
    }, and no boundary is open; balance them, or leave a ` +
      `boundary free`,
  );
}

/**
 * Of all solutions, the one whose momentum and angular momentum vanish as far as nothing determines them.
 * Collective.
 *
 * @param velocity `[count x dim]`, Cartesian; changed.
 * @param motions What nothing determines, each `[count x dim]`, Cartesian.
 */
export function removeMotions(
  frame: FieldFrame,
  velocity: Float64Array,
  motions: readonly Float64Array[],
): void {
  if (motions.length === 0) return;
  const { geometry, map, reference, components: dim } = frame, sparsity = sparsityOf(map);
  const values = new Float64Array(sparsity.columns.length);
  addMass(values, geometry, reference, sparsity, 1);
  const mass = new CsrMatrix(map.count, map.count, sparsity.rowStarts, sparsity.columns, values);
  // Own rows: those of ghosts are incomplete.
  const owned = frame.owned * dim;
  const product = (u: Float64Array, dual: Float64Array) => {
    let sum = 0;
    for (let i = 0; i < owned; i++) sum += u[i] * dual[i];
    return frame.total(sum);
  };
  const subtract = (u: Float64Array, motion: Float64Array, dual: Float64Array) => {
    const along = product(u, dual);
    for (let i = 0; i < u.length; i++) u[i] -= along * motion[i];
  };
  const orthogonal: { motion: Float64Array; dual: Float64Array }[] = [];
  for (const motion of motions) {
    const own = motion.slice();
    for (const { motion: other, dual } of orthogonal) subtract(own, other, dual);
    const dual = massProduct(mass, own, dim), norm = Math.sqrt(product(own, dual));
    orthogonal.push({
      motion: own.map((value) => value / norm),
      dual: dual.map((value) => value / norm),
    });
  }
  for (const { motion, dual } of orthogonal) subtract(velocity, motion, dual);
}

function massProduct(mass: CsrMatrix, u: Float64Array, dim: number): Float64Array {
  const out = new Float64Array(u.length);
  const column = new Float64Array(mass.rows), product = new Float64Array(mass.rows);
  for (let d = 0; d < dim; d++) {
    for (let i = 0; i < column.length; i++) column[i] = u[i * dim + d];
    mass.multiply(column, product);
    for (let i = 0; i < column.length; i++) out[i * dim + d] = product[i];
  }
  return out;
}
