/**
 * Past values of an expression: expressions in which what changes with time is a number.
 *
 * @module
 */
import { combine, type Expression, isExpression } from "../expression/contract.ts";
import { requireOneMeaning } from "../mesh/expression_names.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import { refuser } from "./step_checks.ts";
import type { PastLevels } from "./time_history.ts";
import type { TimeHistoryState } from "./time_steps.ts";

/** What the state of a `SymbolicDDt` says besides the steps. */
export interface ExpressionLevelsState {
  /** The current expression. */
  readonly psi: Expression;
  /** The past levels, newest first; none before the history is initialised. */
  readonly psiStar: readonly Expression[];
}

/** The current expression and its past levels. */
export class ExpressionLevels implements PastLevels<Expression, Expression, ExpressionLevelsState> {
  /** The current expression. */
  psi: Expression;
  readonly #model: ModelHost;
  readonly #order: number;
  #past: readonly Expression[] = [];

  constructor(model: ModelHost, psi: Expression, order: number) {
    this.#model = model;
    this.psi = psi;
    this.#order = order;
  }

  /** The past levels, newest first. */
  get past(): readonly Expression[] {
    return [...this.#past];
  }

  /** All levels become the current expression at `tracker.time`. */
  restart(): void {
    const now = this.#frozen(this.psi, this.#model.tracker.time);
    this.#past = new Array<Expression>(this.#order).fill(now);
  }

  /**
   * Takes known levels.
   *
   * @throws {TypeError} when a value is not an Expression.
   */
  take(values: readonly Expression[], steps: readonly number[]): void {
    values.forEach((value, j) => requireExpression(`initialiseHistory: value ${j}`, value));
    const { time } = this.#model.tracker;
    let age = 0;
    this.#past = values.map((value, j) => {
      if (j > 0) age += steps[j - 1];
      return this.#frozen(value, time - age);
    });
  }

  /** The current expression at time `end` becomes the newest level. */
  shift(end: number): void {
    this.#past = [this.#frozen(this.psi, end), ...this.#past.slice(0, -1)];
  }

  /** A weighted sum of expressions. */
  sum(tables: readonly Float64Array[], isWithCurrent: boolean): Expression {
    const all = tables[tables.length - 1], past = this.#past.slice(0, all.length - 1);
    return isWithCurrent ? combine(all, [this.psi, ...past]) : combine(all.subarray(1), past);
  }

  /** The expressions. */
  get state(): ExpressionLevelsState {
    return { psi: this.psi, psiStar: this.past };
  }

  set state({ psi, psiStar }: ExpressionLevelsState) {
    this.psi = psi;
    this.#past = [...psiStar];
  }

  /**
   * Refuses what is not expressions, or another number of them.
   *
   * @throws {StateSchemaError} when it is.
   */
  check(bearer: string, state: ExpressionLevelsState & TimeHistoryState): void {
    const refuse = refuser(bearer);
    const { psi, psiStar } = state;
    if (!isExpression(psi)) refuse("psi is not an expression");
    if (!Array.isArray(psiStar) || !psiStar.every(isExpression)) {
      refuse("psiStar is not a list of expressions");
    }
    const levels = state.historyInitialised ? this.#order : 0;
    if (psiStar.length !== levels) {
      refuse(`psiStar has ${psiStar.length} levels, not ${levels}`);
    }
  }

  /** With numbers for `t` and for the parameters that are numbers now. */
  #frozen(expression: Expression, time: number): Expression {
    const { parameters } = this.#model;
    const values: Record<string, number> = {};
    const names = expression.variables();
    for (const name of [...names, ...expression.constants()]) {
      requireOneMeaning(`the expression ${expression}`, name, parameters);
    }
    for (const name of names) {
      if (name === "t") values[name] = time;
      else if (parameters.has(name)) {
        const value = parameters.get(name);
        if (typeof value === "number") values[name] = value;
      }
    }
    return expression.substitute(values);
  }
}

/**
 * Refuses what is not an Expression.
 *
 * @throws {TypeError} when it is not.
 */
export function requireExpression(what: string, value: unknown): Expression {
  if (isExpression(value)) return value;
  throw new TypeError(
    `${what}: an Expression is needed, found ${
      value === null ? "null" : typeof value
    }; make one with expression("...")`,
  );
}
