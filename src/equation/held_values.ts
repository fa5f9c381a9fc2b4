/**
 * Boundary values that a field made from a formula is to have.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { HeldValues } from "../mesh/formula_setter.ts";
import { geometryOf } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { describe } from "../options.ts";
import { checkedCondition } from "../solve/checked_condition.ts";
import { BoundaryConditions, type Constraints } from "../solve/conditions.ts";
import { RankSpace } from "../solve/ranks/rank_space.ts";

/**
 * Checks values by the names of boundaries.
 *
 * @throws {RangeError} when there is no such boundary, the field has no values on it, or a number is not finite.
 * @throws {TypeError} when a value is nothing that a boundary can be held at.
 */
export function checkHeld(
  variable: MeshVariable,
  held: HeldValues,
  who: string,
): BoundaryConditions {
  if (typeof held !== "object" || held === null || Array.isArray(held)) {
    throw new TypeError(
      `${who}: held has values by the names of boundaries, as { left: 0 }, got ${describe(held)}`,
    );
  }
  const conditions = new BoundaryConditions(), { degree, name } = variable;
  for (const [boundary, value] of Object.entries(held)) {
    const condition = { kind: "dirichlet", boundary, component: null, value, transfer: 0 } as const;
    conditions.set(checkedCondition(variable, condition, who));
    if (degree > 0) continue;
    throw new RangeError(
      `${who}: '${name}' has one value in each cell and none on ${boundary} that could be held; ` +
        `hold values of fields of degree 1 or 2`,
    );
  }
  return conditions;
}

/** The values of each component, at the present time; null where nothing is held. Collective. */
export function heldValues(
  variable: MeshVariable,
  conditions: BoundaryConditions,
  who: string,
): readonly Constraints[] | null {
  if (conditions.list.length === 0) return null;
  const { mesh, components, degree, continuous } = variable, geometry = geometryOf(mesh);
  const map = geometry.topology.dofMap(degree, continuous), ranks = RankSpace.of(mesh, map);
  const t = mesh.model.tracker.time;
  const context = {
    geometry,
    map,
    components,
    sample: (what: string) => ({ mesh, t, what: `${who}: ${what}` }),
    share: ranks === null ? undefined : (held: Constraints) => ranks.share(held),
    agree: <R>(work: () => R) => allOrNone(mesh.model.comm, work),
  };
  return Array.from({ length: components }, (_, k) => conditions.constraints(k, context));
}

/** Puts held values into `values`, `[dofCount x components]`. */
export function putHeld(values: Float64Array, held: readonly Constraints[]): void {
  held.forEach(({ constrained, values: imposed }, k) => {
    for (let i = 0; i < constrained.length; i++) {
      if (constrained[i] === 1) values[i * held.length + k] = imposed[i];
    }
  });
}
