/**
 * What an equation writes down: its texts, its conditions, its steps.
 *
 * @module
 */
import { StateSchemaError } from "../errors.ts";
import { isRecord } from "../options.ts";
import type { SnapshottableState } from "../snapshot/contract.ts";
import type { ConditionState } from "../solve/conditions.ts";
import type { EquationHistoryState } from "./equation_history.ts";
import type {
  Definitions,
  EquationTexts,
  FluxText,
  PreconditionerTexts,
} from "./equation_texts.ts";

/** The state of an `Equation`. Everything that defines it is text, and comes back with the state. */
export interface EquationState extends SnapshottableState {
  /** The names of the unknowns. */
  readonly unknowns: readonly string[];
  /** Whether `text` is a weak form or an energy. */
  readonly kind: "weak" | "energy";
  /** The weak form or the energy. */
  readonly text: string;
  /** The names of the test functions. */
  readonly tests: readonly string[];
  /** Formulas by name. */
  readonly define: Definitions;
  /** What is different for the preconditioner. */
  readonly preconditioner: PreconditionerTexts | null;
  /** Fluxes through boundaries. */
  readonly fluxes: readonly FluxText[];
  /** Held values of each unknown, in the order in which they were added. */
  readonly conditions: { readonly [unknown: string]: readonly ConditionState[] };
  /** The weight of the new time; 1 for backward differences. */
  readonly theta: number;
  /** The steps, and the names of the variables that hold earlier values. */
  readonly history: EquationHistoryState;
}

/**
 * The texts in a state.
 *
 * @throws {StateSchemaError} when it is of another version, or is not the state of an equation.
 */
export function textsIn(state: EquationState, bearer: string): EquationTexts {
  const refuse = (problem: string): never => {
    throw new StateSchemaError(bearer, `${bearer}: ${problem}; nothing was changed`);
  };
  if (state?.schemaVersion !== 1) {
    refuse(`its state has schema version ${state?.schemaVersion}, this version reads 1`);
  }
  const { kind, text, tests, define, preconditioner, fluxes } = state;
  if ((kind !== "weak" && kind !== "energy") || typeof text !== "string") {
    refuse("the state has no weak form and no energy");
  }
  const isForm = Array.isArray(tests) && tests.every(isText) && isTexts(define);
  const isSame = preconditioner === null || preconditioner === undefined;
  if (!isForm || !isSame && !isPreconditioner(preconditioner)) {
    refuse("tests or definitions are missing in the state, or are not texts");
  }
  const isFluxList = Array.isArray(fluxes) &&
    fluxes.every((flux) => isFlux(flux) && state.unknowns?.includes?.(flux.unknown));
  if (!isFluxList) refuse("the state has no fluxes, or one that is not a flux of an unknown");
  return { kind, text, tests, define, preconditioner: preconditioner ?? null, fluxes };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isText);
}

function isPreconditioner({ weak, define }: PreconditionerTexts): boolean {
  return (weak === null || isText(weak)) && isTexts(define);
}

function isFlux(flux: FluxText): boolean {
  return isRecord(flux) && isText(flux.boundary) && isText(flux.text) &&
    (flux.component === null || Number.isInteger(flux.component));
}

/**
 * Refuses fluxes through boundaries that are not there.
 *
 * @throws {StateSchemaError} when one is missing.
 */
export function requireBoundaries(
  fluxes: readonly FluxText[],
  boundaries: ReadonlyMap<string, unknown>,
  bearer: string,
): void {
  const lost = fluxes.find(({ boundary }) => !boundaries.has(boundary));
  if (lost === undefined) return;
  const names = [...boundaries.keys()].map((name) => `"${name}"`).join(", ");
  throw new StateSchemaError(
    bearer,
    `${bearer}: the state has a flux through the boundary "${lost.boundary}", and the mesh has ${names}`,
  );
}

/**
 * Refuses the state of an equation with other unknowns, or another scheme.
 *
 * @throws {StateSchemaError} when they differ.
 */
export function requireSameArrangement(
  state: EquationState,
  live: EquationState,
  bearer: string,
): void {
  for (const field of ["unknowns", "theta"] as const) {
    if (String(state[field]) === String(live[field])) continue;
    throw new StateSchemaError(
      bearer,
      `${bearer}: ${field} is ${state[field]} in the state and ${live[field]} here; make the ` +
        `equation with the same ones`,
    );
  }
}
