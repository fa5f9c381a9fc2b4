/**
 * The state of a surface.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { StateSchemaError } from "../errors.ts";
import { type InteriorMotion, requireScheme, type SurfaceScheme } from "./surface_options.ts";

/** The state of a `FreeSurface`; heights are in the mesh, the flow in its variables. */
export interface FreeSurfaceState {
  /** The version of the layout of this state. */
  readonly schemaVersion: number;
  /** The solver of the flow. */
  readonly flow: string;
  /** The boundary that moves. */
  readonly boundary: string;
  /** The boundary that stays. */
  readonly base: string;
  /** How inner nodes follow. */
  readonly interior: InteriorMotion;
  /** The scheme in time. */
  readonly scheme: SurfaceScheme;
  /** See `FreeSurfaceOptions`. */
  readonly theta: number;
  /** Steps that were taken. */
  readonly steps: number;
}

/**
 * Checks a state against that of the live surface.
 *
 * @throws {StateSchemaError} when it is that of another surface.
 */
export function checkSurfaceState(
  bearer: string,
  state: FreeSurfaceState,
  live: FreeSurfaceState,
): void {
  for (const field of ["schemaVersion", "flow", "boundary", "base", "interior"] as const) {
    if (state?.[field] === live[field]) continue;
    throw new StateSchemaError(
      bearer,
      `${bearer}: ${field} is ${state?.[field]} in the state and ${live[field]} here`,
    );
  }
  const { scheme, theta, steps } = state;
  try {
    requireScheme(bearer, scheme);
  } catch (error) {
    throw new StateSchemaError(bearer, messageOf(error), { cause: error });
  }
  const isShare = typeof theta === "number" && theta >= 0 && theta <= 1;
  if (isShare && Number.isSafeInteger(steps) && steps >= 0) return;
  throw new StateSchemaError(
    bearer,
    `${bearer}: the state has theta ${theta}, which is not from 0 to 1, or ${steps} steps, which cannot be`,
  );
}
