import { checkOptions } from "../options.ts";
import type { Expression } from "../expression/contract.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import {
  ExpressionLevels,
  type ExpressionLevelsState,
  requireExpression,
} from "./expression_levels.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { TimeHistory } from "./time_history.ts";
import {
  timeHistoryOptionNames,
  type TimeHistoryOptions,
  type TimeHistoryState,
} from "./time_steps.ts";
import { fixFields } from "../fixed_fields.ts";

export type { ExpressionLevelsState };

/** The state of a {@link SymbolicDDt}. */
export interface SymbolicDDtState extends TimeHistoryState, ExpressionLevelsState {}

/**
 * The time derivative of an expression, by the values that it had.
 *
 * `bdf()` is `c0 psi + c1 psi*_1 + ... + ck psi*_k`, with `psi*_j` the expression j steps ago and the
 * coefficients of `bdfCoefficients`; `adamsMoultonFlux()` is the mean of the expression over the step.
 *
 * A past level keeps the value that it had: when it is stored, the parameters of the model that are
 * numbers, and `t`, are put in as numbers. `t` is then the end of the step, which is `tracker.time` at
 * `updatePreSolve` plus dt. Coordinates x, y, z and names of mesh variables stay names; a variable's
 * own past values are what `EulerianDDt` is for.
 *
 * @example
 * ```ts
 * import { Model, SymbolicDDt } from "@timestash/timestash";
 * import { expression } from "@timestash/timestash/expression";
 *
 * const model = new Model();
 * const ddt = new SymbolicDDt(model, expression("x * t ^ 2"), { order: 2 });
 * for (let step = 0; step < 3; step++) {
 *   ddt.updatePreSolve(0.1);
 *   if (step === 2) console.log(ddt.bdf().compile()({ x: 1, t: 0.3 }).toFixed(12)); // 2 t x = 0.6
 *   ddt.updatePostSolve(0.1);
 *   model.tracker.time += 0.1;
 * }
 * ```
 */
export class SymbolicDDt extends TimeHistory<Expression, Expression, ExpressionLevelsState> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** @internal */
  protected override readonly past: ExpressionLevels;
  /** @internal */
  protected override readonly model: ModelHost;

  /**
   * A history without a past: the first step starts it.
   *
   * @throws {TypeError} when `expression` is not an Expression.
   * @throws {RangeError} when the order is not 1, 2 or 3, theta is not in [0, 1], or the name is taken.
   */
  constructor(model: ModelHost, expression: Expression, options: TimeHistoryOptions = {}) {
    checkOptions("SymbolicDDt", options, timeHistoryOptionNames);
    super("SymbolicDDt", options);
    this.model = model;
    this.past = new ExpressionLevels(
      model,
      requireExpression("SymbolicDDt", expression),
      this.order,
    );
    this.name = model.adopt("bearer", this, "SymbolicDDt", options.name);
    fixFields(this, new.target, SymbolicDDt);
  }

  /** The current expression; assign the new one in every step that changes it. */
  get expression(): Expression {
    return this.past.psi;
  }

  set expression(expression: Expression) {
    this.past.psi = requireExpression(this.name, expression);
  }

  /** @internal */
  protected override get given(): Readonly<Record<string, StateValue>> {
    return { psi: this.expression as unknown as StateValue };
  }

  /** The past levels, newest first. */
  get history(): readonly Expression[] {
    return this.past.past;
  }
}
