/**
 * The state of visco-elastic flow.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { StateSchemaError } from "../errors.ts";
import { decodeExpression } from "../expression/contract.ts";
import { describe } from "../options.ts";
import type { SnapshottableState } from "../snapshot/contract.ts";
import type { CoefficientState } from "../solve/coefficient_state.ts";

/** The state of `ViscoElastic`; fields, history and conditions are in variables and bearers of their own. */
export interface ViscoElasticState extends SnapshottableState {
  /** The stress. */
  readonly stress: string;
  /** The viscosity of creep. */
  readonly viscosity: CoefficientState;
  /** The elastic modulus. */
  readonly shearModulus: CoefficientState;
  /** A number or a formula; null where nothing yields. */
  readonly yieldStress: number | string | null;
}

/** The text of a viscosity with the yield stress, where that is less. */
export function yieldLaw(viscosity: string, yieldStress: number | string): string {
  return `min(${viscosity}, (${yieldStress}) / (2 * edot))`;
}

/**
 * Refuses a yield stress that is no formula.
 *
 * @throws {StateSchemaError} when its text cannot be read.
 */
export function requireYieldLaw(
  yieldStress: number | string | null,
  viscosity: string,
  name: string,
): void {
  if (yieldStress === null) return;
  try {
    decodeExpression(yieldLaw(viscosity, yieldStress));
  } catch (cause) {
    const message = `${name}: the yield stress in the state cannot be read: ${messageOf(cause)}`;
    throw new StateSchemaError(name, message, { cause });
  }
}

/**
 * Refuses the state of another body.
 *
 * @param live The state as it is now.
 * @throws {StateSchemaError} when the version, the stress or whether it yields is another.
 */
export function requireSameBody(
  state: ViscoElasticState,
  live: ViscoElasticState,
  name: string,
): void {
  if (state?.schemaVersion !== 1) {
    throw new StateSchemaError(
      name,
      `${name}: the state has schema version ${state?.schemaVersion}, this version reads 1`,
    );
  }
  const { yieldStress } = state;
  const isText = typeof yieldStress === "string" && yieldStress.trim() !== "";
  const isNumber = typeof yieldStress === "number" && yieldStress > 0 && yieldStress < Infinity;
  if (yieldStress !== null && !isText && !isNumber) {
    throw new StateSchemaError(
      name,
      `${name}: the yield stress in the state is ${describe(yieldStress)}`,
    );
  }
  const yields = ({ yieldStress }: ViscoElasticState) => yieldStress !== null;
  if (state.stress === live.stress && yields(state) === yields(live)) return;
  throw new StateSchemaError(
    name,
    `${name}: the stress was '${state.stress}' and the yield stress ${state.yieldStress} when the state was ` +
      `saved; they are '${live.stress}' and ${live.yieldStress} now`,
  );
}
