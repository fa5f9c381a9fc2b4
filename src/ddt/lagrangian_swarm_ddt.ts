import { display } from "../display.ts";
import { copyInto } from "../arrays.ts";
import type { Snapshottable } from "../snapshot/contract.ts";
import type { ParticleValue } from "../swarm/particle_values.ts";
import type { SwarmVariable } from "../swarm/swarm_variable.ts";
import type { Order } from "./coefficients.ts";
import { namesFor, type RealSwarmVariable, requireFree, requireReal } from "./swarm_levels.ts";
import {
  type HistoryOptions,
  refuser,
  requireEnd,
  requireStep,
  requireSteps,
  StepHistory,
  type StepHistoryState,
} from "./step_history.ts";

export type { RealSwarmVariable };

/** The state of a {@link LagrangianSwarmDDt}. The values travel with the variables named here. */
export interface LagrangianSwarmDDtState extends StepHistoryState {
  /** The swarm. */
  readonly swarm: string;
  /** The variable whose history it is. */
  readonly variable: string;
  /** The variables of the swarm that hold past values, newest first. */
  readonly psiStar: readonly string[];
  /** The variable that counts the known levels of each particle. */
  readonly known: string;
}

/**
 * The time derivative of a variable of your own swarm, along the paths of its particles.
 *
 * `bdf()` is `c0 u + c1 u*_1 + ...` for every particle, with the values that it had itself; moving the
 * particles is up to you (`swarm.advect`, once a step). A particle that was added later has fewer past
 * values: its own order ramps up from 1, beginning with the first `updatePreSolve` or
 * `updatePostSolve` that sees it; until then its derivative is 0.
 *
 * Arrays are `[count x components]` in the order of `variable.data`. Past values are in the variables
 * `${name}_psi_star_1`, ... of the swarm, with its type of numbers.
 *
 * @example
 * ```ts
 * import { boxMesh, LagrangianSwarmDDt, Model, Swarm } from "@timestash/timestash";
 *
 * const swarm = new Swarm(boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [2, 2] }));
 * const strain = swarm.addVariable("strain");
 * swarm.populate({ perCell: 1 });
 * const ddt = new LagrangianSwarmDDt(strain, { order: 2 });
 * ddt.updatePreSolve(0.5);
 * strain.set(2);
 * console.log(ddt.bdf()[0]); // 4
 * ddt.updatePostSolve();
 * ```
 */
export class LagrangianSwarmDDt implements Snapshottable<LagrangianSwarmDDtState> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The variable whose history this is. */
  readonly variable: RealSwarmVariable;
  readonly #steps: StepHistory;
  readonly #levels: readonly RealSwarmVariable[];
  readonly #known: SwarmVariable<"uint8">;

  /**
   * Registers the history with the model, and adds variables to the swarm.
   *
   * @throws {TypeError} when `variable` is no variable of a swarm.
   * @throws {RangeError} when its numbers are not float64 or float32, the order or theta does not fit, or
   *   a name is taken.
   */
  constructor(variable: RealSwarmVariable, options: HistoryOptions = {}) {
    requireReal(variable);
    this.variable = variable;
    this.#steps = new StepHistory("LagrangianSwarmDDt", options);
    const { swarm, components, dtype } = variable;
    const { order } = this.#steps;
    const { model } = swarm.mesh;
    this.name = model.adopt("bearer", this, "LagrangianSwarmDDt", options.name);
    const names = namesFor(this.name, order), known = names.pop()!;
    this.#levels = names.map((name) =>
      swarm.addVariable(name, { components, dtype }) as RealSwarmVariable
    );
    this.#known = swarm.addVariable(known, { dtype: "uint8" });
  }

  /** The order asked for. */
  get order(): Order {
    return this.#steps.order;
  }

  /** The order in force for particles that were there from the start. */
  get effectiveOrder(): Order {
    return this.#steps.effectiveOrder;
  }

  /** The step and those before it, newest first. Empty before the first. */
  get stepSizes(): number[] {
    const { dt, dtHistory } = this.#steps;
    return dt === null ? [] : [dt, ...dtHistory];
  }

  /**
   * Starts the history: with the current values, and the order ramps up from 1; or with past values, and
   * the full order holds at once.
   *
   * @param values The `order` known levels, newest first, each what `SwarmVariable.set` takes (functions
   *   see the time of now).
   * @param steps The `order - 1` step sizes between them, newest first; one number for equal steps.
   * @throws {TypeError} when a value is nothing that `set` takes.
   * @throws {RangeError} when there are not `order` values or `order - 1` positive steps.
   */
  initialiseHistory(
    values?: readonly ParticleValue[],
    steps?: number | ArrayLike<number>,
  ): void {
    if (values === undefined) {
      for (const level of this.#levels) copyInto(level.data, this.variable.data);
      this.#known.data.fill(1);
      this.#steps.restart();
      return;
    }
    if (values.length !== this.order) {
      throw new RangeError(
        `${this.name}.initialiseHistory: order ${this.order} needs ${this.order} levels, found ${values.length}`,
      );
    }
    const sizes = requireSteps(this.name, this.order, steps);
    const before = this.#levels.map(({ data }) => data.slice());
    try {
      this.#levels.forEach((level, j) => level.set(values[j]));
    } catch (error) {
      this.#levels.forEach(({ data }, j) => copyInto(data, before[j]));
      throw error;
    }
    this.#known.data.fill(this.order);
    this.#steps.startAt(sizes);
  }

  /**
   * Begins a step of size `dt`; the first one also starts the history with the current values. Called
   * again before `updatePostSolve`, it replaces the size of the step.
   *
   * @throws {RangeError} when `dt` is not positive and finite.
   */
  updatePreSolve(dt: number): void {
    requireStep(this.name, dt);
    if (!this.#steps.initialised) this.initialiseHistory();
    this.#takeInNew();
    this.#steps.begin(dt, this.variable.swarm.mesh.model.tracker.time);
  }

  /**
   * Ends the step: the current values become the newest past level.
   *
   * @param dt The size of the step; may be left out.
   * @throws {RangeError} when `dt` is not the dt of `updatePreSolve`.
   * @throws {Error} when no step was begun.
   */
  updatePostSolve(dt?: number): void {
    requireEnd(this.name, this.#steps, dt);
    const levels = this.#levels, known = this.#known.data;
    for (let j = levels.length - 1; j > 0; j--) copyInto(levels[j].data, levels[j - 1].data);
    copyInto(levels[0].data, this.variable.data);
    for (let p = 0; p < known.length; p++) if (known[p] > 0 && known[p] < this.order) known[p]++;
    this.#takeInNew();
    this.#steps.end();
  }

  /**
   * The factor c0 of the unknown in the time derivative of every particle, `[count]`, in 1 / time.
   *
   * @param order At most the order of the history; ramps may lower it further.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {Error} when there was no step yet.
   */
  leadingCoefficients(order?: number): Float64Array {
    const tables = this.#tables(order, (k) => this.#steps.bdf(`${this.name}.bdf`, k));
    return Float64Array.from(this.#known.data, (n) => tables[this.#rank(tables, n)][0]);
  }

  /**
   * The known part of the time derivative, `c1 u*_1 + ... + ck u*_k`, `[count x components]`.
   *
   * @param order At most the order of the history; ramps may lower it further.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {Error} when there was no step yet.
   */
  historyTerms(order?: number): Float64Array {
    return this.#sum(this.#tables(order, (k) => this.#steps.bdf(`${this.name}.bdf`, k)), 0);
  }

  /**
   * The time derivative at the end of the step for the current values, `[count x components]`, new memory.
   *
   * @param order At most the order of the history; ramps may lower it further.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {Error} when there was no step yet.
   */
  bdf(order?: number): Float64Array {
    return this.#sum(this.#tables(order, (k) => this.#steps.bdf(`${this.name}.bdf`, k)), 1);
  }

  /**
   * The mean over the step by Adams-Moulton weights, `[count x components]`, new memory.
   *
   * @param order At most the order of the history; ramps may lower it further.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {Error} when there was no step yet.
   */
  adamsMoultonFlux(order?: number): Float64Array {
    const what = `${this.name}.adamsMoultonFlux`;
    return this.#sum(this.#tables(order, (k) => this.#steps.adamsMoulton(what, k)), 1);
  }

  /** Everything that can change the future, apart from the values in the variables that it names. */
  get state(): LagrangianSwarmDDtState {
    return { ...this.#steps.state, ...this.#names };
  }

  set state(state: LagrangianSwarmDDtState) {
    this.checkState(state);
    this.#steps.state = state;
  }

  /**
   * Refuses what `state` could not take, and changes nothing.
   *
   * @throws {StateSchemaError} when the schema version, the order, a type or the name of a variable differs.
   */
  checkState(state: LagrangianSwarmDDtState): void {
    this.#steps.check(this.name, state);
    const refuse = refuser(this.name), live = this.#names;
    for (const field of ["swarm", "variable", "known", "psiStar"] as const) {
      if (String(state[field]) === String(live[field])) continue;
      refuse(`${field} is '${state[field]}' in the state and '${live[field]}' here`);
    }
  }

  /**
   * Asked by the model before the history gets its name.
   *
   * @throws {RangeError} when a name that would be made from it is taken.
   * @internal
   */
  requireNames(name: string): void {
    requireFree(this.variable.swarm, namesFor(name, this.order));
  }

  /**
   * The variables that come and go with the history.
   *
   * @internal
   */
  get owned(): readonly object[] {
    return [...this.#levels, this.#known];
  }

  /** What a notebook shows: its state. */
  [Symbol.for("Jupyter.display")](): Promise<object> {
    return display(this);
  }

  get #names() {
    const { swarm, name } = this.variable;
    return {
      swarm: swarm.name,
      variable: name,
      psiStar: this.#levels.map((level) => level.name),
      known: this.#known.name,
    };
  }

  /** Particles that nobody has seen yet start with their current values. */
  #takeInNew(): void {
    const known = this.#known.data, now = this.variable.data;
    const { components } = this.variable;
    for (let p = 0; p < known.length; p++) {
      if (known[p] > 0) continue;
      known[p] = 1;
      const first = p * components, end = first + components;
      for (const level of this.#levels) {
        const past = level.data;
        for (let i = first; i < end; i++) past[i] = now[i];
      }
    }
  }

  /** Coefficients for orders 1 up to the one in force. */
  #tables(order: number | undefined, of: (order?: number) => Float64Array): Float64Array[] {
    const greatest = of(order).length - 1;
    return Array.from({ length: greatest }, (_, k) => of(k + 1));
  }

  #rank(tables: readonly Float64Array[], known: number): number {
    return Math.min(tables.length, Math.max(1, known)) - 1;
  }

  /** `first` is 1 with the current values, 0 without. */
  #sum(tables: readonly Float64Array[], first: 0 | 1): Float64Array {
    const known = this.#known.data, now = this.variable.data;
    const past = this.#levels.map(({ data }) => data);
    const { components } = this.variable;
    const out = new Float64Array(now.length);
    for (let p = 0; p < known.length; p++) {
      const c = tables[this.#rank(tables, known[p])];
      for (let i = p * components; i < (p + 1) * components; i++) {
        let sum = first * c[0] * now[i];
        // One that is new has its current value for all past ones.
        for (let j = 1; j < c.length; j++) sum += c[j] * (known[p] === 0 ? now[i] : past[j - 1][i]);
        out[i] = sum;
      }
    }
    return out;
  }
}
