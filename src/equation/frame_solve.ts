/**
 * The two ways to solve an equation: at once where it is linear, and by Newton's method.
 *
 * @module
 */
import { liftConstrained } from "../solve/assembly/dirichlet.ts";
import type { CsrMatrix } from "../solve/linear/csr.ts";
import type { EquationFrame } from "./equation_frame.ts";
import { newton, type NewtonResult, type NonlinearSystem } from "./newton.ts";

/** What a solve found; the model is not changed by it. */
export interface FrameSolution extends NewtonResult {
  /** `[unknowns]` */
  readonly x: Float64Array;
}

/**
 * Solves an equation.
 *
 * @throws {ConvergenceError} when it does not converge.
 * @throws {RangeError} when sources and fluxes of a pure Neumann problem do not cancel.
 */
export function solveFrame(frame: EquationFrame): FrameSolution {
  const x = frame.start.slice();
  const { rtol, maxNewton } = frame.limits;
  const result = frame.program.isLinear
    ? solveLinear(frame, x)
    : newton(new FrameSystem(frame), x, { rtol, maxNewton, what: frame.what });
  frame.settle(x);
  return { ...result, x };
}

/** `J x = -R(0)`: the matrix is the same everywhere. */
function solveLinear(frame: EquationFrame, x: Float64Array): NewtonResult {
  const { constrained, prescribed, limits: { rtol }, what } = frame;
  const system = frame.linearSystem();
  const b = new Float64Array(x.length);
  frame.evaluate(new Float64Array(x.length), b, null);
  for (let i = 0; i < b.length; i++) b[i] = -b[i];
  liftConstrained(system.whole, constrained, prescribed, b);
  for (let i = 0; i < x.length; i++) if (constrained[i] === 1) x[i] = 0;
  const { iterations, residual, history } = frame.solveSystem(system, b, x, rtol, what);
  for (let i = 0; i < x.length; i++) if (constrained[i] === 1) x[i] = prescribed[i];
  return { newton: 1, iterations, residual, history };
}

/** What is below this, relative to what was added up, is rounding. */
const unit = 2 ** -50;

/**
 * A frame as Newton's method sees it.
 *
 * State: none, it lives as long as one solve.
 */
class FrameSystem implements NonlinearSystem {
  readonly constrained: Uint8Array;
  readonly prescribed: Float64Array;
  readonly #frame: EquationFrame;
  readonly #jacobian: CsrMatrix;
  /** Where the Jacobian was evaluated. */
  #x: Float64Array;

  constructor(frame: EquationFrame) {
    this.#frame = frame;
    this.constrained = frame.constrained;
    this.prescribed = frame.prescribed;
    this.#jacobian = frame.emptyMatrix();
    this.#x = frame.start;
  }

  norm(residual: Float64Array): number {
    return this.#frame.norm(residual);
  }

  any(here: boolean): boolean {
    return this.#frame.any(here);
  }

  evaluate(x: Float64Array, residual: Float64Array, isWithJacobian: boolean): void {
    if (isWithJacobian) this.#x = x.slice();
    this.#frame.evaluate(x, residual, isWithJacobian ? this.#jacobian.values : null);
  }

  /** `|J| |x|`, as far as rounding sees it. */
  rounding(x: Float64Array): number {
    const { rows, rowStarts, columns, values } = this.#jacobian;
    const sums = new Float64Array(x.length);
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
        sum += Math.abs(values[k] * x[columns[k]]);
      }
      sums[i] = sum;
    }
    return unit * this.norm(sums);
  }

  lift(jump: Float64Array, b: Float64Array): void {
    liftConstrained(this.#jacobian, this.constrained, jump, b);
  }

  solve(b: Float64Array, step: Float64Array, rtol: number, iteration: number): number {
    const frame = this.#frame;
    const what = `${frame.what}, step ${iteration + 1} of Newton's method`;
    return frame.solveSystem(frame.system(this.#jacobian, this.#x), b, step, rtol, what).iterations;
  }
}
