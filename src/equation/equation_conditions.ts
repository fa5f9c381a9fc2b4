/**
 * Boundary conditions of the unknowns of an equation.
 *
 * @module
 */
import { type Expression, isExpression } from "../expression/contract.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { checkOptions, describe } from "../options.ts";
import { checkCoefficients, type Coefficients } from "../solve/coefficient.ts";
import { BoundaryConditions, type Condition, type ConditionState } from "../solve/conditions.ts";
import { timedCondition } from "../solve/forgotten_clock.ts";
import { conditionOptionNames, type ConditionOptions } from "../solve/solver_types.ts";
import { requireText } from "./equation_options.ts";
import type { FluxText } from "./equation_texts.ts";

/**
 * Dirichlet values of every unknown; fluxes are among the texts.
 *
 * State: captured, by the equation that owns it.
 */
export class EquationConditions {
  /** Of each unknown. */
  readonly dirichlet: readonly BoundaryConditions[];
  readonly #unknowns: readonly MeshVariable[];

  /** None yet. */
  constructor(unknowns: readonly MeshVariable[]) {
    this.#unknowns = unknowns;
    this.dirichlet = unknowns.map(() => new BoundaryConditions());
  }

  /** Adds a Dirichlet value; see `Equation.addDirichlet`. */
  addDirichlet(
    unknown: MeshVariable,
    boundary: string,
    value: Coefficients,
    options: ConditionOptions,
    who: string,
  ): void {
    const at = this.#place(unknown, boundary, options, who);
    const { component = null } = options;
    const width = component === null ? unknown.components : 1;
    checkCoefficients(
      value,
      width,
      unknown.mesh,
      `${who}: value of ${unknown.name} on ${boundary}`,
    );
    this.dirichlet[at].set({ kind: "dirichlet", boundary, component, value, transfer: 0 });
  }

  /** The first condition with a value that is told the time, for messages; null where there is none. */
  get timed(): string | null {
    for (const [at, { list }] of this.dirichlet.entries()) {
      const timed = timedCondition(list, this.#unknowns[at].components);
      if (timed !== null) return timed;
    }
    return null;
  }

  /** The fluxes with one more, or with another one in its place; see `Equation.addNeumann`. */
  withFlux(
    fluxes: readonly FluxText[],
    unknown: MeshVariable,
    boundary: string,
    flux: string | number | Expression,
    options: ConditionOptions,
    who: string,
  ): FluxText[] {
    this.#place(unknown, boundary, options, who);
    const { component = null } = options;
    if (typeof flux === "number" && !Number.isFinite(flux)) {
      throw new RangeError(`${who}: the flux of ${unknown.name} on ${boundary} is ${flux}`);
    }
    const text = isExpression(flux) ? flux.toJSON() : typeof flux === "number" ? `${flux}` : flux;
    requireText(`the flux of ${unknown.name} on ${boundary}`, text);
    const added: FluxText = { unknown: unknown.name, boundary, component, text };
    const at = fluxes.findIndex((other) =>
      other.unknown === added.unknown && other.boundary === boundary &&
      other.component === component
    );
    return at < 0 ? [...fluxes, added] : fluxes.with(at, added);
  }

  /** Which of the unknowns it is. */
  #place(
    unknown: MeshVariable,
    boundary: string,
    options: ConditionOptions,
    who: string,
  ): number {
    checkOptions(`${who}, condition on ${boundary}`, options, conditionOptionNames);
    const { component } = options;
    const at = this.#unknowns.indexOf(unknown);
    if (at < 0) {
      const names = this.#unknowns.map(({ name }) => `'${name}'`).join(", ");
      throw new RangeError(
        `${who}: a condition is for one of the unknowns ${names}, got ${
          describe(unknown?.name ?? unknown)
        }`,
      );
    }
    geometryOf(unknown.mesh).topology.facetsOf(boundary);
    const isIndex = component === undefined ||
      (Number.isInteger(component) && component >= 0 && component < unknown.components);
    if (isIndex) return at;
    throw new RangeError(
      `${who}: component ${component} of '${unknown.name}', which has ${unknown.components}, counted ` +
        `from 0`,
    );
  }

  /** The conditions of each unknown as plain values. */
  get state(): { readonly [unknown: string]: readonly ConditionState[] } {
    return Object.fromEntries(
      this.#unknowns.map(({ name }, k) => [name, this.dirichlet[k].state]),
    );
  }

  /**
   * The conditions that a state stands for, by unknown.
   *
   * @throws {StateSchemaError} when the live ones are arranged in another way.
   */
  restored(
    state: { readonly [unknown: string]: readonly ConditionState[] },
    who: string,
  ): Condition[][] {
    return this.#unknowns.map(({ name }, k) =>
      this.dirichlet[k].restored(state?.[name], `${who}: ${name}`)
    );
  }

  /** Remembers all lists with their functions; the result makes it so again. */
  mark(): () => void {
    const marks = this.dirichlet.map((list) => list.mark());
    return () => marks.forEach((rewind) => rewind());
  }

  /** Takes conditions that were restored. */
  replace(conditions: readonly Condition[][]): void {
    conditions.forEach((list, k) => this.dirichlet[k].replace(list));
  }
}
