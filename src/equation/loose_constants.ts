/**
 * Constants that could be added to an unknown: where only its gradient occurs, and where a step is so long that the
 * rate, which alone determines the mean, is lost in rounding errors.
 *
 * @module
 */
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import { RankSpace } from "../solve/ranks/rank_space.ts";
import { requireDetermined } from "../solve/undetermined_pieces.ts";
import type { Program } from "./program.ts";
import type { UnknownSpace } from "./unknown_space.ts";
import type { RotationContext } from "./free_rotations.ts";

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

/** What is left of a constant below this share is not enough for six digits of its mean. */
const rounding = 1e-11;

/** What is looked at. */
export type MeanContext = Omit<RotationContext, "mesh">;

/**
 * Refuses a Jacobian that hardly sees constants of an unknown that has a rate and is held nowhere. Every Jacobian of
 * a solve is looked at: as a field becomes constant, so do the terms that still see it. Collective.
 *
 * @param rates Unknowns that have one.
 * @throws {RangeError} when there is one.
 */
export function requireMeans(context: MeanContext, rates: ReadonlySet<string>): void {
  const { space, constrained, reductions, ranks, what } = context;
  for (const field of space.fields) {
    const { name, components } = field.shape, places = space.placesOf(field);
    if (!rates.has(name)) continue;
    for (let k = 0; k < components; k++) {
      const isHeld = places.some((place) => constrained[place + k] === 1);
      if (ranks?.any(isHeld) ?? isHeld) continue;
      const isMember = new Uint8Array(space.count);
      for (const place of places) isMember[place + k] = 1;
      const rows = rowSums(context, isMember);
      const seen = reductions.norm(rows.sums), whole = reductions.norm(rows.sizes);
      if (seen > rounding * whole || whole === 0) continue;
      throw new RangeError(
        `${what}: the step is so long that only rounding errors determine the mean of ${
          components > 1 ? `${name}[${k}]` : name
        } (its rate is ${
          (seen / whole).toPrecision(2)
        } of what else there is). Take a shorter step, hold it on ` +
          `a boundary, or leave out dt(${name}) if the steady state is wanted`,
      );
    }
  }
}

/** What free rows make of the constant 1 of some unknowns, and what they would if nothing cancelled. */
function rowSums(
  { matrix: { rowStarts, columns, values }, constrained, reductions: { owned } }: MeanContext,
  isMember: Uint8Array,
): { readonly sums: Float64Array; readonly sizes: Float64Array } {
  const sums = new Float64Array(owned), sizes = new Float64Array(owned);
  for (let i = 0; i < owned; i++) {
    if (constrained[i] === 1) continue;
    let sum = 0, size = 0;
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) {
      if (isMember[columns[k]] === 0) continue;
      sum += values[k];
      size += Math.abs(values[k]);
    }
    sums[i] = sum;
    sizes[i] = size;
  }
  return { sums, sizes };
}
