/**
 * Residuals and Jacobians of an equation, without a solve.
 *
 * @module
 */
import type { ModelHost } from "../mesh/model_host.ts";
import type { Constraints } from "../solve/conditions.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { stepOf } from "../solve/time_step.ts";
import { EquationFrame } from "./equation_frame.ts";
import type { EquationHistory, Rates } from "./equation_history.ts";
import { EquationSetup } from "./equation_setup.ts";
import { checkEvaluation, type EvaluationOptions, noStep, pointIn } from "./evaluation.ts";
import { MatrixCache } from "./matrix_cache.ts";

/**
 * The part of `Equation` that looks at what a solve would work with, and changes nothing.
 *
 * State: captured, by the equation.
 */
export abstract class EvaluableEquation extends EquationSetup {
  /**
   * Earlier values of the unknowns that have rates.
   *
   * @internal
   */
  protected abstract readonly history: EquationHistory;
  readonly #cache = new MatrixCache();

  /**
   * The model of the unknowns.
   *
   * @internal
   */
  protected get model(): ModelHost {
    return this.unknowns[0].mesh.model;
  }

  /**
   * The residual, Dirichlet values being left aside: what the weak form gives for each test function, minus the
   * fluxes. On several ranks the rows of this rank come first. Collective.
   *
   * @param options Where it is evaluated, and for which step where the equation has rates. No step is taken.
   * @returns `[unknowns]`, in the order of {@link EquationSetup.vector}.
   * @throws {RangeError} when a value is not finite, a name is not known, or `at` has another length.
   * @throws {TypeError} when there is no step, or a parameter is not a number.
   */
  residual(options: EvaluationOptions = {}): Float64Array {
    return this.#looking("residual", options, (frame, at) => {
      const out = new Float64Array(frame.space.count);
      frame.evaluate(at, out, null);
      return out;
    });
  }

  /**
   * The exact derivative of {@link EvaluableEquation.residual}; a matrix of its own, which may be written into.
   *
   * @param options As for {@link EvaluableEquation.residual}.
   * @returns `[unknowns x unknowns]`
   * @throws {RangeError} when a value is not finite, a name is not known, or `at` has another length.
   * @throws {TypeError} when there is no step, or a parameter is not a number.
   */
  jacobian(options: EvaluationOptions = {}): CsrMatrix {
    return this.#looking("jacobian", options, (frame, at) => {
      const { rows, cols, rowStarts, columns, values } = frame.emptyMatrix();
      frame.evaluate(at, null, values);
      return new CsrMatrix(rows, cols, rowStarts.slice(), columns.slice(), values);
    });
  }

  /**
   * Which unknowns have Dirichlet values, and the values.
   *
   * @param options As for {@link EvaluableEquation.residual}.
   * @returns `constrained`, 1 where there is one, and `values`, both `[unknowns]`.
   * @throws {RangeError} when a value is not finite.
   * @throws {TypeError} when there is no step.
   */
  constraints(options: EvaluationOptions = {}): Constraints {
    return this.#looking("constraints", options, ({ constrained, prescribed }) => ({
      constrained,
      values: prescribed,
    }));
  }

  /** What a frame shows; histories are as before. */
  #looking<R>(
    what: string,
    options: EvaluationOptions,
    look: (frame: EquationFrame, at: Float64Array) => R,
  ): R {
    const who = `${this.name}.${what}`, { dt, at } = checkEvaluation(who, options);
    const lookAt = (frame: EquationFrame) => look(frame, pointIn(frame, at, who));
    const isSteady = this.programs.rates.size === 0;
    if (isSteady && dt !== undefined) throw noStep(this.name, what);
    if (isSteady) return lookAt(this.frameOf(null));
    const step = stepOf({ dt }, this.model, this.name, what), { state } = this.history;
    try {
      return lookAt(this.frameOf(this.history.begin(step, this.model.tracker.time)));
    } finally {
      this.history.state = state;
    }
  }

  /**
   * The equation as a solve sees it now.
   *
   * @param rates Of the step that was begun; null where there are none.
   * @internal
   */
  protected frameOf(rates: Rates | null): EquationFrame {
    const { time } = this.model.tracker, history = this.history;
    const at = rates ?? { t: time, end: time, factor: 0, past: this.unknowns.map(() => null) };
    const { dirichlet } = this.conditions;
    return new EquationFrame(
      this.programs.current(),
      this.unknowns,
      at,
      (space) => history.constraints(space, dirichlet, at),
      this.#cache,
      this.limits,
      this.name,
    );
  }
}
