/**
 * Past values of a variable of particles in variables of their own.
 *
 * @module
 */
import { copyInto } from "../arrays.ts";
import { describe } from "../options.ts";
import type { ParticleValue } from "../swarm/particle_values.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { requireOnParticles } from "../swarm/registered.ts";
import { SwarmVariable } from "../swarm/swarm_variable.ts";
import { refuser } from "./step_checks.ts";
import type { PastLevels } from "./time_history.ts";

/** A variable of particles with real numbers. */
export type RealSwarmVariable = SwarmVariable<"float64"> | SwarmVariable<"float32">;

/** What the state of a `LagrangianSwarmDDt` says besides the steps: names. */
export interface SwarmLevelsState {
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
 * Past values of every particle, newest first, and how many of them are known: particles that were added
 * later have fewer.
 *
 * State: captured, the values by the swarm; `state` holds names.
 */
export class SwarmLevels implements PastLevels<ParticleValue, Float64Array, SwarmLevelsState> {
  readonly #variable: RealSwarmVariable;
  readonly #levels: readonly RealSwarmVariable[];
  readonly #known: SwarmVariable<"uint8">;

  /** Adds variables to the swarm; see {@link swarmLevelNames}. */
  constructor(variable: RealSwarmVariable, bearer: string, order: number) {
    const { swarm, components, dtype } = variable;
    const names = swarmLevelNames(bearer, order), known = names.pop()!;
    this.#variable = variable;
    this.#levels = names.map((name) =>
      swarm.addVariable(name, { components, dtype }) as RealSwarmVariable
    );
    this.#known = swarm.addVariable(known, { dtype: "uint8" });
  }

  /** All variables that were added. */
  get variables(): readonly object[] {
    return [...this.#levels, this.#known];
  }

  /** Every level becomes the current values, and counts as one. */
  restart(): void {
    for (const level of this.#levels) copyInto(level.data, this.#variable.data);
    this.#known.data.fill(1);
  }

  /**
   * Takes known values.
   *
   * @throws {TypeError} when a value is nothing that `SwarmVariable.set` takes.
   */
  take(values: readonly ParticleValue[]): void {
    const before = this.#levels.map(({ data }) => data.slice());
    try {
      this.#levels.forEach((level, j) => level.set(values[j]));
    } catch (error) {
      this.#levels.forEach(({ data }, j) => copyInto(data, before[j]));
      throw error;
    }
    this.#known.data.fill(this.#levels.length);
  }

  /** The current values become the newest level. */
  shift(): void {
    const levels = this.#levels, known = this.#known.data;
    for (let j = levels.length - 1; j > 0; j--) copyInto(levels[j].data, levels[j - 1].data);
    copyInto(levels[0].data, this.#variable.data);
    for (let p = 0; p < known.length; p++) {
      if (known[p] > 0 && known[p] < levels.length) known[p]++;
    }
    this.takeInNew();
  }

  /** Particles that were added since the last step start with their current values. */
  takeInNew(): void {
    const known = this.#known.data, now = this.#variable.data;
    const { components } = this.#variable;
    for (let p = 0; p < known.length; p++) {
      if (known[p] > 0) continue;
      known[p] = 1;
      const first = p * components, end = first + components;
      for (const { data } of this.#levels) data.set(now.subarray(first, end), first);
    }
  }

  /** The factors of the current values, `[count]`: each particle has the order that its levels allow. */
  leading(tables: readonly Float64Array[]): Float64Array {
    return Float64Array.from(this.#known.data, (known) => tableFor(tables, known)[0]);
  }

  /** `[count x components]`, new memory. */
  sum(tables: readonly Float64Array[], isWithCurrent: boolean): Float64Array {
    const known = this.#known.data, now = this.#variable.data;
    const past = this.#levels.map(({ data }) => data);
    const { components } = this.#variable;
    const out = new Float64Array(now.length);
    for (let p = 0; p < known.length; p++) {
      const c = tableFor(tables, known[p]);
      for (let i = p * components; i < (p + 1) * components; i++) {
        let sum = isWithCurrent ? c[0] * now[i] : 0;
        // A new particle has its current value for all past ones.
        for (let j = 1; j < c.length; j++) sum += c[j] * (known[p] === 0 ? now[i] : past[j - 1][i]);
        out[i] = sum;
      }
    }
    return out;
  }

  /** The names of the swarm and of its variables. */
  get state(): SwarmLevelsState {
    const { swarm, name } = this.#variable;
    return {
      swarm: swarm.name,
      variable: name,
      psiStar: this.#levels.map((level) => level.name),
      known: this.#known.name,
    };
  }

  /** Names stay as they are: `check` made sure that they are the same. */
  set state(_state: SwarmLevelsState) {}

  /**
   * Refuses names that differ.
   *
   * @throws {StateSchemaError} when one does.
   */
  check(bearer: string, state: SwarmLevelsState): void {
    const refuse = refuser(bearer), live = this.state;
    for (const field of ["swarm", "variable", "known", "psiStar"] as const) {
      if (String(state[field]) === String(live[field])) continue;
      refuse(`${field} is '${state[field]}' in the state and '${live[field]}' here`);
    }
  }
}

/** The coefficients for a particle with `known` past levels. */
function tableFor(tables: readonly Float64Array[], known: number): Float64Array {
  return tables[Math.min(tables.length, Math.max(1, known)) - 1];
}

/** The names of the variables for past values, then that of the count of known levels. */
export function swarmLevelNames(bearer: string, order: number): string[] {
  const levels = Array.from({ length: order }, (_, j) => `${bearer}_psi_star_${j + 1}`);
  return [...levels, `${bearer}_known_levels`];
}

/**
 * Checks that the variables that a history of this name would make do not exist yet.
 *
 * @throws {RangeError} when the swarm has one of them.
 */
export function requireFreeSwarmVariables(swarm: Swarm, names: readonly string[]): void {
  for (const name of names) {
    if (!swarm.variables.has(name)) continue;
    throw new RangeError(
      `a history would keep values in '${name}', but swarm '${swarm.name}' has such a variable already; remove it with removeVariable, or choose another name`,
    );
  }
}

/**
 * Refuses what is not a variable of real numbers.
 *
 * @throws {TypeError} when it is not a variable of a swarm.
 * @throws {RangeError} when its numbers are not float64 or float32.
 */
export function requireReal(variable: unknown): asserts variable is RealSwarmVariable {
  if (!(variable instanceof SwarmVariable)) {
    throw new TypeError(
      `LagrangianSwarmDDt takes a variable of a swarm first, got ${describe(variable)}`,
    );
  }
  requireOnParticles("LagrangianSwarmDDt", variable);
  const dtype: string = variable.dtype;
  if (dtype !== "float64" && dtype !== "float32") {
    throw new RangeError(
      `LagrangianSwarmDDt: '${variable.name}' holds ${dtype}; time derivatives need float64 or float32`,
    );
  }
}
