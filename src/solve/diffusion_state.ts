/**
 * The state of `Diffusion`, and what earlier versions of it were.
 *
 * @module
 */
import type { FieldHistoryState } from "./field_history.ts";
import type { SolverState } from "./solver_types.ts";
import type { StepFluxesState } from "./step_fluxes.ts";

/** The state of `Diffusion`. */
export interface DiffusionState extends SolverState {
  /** The weight of the new time; 1 for BDF. */
  readonly theta: number;
  /** The steps, and the names of the variables that hold earlier values. */
  readonly history: FieldHistoryState;
  /** The fluxes of the last step; null before the first. */
  readonly fluxes: StepFluxesState | null;
}

/** A state of version 1, which had the steps and names among the fields of the solver, as one of version 2. */
export function diffusionStateFrom1(old: Record<string, unknown>): Record<string, unknown> {
  const { order, steps, history: psiStar, ...rest } = old as unknown as DiffusionStateV1;
  const history: FieldHistoryState = {
    schemaVersion: 1,
    order,
    theta: rest.theta,
    dt: steps[0] ?? null,
    dtHistory: steps.slice(0, order),
    historyInitialised: steps.length > 0,
    nSolvesCompleted: steps.length,
    phase: "between",
    stepStart: 0,
    psiStar,
  };
  return { ...rest, history, fluxes: null };
}

/** What version 1 of the state held. */
interface DiffusionStateV1 extends SolverState {
  readonly order: number;
  readonly theta: number;
  /** Steps taken, newest first, at most two. */
  readonly steps: readonly number[];
  /** Names of the variables that hold earlier values, newest first. */
  readonly history: readonly string[];
}
