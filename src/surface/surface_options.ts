/**
 * Options and results of free surfaces.
 *
 * @module
 */
import { describe, type OptionNames, requireNumber, requireOptions } from "../options.ts";

/** How a free surface moves in time; see `FreeSurface`. */
export type SurfaceScheme = "euler" | "rk2" | "rk4" | "midpoint" | "stabilised";

/** How inner nodes follow: in proportion to their height in the column, or by a harmonic function. */
export type InteriorMotion = "vertical" | "laplace";

/** What a `FreeSurface` is made of. */
export interface FreeSurfaceOptions {
  /** The boundary that moves. Defaults to `"top"`. */
  readonly boundary?: string;
  /** The boundary below that stays. Defaults to `"bottom"`. */
  readonly base?: string;
  /** How it moves in time. Defaults to `"rk2"`. */
  readonly scheme?: SurfaceScheme;
  /** How inner nodes follow. Defaults to `"vertical"`. */
  readonly interior?: InteriorMotion;
  /**
   * The share of the step at whose end the weight of the moved surface acts, from 0 to 1, for `"stabilised"`:
   * with 1/2 and more every step is stable. Defaults to 1/2, which is of second order for low surfaces.
   */
  readonly theta?: number;
  /**
   * The difference of densities across the surface times gravity, positive, for `"stabilised"` and `"midpoint"`.
   * Defaults to the body force at the surface, which is right where it holds the whole weight and nothing lies above.
   */
  readonly weight?: number;
  /** The change of the surface's velocity at which `"midpoint"` has converged, of the largest. Defaults to 1e-9. */
  readonly tolerance?: number;
  /** The most iterations of `"midpoint"`. Defaults to 25. */
  readonly maxIterations?: number;
  /** Its name among the bearers; `FreeSurface_0` and so on otherwise. */
  readonly name?: string;
}

/** The names of {@link FreeSurfaceOptions}. */
export const freeSurfaceOptionNames: OptionNames<FreeSurfaceOptions> = {
  boundary: true,
  base: true,
  scheme: true,
  interior: true,
  theta: true,
  weight: true,
  tolerance: true,
  maxIterations: true,
  name: true,
};

/** What a step of a surface takes. */
export interface SurfaceStepOptions {
  /** The step, positive. Defaults to `tracker.dt`. */
  readonly dt?: number;
  /** The scheme of this step. Defaults to that of the surface. */
  readonly scheme?: SurfaceScheme;
}

/** How a step of a surface went. */
export interface SurfaceStepResult {
  /** The step that was taken. */
  readonly dt: number;
  /** The scheme that took it. */
  readonly scheme: SurfaceScheme;
  /** How often the flow was solved. */
  readonly solves: number;
  /** The iterations of all solves together. */
  readonly iterations: number;
}

/** Everything that a surface is made of, with what was left out. */
export interface SurfaceSettings {
  readonly boundary: string;
  readonly base: string;
  readonly scheme: SurfaceScheme;
  readonly interior: InteriorMotion;
  readonly theta: number;
  /** Null where it follows from the body force. */
  readonly weight: number | null;
  readonly tolerance: number;
  readonly maxIterations: number;
}

const schemes: readonly SurfaceScheme[] = ["euler", "rk2", "rk4", "midpoint", "stabilised"];
const interiors: readonly InteriorMotion[] = ["vertical", "laplace"];

/** Checks a scheme's name. */
export function requireScheme(who: string, scheme: unknown): asserts scheme is SurfaceScheme {
  requireOneOf(`${who}: scheme`, scheme, schemes);
}

/**
 * Checks what a user gave.
 *
 * @throws {TypeError} when an option does not exist or is of a wrong type.
 * @throws {RangeError} when a number is out of range, or there is no such scheme.
 */
export function surfaceSettings(options: FreeSurfaceOptions): SurfaceSettings {
  const who = "FreeSurface";
  requireOptions(who, options, freeSurfaceOptionNames);
  const { boundary = "top", base = "bottom", scheme = "rk2", interior = "vertical" } = options;
  const { theta = 0.5, weight = null, tolerance = 1e-9, maxIterations = 25 } = options;
  for (const [what, name] of [["boundary", boundary], ["base", base]] as const) {
    if (typeof name === "string") continue;
    throw new TypeError(
      `${who}: ${what} is the name of a boundary of the mesh, got ${describe(name)}`,
    );
  }
  if (boundary === base) throw new RangeError(`${who}: "${boundary}" cannot both move and stay`);
  requireScheme(who, scheme);
  requireOneOf(`${who}: interior`, interior, interiors);
  requireWithin(`${who}: theta`, theta, theta >= 0 && theta <= 1, "from 0 to 1");
  if (weight !== null) {
    requireWithin(`${who}: weight`, weight, weight > 0 && weight < Infinity, "positive");
  }
  requireWithin(`${who}: tolerance`, tolerance, tolerance > 0 && tolerance < 1, "between 0 and 1");
  const isCount = Number.isInteger(maxIterations) && maxIterations > 0;
  requireWithin(`${who}: maxIterations`, maxIterations, isCount, "a whole number from 1");
  return { boundary, base, scheme, interior, theta, weight, tolerance, maxIterations };
}

function requireOneOf(what: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== "string") {
    throw new TypeError(`${what} is one of ${quoted(known)}, got ${describe(value)}`);
  }
  if (!known.includes(value)) {
    throw new RangeError(`${what} is one of ${quoted(known)}, got "${value}"`);
  }
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

function requireWithin(what: string, value: unknown, holds: boolean, range: string): void {
  requireNumber(what, value);
  if (!holds) throw new RangeError(`${what} is ${range}, got ${value}`);
}
