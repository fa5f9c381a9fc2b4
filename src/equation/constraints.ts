/**
 * Dirichlet values in the vector of all unknowns.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { BoundaryConditions, ConditionContext, Constraints } from "../solve/conditions.ts";
import { RankSpace } from "../solve/ranks/rank_space.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/**
 * Evaluates the conditions of all unknowns. Collective.
 *
 * @param conditions Of each unknown.
 * @param timeOf When the values of an unknown are wanted.
 * @throws {RangeError} when a value is not finite.
 */
export function unknownConstraints(
  space: UnknownSpace,
  unknowns: readonly MeshVariable[],
  conditions: readonly BoundaryConditions[],
  timeOf: (unknown: number) => number,
  who: string,
): Constraints {
  const constrained = new Uint8Array(space.count), values = new Float64Array(space.count);
  space.fields.forEach((field, f) => {
    const { mesh, components, name } = unknowns[f];
    const ranks = RankSpace.of(mesh, field.map);
    const context: ConditionContext = {
      geometry: geometryOf(mesh),
      map: field.map,
      components,
      sample: (what) => ({ mesh, t: timeOf(f), what: `${who}: ${what} for ${name}` }),
      share: ranks === null ? undefined : (one) => ranks.share(one),
      agree: ranks === null ? undefined : (work) => allOrNone(ranks.comm, work),
    };
    const places = space.placesOf(field);
    for (let k = 0; k < components; k++) {
      const one = conditions[f].constraints(k, context);
      for (let i = 0; i < places.length; i++) {
        constrained[places[i] + k] = one.constrained[i];
        values[places[i] + k] = one.values[i];
      }
    }
  });
  return { constrained, values };
}
