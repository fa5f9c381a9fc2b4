import { withRollback } from "../ddt/rollback.ts";
import { displayAs } from "../display.ts";
import type { FieldValue, MeshVariable } from "../mesh/mesh_variable.ts";
import { checkOptions } from "../options.ts";
import { BufferPool } from "../snapshot/pool.ts";
import type { Condition } from "../solve/conditions.ts";
import { ClockWatch } from "../solve/forgotten_clock.ts";
import { stepOf, stepOptionNames, type StepOptions } from "../solve/time_step.ts";
import type { StateValue } from "../snapshot/contract.ts";
// What reads formulas for equations also sets fields from them.
import "./formula_field.ts";
import { EquationHistory, type Rates } from "./equation_history.ts";
import { noStep } from "./evaluation.ts";
import type { EquationOptions, EquationResult } from "./equation_options.ts";
import { EvaluableEquation } from "./evaluable_equation.ts";
import {
  type EquationState,
  requireBoundaries,
  requireSameArrangement,
  textsIn,
} from "./equation_state.ts";
import type { EquationTexts } from "./equation_texts.ts";
import { solveFrame } from "./frame_solve.ts";
import { type WatchedEquation, type WatchedSolve, watcherOf } from "./solve_watch.ts";
import { fixFields } from "../fixed_fields.ts";

/**
 * Partial differential equations of one's own, for one or several unknowns, as text.
 *
 * A weak form is what vanishes for every test function, `integral of F(u, grad u, v, grad v) = 0`, linear in
 * the test functions; an energy is what becomes stationary, `integral of E(u, grad u)`. In both stand
 *
 * - the unknowns, `u` or `u[0]`, `grad(u)`, `grad(u)[0, 1]` (`d u_0 / d x_1`), `div(u)` and `dt(u)`, counted from
 *   0; vectors have one component per index, and the same text serves in 2-D and 3-D;
 * - `dot`, `inner`, `sym`, `transpose`, `trace`, `det`, the identity `I`, vectors `[a, b]` and matrices
 *   `[[a, b], [c, d]]`; everything that expressions have (`sin(u)`, `u > 0 ? a : b`, ...);
 * - `x`, `y`, `z`, `t`, parameters of the model, other variables of the mesh, their gradients,
 *   `region("name")` (1 inside, 0 outside), and what `define` names.
 *
 * Jacobians are exact: they are derived from the text. Nonlinear equations are solved by Newton's method with
 * a line search, linear ones at once. With `dt(...)` in the text the equation goes forward in time, by backward
 * differences of order 1 to 3 for steps of any sizes, or with `theta` by the one-step scheme in which
 * unknowns with rates stand for `theta u + (1 - theta) u_0` and `t` for the time between (for one linear equation
 * with constant coefficients the same as in `Diffusion`); unknowns without rates then have the value of
 * that time.
 *
 * Texts are state. They are saved, restored and rewound like the values of fields: assign `weak`, `define` or a
 * flux, go back, and the physics is what it was. Names bind late, at each solve.
 *
 * Source: A. Logg, K.-A. Mardal, G. N. Wells (eds.), Automated solution of differential equations by the
 * finite element method, Springer 2012, DOI 10.1007/978-3-642-23099-8.
 *
 * @example
 * ```ts
 * import { boxMesh, Equation, MeshVariable, Model } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [16, 16] });
 * const u = new MeshVariable(mesh, "u");
 * const bratu = new Equation(u, { test: "v", weak: "dot(grad(u), grad(v)) - exp(u) * v" });
 * for (const side of ["left", "right", "bottom", "top"]) bratu.addDirichlet(u, side, 0);
 * const { newton } = bratu.solve();
 * assertAlmostEquals(u.max(), 0.0783, 1e-3);
 * console.log(newton); // 3
 * ```
 */
export class Equation extends EvaluableEquation {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /**
   * Earlier values of the unknowns that have rates.
   *
   * @internal
   */
  protected override readonly history: EquationHistory;
  readonly #pool = new BufferPool();
  readonly #clock = new ClockWatch();

  /**
   * Reads the formulas; nothing is solved yet. Names that are not known yet may become parameters before the
   * first solve.
   *
   * @param unknowns The unknown, or a list of them: continuous variables of degree 1 or 2 on one mesh.
   *   Their values are the first guess, and those at `tracker.time` where the equation has rates.
   * @param options The formulas, the scheme and the limits.
   * @throws {TypeError} when an unknown is not a continuous mesh variable, or a formula is not a text.
   * @throws {RangeError} when a formula cannot be read (the message has the piece that is wrong, and shapes),
   *   a name has two meanings, or a number is out of range.
   */
  constructor(unknowns: MeshVariable | readonly MeshVariable[], options: EquationOptions) {
    super(unknowns, options);
    this.name = this.model.adopt("bearer", this, "Equation", options.name);
    this.programs.who = this.name;
    this.history = new EquationHistory(this, this.unknowns, this.programs.rates, this.scheme);
    fixFields(this, new.target, Equation);
  }

  /**
   * Asked by the model before the equation gets its name.
   *
   * @throws {RangeError} when a name that would be made from it is taken.
   * @internal
   */
  requireNames(name: string): void {
    EquationHistory.requireNames(name, this.unknowns, this.programs.rates, this.scheme.order);
  }

  /**
   * The variables that come and go with the equation.
   *
   * @internal
   */
  get owned(): readonly object[] {
    return this.history.variables;
  }

  /**
   * What it works with, which has to be in the model; formulas look names up themselves.
   *
   * @internal
   */
  get uses(): readonly unknown[] {
    const { unknowns, conditions: { dirichlet } } = this;
    return [unknowns, ...dirichlet.map(({ given }) => given)].flat(2);
  }

  /**
   * Starts the histories of the unknowns that have rates. Without arguments only the current values are known,
   * and the order ramps up from 1. With past values the full order holds from the first step on.
   *
   * @param values The `order` known levels, newest first, for the one unknown with a rate; for several an
   *   object of such lists by name. The first level is that of the current time, which the unknown takes.
   * @param steps The `order - 1` step sizes between them, newest first; one number for equal steps.
   * @throws {TypeError} when a value is nothing that `MeshVariable.set` takes.
   * @throws {RangeError} when an unknown is missing, or there are not `order` levels and `order - 1` steps.
   */
  initialiseHistory(
    values?: readonly FieldValue[] | Readonly<Record<string, readonly FieldValue[]>>,
    steps?: number | ArrayLike<number>,
  ): void {
    this.model.requireMember(`${this.name}.initialiseHistory`, this);
    this.history.start(values, steps);
  }

  /**
   * Solves for the unknowns: at `tracker.time`, or where the equation has rates at `tracker.time + dt`; the
   * tracker is yours to advance.
   *
   * @param options The step, where the equation has rates; `tracker.dt` by default.
   * @returns How it went.
   * @throws {ConvergenceError} when it does not converge, with the residuals; the model is as before.
   * @throws {RangeError} when dt is not positive, an equation without rates is given one, a value is not
   *   finite, a name is not known, or nothing decides a constant.
   * @throws {TypeError} when there is no step, or a parameter is not a number.
   */
  solve(options: StepOptions = {}): EquationResult {
    const { model } = this, what = `${this.name}.solve`;
    checkOptions(what, options, stepOptionNames);
    model.requireMember(what, this);
    const watcher = watcherOf(model), equation = this.#watched;
    watcher?.before(equation);
    const { result, ...solved } = this.#taken(what, options);
    watcher?.after({ equation, ...solved });
    return result;
  }

  #taken(what: string, options: StepOptions): Solved {
    const { model } = this;
    if (this.programs.rates.size === 0) {
      if (options.dt === undefined) return model.indivisible(what, () => this.#solve(null, 0));
      throw noStep(this.name, "solve");
    }
    const dt = stepOf(options, model, this.name);
    const step = () =>
      withRollback([], this.history, this.#pool, () => {
        const solved = this.#solve(this.history.begin(dt, model.tracker.time), dt);
        this.history.end();
        return solved;
      });
    const timed = () => this.programs.current().isTimed ? "the formula" : this.conditions.timed;
    return this.#clock.step(this.name, model, timed, () => model.indivisible(what, step));
  }

  /** What is seen of it by who looks on at solves. */
  get #watched(): WatchedEquation {
    const { name, unknowns, theta, history: { levels }, conditions: { dirichlet } } = this;
    return { name, unknowns, levels, dirichlet, theta };
  }

  #solve(rates: Rates | null, dt: number): Solved {
    const frame = this.frameOf(rates), { x, ...result } = solveFrame(frame);
    this.history.accept(frame.space, x);
    const { order = 0, reduced = null } = rates ?? {};
    return { frame, x, rates, result: { ...result, converged: true, dt, order, reduced } };
  }

  /** What it was made with; see {@link Snapshottable.setup}. */
  get setup(): Readonly<Record<string, StateValue>> {
    return { fluxes: this.programs.texts.fluxes };
  }

  /** Texts, conditions, scheme, steps taken, and where earlier values are. */
  get state(): EquationState {
    const { kind, text, tests, define, preconditioner, fluxes } = this.programs.texts;
    return {
      schemaVersion: 1,
      unknowns: this.unknowns.map(({ name }) => name),
      kind,
      text,
      tests,
      define,
      preconditioner,
      fluxes,
      conditions: this.conditions.state,
      theta: this.theta,
      history: this.history.state,
    };
  }

  set state(state: EquationState) {
    const { texts, conditions } = this.#checked(state);
    this.programs.take(texts);
    this.conditions.replace(conditions);
    this.history.state = state.history;
    this.#clock.forget();
  }

  /**
   * Checks a state without taking it.
   *
   * @throws {StateSchemaError} when it is of another version, its texts cannot be read here, or conditions or
   *   histories are arranged in another way.
   */
  checkState(state: EquationState): void {
    this.#checked(state);
  }

  /**
   * Remembers conditions with their functions; see `Snapshottable.markCode`.
   *
   * @internal
   */
  markCode(): () => void {
    return this.conditions.mark();
  }

  #checked(state: EquationState): { texts: EquationTexts; conditions: Condition[][] } {
    const texts = textsIn(state, this.name);
    requireSameArrangement(state, this.state, this.name);
    requireBoundaries(texts.fluxes, this.unknowns[0].mesh.boundaries, this.name);
    const conditions = this.conditions.restored(state.conditions, this.name);
    this.history.checkState(state.history);
    this.programs.checkRestored(texts);
    return { texts, conditions };
  }

  static {
    displayAs(this);
  }
}

/** A solve with its report. */
interface Solved extends Omit<WatchedSolve, "equation"> {
  readonly result: EquationResult;
}
