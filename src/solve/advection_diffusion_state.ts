/**
 * The state of `AdvectionDiffusion`, and what earlier versions of it were.
 *
 * @module
 */
import type { CoefficientState } from "./coefficient_state.ts";
import type { SolverState } from "./solver_types.ts";
import type { StepFluxesState } from "./step_fluxes.ts";
import type { TransportSchemeName } from "./transport_scheme.ts";

/** The state of `AdvectionDiffusion`; the history has one of its own. */
export interface AdvectionDiffusionState extends SolverState {
  /** The scheme in time. */
  readonly scheme: TransportSchemeName;
  /** The order in time. */
  readonly order: number;
  /** The form of the velocity. */
  readonly velocity: CoefficientState;
  /** The name of the history. */
  readonly history: string;
  /** The variable that holds the rate of the Crank-Nicolson scheme, and whether it is known; null for BDF. */
  readonly rate: { readonly name: string; readonly started: boolean } | null;
  /** The fluxes of the last step; null before the first. */
  readonly fluxes: StepFluxesState | null;
}

/** A state of version 1, in which only the rate distinguished the schemes, as one of version 2. */
export function advectionDiffusionStateFrom1(
  old: Record<string, unknown>,
): Record<string, unknown> {
  return { ...old, scheme: old["rate"] === null ? "bdf" : "crank-nicolson", fluxes: null };
}
