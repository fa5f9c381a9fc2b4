import { checkOptions } from "../options.ts";
import type { ModelHost } from "../mesh/model_host.ts";
import type { ParticleValue } from "../swarm/particle_values.ts";
import {
  type RealSwarmVariable,
  requireFreeSwarmVariables,
  requireReal,
  swarmLevelNames,
  SwarmLevels,
  type SwarmLevelsState,
} from "./swarm_levels.ts";
import { TimeHistory } from "./time_history.ts";
import {
  timeHistoryOptionNames,
  type TimeHistoryOptions,
  type TimeHistoryState,
} from "./time_steps.ts";
import { fixFields } from "../fixed_fields.ts";

export type { RealSwarmVariable, SwarmLevelsState };

/** The state of a {@link LagrangianSwarmDDt}. The values travel with the variables named here. */
export interface LagrangianSwarmDDtState extends TimeHistoryState, SwarmLevelsState {}

/**
 * The time derivative of a variable of your own swarm, along the paths of its particles.
 *
 * `bdf()` is `c0 u + c1 u*_1 + ...` for every particle, with the values that it had itself; moving the
 * particles is up to you (`swarm.advect`, once a step). A particle that was added later has fewer past
 * values: its own order ramps up from 1, beginning with the first `updatePreSolve` or
 * `updatePostSolve` that sees it; until then its derivative is 0. `effectiveOrder` is the order of the
 * particles that were there from the start.
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
export class LagrangianSwarmDDt extends TimeHistory<ParticleValue, Float64Array, SwarmLevelsState> {
  /** Stable, unique among the bearers of the model. */
  readonly name: string;
  /** The variable whose history this is. */
  readonly variable: RealSwarmVariable;
  /** @internal */
  protected override readonly past: SwarmLevels;

  /**
   * Registers the history with the model, and adds variables to the swarm.
   *
   * @throws {TypeError} when `variable` is not a variable of a swarm.
   * @throws {RangeError} when its numbers are not float64 or float32, the order or theta does not fit, or
   *   a name is taken.
   */
  constructor(variable: RealSwarmVariable, options: TimeHistoryOptions = {}) {
    checkOptions("LagrangianSwarmDDt", options, timeHistoryOptionNames);
    super("LagrangianSwarmDDt", options);
    requireReal(variable);
    this.variable = variable;
    this.name = this.model.adopt("bearer", this, "LagrangianSwarmDDt", options.name);
    this.past = new SwarmLevels(variable, this.name, this.order);
    fixFields(this, new.target, LagrangianSwarmDDt);
  }

  /** @internal */
  protected override get model(): ModelHost {
    return this.variable.swarm.mesh.model;
  }

  /** @internal */
  protected override prepare(_dt: number): () => void {
    return () => this.past.takeInNew();
  }

  /**
   * The factor c0 of the unknown in the time derivative of every particle, `[count]`, in 1 / time.
   *
   * @param order At most the order of the history; ramps may lower it further. Defaults to that order.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {StepOrderError} when there was no step yet.
   */
  leadingCoefficients(order?: number): Float64Array {
    return this.past.leading(this.steps.bdf(`${this.name}.leadingCoefficients`, order));
  }

  /**
   * Asked by the model before the history gets its name.
   *
   * @throws {RangeError} when a name that would be made from it is taken.
   * @internal
   */
  requireNames(name: string): void {
    requireFreeSwarmVariables(this.variable.swarm, swarmLevelNames(name, this.order));
  }

  /**
   * What it works with, which has to be in the model.
   *
   * @internal
   */
  get uses(): readonly unknown[] {
    return [this.variable];
  }

  /**
   * The variables that come and go with the history.
   *
   * @internal
   */
  get owned(): readonly object[] {
    return this.past.variables;
  }
}
