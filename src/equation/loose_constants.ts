/**
 * Constants that could be added to an unknown, where only its gradient occurs.
 *
 * @module
 */
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import { RankSpace } from "../solve/ranks/rank_space.ts";
import { requireDetermined } from "../solve/undetermined_pieces.ts";
import type { Program } from "./program.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/**
 * Whether constants are in the null space of the one unknown. Collective.
 *
 * @param constrained `[unknowns]`, 1 where there is a Dirichlet value.
 * @throws {RangeError} when there are such spaces that cannot be dealt with: one of several components, or one on a
 *   piece of the mesh.
 */
export function hasLooseConstant(
  mesh: Mesh,
  { form, onlyGradients }: Program,
  space: UnknownSpace,
  constrained: Uint8Array,
  what: string,
): boolean {
  let isLoose = false;
  form.rows.forEach(({ field, component }, row) => {
    if (!onlyGradients[row]) return;
    const { map } = space.fields[field], ranks = RankSpace.of(mesh, map);
    const places = space.placesOf(space.fields[field]);
    const held = Uint8Array.from(places, (place) => constrained[place + component]);
    const { name, components } = form.unknowns[field];
    const shown = components > 1 ? `${name}[${component}]` : name;
    const isHeld = held.includes(1);
    const isHeldAnywhere = ranks?.any(isHeld) ?? isHeld;
    if (!isHeldAnywhere && form.rows.length > 1) {
      throw new RangeError(
        `${what}: ${shown} occurs by its gradient only and is held nowhere, so that any constant could be added ` +
          `to it. Hold it on a boundary`,
      );
    }
    const geometry = geometryOf(mesh);
    requireDetermined(`${what}, ${shown}`, { geometry, map, constrained: held, robin: [] }, ranks);
    isLoose ||= !isHeldAnywhere;
  });
  return isLoose;
}
