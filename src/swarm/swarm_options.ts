import { type ArrayKind, arrayKinds } from "../arrays.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { describe } from "../mesh/points.ts";
import type { BalanceOptions } from "./balance_options.ts";
import type { SwarmBoundary } from "./mover.ts";

/** How a {@link Swarm} is made. */
export interface SwarmOptions {
  /** Unique among the swarms of the model; defaults to `Swarm_0`, `Swarm_1` and so on. */
  readonly name?: string;
  /** What happens to particles that leave the domain; defaults to `"lose"`. */
  readonly boundary?: SwarmBoundary;
  /** Population control at the end of every {@link Swarm.advect}; see {@link Swarm.balance}. Defaults to none. */
  readonly balance?: BalanceOptions;
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

const rules: readonly string[] = ["lose", "clamp", "reflect"];

/**
 * Checks what a swarm is made from.
 *
 * @throws {TypeError} when `mesh` is not a mesh.
 * @throws {RangeError} when the rule is unknown.
 */
export function checkSwarm(mesh: Mesh, boundary: SwarmBoundary): void {
  if (typeof (mesh as Mesh | null)?.model?.adopt !== "function") {
    throw new TypeError(`a swarm takes a mesh first, got ${describe(mesh)}`);
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
 * @throws {TypeError} when the name is not a string that is not empty.
 * @throws {RangeError} when `components` is not a whole number from 1, the element type is unknown, or the name
 *   is taken.
 */
export function checkVariable(
  swarm: { readonly name: string; readonly variables: ReadonlyMap<string, unknown> },
  name: string,
  components: number,
  dtype: ArrayKind,
): void {
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`a variable's name is a string that is not empty, got ${describe(name)}`);
  }
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
