/**
 * The options of mesh adaptation.
 *
 * @module
 */
import { type Expression, isExpression } from "../../expression/contract.ts";
import type { MeshVariable } from "../mesh_variable.ts";
import { type FieldFunction, isNdArray } from "../points.ts";
import { checkOptions, describe, type OptionNames } from "../../options.ts";
import type { AdaptLimit, Limits } from "./plan_change.ts";

/**
 * How often each cell is to be halved, or, if negative, how many of its halvings may be undone.
 * This is a variable of degree 0; one number for each cell that this rank owns, `[ownedCellCount]`;
 * or a function of the centroid of a cell and its size h = (dim! volume)^(1/dim). Numbers are
 * rounded.
 */
export type CellMarker =
  | MeshVariable
  | ArrayLike<number>
  | ((x: number, y: number, z: number, h: number) => number);

/** How far a mesh may be refined. */
export interface AdaptLimits {
  /** No cell is halved below this size, in units of the coordinates; defaults to 0. */
  readonly minSize?: number;
  /** No cell of the first mesh is halved more often than this; defaults to 255. */
  readonly maxLevel?: number;
  /** The largest number of cells on all ranks; defaults to no limit. */
  readonly maxCells?: number;
}

/** A target for the size of cells. */
export interface SizeTarget extends AdaptLimits {
  /**
   * The largest size h = (dim! volume)^(1/dim) of a cell, evaluated at its corners: a number, a
   * function of position, an expression, or a variable of the mesh with one component.
   */
  readonly size: number | FieldFunction | Expression | MeshVariable;
  /**
   * The largest number of passes; cells are halved and merged in each, and the size is evaluated
   * again. Defaults to 8.
   */
  readonly passes?: number;
}

/** A target for the error of cells. */
export interface IndicatorTarget extends AdaptLimits {
  /**
   * The error of each cell: a variable of degree 0, or `[ownedCellCount]` numbers that are at least
   * 0.
   */
  readonly indicator: ArrayLike<number> | MeshVariable;
  /** Cells whose error is above the tolerance are halved dim times. */
  readonly tolerance?: number;
  /**
   * An alternative to the tolerance: the fewest cells are halved whose errors make up this share of
   * the sum of squares.
   */
  readonly share?: number;
  /**
   * Cells below this fraction of the tolerance, or of the least indicator that is halved, may be
   * merged. Defaults to 0.1; from 0.5 on, cells would alternate between being halved and merged.
   */
  readonly coarsenBelow?: number;
}

/** The outcome of an adaptation. */
export interface AdaptReport {
  /** Whether any cell changed. */
  readonly changed: boolean;
  /** The number of passes in which cells were halved and merged. */
  readonly passes: number;
  /** The number of halvings that were made, on all ranks. */
  readonly halved: number;
  /** The number of halvings that were undone, on all ranks. */
  readonly merged: number;
  /** The current number of cells, on all ranks. */
  readonly cellCount: number;
  /** The limit that kept the mesh from reaching the target; null if none did. */
  readonly limitedBy: AdaptLimit | null;
  /**
   * The number of particles that a curved boundary left outside; they are moved to its nearest
   * point.
   */
  readonly particlesMoved: number;
}

/** Options after checking. */
export type Request =
  | { readonly kind: "marker"; readonly marker: CellMarker; readonly sign: -1 | 0 }
  | { readonly kind: "all"; readonly wants: number }
  | { readonly kind: "size"; readonly size: SizeTarget["size"] }
  | {
    readonly kind: "tolerance" | "share";
    readonly indicator: IndicatorTarget["indicator"];
    readonly value: number;
    readonly below: number;
  };

/** A request with its defaults filled in. */
export interface Asked {
  readonly request: Request;
  readonly limits: Limits;
  readonly passes: number;
}

/** No limits. */
export const unlimited: Limits = { minSize: 0, maxLevel: 255, maxCells: Infinity };

const limitNames: OptionNames<AdaptLimits> = { minSize: true, maxLevel: true, maxCells: true };
const sizeNames: OptionNames<SizeTarget> = { ...limitNames, size: true, passes: true };
const indicatorNames: OptionNames<IndicatorTarget> = {
  ...limitNames,
  indicator: true,
  tolerance: true,
  share: true,
  coarsenBelow: true,
};

/**
 * Distinguishes markers from targets, and checks options.
 *
 * @throws {TypeError} when something is of a wrong type.
 * @throws {RangeError} when a number is out of range.
 */
export function askedOf(
  what: CellMarker | SizeTarget | IndicatorTarget,
  limits: AdaptLimits,
): Asked {
  checkOptions("adapt, limits", limits, limitNames);
  const hasTarget = isTarget(what, "size") || isTarget(what, "indicator");
  if (hasTarget && Object.keys(limits).length > 0) {
    throw new TypeError(
      `adapt: a target has its limits itself, as in { ${
        "size" in what ? "size" : "indicator, tolerance"
      }, ${Object.keys(limits).join(", ")} }; limits behind it are for markers`,
    );
  }
  if (isTarget(what, "size")) {
    checkOptions("adapt", what, sizeNames);
    const { size, passes = 8 } = what;
    checkNumber("passes", passes, (n) => Number.isInteger(n) && n >= 1, "a whole number from 1");
    if (typeof size === "number") checkPositive("size", size);
    else if (typeof size !== "function" && !isExpression(size) && !isVariable(size)) {
      throw new TypeError(
        `adapt: size is a number, a function, an expression or a variable, got ${describe(size)}`,
      );
    }
    return { request: { kind: "size", size }, limits: limitsOf(what), passes };
  }
  if (isTarget(what, "indicator")) {
    checkOptions("adapt", what, indicatorNames);
    return { request: indicatorOf(what), limits: limitsOf(what), passes: 1 };
  }
  checkMarker("adapt", what);
  return {
    request: { kind: "marker", marker: what, sign: 0 },
    limits: limitsOf(limits),
    passes: 1,
  };
}

/** @throws {TypeError} when it is not a valid marker. */
export function checkMarker(asked: string, marker: unknown): asserts marker is CellMarker {
  if (typeof marker === "function" || isVariable(marker) || isList(marker)) return;
  throw new TypeError(
    `${asked} takes a variable of degree 0, one number per cell, a function (x, y, z, h), or ` +
      `{ size } or { indicator }; got ${describe(marker)}`,
  );
}

function indicatorOf(target: IndicatorTarget): Request {
  const { indicator, tolerance, share, coarsenBelow = 0.1 } = target;
  if (!isVariable(indicator) && !isList(indicator)) {
    throw new TypeError(
      `adapt: indicator is a variable of degree 0 or one number per cell, got ${
        describe(indicator)
      }`,
    );
  }
  if ((tolerance === undefined) === (share === undefined)) {
    throw new TypeError("adapt: an indicator takes either a tolerance or a share");
  }
  checkNumber("coarsenBelow", coarsenBelow, (f) => f >= 0 && f < 0.5, "at least 0 and below 0.5");
  if (tolerance !== undefined) checkPositive("tolerance", tolerance);
  else checkNumber("share", share!, (s) => s > 0 && s <= 1, "above 0 and at most 1");
  const kind = tolerance === undefined ? "share" : "tolerance";
  return { kind, indicator, value: (tolerance ?? share)!, below: coarsenBelow };
}

function limitsOf({ minSize = 0, maxLevel = 255, maxCells = Infinity }: AdaptLimits): Limits {
  checkNumber("minSize", minSize, (h) => h >= 0 && h < Infinity, "a length from 0");
  const whole = (n: number) => Number.isInteger(n) && n >= 0;
  checkNumber("maxLevel", maxLevel, (n) => whole(n) && n <= 255, "a whole number from 0 to 255");
  checkNumber("maxCells", maxCells, (n) => n > 0, "above 0");
  return { minSize, maxLevel, maxCells };
}

function checkPositive(name: string, value: unknown): void {
  checkNumber(name, value, (x) => x > 0 && x < Infinity, "finite and above 0");
}

function checkNumber(
  name: string,
  value: unknown,
  fits: (value: number) => boolean,
  words: string,
): void {
  if (typeof value !== "number") {
    throw new TypeError(`adapt: ${name} is a number, got ${describe(value)}`);
  }
  if (!fits(value)) throw new RangeError(`adapt: ${name} is ${words}, got ${value}`);
}

function isTarget<K extends "size" | "indicator">(
  what: unknown,
  key: K,
): what is K extends "size" ? SizeTarget : IndicatorTarget {
  return typeof what === "object" && what !== null && !isVariable(what) && !isList(what) &&
    !isNdArray(what) && key in what;
}

/**
 * Variables are recognised by their shape, because their class is in a higher layer than this file.
 */
export function isVariable(value: unknown): value is MeshVariable {
  const { degree, components, mesh } = (value ?? {}) as Partial<MeshVariable>;
  return typeof degree === "number" && typeof components === "number" && typeof mesh === "object";
}

function isList(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}
