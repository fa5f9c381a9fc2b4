/**
 * Newton's method with Dirichlet values, an inexact linear solve and a line search.
 *
 * @module
 */
import { ConvergenceError } from "../errors.ts";

/** Equations as Newton's method sees them. Vectors are `[unknowns]`. */
export interface NonlinearSystem {
  /** 1 where there is a Dirichlet value, and the value. */
  readonly constrained: Uint8Array;
  readonly prescribed: Float64Array;
  /** The norm over free rows. */
  norm(residual: Float64Array): number;
  /** The residual at x, and the Jacobian where it is wanted. */
  evaluate(x: Float64Array, residual: Float64Array, isWithJacobian: boolean): void;
  /** Whether something is so on any rank. */
  any(here: boolean): boolean;
  /** How large a residual rounding alone can leave at x. */
  rounding(x: Float64Array): number;
  /** Takes `J jump` from the free rows of b, and zeroes the constrained ones. */
  lift(jump: Float64Array, b: Float64Array): void;
  /** `J step = b` to a relative tolerance, 0 in constrained rows; returns the iterations. */
  solve(b: Float64Array, step: Float64Array, rtol: number, iteration: number): number;
}

/** When the iteration ends. */
export interface NewtonLimits {
  readonly rtol: number;
  readonly maxNewton: number;
  /** Named in errors. */
  readonly what: string;
}

/** How it ended. */
export interface NewtonResult {
  /** Steps taken. */
  readonly newton: number;
  /** Iterations of the linear solver, all steps together. */
  readonly iterations: number;
  /** The residual that was reached, relative to the first right-hand side. */
  readonly residual: number;
  /** Relative residuals, before the first step and after each. */
  readonly history: readonly number[];
}

/**
 * How far linear systems are solved: to begin with, at least and at most. They are solved further as the
 * residual falls, but another step is cheaper than many iterations (S. C. Eisenstat, H. F. Walker, Choosing the forcing terms in an inexact Newton method, SIAM J.
 * Sci. Comput. 17 (1996) 16-32, DOI 10.1137/0917003, choice 2).
 */
const firstForcing = 1e-2, largestForcing = 1e-1, smallestForcing = 1e-3, forcingScale = 0.9;

/** The decrease that a step has to bring, relative to the one that the linear model promises. */
const sufficient = 1e-4;

/** Steps are not made shorter than this. */
const shortestStep = 1e-4;

/** A line search that ends this close to what rounding leaves has arrived. */
const roundingSlack = 100;

/**
 * Solves `R(x) = 0` with Dirichlet values. Their jumps are lifted in the first linear system, so
 * that the field follows them; set beforehand they would leave boundary layers one cell wide.
 *
 * @param x The first guess; holds the solution afterwards.
 * @throws {ConvergenceError} when it does not converge; `history` has the residuals.
 */
export function newton(
  system: NonlinearSystem,
  x: Float64Array,
  limits: NewtonLimits,
): NewtonResult {
  return new Iteration(system, x, limits).run();
}

/**
 * One run.
 *
 * State: none, it lives as long as one solve.
 */
class Iteration {
  readonly #system: NonlinearSystem;
  readonly #limits: NewtonLimits;
  readonly #x: Float64Array;
  readonly #residual: Float64Array;
  readonly #trial: Float64Array;
  readonly #trialResidual: Float64Array;
  readonly #step: Float64Array;
  readonly #history: number[] = [];
  /** Norm of the first right-hand side. */
  #scale = 0;
  #iterations = 0;

  constructor(system: NonlinearSystem, x: Float64Array, limits: NewtonLimits) {
    this.#system = system;
    this.#limits = limits;
    this.#x = x;
    this.#residual = new Float64Array(x.length);
    this.#trial = new Float64Array(x.length);
    this.#trialResidual = new Float64Array(x.length);
    this.#step = new Float64Array(x.length);
  }

  run(): NewtonResult {
    const system = this.#system, x = this.#x, residual = this.#residual;
    system.evaluate(x, residual, true);
    let norm = system.norm(residual), before = NaN, forcing = firstForcing;
    if (!Number.isFinite(norm)) this.#fail(`the residual is ${norm} where the iteration starts`);
    for (let k = 0;; k++) {
      const jump = this.#jump();
      const floor = system.rounding(x);
      if (jump === null && this.#isDone(norm, floor)) return this.#result(k, norm);
      if (k === this.#limits.maxNewton) this.#fail(`the limit of ${k} steps was reached`);
      forcing = k === 0 ? firstForcing : nextForcing(forcing, norm / before);
      const b = residual.map((value) => -value);
      system.lift(jump ?? new Float64Array(b.length), b);
      const size = system.norm(b);
      if (k === 0) {
        this.#scale = size;
        this.#history.push(size === 0 ? 0 : norm / size);
      }
      // No further than what ends the iteration.
      const enough = 0.5 * Math.max(this.#limits.rtol * this.#scale, floor) / size;
      const rtol = Math.min(0.5, Math.max(forcing, enough));
      this.#step.fill(0);
      this.#iterations += size === 0 ? 0 : system.solve(b, this.#step, rtol, k);
      if (jump !== null) { for (let i = 0; i < jump.length; i++) this.#step[i] += jump[i]; }
      before = norm;
      norm = this.#search(norm, jump !== null, floor);
      this.#history.push(this.#scale === 0 ? 0 : norm / this.#scale);
    }
  }

  /** What Dirichlet values still lack; null where they are there on all ranks. */
  #jump(): Float64Array | null {
    const { constrained, prescribed } = this.#system, x = this.#x;
    const jump = x.map((value, i) => constrained[i] === 1 ? prescribed[i] - value : 0);
    return this.#system.any(jump.some((value) => value !== 0)) ? jump : null;
  }

  #isDone(norm: number, floor: number): boolean {
    return norm <= Math.max(this.#limits.rtol * this.#scale, floor);
  }

  /** Moves x along the step; returns the norm of the residual there, whose Jacobian is ready. */
  #search(norm: number, isJump: boolean, floor: number): number {
    const system = this.#system, x = this.#x, trial = this.#trial, step = this.#step;
    for (let length = 1; length >= shortestStep;) {
      for (let i = 0; i < x.length; i++) trial[i] = x[i] + length * step[i];
      // Dirichlet values are reached to the bit.
      if (length === 1) this.#arrive(trial);
      system.evaluate(trial, this.#trialResidual, length === 1);
      const found = system.norm(this.#trialResidual);
      // While Dirichlet values jump, the residual may grow: there is nothing to compare it with.
      if (Number.isFinite(found) && (isJump || found <= (1 - sufficient * length) * norm)) {
        x.set(trial);
        if (length < 1) system.evaluate(x, this.#trialResidual, true);
        this.#residual.set(this.#trialResidual);
        return found;
      }
      length *= Number.isFinite(found) ? shorter(norm, found, length) : 0.25;
    }
    if (norm <= roundingSlack * floor) {
      system.evaluate(x, this.#residual, true);
      this.#scale = Math.max(this.#scale, norm / this.#limits.rtol);
      return norm;
    }
    return this.#fail("no step along Newton's direction makes the residual smaller");
  }

  #arrive(trial: Float64Array): void {
    const { constrained, prescribed } = this.#system;
    for (let i = 0; i < trial.length; i++) if (constrained[i] === 1) trial[i] = prescribed[i];
  }

  #result(newton: number, norm: number): NewtonResult {
    const residual = this.#scale === 0 ? 0 : norm / this.#scale;
    return { newton, iterations: this.#iterations, residual, history: this.#history };
  }

  #fail(why: string): never {
    const shown = this.#history.slice(-5).map((value) => value.toExponential(1)).join(", ");
    throw new ConvergenceError(
      `${this.#limits.what} did not converge: ${why} (the last residuals: ${shown || "none"}). ` +
        `Start closer to the solution, try a smaller dt, or check the formulas and boundary values`,
      [...this.#history],
    );
  }
}

/** Tolerance of the next linear system, given how far the residual fell. */
function nextForcing(before: number, decrease: number): number {
  const forcing = forcingScale * decrease * decrease;
  const guard = forcingScale * before * before;
  const wanted = guard > 0.1 ? Math.max(forcing, guard) : forcing;
  return Math.max(smallestForcing, Math.min(largestForcing, wanted));
}

/** Where the parabola through the squared norms, and their slope at 0, has its minimum; within bounds. */
function shorter(norm: number, found: number, length: number): number {
  const ratio = (found / norm) ** 2;
  const factor = length / (ratio - 1 + 2 * length);
  return Math.max(0.1, Math.min(0.5, factor));
}
