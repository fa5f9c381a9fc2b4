/**
 * The schemes in time of `AdvectionDiffusion`: what they have in common, and which one options ask for.
 *
 * @module
 */
import { checkOrder } from "../ddt/coefficients.ts";
import { requireFreeVariables } from "../ddt/level_variables.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { Coefficient, Coefficients } from "./coefficient.ts";
import type { FieldFrame } from "./field_frame.ts";
import type { FieldSolution, SolverLimits } from "./field_system.ts";
import type { SolveResult } from "./solver_types.ts";
import type { StepResult } from "./time_step.ts";
import type { TransportHistory } from "./transport_history.ts";

/** A scheme in time: Crank-Nicolson along the paths of the material, or backward differences. */
export type TransportSchemeName = "crank-nicolson" | "bdf";

const transportSchemes: readonly TransportSchemeName[] = ["crank-nicolson", "bdf"];

/** Diffusivity and source. */
export interface StepCoefficients {
  readonly diffusivity: Coefficient;
  readonly source: Coefficients;
}

/** What a step works with. */
export interface TransportStep {
  /** The field at the end of the step. */
  readonly frame: FieldFrame;
  /** The time at its beginning. */
  readonly t: number;
  readonly dt: number;
  readonly coefficients: StepCoefficients;
  readonly limits: SolverLimits;
  /** Writes the new values into the field; reactions are those at the end of the step. */
  readonly accept: (solution: FieldSolution) => SolveResult;
}

/** One scheme with its history. */
export interface TransportScheme {
  readonly name: TransportSchemeName;
  /** The order in time. */
  readonly order: number;
  /** How the past is carried along. */
  readonly history: TransportHistory;
  /** Takes one step, that of the history included. */
  step(step: TransportStep): StepResult;
}

/** What a user asks for. */
export interface SchemeOptions {
  readonly scheme?: TransportSchemeName;
  readonly order?: number;
  readonly history?: TransportHistory;
}

/**
 * The scheme that options ask for, and its order.
 *
 * @throws {RangeError} when there is no such scheme or order, or the options contradict each other.
 */
export function schemeOf(
  { scheme, order, history }: SchemeOptions,
): { readonly scheme: TransportSchemeName; readonly order: number } {
  if (scheme !== undefined && !transportSchemes.includes(scheme)) {
    throw new RangeError(
      `AdvectionDiffusion: scheme is one of ${
        transportSchemes.map((name) => `"${name}"`).join(", ")
      }, got ${JSON.stringify(scheme)}`,
    );
  }
  const chosen = scheme ??
    (order === undefined && history === undefined ? "crank-nicolson" : "bdf");
  if (chosen === "crank-nicolson") {
    for (const [what, given] of Object.entries({ order, history })) {
      if (given === undefined) continue;
      throw new RangeError(
        `AdvectionDiffusion: ${what} belongs to scheme "bdf", and "crank-nicolson" was asked for, which ` +
          `is of order 2 with a history of its own; give one of them`,
      );
    }
    return { scheme: chosen, order: 2 };
  }
  const found = order ?? history?.order ?? 2;
  checkOrder("AdvectionDiffusion", found);
  if (history !== undefined && found > history.order) {
    throw new RangeError(
      `AdvectionDiffusion: order ${found} was asked for, but '${history.name}' keeps ` +
        `${history.order} levels`,
    );
  }
  return { scheme: chosen, order: found };
}

/** The name of the history that a solver makes. */
export function ownHistoryName(solver: string): string {
  return `${solver}_history`;
}

/**
 * Asked before a solver gets its name: whether the names are free that are made from it, of a history of its own and of
 * variables.
 *
 * @throws {RangeError} when one is taken.
 */
export function requireHistoryNames(
  mesh: Mesh,
  solver: string,
  variables: readonly string[],
  bearers: ReadonlyMap<string, unknown>,
): void {
  const history = ownHistoryName(solver);
  if (bearers.has(history)) {
    throw new RangeError(
      `'${solver}' makes a history '${history}', but the model has a bearer of that name already; choose ` +
        `another name`,
    );
  }
  const taken = [...mesh.variables.keys()].filter((other) => other.startsWith(`${history}_`));
  requireFreeVariables(mesh, solver, [...variables, ...taken]);
}
