/**
 * What an equation is: its unknowns, formulas and conditions.
 *
 * @module
 */
import { printAs } from "../display.ts";
import { valuesOf } from "../ddt/level_variables.ts";
import type { Expression } from "../expression/contract.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Coefficients } from "../solve/coefficient.ts";
import type { ConditionOptions } from "../solve/solver_types.ts";
import { EquationConditions } from "./equation_conditions.ts";
import type { EquationLimits } from "./frame_inputs.ts";
import type { TimeScheme } from "./equation_history.ts";
import {
  checkDefinitions,
  checkEquationOptions,
  checkQuadrature,
  checkUnknowns,
  equationLimits,
  type EquationOptions,
  requireText,
  textsOf,
  timeSchemeOf,
} from "./equation_options.ts";
import type { Definitions } from "./equation_texts.ts";
import type { UnknownSpace } from "./unknown_space.ts";
import { ProgramStore } from "./program_store.ts";
import { type SummaryLine, summaryOf } from "./summary.ts";
import { fixValues } from "../fixed_fields.ts";

/**
 * The base of `Equation`: unknowns, formulas and boundary conditions. All formulas can be replaced at any time.
 *
 * State: captured, by the equation.
 */
export abstract class EquationSetup {
  /** Stable, unique among the bearers of the model. */
  abstract readonly name: string;
  /** What is solved for. */
  readonly unknowns: readonly MeshVariable[];
  /**
   * How it goes forward in time.
   *
   * @internal
   */
  protected readonly scheme: TimeScheme;
  /**
   * Tolerances, limits and methods.
   *
   * @internal
   */
  protected readonly limits: EquationLimits;
  /**
   * The formulas.
   *
   * @internal
   */
  protected readonly programs: ProgramStore;
  /**
   * The Dirichlet values.
   *
   * @internal
   */
  protected readonly conditions: EquationConditions;

  /**
   * Reads the formulas.
   *
   * @throws {TypeError} when an unknown is not a continuous mesh variable, or a formula is not a text.
   * @throws {RangeError} when a formula cannot be read, or a number is out of range.
   * @internal
   */
  protected constructor(
    unknowns: MeshVariable | readonly MeshVariable[],
    options: EquationOptions,
  ) {
    this.unknowns = fixValues([...checkUnknowns(unknowns)]);
    checkEquationOptions(options);
    this.limits = fixValues(equationLimits(options, this.unknowns[0].mesh.model.comm));
    const texts = textsOf(options, this.unknowns.length);
    this.scheme = fixValues(timeSchemeOf(options));
    this.conditions = new EquationConditions(this.unknowns);
    const quadrature = checkQuadrature(options.quadratureDegree);
    this.programs = new ProgramStore(this.unknowns, texts, quadrature, options.name ?? "Equation");
    const isSteady = this.programs.rates.size === 0;
    if (isSteady && (options.order !== undefined || options.theta !== undefined)) {
      throw new RangeError(
        "Equation: order and theta are for equations with dt(...), which this one does not have",
      );
    }
  }

  /** The order in time: that of BDF, or of the one-step scheme, 2 for theta = 1/2 and otherwise 1. */
  get order(): number {
    return this.scheme.theta === 0.5 ? 2 : this.scheme.order;
  }

  /** The weight of the new time in the one-step scheme; 1 for BDF. */
  get theta(): number {
    return this.scheme.theta;
  }

  /**
   * The weak form; null where an energy defines the equation. Assigning one replaces it.
   *
   * @throws {RangeError} when the text cannot be read, an energy defines the equation, or rates come or go.
   */
  get weak(): string | null {
    return this.#textOf("weak");
  }

  set weak(text: string) {
    this.#replaceText("weak", text);
  }

  /**
   * The energy; null where a weak form defines the equation. Assigning one replaces it.
   *
   * @throws {RangeError} when the text cannot be read, or a weak form defines the equation.
   */
  get energy(): string | null {
    return this.#textOf("energy");
  }

  set energy(text: string) {
    this.#replaceText("energy", text);
  }

  /**
   * Formulas by name, a copy. Assigning replaces all of them.
   *
   * @throws {TypeError} when one is not a text.
   * @throws {RangeError} when one cannot be read, or rates come or go.
   */
  get define(): Definitions {
    return { ...this.programs.texts.define };
  }

  set define(define: Definitions) {
    this.programs.rewrite({ define: checkDefinitions("define", define) });
  }

  #textOf(kind: "weak" | "energy"): string | null {
    const { texts } = this.programs;
    return texts.kind === kind ? texts.text : null;
  }

  #replaceText(kind: "weak" | "energy", text: string): void {
    requireText(kind, text);
    if (this.programs.texts.kind !== kind) {
      throw new RangeError(`${this.name} has no ${kind}; make another equation of that kind`);
    }
    this.programs.rewrite({ text });
  }

  /**
   * Holds an unknown at a value on a boundary. On the same boundary and component a new value replaces the one
   * before; where boundaries meet, the one added last wins.
   *
   * @param unknown One of the unknowns.
   * @param boundary The name of a boundary of the mesh.
   * @param value A number, a function `(x, y, z, t) => number`, an expression or a field; for several
   *   components also a list of these, or a function `(x, y, z, out, t) => void`. Functions are code,
   *   not state.
   * @param options The component, where it is for one only.
   * @throws {RangeError} when there is no such unknown, boundary or component, or a number is not finite.
   * @throws {TypeError} when `value` is none of these.
   */
  addDirichlet(
    unknown: MeshVariable,
    boundary: string,
    value: Coefficients,
    options: ConditionOptions = {},
  ): void {
    this.conditions.addDirichlet(unknown, boundary, value, options, this.name);
  }

  /**
   * Prescribes the flux of an unknown into the domain on a boundary: what integration by parts leaves there,
   * `k du/dn` for a flux `k grad(u)`. It may use the unknowns, so that exchange with a surrounding,
   * `"h * (T_air - T)"`, and radiation, `"sigma * (T_air^4 - T^4)"`, are fluxes; and `n`, the outward normal.
   *
   * @param unknown The unknown whose test function it multiplies.
   * @param boundary The name of a boundary of the mesh.
   * @param flux A formula, or a number; for several components a vector `"[a, b]"`. On the same boundary and
   *   component a new one replaces the one before.
   * @param options The component, where it is for one only.
   * @throws {RangeError} when there is no such unknown, boundary or component, or the formula cannot be read.
   * @throws {TypeError} when `flux` is neither a text nor a number nor an expression.
   */
  addNeumann(
    unknown: MeshVariable,
    boundary: string,
    flux: string | number | Expression,
    options: ConditionOptions = {},
  ): void {
    const { fluxes } = this.programs.texts;
    this.programs.rewrite({
      fluxes: this.conditions.withFlux(fluxes, unknown, boundary, flux, options, this.name),
    });
  }

  /**
   * The values of the unknowns in the order of residuals and Jacobians: at every
   * node, and then in the middle of every edge where unknowns are quadratic, the components of all unknowns
   * that have a value there, in their order, quadratic ones first. New memory, `[unknowns]`.
   */
  vector(): Float64Array {
    return this.#space.gather(this.unknowns.map(valuesOf));
  }

  /**
   * Gives the unknowns the values of a vector in the order of {@link EquationSetup.vector}.
   *
   * @param values `[unknowns]`
   * @throws {RangeError} when there are not as many.
   */
  setVector(values: Float64Array): void {
    const space = this.#space;
    if (values.length !== space.count) {
      throw new RangeError(`${this.name} has ${space.count} unknowns, got ${values.length} values`);
    }
    space.fields.forEach((field, k) => space.scatter(values, field, this.unknowns[k].data));
  }

  get #space(): UnknownSpace {
    const { assembler } = this.programs.read(this.programs.texts);
    return assembler.spaceOn(geometryOf(this.unknowns[0].mesh));
  }

  /**
   * What was understood, line by line.
   *
   * @internal
   */
  get summary(): readonly SummaryLine[] {
    const program = this.programs.read(this.programs.texts), space = this.#space;
    return summaryOf(program, {
      tests: this.programs.texts.tests,
      scheme: this.scheme,
      choice: this.limits.linear,
      held: this.conditions.state,
      unknownCount: space.count,
      blockSize: space.blockSize,
    });
  }

  /**
   * What was understood: what multiplies the test functions and their gradients, whether the equation is linear
   * and its Jacobian symmetric, the quadrature, and how linear systems are solved and why.
   */
  toString(): string {
    const { summary } = this;
    const width = Math.max(...summary.map(([what]) => what.length));
    const lines = summary.map(([what, text]) => `  ${what.padEnd(width)}  ${text}`);
    return [this.name, ...lines].join("\n");
  }

  static {
    printAs(this, function () {
      return this.toString();
    });
  }
}
