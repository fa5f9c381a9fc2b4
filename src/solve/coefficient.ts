/**
 * Coefficients, sources and boundary values: what users may give, and its values where they are needed.
 *
 * @module
 */
import { type Expression, isExpression } from "../expression/contract.ts";
import { columnsIn, type VariableSource } from "../mesh/expression_names.ts";
import {
  type ColumnOf,
  constantValue,
  sampleExpression,
  sampleScalar,
  sampleVector,
} from "../mesh/functions.ts";
import { evaluateInto } from "../mesh/interpolate.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { fieldOf, MeshVariable } from "../mesh/mesh_variable.ts";
import type { FieldFunction, ScalarFunction, VectorFunction } from "../mesh/points.ts";
import { describe } from "../options.ts";
import type { LocatedPoints } from "../mesh/located_points.ts";
import { requirePresent } from "../mesh/registered.ts";

/**
 * A number; a function of position and time; an expression, whose names bind late (x, y, z, t,
 * parameters, variables); or a field on the same mesh. Functions are code, not state.
 */
export type Coefficient = number | ScalarFunction | Expression | MeshVariable;

/** The same for several components: one coefficient for all, one for each, or a function that writes all. */
export type Coefficients =
  | number
  | FieldFunction
  | Expression
  | MeshVariable
  | readonly Coefficient[];

/** A coefficient as it is kept: a list is copied, so that writing into the one that was given changes nothing. */
export function keptCoefficients(value: Coefficients): Coefficients {
  return Array.isArray(value) ? Object.freeze([...value]) : value;
}

/** Values at points: one number for all, or one per point. */
export type Samples = number | Float64Array;

/** Where and when coefficients are sampled. */
export interface SampleContext {
  readonly mesh: Mesh;
  /** The time that `t` stands for. */
  readonly t: number;
  /** Named in errors, e.g. `"Poisson_0: source"`. */
  readonly what: string;
}

/**
 * Checks what a user gave, without evaluating it.
 *
 * @throws {TypeError} when it is nothing that a coefficient can be.
 * @throws {RangeError} when a number is not finite, a list or a field has another number of components,
 *   or a field lives on another mesh.
 */
export function checkCoefficients(
  value: Coefficients,
  components: number,
  mesh: Mesh,
  what: string,
): void {
  if (Array.isArray(value)) {
    if (value.length !== components) {
      throw new RangeError(`${what}: ${value.length} values for ${components} components`);
    }
    for (const one of value) checkCoefficients(one, 1, mesh, what);
  } else if (value instanceof MeshVariable) {
    if (value.mesh !== mesh) {
      throw new RangeError(
        `${what}: variable '${value.name}' lives on mesh '${value.mesh.name}', not on '${mesh.name}'`,
      );
    }
    if (value.components !== components) {
      throw new RangeError(
        `${what}: variable '${value.name}' has ${value.components} components, ${components} are needed`,
      );
    }
    requirePresent(what, value);
  } else if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new RangeError(`${what}: ${value} is not finite`);
  } else if (typeof value !== "function" && !isExpression(value)) {
    throw new TypeError(
      `${what} is a number, a function of (x, y, z, t), an expression, a mesh variable or one of ` +
        `these per component; got ${describe(value)}`,
    );
  }
}

/**
 * Refuses a list where one coefficient is asked for.
 *
 * @throws {TypeError} when it is one.
 */
export function requireOne(value: Coefficients, what: string): asserts value is Coefficient {
  if (Array.isArray(value)) {
    throw new TypeError(`${what} is one coefficient for all components, got ${describe(value)}`);
  }
}

/** Values of all components at the points. */
export function sampleAll(
  value: Coefficients,
  components: number,
  points: () => LocatedPoints,
  context: SampleContext,
): Samples[] {
  if (Array.isArray(value)) {
    return value.map((one) => sampleOne(one as Coefficient, points, context));
  }
  if (components === 1) return [sampleOne(value as Coefficient, points, context)];
  if (typeof value === "function") {
    const { count, coordinates } = points();
    const rows = new Float64Array(count * components);
    const { mesh, t } = context;
    sampleVector(value as VectorFunction, coordinates, mesh.dim, t, components, rows);
    return columnsOf(rows, components, context);
  }
  if (value instanceof MeshVariable) {
    return columnsOf(evaluated(value, points()), components, context);
  }
  const one = sampleOne(value as Coefficient, points, context);
  return Array.from({ length: components }, () => one);
}

/**
 * Values of one component at the points; `points` is asked for only where the coefficient varies.
 *
 * @throws {RangeError} when a value is not finite.
 */
export function sampleOne(
  value: Coefficient,
  points: () => LocatedPoints,
  context: SampleContext,
): Samples {
  if (typeof value === "number") return value;
  const { mesh, t } = context;
  const at = points();
  let out: Float64Array;
  if (value instanceof MeshVariable) out = evaluated(value, at);
  else {
    out = new Float64Array(at.count);
    if (isExpression(value)) {
      const column = columnsFor(at, context);
      if (value.variables().length === 0) return finite(constantValue(value, column), context);
      sampleExpression(value, column, at.count, out);
    } else sampleScalar(value, at.coordinates, mesh.dim, t, out);
  }
  for (let i = 0; i < out.length; i++) if (!Number.isFinite(out[i])) refuse(out[i], at, i, context);
  return out;
}

/** The values of a field at points, `[count x components]`, new memory. */
export function evaluated(variable: MeshVariable, points: LocatedPoints): Float64Array {
  const out = new Float64Array(points.count * variable.components);
  evaluateInto(fieldOf(variable), points.cells, points.barycentric, points.count, out);
  return out;
}

function columnsOf(rows: Float64Array, components: number, context: SampleContext): Float64Array[] {
  return Array.from({ length: components }, (_, a) => {
    const column = new Float64Array(rows.length / components);
    for (let i = 0; i < column.length; i++) {
      column[i] = finite(rows[i * components + a], context);
    }
    return column;
  });
}

function finite(value: number, { what, t }: SampleContext): number {
  if (Number.isFinite(value)) return value;
  throw new RangeError(`${what} is ${value} at t = ${t}; it has to be finite`);
}

function refuse(
  value: number,
  points: LocatedPoints,
  i: number,
  { what, mesh, t }: SampleContext,
): never {
  const place = points.coordinates.subarray(i * mesh.dim, (i + 1) * mesh.dim).join(", ");
  throw new RangeError(`${what} is ${value} at (${place}), t = ${t}; it has to be finite`);
}

/** Values at the points that do not come from the mesh: of other names, or in place of those of its variables. */
export interface FurtherColumns {
  /** Names that mean something here only. */
  readonly source: VariableSource;
  /** Values of variables of the mesh that are being solved for, `[count]`. */
  readonly replaced: ReadonlyMap<string, Float64Array>;
}

/** What names in an expression stand for at the points. */
export function columnsFor(
  points: LocatedPoints,
  { mesh, t, what }: SampleContext,
  further?: FurtherColumns,
): ColumnOf {
  const { variables } = mesh;
  const own = {
    owner: `mesh '${mesh.name}'`,
    variables,
    valuesOf: (name: string) =>
      further?.replaced.get(name) ?? evaluated(variables.get(name)!, points),
  };
  return columnsIn({
    what,
    dim: mesh.dim,
    coordinates: () => points.coordinates,
    t,
    parameters: mesh.model.parameters,
    sources: further === undefined ? [own] : [further.source, own],
  });
}

/** True where both are the same to the bit. */
export function sameSamples(a: Samples, b: Samples): boolean {
  if (typeof a === "number" || typeof b === "number") return Object.is(a, b);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
