/**
 * The coefficients of a solver by name: diffusivity, source.
 *
 * @module
 */
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { describe } from "../options.ts";
import {
  checkCoefficients,
  type Coefficients,
  keptCoefficients,
  requireOne,
} from "./coefficient.ts";
import {
  type CoefficientState,
  coefficientState,
  restoredCoefficients,
} from "./coefficient_state.ts";
import { usesTime } from "./forgotten_clock.ts";
import type { NamedCoefficients } from "./solver_types.ts";

/**
 * Coefficients, checked when they are set.
 *
 * State: captured, by the solver that owns them.
 */
export class SolverCoefficients {
  readonly #variable: MeshVariable;
  readonly #values: Record<string, Coefficients> = {};

  /**
   * @param who Named in errors.
   * @throws {TypeError} when a coefficient is of no known kind.
   * @throws {RangeError} when a number is out of range.
   */
  constructor(variable: MeshVariable, values: NamedCoefficients, who: string) {
    this.#variable = variable;
    for (const [name, value] of Object.entries(values)) this.set(name, value, who);
  }

  /** The coefficient of a name; undefined where the solver has none. */
  get(name: string): Coefficients | undefined {
    return this.#values[name];
  }

  /**
   * Checks and replaces a coefficient.
   *
   * @throws {TypeError} when it is of no known kind.
   * @throws {RangeError} when a number is out of range.
   */
  set(name: string, value: Coefficients, who: string): void {
    const { mesh, components } = this.#variable;
    const isTensor = name === "elasticRate", isScalar = name !== "source" && !isTensor;
    const isMaterial = isScalar && name !== "divergence";
    if (isScalar) requireOne(value, `${who}: ${name}`);
    if (isTensor && !(value instanceof MeshVariable)) {
      throw new TypeError(`${who}: ${name} is a variable on the mesh, got ${describe(value)}`);
    }
    const width = isScalar ? 1 : isTensor ? mesh.dim * (mesh.dim + 1) / 2 : components;
    checkCoefficients(value, width, mesh, `${who}: ${name}`);
    if (isMaterial && typeof value === "number" && value < 0) {
      throw new RangeError(`${who}: the ${name} ${value} is negative`);
    }
    if (name === "viscosity" && value === 0) {
      throw new RangeError(`${who}: the viscosity is 0; it has to be positive`);
    }
    this.#values[name] = keptCoefficients(value);
  }

  /** All of them, as they were given. */
  get all(): readonly Coefficients[] {
    return Object.values(this.#values);
  }

  /** The first coefficient that is told the time; null where there is none. */
  get timed(): string | null {
    const { components } = this.#variable, names = Object.keys(this.#values);
    const width = (name: string) => name === "source" ? components : 1;
    return names.find((name) => usesTime(this.#values[name], width(name))) ?? null;
  }

  /** Forms, and values where they are not code. */
  get state(): Record<string, CoefficientState> {
    const out: Record<string, CoefficientState> = {};
    for (const [name, value] of Object.entries(this.#values)) out[name] = coefficientState(value);
    return out;
  }

  /** Remembers the coefficients with their functions; the result makes it so again. */
  mark(): () => void {
    const values = { ...this.#values };
    return () => this.replace(values);
  }

  /** Takes values that {@link SolverCoefficients.restored} gave. */
  replace(values: Readonly<Record<string, Coefficients>>): void {
    Object.assign(this.#values, values);
  }

  /**
   * The coefficients that `state` stands for.
   *
   * @throws {StateSchemaError} when a live one has another form.
   */
  restored(
    state: { readonly [name: string]: CoefficientState } | undefined,
    bearer: string,
  ): Record<string, Coefficients> {
    const out: Record<string, Coefficients> = {};
    for (const [name, live] of Object.entries(this.#values)) {
      out[name] = restoredCoefficients(state?.[name] as CoefficientState, live, bearer, name);
    }
    return out;
  }
}
