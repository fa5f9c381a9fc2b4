/**
 * The mesh variables in which histories keep past values, so that snapshots, adaptation and files treat
 * them like all others.
 *
 * @module
 */
import { copyInto } from "../arrays.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { fieldOf, letBeMissing, MeshVariable } from "../mesh/mesh_variable.ts";
import { refuser } from "./step_checks.ts";
import { fixValues } from "../fixed_fields.ts";

/** A series of variables `${bearer}_${label}_1`, `..._2`, newest first. */
export interface LevelSeries {
  /** What they hold: `psi_star`, `velocity`, ... */
  readonly label: string;
  /** How many. */
  readonly count: number;
  /** The variable whose kind they take. */
  readonly like: MeshVariable;
  /** Values per point; those of `like` where it is left out. */
  readonly components?: number | undefined;
  /** Whether older versions lack it: neither their states nor their snapshots know it. */
  readonly isLater?: boolean;
}

/** The names of a series. */
export function levelNames(bearer: string, { label, count }: LevelSeries): string[] {
  return Array.from({ length: count }, (_, j) => `${bearer}_${label}_${j + 1}`);
}

/**
 * Checks that the variables that an owner of this name would make do not exist yet.
 *
 * @throws {RangeError} when the mesh has one of them.
 */
export function requireFreeVariables(mesh: Mesh, owner: string, names: readonly string[]): void {
  for (const name of names) {
    if (!mesh.variables.has(name)) continue;
    throw new RangeError(
      `'${owner}' would keep values in a variable '${name}', but mesh '${mesh.name}' has one already; remove it with removeVariable, or choose another name`,
    );
  }
}

/** Makes the variables of a series. */
export function makeLevels(bearer: string, series: LevelSeries): readonly MeshVariable[] {
  const { mesh, degree, continuous, transfer } = series.like;
  const { components = series.like.components, isLater = false } = series;
  return fixValues(
    levelNames(bearer, series).map((name) => {
      const level = new MeshVariable(mesh, name, { components, degree, continuous, transfer });
      if (isLater) letBeMissing(level);
      return level;
    }),
  );
}

/** The values of a variable, without allocating them: zeros where it has none. */
export function valuesOf(variable: MeshVariable): Float64Array {
  return fieldOf(variable).data ?? new Float64Array(variable.dofCount * variable.components);
}

/** Every level becomes `values`. */
export function fillLevels(levels: readonly MeshVariable[], values: Float64Array): void {
  for (const level of levels) copyInto(level.data, values);
}

/** Each level takes the values of the one before, from `first` on. */
export function shiftLevels(levels: readonly MeshVariable[], first = 1): void {
  for (let j = levels.length - 1; j >= first; j--) copyInto(levels[j].data, levels[j - 1].data);
}

/** `out = coefficients[0] * columns[0] + coefficients[1] * columns[1] + ...`; columns beyond are not read. */
export function weightedSum(
  coefficients: ArrayLike<number>,
  columns: readonly Float64Array[],
  out: Float64Array,
): Float64Array {
  out.fill(0);
  for (let k = 0; k < coefficients.length; k++) {
    const c = coefficients[k], column = columns[k];
    for (let i = 0; i < out.length; i++) out[i] += c * column[i];
  }
  return out;
}

/** What the state of a history of a mesh variable says about its levels: names. */
export interface FieldLevelsState {
  /** The mesh. */
  readonly mesh: string;
  /** The variable whose history it is. */
  readonly variable: string;
  /** The variables that hold past values, newest first. */
  readonly psiStar: readonly string[];
  /** Variables with what else the flavour keeps: velocities, advection terms, forcing. */
  readonly companions: readonly string[];
}

/** @throws {StateSchemaError} when the names in a state are not those of the live history. */
export function checkNames(bearer: string, state: FieldLevelsState, live: FieldLevelsState): void {
  const refuse = refuser(bearer);
  for (const field of ["mesh", "variable"] as const) {
    if (state[field] === live[field]) continue;
    refuse(`${field} is '${state[field]}' in the state and '${live[field]}' here`);
  }
  for (const field of ["psiStar", "companions"] as const) {
    const names = state[field];
    if (Array.isArray(names) && names.join("\n") === live[field].join("\n")) continue;
    refuse(`${field} is [${names}] in the state and [${live[field]}] here`);
  }
}
