/**
 * The hook through which fields are set from formulas. Formulas are read on a floor above, which registers how.
 *
 * @module
 */
import type { Expression } from "../expression/contract.ts";
import type { MeshVariable } from "./mesh_variable.ts";
import type { FieldFunction, ScalarFunction } from "./points.ts";

/** How the values of a field follow from a formula; see {@link FormulaOptions.by}. */
export type FormulaMethod = "projection" | "average" | "recovery";

/** Values by the names of boundaries; functions and expressions see the present time. */
export type HeldValues = Readonly<
  Record<
    string,
    | number
    | FieldFunction
    | Expression
    | MeshVariable
    | readonly (number | ScalarFunction | Expression | MeshVariable)[]
  >
>;

/** What `MeshVariable.setFrom` takes besides the formula. */
export interface FormulaOptions {
  /**
   * With `"projection"` the field is the one that is closest to the formula in the L2 norm: the mean in each cell
   * for fields of degree 0. With `"average"` every degree of freedom gets the mean, by volume, of what the
   * formula is there in the cells around it; no system is solved. `"recovery"` does the same, and gradients in the
   * formula are those of quadratics (for fields of degree 1) or cubics (for degree 2) that fit the values around:
   * one order more accurate, up to the boundary. Defaults to `"projection"`.
   */
  readonly by?: FormulaMethod;
  /** Formulas by name, for use in the formula. */
  readonly define?: Readonly<Record<string, string>>;
  /** To which degree cells are integrated exactly by `"projection"`. Defaults to an estimate from the formula. */
  readonly quadratureDegree?: number;
  /**
   * Values on boundaries by their names, which the field gets whatever the formula is there; for `"projection"` the
   * field is then the closest one that has them. Where two boundaries meet, the later one wins. Defaults to none.
   */
  readonly held?: HeldValues;
}

/** Gives the values of a formula, `[dofCount x components]`. Collective. */
export type FormulaSetter = (
  variable: MeshVariable,
  formula: string,
  options: FormulaOptions,
) => Float64Array;

let setter: FormulaSetter | null = null;

/** Registers how formulas are read; the last one registered is used. */
export function registerFormulaSetter(values: FormulaSetter): void {
  setter = values;
}

/** The values of a formula. */
export function formulaValues(
  variable: MeshVariable,
  formula: string,
  options: FormulaOptions,
): Float64Array {
  if (setter === null) {
    throw new TypeError("setFrom needs the whole toolkit: import from mod.ts, not from its parts");
  }
  return setter(variable, formula, options);
}
