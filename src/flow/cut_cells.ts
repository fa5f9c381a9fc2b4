/**
 * Cells that a jump of the viscosity cuts, told from cells in which it is steep.
 *
 * @module
 */
import { factor, substitute } from "../ddt/cholesky.ts";
import type { Quadrature } from "../mesh/quadrature.ts";

/** Where viscosities in a cell differ by less than this factor, a jump does no harm. */
const JUMP = 10;

/**
 * The share of its range by which the logarithm of a viscosity may be off from linear in a cell without counting as a
 * jump. A parabola with its vertex in a corner is off by 1/6, a step by a third and more.
 */
const CURVATURE = 0.2;

/** Recognises cut cells by the values at the points of a rule. */
export class CutCells {
  readonly #points: number;
  /** `[points x points]`: what is left of values after the nearest linear function was taken away. */
  readonly #rest: Float64Array | null;
  readonly #logs: Float64Array;

  /** For the points of a rule; where there are no more than a linear function has numbers, steepness is a jump. */
  constructor({ count, barycentric }: Quadrature) {
    this.#points = count;
    this.#logs = new Float64Array(count);
    this.#rest = restOfLinear(barycentric, count);
  }

  /** Whether the cell whose values begin at `start` is cut by a jump. */
  isCut(values: Float64Array, start: number): boolean {
    const points = this.#points, logs = this.#logs;
    let least = Infinity, most = 0;
    for (let q = start; q < start + points; q++) {
      if (values[q] < least) least = values[q];
      if (values[q] > most) most = values[q];
    }
    if (most <= JUMP * least) return false;
    const rest = this.#rest;
    if (rest === null) return true;
    for (let q = 0; q < points; q++) logs[q] = Math.log(values[start + q] / least);
    const range = Math.log(most / least);
    for (let q = 0; q < points; q++) {
      let off = 0;
      for (let k = 0; k < points; k++) off += rest[q * points + k] * logs[k];
      if (Math.abs(off) > CURVATURE * range) return true;
    }
    return false;
  }
}

/** `I - X (X^T X)^-1 X^T`, X the barycentric coordinates; null where that vanishes for any points. */
function restOfLinear(barycentric: Float64Array, points: number): Float64Array | null {
  const width = barycentric.length / points;
  if (points <= width) return null;
  const normal = new Float64Array(width * width);
  for (let q = 0; q < points; q++) {
    for (let i = 0; i < width; i++) {
      for (let j = 0; j < width; j++) {
        normal[i * width + j] += barycentric[q * width + i] * barycentric[q * width + j];
      }
    }
  }
  if (!factor(normal, width, 1e-12)) return null;
  const rest = new Float64Array(points * points), column = new Float64Array(width);
  for (let k = 0; k < points; k++) {
    column.set(barycentric.subarray(k * width, (k + 1) * width));
    substitute(normal, width, column);
    for (let q = 0; q < points; q++) {
      let fitted = 0;
      for (let i = 0; i < width; i++) fitted += barycentric[q * width + i] * column[i];
      rest[q * points + k] = (q === k ? 1 : 0) - fitted;
    }
  }
  return rest;
}
