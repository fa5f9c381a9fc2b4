import { display } from "../display.ts";
import { combine, type Expression, isExpression } from "../expression/contract.ts";
import type { ModelHost, Snapshottable } from "../snapshot/contract.ts";
import type { Order } from "./coefficients.ts";
import {
  type HistoryOptions,
  refuser,
  requireEnd,
  requireStep,
  requireSteps,
  StepHistory,
  type StepHistoryState,
} from "./step_history.ts";

/** The state of a {@link SymbolicDDt}. */
export interface SymbolicDDtState extends StepHistoryState {
  /** The current expression. */
  readonly psi: Expression;
  /** The past levels, newest first; none before the history is initialised. */
  readonly psiStar: readonly Expression[];
}

/**
 * The time derivative of an expression, by the values that it had.
 *
 * `bdf()` is `c0 psi + c1 psi*_1 + ... + ck psi*_k`, with `psi*_j` the expression j steps ago and the
 * coefficients of `bdfCoefficients`; `adamsMoultonFlux()` is the mean of the expression over the
 * step. A run starts at order 1 and reaches `order` after `order - 1` steps, unless past values are
 * given to {@link SymbolicDDt.initialiseHistory}.
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
export class SymbolicDDt implements Snapshottable<SymbolicDDtState> {
  /** Stable, unique among the bearers of the model. */
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  readonly #model: ModelHost;
  readonly #steps: StepHistory;
  #psi: Expression;
  #psiStar: readonly Expression[] = [];

  /**
   * A history without past: the first step makes one.
   *
   * @throws {TypeError} when `expression` is no Expression.
   * @throws {RangeError} when the order is not 1, 2 or 3, theta is not in [0, 1], or the name is taken.
   */
  constructor(model: ModelHost, expression: Expression, options: HistoryOptions = {}) {
    this.#psi = requireExpression("SymbolicDDt", expression);
    this.#model = model;
    this.#steps = new StepHistory("SymbolicDDt", options);
    this.name = model.adopt("bearer", this, "SymbolicDDt", options.name);
  }

  /** The current expression; assign the new one in every step that changes it. */
  get expression(): Expression {
    return this.#psi;
  }

  set expression(expression: Expression) {
    this.#psi = requireExpression(this.name, expression);
  }

  /** The past levels, newest first. */
  get history(): readonly Expression[] {
    return [...this.#psiStar];
  }

  /** The order asked for. */
  get order(): Order {
    return this.#steps.order;
  }

  /** The order in force: `min(order, steps done + 1)`. */
  get effectiveOrder(): Order {
    return this.#steps.effectiveOrder;
  }

  /**
   * Starts the history.
   *
   * Without arguments all levels become the current expression at `tracker.time`, and the ramp begins
   * anew. With past values the full order holds from the first step on.
   *
   * @param values The `order` known levels, newest first; `values[0]` is the one at the current time.
   * @param steps The `order - 1` step sizes between them, newest first; one number for equal steps.
   * @throws {TypeError} when a value is no Expression.
   * @throws {RangeError} when there are not `order` values or `order - 1` positive steps.
   */
  initialiseHistory(values?: readonly Expression[], steps?: number | ArrayLike<number>): void {
    const { order } = this.#steps;
    const { time } = this.#model.tracker;
    if (values === undefined) {
      this.#psiStar = new Array<Expression>(order).fill(this.#frozen(this.#psi, time));
      this.#steps.restart();
      return;
    }
    values.forEach((value, j) => requireExpression(`${this.name}: value ${j}`, value));
    if (values.length !== order) {
      throw new RangeError(
        `${this.name}.initialiseHistory: order ${order} needs ${order} levels, found ${values.length}`,
      );
    }
    const sizes = requireSteps(this.name, order, steps);
    let age = 0;
    this.#psiStar = values.map((value, j) => {
      if (j > 0) age += sizes[j - 1];
      return this.#frozen(value, time - age);
    });
    this.#steps.startAt(sizes);
  }

  /**
   * Begins a step of size `dt`; the first one also starts the history with the current expression.
   * Called again before `updatePostSolve`, it replaces the size of the step.
   *
   * @throws {RangeError} when `dt` is not positive and finite.
   */
  updatePreSolve(dt: number): void {
    requireStep(this.name, dt);
    if (!this.#steps.initialised) this.initialiseHistory();
    this.#steps.begin(dt, this.#model.tracker.time);
  }

  /**
   * Ends the step: the current expression becomes the newest past level.
   *
   * @param dt The size of the step; may be left out.
   * @throws {RangeError} when `dt` is not the dt of `updatePreSolve`.
   * @throws {Error} when no step was begun.
   */
  updatePostSolve(dt?: number): void {
    requireEnd(this.name, this.#steps, dt);
    const newest = this.#frozen(this.#psi, this.#steps.stepStart + this.#steps.dt!);
    this.#psiStar = [newest, ...this.#psiStar.slice(0, -1)];
    this.#steps.end();
  }

  /**
   * The time derivative at the end of the step, `c0 psi + c1 psi*_1 + ...`, in units of psi per time.
   * Between steps the size of the last step stands for the next one.
   *
   * @param order At most the order of the history; the ramp may lower it further.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {Error} when there was no step yet.
   */
  bdf(order?: number): Expression {
    return this.#combine(this.#steps.bdf(`${this.name}.bdf`, order));
  }

  /**
   * The mean of the expression over the step, `w0 psi + w1 psi*_1 + ...`, by Adams-Moulton weights.
   *
   * @param order At most the order of the history; the ramp may lower it further.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {Error} when there was no step yet.
   */
  adamsMoultonFlux(order?: number): Expression {
    return this.#combine(this.#steps.adamsMoulton(`${this.name}.adamsMoultonFlux`, order));
  }

  /** Everything that can change the future. Setting checks first, then takes all of it. */
  get state(): SymbolicDDtState {
    return { ...this.#steps.state, psi: this.#psi, psiStar: [...this.#psiStar] };
  }

  set state(state: SymbolicDDtState) {
    this.checkState(state);
    this.#steps.state = state;
    this.#psi = state.psi;
    this.#psiStar = [...state.psiStar];
  }

  /**
   * Refuses what `state` could not take, and changes nothing.
   *
   * @throws {StateSchemaError} when the schema version, the order, the number of levels or a type differs.
   */
  checkState(state: SymbolicDDtState): void {
    this.#steps.check(this.name, state);
    const refuse = refuser(this.name);
    const { psi, psiStar } = state;
    if (!isExpression(psi)) refuse("psi is no expression");
    if (!Array.isArray(psiStar) || !psiStar.every(isExpression)) {
      refuse("psiStar is no list of expressions");
    }
    const levels = state.historyInitialised ? this.order : 0;
    if (psiStar.length !== levels) {
      refuse(`psiStar has ${psiStar.length} levels, ${levels} belong there`);
    }
  }

  /** What a notebook shows: its state. */
  [Symbol.for("Jupyter.display")](): Promise<object> {
    return display(this);
  }

  #combine(coefficients: Float64Array): Expression {
    const levels = this.#psiStar.slice(0, coefficients.length - 1);
    return combine(coefficients, [this.#psi, ...levels]);
  }

  /** With numbers for `t` and for the parameters that are numbers now. */
  #frozen(expression: Expression, time: number): Expression {
    const { parameters } = this.#model;
    const values: Record<string, number> = {};
    for (const name of expression.variables()) {
      if (name === "t") values[name] = time;
      else if (name !== "x" && name !== "y" && name !== "z" && parameters.has(name)) {
        const value = parameters.get(name);
        if (typeof value === "number") values[name] = value;
      }
    }
    return expression.substitute(values);
  }
}

function requireExpression(what: string, value: unknown): Expression {
  if (isExpression(value)) return value;
  throw new TypeError(
    `${what}: an Expression is needed, found ${
      value === null ? "null" : typeof value
    }; make one with expression("...")`,
  );
}
