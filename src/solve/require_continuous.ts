/**
 * Which variables a solver takes.
 *
 * @module
 */
import type { MeshVariable } from "../mesh/mesh_variable.ts";

/**
 * Refuses variables that cells do not share.
 *
 * @throws {TypeError} when the variable is not continuous P1 or P2.
 */
export function requireContinuous({ name, degree, continuous }: MeshVariable, who: string): void {
  if (continuous) return;
  throw new TypeError(
    `${who} needs a continuous variable of degree 1 or 2; '${name}' is discontinuous P${degree}`,
  );
}
