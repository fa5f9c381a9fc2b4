/**
 * Plans one change towards a target, within limits, as a pure function of the whole mesh.
 *
 * @module
 */
import type { Geometry } from "../geometry.ts";
import { checkCellCount } from "../shapes/sizes.ts";
import { type Change, changeOf, forestOf } from "./change.ts";
import {
  type Bounds,
  cellSizes,
  leastCount,
  limitWants,
  wantsOfShare,
  wantsOfSizes,
  wantsOfThreshold,
} from "./marking.ts";

/** The target for a mesh, as numbers for all cells or nodes. */
export type Target =
  | { readonly kind: "wants"; readonly wants: Int16Array }
  | { readonly kind: "size"; readonly wanted: Float64Array }
  | {
    readonly kind: "tolerance" | "share";
    readonly indicator: Float64Array;
    readonly value: number;
    readonly below: number;
  };

/** How far a mesh may be refined. */
export interface Limits extends Bounds {
  readonly maxCells: number;
}

/** The limit that kept a mesh from reaching its target. */
export type AdaptLimit = "maxCells" | "minSize" | "maxLevel";

/** A change within limits. */
export interface PlannedChange {
  /** Null if nothing changes. */
  readonly change: Change | null;
  readonly limitedBy: AdaptLimit | null;
}

/**
 * The factor by which the target is relaxed from one try to the next if there would be too many
 * cells.
 */
export const retreat = 1.2;

/**
 * Finds the change that comes nearest to a target. If it would give more than `maxCells` cells, the
 * target is relaxed by factors of 1.2, to larger cells or a higher threshold; the smallest cells
 * are the first that are no longer halved.
 *
 * @throws {RangeError} when a cell would be inverted, or there would be over 50 million cells.
 */
export function planChange(
  geometry: Geometry,
  meshType: string,
  target: Target,
  limits: Limits,
): PlannedChange {
  const { dim } = geometry.topology;
  const sizes = cellSizes(geometry), { levels } = forestOf(geometry);
  const wantsAt = wantsOf(geometry, sizes, target, {
    least: (own) => own,
    share: (...asked) => wantsOfShare(dim, ...asked),
  });
  for (let scale = 1, tries = 0;; scale *= retreat, tries++) {
    const wants = wantsAt(scale);
    const limit = limitWants(wants, dim, sizes, levels, limits);
    const limitedBy = tries > 0 ? "maxCells" : limit;
    const halves = wants.some((n) => n > 0);
    if (halves && leastCount(wants) > limits.maxCells) continue;
    // Before anything of that size is allocated; halvings of halvings are asked for quickly.
    if (halves) checkCellCount(leastCount(wants), "adapt");
    const change = changeOf(geometry, meshType, wants);
    if (halves && change !== null && change.geometry.topology.cellCount > limits.maxCells) continue;
    return { change, limitedBy };
  }
}

/** What the wishes of the cells here need of all cells; one rank has them. */
export interface OfAllCells {
  /** The least of what ranks give. Collective. */
  least(own: number): number;
  /** As {@link wantsOfShare}, for the cells here. Collective. */
  share(
    indicator: Float64Array,
    share: number,
    below: number,
  ): { readonly wants: Int16Array; readonly threshold: number };
}

/** The wishes of the cells here for a target that is relaxed by a factor. Collective; what it returns is not. */
export function wantsOf(
  geometry: Geometry,
  sizes: Float64Array,
  target: Target,
  all: OfAllCells,
): (scale: number) => Int16Array {
  const { dim } = geometry.topology;
  switch (target.kind) {
    case "wants": {
      const { wants } = target;
      let own = Infinity;
      for (let c = 0; c < wants.length; c++) if (wants[c] > 0) own = Math.min(own, sizes[c]);
      const least = all.least(own);
      return (scale) => {
        if (scale === 1) return wants.slice();
        return wants.map((n, c) => (n > 0 && sizes[c] < scale * least ? 0 : n));
      };
    }
    case "size": {
      const { wanted } = target;
      return (scale) =>
        wantsOfSizes(geometry, sizes, scale === 1 ? wanted : wanted.map((h) => scale * h));
    }
    case "tolerance": {
      const { indicator, value, below } = target;
      return (scale) => wantsOfThreshold(dim, indicator, scale * value, below);
    }
    case "share": {
      const { indicator, value, below } = target;
      const { wants, threshold } = all.share(indicator, value, below);
      return (scale) =>
        scale === 1 ? wants.slice() : wantsOfThreshold(dim, indicator, scale * threshold, below);
    }
  }
}
