/**
 * The state of `SemiLagrangianDDt`, and what earlier versions of it were.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { FieldDDtState } from "./field_ddt.ts";
import type { KeptLevel } from "./kept_level.ts";
import { refuser } from "./step_checks.ts";
import type { TracedLevels } from "./traced_levels.ts";

/** Which field past values are interpolated from: one that is kept for several steps, or the newest. */
export type LevelInterpolation = "kept" | "newest";

/** What was traced in a step, of the rank that captured it. */
export interface TracedState extends TracedLevels {
  /** The number of ranks; on another number the values are traced again. */
  readonly ranks: number;
  /** The kept level at the end of the step; null where the newest is interpolated. */
  readonly next: KeptLevel | null;
}

/** What was traced, and on which geometry. */
export interface Traced extends Omit<TracedState, "ranks"> {
  readonly geometry: Geometry;
}

/** The state of a `SemiLagrangianDDt`. Past values travel with the variables named here. */
export interface SemiLagrangianDDtState extends FieldDDtState {
  /** Which field past values are interpolated from. */
  readonly interpolation: LevelInterpolation;
  /** What was traced in the current step; null between steps. */
  readonly traced: TracedState | null;
  /** Whether the variables of the kept level hold one; where not, the newest is the kept one. */
  readonly isKept: boolean;
  /** How many moves of the mesh the last step has seen; null without a motion. */
  readonly moves: number | null;
}

/**
 * Refuses what is not such a state, apart from what all histories of fields have.
 *
 * @throws {StateSchemaError} when it is not.
 */
export function checkSemiLagrangianState(
  bearer: string,
  { interpolation, traced, isKept, phase, moves }: SemiLagrangianDDtState,
  { hasForcing, canKeep, hasMotion }: {
    readonly hasForcing: boolean;
    readonly canKeep: boolean;
    readonly hasMotion: boolean;
  },
): void {
  const refuse = refuser(bearer);
  if (interpolation !== "kept" && interpolation !== "newest") {
    refuse(`interpolation is ${interpolation}`);
  }
  if (typeof isKept !== "boolean") refuse(`isKept is ${isKept}`);
  if (interpolation === "kept" && !canKeep) {
    refuse('it keeps a level, and the live history does not: make it with interpolation: "kept"');
  }
  if (hasMotion ? !(Number.isSafeInteger(moves) && moves! >= 0) : moves !== null) {
    refuse(`moves is ${moves}, and the live history has ${hasMotion ? "a" : "no"} motion`);
  }
  if (traced === null) return;
  if (typeof traced !== "object") refuse("traced is neither null nor traced values");
  if (phase !== "step") refuse("traced values are given between steps");
  const { levels, forcing, ranks, next } = traced;
  const areLevels = Array.isArray(levels) && levels.length > 0 && levels.every(isNumbers);
  const isForcing = hasForcing ? isNumbers(forcing) : forcing === null;
  if (
    !areLevels || !isForcing || !Number.isInteger(ranks) || !(next === null || isKeptLevel(next))
  ) {
    refuse("traced does not hold past values of this history");
  }
}

function isNumbers(value: unknown): boolean {
  return value instanceof Float64Array;
}

function isKeptLevel(value: KeptLevel | null | undefined): boolean {
  return typeof value === "object" && value !== null && isNumbers(value.shift) &&
    isNumbers(value.base) && isNumbers(value.entered);
}

/** What a state holds of a step, in memory of its own; null where that is of another number of ranks or of dofs. */
export function restoredTraced(
  traced: TracedState | null,
  variable: MeshVariable,
): Omit<TracedState, "ranks"> | null {
  if (traced === null || traced.ranks !== variable.mesh.model.comm.size) return null;
  const { levels, forcing, next } = traced, length = variable.dofCount * variable.components;
  const fits = levels.every((values) => values.length === length) &&
    (next === null || keptFits(next, variable));
  if (!fits) return null;
  return {
    levels: levels.map((values) => values.slice()),
    forcing: forcing?.slice() ?? null,
    next: next === null ? null : copyOfKept(next),
  };
}

function copyOfKept({ shift, base, entered }: KeptLevel): KeptLevel {
  return { shift: shift.slice(), base: base.slice(), entered: entered.slice() };
}

function keptFits(
  { shift, base, entered }: KeptLevel,
  { dofCount, components, mesh: { dim } }: MeshVariable,
): boolean {
  return base.length === dofCount * components &&
    shift.length === dofCount * dim && entered.length === dofCount;
}

/** A state of version 1, which traced again after a restore. */
export function semiLagrangianStateFrom1(old: Record<string, unknown>): Record<string, unknown> {
  return { ...old, traced: null };
}

/** A state of version 2, which interpolated the newest level in every step, and goes on to. */
export function semiLagrangianStateFrom2(old: Record<string, unknown>): Record<string, unknown> {
  const traced = old["traced"] === null ? null : { ...old["traced"] as TracedState, next: null };
  return { ...old, interpolation: "newest", traced, isKept: false };
}

/** A state of version 3, which knew no moving mesh. */
export function semiLagrangianStateFrom3(old: Record<string, unknown>): Record<string, unknown> {
  return { ...old, moves: null };
}
