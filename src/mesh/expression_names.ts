/**
 * What the names in an expression stand for: coordinates, the time, constants, parameters and variables.
 *
 * One rule holds wherever expressions are evaluated: a name stands for one thing, and a name that could
 * stand for two is an error that lists both. Names bind late, at each evaluation.
 *
 * @module
 */
import { constants, numberWords } from "../expression/constants.ts";
import type { ModelHost } from "./model_host.ts";
import type { ColumnOf } from "./functions.ts";
import { sayNames } from "./names.ts";
import { describe } from "../options.ts";

/** Variables that names may stand for, if they have one component. */
export interface VariableSource {
  /** For messages, e.g. `"mesh 'box'"`. */
  readonly owner: string;
  readonly variables: ReadonlyMap<string, { readonly components: number }>;
  /** The values of a variable with one component at the points, `[count]`. */
  readonly valuesOf: (name: string) => Float64Array;
}

/** Where, when and for whom an expression is evaluated. */
export interface NameScope {
  /** What the expression is for; messages begin with it. */
  readonly what: string;
  readonly dim: 2 | 3;
  /** The points, `[count x dim]`; asked for only where a coordinate is named. */
  readonly coordinates: () => Float64Array;
  /** What `t` stands for. */
  readonly t: number;
  readonly parameters: ModelHost["parameters"];
  readonly sources: readonly VariableSource[];
}

const axes = ["x", "y", "z"];

/**
 * Gives the values of names at the points of `scope`: an array `[count]`, or one number for all. Constants
 * are names too, so that a parameter or variable that one of them hides is noticed.
 *
 * @throws {RangeError} when a name is unknown or stands for two things, or a variable has several components.
 * @throws {TypeError} when a parameter is not a number.
 */
export function columnsIn(scope: NameScope): ColumnOf {
  const { what, parameters, sources, t } = scope;
  return (name) => {
    requireOneMeaning(what, name, parameters, sources);
    const constant = constants.get(name) ?? numberWords.get(name);
    if (constant !== undefined) return constant;
    const axis = axes.indexOf(name);
    if (axis >= 0) return coordinate(scope, axis);
    if (name === "t") return t;
    if (parameters.has(name)) return parameterOf(scope, name);
    const source = sources.find(({ variables }) => variables.has(name));
    if (source === undefined) throw unknownName(scope, name);
    const { components } = source.variables.get(name)!;
    if (components === 1) return source.valuesOf(name);
    throw new RangeError(
      `${what}: '${name}' in the expression is not known as a number: the variable of ${source.owner} has ${components} components, and expressions take variables with one`,
    );
  };
}

/**
 * Refuses a name that stands for two things.
 *
 * @throws {RangeError} when it does; the message lists all of them.
 */
export function requireOneMeaning(
  what: string,
  name: string,
  parameters: { has(name: string): boolean },
  sources: readonly Pick<VariableSource, "owner" | "variables">[] = [],
): void {
  const fixed = axes.includes(name)
    ? "a coordinate"
    : name === "t"
    ? "the time"
    : constants.has(name) || numberWords.has(name)
    ? "a constant"
    : null;
  const given = sources.filter(({ variables }) => variables.has(name))
    .map(({ owner }) => `a variable of ${owner}`);
  if (parameters.has(name)) given.unshift("a parameter");
  if (given.length === 0 || (fixed === null && given.length === 1)) return;
  const all = fixed === null ? given : [fixed, ...given];
  const whom = fixed === null ? "all of them but one" : given.map((one) => `the ${one.slice(2)}`);
  throw new RangeError(
    `${what}: '${name}' is ${
      all.join(" and ")
    }; a name in an expression stands for one thing, so rename ${
      typeof whom === "string" ? whom : whom.join(" and ")
    }`,
  );
}

function coordinate({ dim, coordinates }: NameScope, axis: number): Float64Array | number {
  if (axis >= dim) return 0;
  const points = coordinates();
  const column = new Float64Array(points.length / dim);
  for (let i = 0; i < column.length; i++) column[i] = points[i * dim + axis];
  return column;
}

function parameterOf({ what, parameters }: NameScope, name: string): number {
  const value = parameters.get(name);
  if (typeof value === "number") return value;
  throw new TypeError(
    `${what}: parameter '${name}' is ${describe(value)}; in an expression it has to be a number`,
  );
}

function unknownName({ what, sources }: NameScope, name: string): RangeError {
  const usable = sources.flatMap(({ variables }) =>
    [...variables].filter(([, { components }]) => components === 1).map(([name]) => name)
  );
  return new RangeError(
    `${what}: '${name}' in the expression is not known; there are x, y, z, t, the parameters of the model, and variables with one component: ${
      sayNames(usable)
    }`,
  );
}
