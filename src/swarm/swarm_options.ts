import { type ArrayKind, arrayKinds } from "../arrays.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { requireNotPeriodic } from "../mesh/require_not_periodic.ts";
import { requireMesh } from "../mesh/registered.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import type { BalanceOptions } from "./balance_options.ts";
import type { SwarmBoundary } from "./boundary_rule.ts";

/** How a {@link Swarm} is made. */
export interface SwarmOptions {
  /** Unique among the swarms of the model; defaults to `Swarm_0`, `Swarm_1` and so on. */
  readonly name?: string;
  /** What happens to particles that leave the domain; defaults to `"lose"`. */
  readonly boundary?: SwarmBoundary;
  /** Population control at the end of every {@link Swarm.advect}; see {@link Swarm.balance}. Defaults to none. */
  readonly balance?: BalanceOptions | undefined;
  /** Whether to count how often particles go through the sides of a periodic mesh; see {@link Swarm.wraps}. */
  readonly wraps?: boolean;
}

/** How {@link Swarm.addVariable} makes a variable. */
export interface SwarmVariableOptions<K extends ArrayKind = ArrayKind> {
  /** Numbers per particle; defaults to 1. */
  readonly components?: number;
  /** The element type; defaults to `"float64"`. */
  readonly dtype?: K;
}

/** How {@link Swarm.addParticles} takes points. */
export interface AddParticlesOptions {
  /** Whether particles go where they belong at once; defaults to true. */
  readonly migrate?: boolean;
  /** Whether all ranks give the same points, each of which becomes one particle; defaults to false. */
  readonly global?: boolean;
}

const swarmNames: OptionNames<SwarmOptions> = {
  name: true,
  boundary: true,
  balance: true,
  wraps: true,
};
const variableNames: OptionNames<SwarmVariableOptions> = { components: true, dtype: true };
const addNames: OptionNames<AddParticlesOptions> = { migrate: true, global: true };

const rules: readonly string[] = ["lose", "clamp", "reflect"];

/**
 * Checks what a swarm is made from.
 *
 * @throws {TypeError} when `mesh` is not a mesh, or an option does not exist.
 * @throws {RangeError} when the rule is unknown.
 */
export function checkSwarm(mesh: Mesh, options: SwarmOptions): void {
  if (typeof (mesh as Mesh | null)?.model?.adopt !== "function") {
    throw new TypeError(`a swarm takes a mesh first, got ${describe(mesh)}`);
  }
  requireMesh("a swarm", mesh);
  checkOptions("a swarm", options, swarmNames);
  if (options.balance !== undefined) requireNotPeriodic(mesh, "population control of a swarm");
  const { boundary = "lose", wraps = false } = options;
  if (typeof wraps !== "boolean") {
    throw new TypeError(`a swarm's wraps is true or false, got ${describe(wraps)}`);
  }
  if (wraps && mesh.periods.shape[0] === 0) {
    throw new RangeError(
      `a swarm counts wraps on a periodic mesh, and mesh '${mesh.name}' is not; make it with { periodic }`,
    );
  }
  if (!rules.includes(boundary)) {
    throw new RangeError(
      `a swarm's boundary is "lose", "clamp" or "reflect", got ${describe(boundary)}`,
    );
  }
}

/**
 * Checks what a variable is made from.
 *
 * @throws {TypeError} when the name is not a string that is not empty, or an option does not exist.
 * @throws {RangeError} when `components` is not a whole number from 1, the element type is unknown, or the name
 *   is taken.
 */
export function checkVariable(
  swarm: { readonly name: string; readonly variables: ReadonlyMap<string, unknown> },
  name: string,
  options: SwarmVariableOptions,
): void {
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`a variable's name is a string that is not empty, got ${describe(name)}`);
  }
  checkOptions(`variable '${name}'`, options, variableNames);
  const { components = 1, dtype = "float64" } = options;
  if (!Number.isInteger(components) || components < 1) {
    throw new RangeError(
      `variable '${name}': components is a whole number from 1, got ${describe(components)}`,
    );
  }
  if (!arrayKinds.includes(dtype)) {
    throw new RangeError(
      `variable '${name}': the dtype is one of ${arrayKinds.join(", ")}, got ${describe(dtype)}`,
    );
  }
  if (swarm.variables.has(name)) {
    throw new RangeError(`swarm '${swarm.name}' has a variable '${name}' already`);
  }
}

/**
 * Checks how particles are added.
 *
 * @throws {TypeError} when an option is not true or false, or does not exist.
 */
export function checkAdding(options: AddParticlesOptions): void {
  checkOptions("addParticles", options, addNames);
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || typeof value === "boolean") continue;
    throw new TypeError(`addParticles: ${name} is true or false, got ${describe(value)}`);
  }
}
