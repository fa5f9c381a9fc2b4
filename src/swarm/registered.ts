/**
 * Refuses particles that their model has forgotten: no snapshot holds them, so that what happens to them could not be
 * taken back.
 *
 * @module
 */
import type { ModelHost } from "../mesh/model_host.ts";

/** A variable of particles, as far as it is needed here. */
interface OnParticles {
  readonly name: string;
  readonly swarm: {
    readonly name: string;
    readonly mesh: { readonly model: ModelHost };
    readonly variables: ReadonlyMap<string, unknown>;
  };
}

/**
 * Refuses a variable of particles that was removed from its swarm, and one of an unregistered swarm.
 *
 * @param asked What was called, for the message.
 * @throws {RangeError} when it is not in the model.
 */
export function requireOnParticles(asked: string, variable: OnParticles): void {
  const { name, swarm } = variable;
  swarm.mesh.model.requireMember(asked, swarm);
  if (swarm.variables.get(name) === variable) return;
  throw new RangeError(
    `${asked}: variable '${name}' was removed from swarm '${swarm.name}'; make a new one`,
  );
}
