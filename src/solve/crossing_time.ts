/**
 * The time that flow and diffusion take to cross the smallest cell.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { type Coefficient, type Coefficients, sampleAll } from "./coefficient.ts";
import type { FieldFrame } from "./field_frame.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";

/** What an estimate of the step counts. Where one is named as true, the other does not count. */
export interface CrossingOptions {
  /** The flow across the smallest cell. */
  readonly advection?: boolean;
  /** Diffusion across it. */
  readonly diffusion?: boolean;
}

const crossingNames: OptionNames<CrossingOptions> = { advection: true, diffusion: true };

/**
 * Which of the two count: both where nothing is said, and what is not named as false where one is.
 *
 * @throws {TypeError} when an option does not exist or is not a boolean.
 * @throws {RangeError} when neither counts.
 */
export function countedCrossings(
  what: string,
  options: CrossingOptions,
): Required<CrossingOptions> {
  checkOptions(what, options, crossingNames);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(`${what}: ${name} is true or false, got ${describe(value)}`);
  }
  const isNamed = options.advection === true || options.diffusion === true;
  const { advection = !isNamed, diffusion = !isNamed } = options;
  if (!advection && !diffusion) {
    throw new RangeError(
      `${what}: advection and diffusion are both false, so nothing limits the step`,
    );
  }
  return { advection, diffusion };
}

/**
 * `(2 r)^2 / (2 dim k)`, r the smallest inscribed radius, k the greatest diffusivity; Infinity where
 * nothing diffuses.
 *
 * @throws {RangeError} when the diffusivity is negative or not finite somewhere.
 */
export function diffusionTime(frame: FieldFrame, diffusivity: Coefficient): number {
  const k = frame.diffusivity(diffusivity);
  const most = frame.largest(typeof k === "number" ? k : k.reduce((a, b) => Math.max(a, b), 0));
  const { minRadius, dim } = frame.variable.mesh;
  return most === 0 ? Infinity : (2 * minRadius) ** 2 / (2 * dim * most);
}

/**
 * `2 r / |v|`, v the greatest velocity at the degrees of freedom; Infinity where nothing flows.
 *
 * @throws {RangeError} when the velocity is not finite somewhere.
 */
export function flowTime(frame: FieldFrame, velocity: Coefficients): number {
  const { geometry, map } = frame;
  const points = () => locatedDofs(geometry, map);
  const columns = allOrNone(
    frame.variable.mesh.model.comm,
    () => sampleAll(velocity, geometry.topology.dim, points, frame.sample("velocity")),
  );
  let fastest = 0;
  for (let i = 0; i < map.count; i++) {
    let square = 0;
    for (const column of columns) square += (typeof column === "number" ? column : column[i]) ** 2;
    fastest = Math.max(fastest, square);
  }
  fastest = frame.largest(fastest);
  return fastest === 0 ? Infinity : 2 * frame.variable.mesh.minRadius / Math.sqrt(fastest);
}
