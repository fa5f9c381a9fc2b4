/**
 * Strain rate and stress at the quadrature points of the velocity.
 *
 * @module
 */
import { cellMetrics, metricRow } from "../mesh/cell_metrics.ts";
import { evaluateInto, type Field, gradientInto } from "../mesh/interpolate.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import type { LocatedPoints } from "../mesh/located_points.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import { evaluated, type Samples } from "../solve/coefficient.ts";
import type { FieldFrame } from "../solve/field_frame.ts";

/** Rows and columns of a symmetric tensor's components: xx, yy, xy; or xx, yy, zz, yz, xz, xy. */
export const tensorPairs = {
  2: [[0, 0], [1, 1], [0, 1]],
  3: [[0, 0], [1, 1], [2, 2], [1, 2], [0, 2], [0, 1]],
} as const;

/** How many components a symmetric tensor has. */
export function tensorComponents(dim: 2 | 3): number {
  return tensorPairs[dim].length;
}

/**
 * The strain rate at points, `[count x components]`, xx, yy, xy or xx, yy, zz, yz, xz, xy.
 *
 * @param velocity Defaults to the present one.
 */
export function strainRatesAt(
  { geometry, variable }: FieldFrame,
  { cells, barycentric, count }: LocatedPoints,
  velocity: Field = fieldOf(variable),
): Float64Array {
  const { dim } = geometry.topology, pairs = tensorPairs[dim], width = pairs.length;
  const slopes = new Float64Array(count * dim * dim);
  gradientInto(velocity, geometry, cells, barycentric, count, slopes);
  const out = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < width; k++) {
      const [r, s] = pairs[k], at = i * dim * dim;
      out[i * width + k] = (slopes[at + r * dim + s] + slopes[at + s * dim + r]) / 2;
    }
  }
  return out;
}

/** The strain rate at all quadrature points, `[cellCount x points x components]`. */
export function strainRates(frame: FieldFrame): Float64Array {
  return strainRatesAt(frame, cellPoints(frame.geometry, frame.reference));
}

/**
 * The strain rate that counts at points, with what elastic stress adds to it, `[count x components]`.
 *
 * @param velocity Defaults to the present one.
 */
export function effectiveRates(
  frame: FieldFrame,
  elasticRate: MeshVariable | null,
  points: LocatedPoints,
  velocity?: Field,
): Float64Array {
  const rates = strainRatesAt(frame, points, velocity);
  if (elasticRate !== null) {
    const more = evaluated(elasticRate, points);
    for (let i = 0; i < rates.length; i++) rates[i] += more[i];
  }
  return rates;
}

/**
 * The stress `2 viscosity (strainRate + elasticRate) - p` at points, `[count x components]`.
 *
 * @param viscosity One number, or one per point.
 */
export function stressesAt(
  frame: FieldFrame,
  p: MeshVariable,
  elasticRate: MeshVariable | null,
  points: LocatedPoints,
  viscosity: Samples,
): Float64Array {
  const { dim } = frame.geometry.topology, width = tensorComponents(dim);
  const out = effectiveRates(frame, elasticRate, points), { count } = points;
  const pressure = new Float64Array(count);
  evaluateInto(fieldOf(p), points.cells, points.barycentric, count, pressure);
  for (let i = 0; i < count; i++) {
    const factor = 2 * (typeof viscosity === "number" ? viscosity : viscosity[i]);
    for (let k = 0; k < width; k++) {
      out[i * width + k] = factor * out[i * width + k] - (k < dim ? pressure[i] : 0);
    }
  }
  return out;
}

/** `sqrt(e : e / 2)` of tensors, `[count]`. */
export function secondInvariants(tensors: Float64Array, dim: 2 | 3): Float64Array {
  const width = tensorComponents(dim);
  const out = new Float64Array(tensors.length / width);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = 0; k < width; k++) sum += (k < dim ? 0.5 : 1) * tensors[i * width + k] ** 2;
    out[i] = Math.sqrt(sum);
  }
  return out;
}

/**
 * `integral of 2 viscosity rate : rate`, the power that the flow turns into heat. Collective.
 *
 * @param rates The strain rate that counts, `[cellCount x points x components]`.
 */
export function dissipatedPower(
  frame: FieldFrame,
  viscosity: Samples,
  rates: Float64Array,
): number {
  const { geometry, reference: { quadrature } } = frame, { topology } = geometry;
  const metrics = cellMetrics(geometry, quadrature.barycentric), { volumes } = metrics;
  const invariants = secondInvariants(rates, topology.dim);
  const points = quadrature.count;
  let sum = 0;
  for (let i = 0; i < topology.ownedCellCount * points; i++) {
    const cell = Math.floor(i / points), q = i % points;
    const factor = volumes[metricRow(metrics, cell, q)] * quadrature.weights[q];
    // e : e is twice the square of the invariant.
    sum += 4 * factor * (typeof viscosity === "number" ? viscosity : viscosity[i]) *
      invariants[i] ** 2;
  }
  return frame.total(sum);
}
