/**
 * The bookkeeping all iterations share: tolerance, history, and the ways to fail.
 *
 * @module
 */
import { ConvergenceError } from "../../../errors.ts";
import type { KrylovOptions, KrylovResult } from "../operator.ts";
import { Reductions } from "../reductions.ts";
import { allFinite } from "../vectors.ts";

/** Growth of the residual beyond which an iteration is hopeless. */
const divergence = 1e8;

/**
 * Follows one iteration from its right-hand side to its end.
 *
 * State: none, it lives as long as one solve.
 */
export class ConvergenceMonitor {
  readonly reductions: Reductions;
  readonly #what: string;
  readonly #limit: number;
  readonly #scale: number;
  readonly #maxIterations: number;
  readonly #history: number[] = [];

  /**
   * @param b The right-hand side; where it is zero, `x` becomes zero.
   * @param x The first guess.
   * @param rows Entries of both.
   * @param options As the caller gave them.
   * @throws {RangeError} when `b` or `x` is not finite or an option is out of range.
   */
  constructor(b: Float64Array, x: Float64Array, rows: number, options: KrylovOptions) {
    const { rtol = 1e-8, atol = 0, maxIterations = 500 } = options;
    this.#what = options.what ?? "the linear solve";
    if (!(rtol >= 0) || !(atol >= 0) || !(maxIterations >= 0)) {
      throw new RangeError(
        `${this.#what}: rtol ${rtol}, atol ${atol} and maxIterations ${maxIterations} ` +
          `must not be negative`,
      );
    }
    if (b.length < rows || x.length !== b.length) {
      throw new RangeError(
        `${this.#what}: ${rows} unknowns, but ${b.length} entries in the right-hand side and ` +
          `${x.length} in the first guess`,
      );
    }
    if (!allFinite(x, rows)) {
      throw new RangeError(`${this.#what}: the first guess holds NaN or infinity`);
    }
    this.reductions = options.reductions ?? new Reductions(rows);
    this.#maxIterations = maxIterations;
    const norm = this.reductions.norm(b);
    if (!Number.isFinite(norm)) {
      throw new RangeError(
        `${this.#what}: the right-hand side has norm ${norm}; it must be finite. Look for ` +
          `NaN or infinity in sources, boundary values and coefficients`,
      );
    }
    if (norm === 0) x.fill(0);
    this.#scale = norm === 0 ? 1 : 1 / norm;
    this.#limit = Math.max(rtol * norm, atol);
  }

  /** Notes a residual norm; true when it is small enough. */
  reached(norm: number): boolean {
    const relative = norm * this.#scale;
    this.#history.push(relative);
    if (norm <= this.#limit) return true;
    if (!Number.isFinite(norm)) this.fail(`the residual became ${norm}`);
    if (relative > divergence * Math.max(1, this.#history[0])) {
      this.fail(`the residual grew to ${relative.toExponential(2)}`);
    }
    if (this.#history.length > this.#maxIterations) {
      this.fail(`the limit of ${this.#maxIterations} iterations was reached`);
    }
    return false;
  }

  /** True where a residual computed afresh bears out what was reached, within rounding. */
  confirms(norm: number): boolean {
    return norm <= 10 * this.#limit;
  }

  /** The outcome. */
  result(): KrylovResult {
    const history = this.#history;
    return {
      iterations: Math.max(0, history.length - 1),
      residual: history.length > 0 ? history[history.length - 1] : 0,
      history,
    };
  }

  /**
   * Ends the iteration.
   *
   * @param isIndefinite Whether the matrix, or the preconditioner, is not positive definite.
   * @throws {ConvergenceError} always.
   */
  fail(why: string, isIndefinite = false): never {
    const { iterations, residual } = this.result();
    throw new ConvergenceError(
      `${this.#what} did not converge: ${why} (relative residual ${residual.toExponential(2)} ` +
        `after ${iterations} iterations). Check the coefficients and boundary conditions, try a ` +
        `smaller dt, or allow more iterations`,
      [...this.#history],
      { isIndefinite },
    );
  }
}
