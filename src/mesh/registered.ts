/**
 * Refuses what its model has forgotten: no snapshot holds it, so that what it does could not be taken back.
 *
 * @module
 */
import type { MeshVariable } from "./mesh_variable.ts";
import type { ModelHost } from "./model_host.ts";

/** A mesh, as far as it is needed here. */
interface Host {
  readonly name: string;
  readonly model: ModelHost;
}

/**
 * Refuses a mesh that was unregistered.
 *
 * @param asked What was called, for the message.
 * @throws {RangeError} when it is not in its model.
 */
export function requireMesh(asked: string, mesh: Host): void {
  mesh.model.requireMember(asked, mesh);
}

/**
 * Refuses variables that were removed from their mesh, and those of an unregistered mesh.
 *
 * @param asked What was called, for the message.
 * @throws {RangeError} when one is not in the model.
 */
export function requirePresent(asked: string, ...variables: readonly MeshVariable[]): void {
  for (const { mesh } of variables) requireMesh(asked, mesh);
  for (const variable of variables) {
    const { name, mesh } = variable;
    if (mesh.variables.get(name) === variable) continue;
    throw new RangeError(
      `${asked}: variable '${name}' was removed from mesh '${mesh.name}'; make a new one`,
    );
  }
}
