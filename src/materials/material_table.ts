/**
 * What materials are: their properties by name.
 *
 * @module
 */
import { constants, numberWords } from "../expression/constants.ts";
import { isFunctionName } from "../expression/calls.ts";
import { type Expression, isExpression } from "../expression/contract.ts";
import type { ParticleMean } from "../flow/swarm_means.ts";
import { rateName } from "../flow/viscosity_law.ts";
import {
  checkOptions,
  describe,
  isRecord,
  type OptionNames,
  requireNumber,
  requireOptions,
} from "../options.ts";

/** A property: a number, or a formula as a text or an expression, whose names bind late. */
export type MaterialProperty = number | string | Expression;

/** The properties of one material, such as `density`, `viscosity` (which may be a law) and `shearModulus`. */
export type MaterialProperties = Readonly<Record<string, MaterialProperty>>;

/** How `Materials` is made. */
export interface MaterialsOptions {
  /** Stable, unique among the bearers of the model. Defaults to `Materials_0` and so on. */
  readonly name?: string;
  /** The name of the variable of the swarm with the number of each particle's material. Defaults to `"material"`. */
  readonly index?: string;
  /**
   * What fields know of the particles of a cell: the share of each material (`"means"`), or how the shares change
   * through the cell (`"fits"`, linear). Defaults to `"means"`.
   */
  readonly fields?: "means" | "fits";
  /** The means over materials by property. Defaults to harmonic for `viscosity`, arithmetic for all others. */
  readonly means?: Readonly<Record<string, ParticleMean>>;
}

/** The names of {@link MaterialsOptions}. */
export const materialsOptionNames: OptionNames<MaterialsOptions> = {
  name: true,
  index: true,
  fields: true,
  means: true,
};

/** Numbers and texts by material and property. */
export type MaterialTable = Readonly<Record<string, Readonly<Record<string, number | string>>>>;

/** The kinds of means. */
const kinds: readonly ParticleMean[] = ["arithmetic", "geometric", "harmonic"];

/**
 * Materials as numbers and texts.
 *
 * @throws {TypeError} when there is no material, or a property is of another kind.
 * @throws {RangeError} when a number is not finite, or a name cannot be written in a formula.
 */
export function checkedTable(materials: unknown): MaterialTable {
  if (!isRecord(materials)) {
    throw new TypeError(
      `Materials takes materials with their properties, { rock: { density: 3300 } }, got ${
        describe(materials)
      }`,
    );
  }
  const names = Object.keys(materials);
  if (names.length === 0 || names.length > 255) {
    throw new RangeError(`Materials: from 1 to 255 materials, got ${names.length}`);
  }
  const table: Record<string, Record<string, number | string>> = {};
  for (const [name, properties] of Object.entries(materials as Record<string, unknown>)) {
    requireName("material", name);
    requireOwnMeaning(name);
    if (!isRecord(properties)) {
      throw new TypeError(
        `Materials: '${name}' is { density: .., viscosity: .. }, got ${describe(properties)}`,
      );
    }
    table[name] = {};
    for (const [property, value] of Object.entries(properties)) {
      table[name][property] = checkedProperty(name, property, value);
    }
  }
  return table;
}

/**
 * A property as a number or a text.
 *
 * @throws {TypeError} when it is of another kind.
 * @throws {RangeError} when it is a number that is not finite, or its name cannot be written in a formula.
 */
export function checkedProperty(
  material: string,
  property: string,
  value: unknown,
): number | string {
  requireName("property", property);
  const what = `${material}.${property}`;
  if (typeof value === "number") {
    if (Number.isFinite(value)) return value;
    throw new RangeError(`Materials: ${what} is ${value}; it has to be finite`);
  }
  if (typeof value === "string" && value.trim() !== "") return value;
  if (isExpression(value)) return value.toString();
  throw new TypeError(
    `Materials: ${what} is a number, the text of a formula or an expression, got ${
      describe(value)
    }`,
  );
}

/**
 * Checks the options of `Materials`.
 *
 * @throws {TypeError} when there is none of a name, or one is of another kind.
 * @throws {RangeError} when a value is not one of those that there are, or the index has the name of a material.
 */
export function checkMaterials(
  options: MaterialsOptions,
  table: MaterialTable,
): { fields: "means" | "fits"; means: Record<string, ParticleMean>; index: string } {
  requireOptions("Materials", options, materialsOptionNames);
  const { index = "material", fields = "means", means = {} } = options;
  if (fields !== "means" && fields !== "fits") {
    throw new RangeError(
      `Materials: fields is "means" or "fits", got ${JSON.stringify(fields)}`,
    );
  }
  requireIndex(index, table);
  if (!isRecord(means)) {
    throw new TypeError(
      `Materials: means is { density: "arithmetic" } or the like, got ${describe(means)}`,
    );
  }
  for (const [property, kind] of Object.entries(means)) {
    requireMean(property, kind);
    if (Object.values(table).some((properties) => Object.hasOwn(properties, property))) continue;
    throw new RangeError(`Materials: means names ${property}, which no material has`);
  }
  return { index, fields, means: { viscosity: "harmonic", ...means } };
}

/**
 * Refuses what is not a kind of mean.
 *
 * @throws {RangeError} when it is none.
 */
export function requireMean(property: string, kind: unknown): void {
  if (kinds.includes(kind as ParticleMean)) return;
  throw new RangeError(
    `Materials: the mean of ${property} is one of ${
      kinds.map((one) => `"${one}"`).join(", ")
    }, got ${JSON.stringify(kind)}`,
  );
}

/** The variable is made after the bearer is registered, so its name has to be right before. */
function requireIndex(index: unknown, table: MaterialTable): void {
  if (typeof index !== "string" || index === "") {
    throw new TypeError(
      `Materials: index is the name of a variable of the swarm, got ${describe(index)}`,
    );
  }
  if (!Object.hasOwn(table, index)) return;
  throw new RangeError(`Materials: the index and a material are both called '${index}'`);
}

/** Refuses names that formulas give another meaning, so that the field with the shares could never be meant. */
function requireOwnMeaning(material: string): void {
  const isTaken = ["x", "y", "z", "t", "i", rateName].includes(material) ||
    constants.has(material) || numberWords.has(material) || isFunctionName(material);
  if (!isTaken) return;
  throw new RangeError(
    `Materials: '${material}' means something else in formulas; call the material something else`,
  );
}

function requireName(what: string, name: string): void {
  if (/^[A-Za-z_][A-Za-z_0-9]*$/.test(name) && name !== "__proto__") return;
  throw new RangeError(
    `Materials: '${name}' cannot be the name of a ${what}: in formulas names have letters, digits and _`,
  );
}

const buoyancyNames: OptionNames<{ readonly reference?: number }> = { reference: true };

/**
 * Checks what the buoyancy of materials is asked for with.
 *
 * @throws {TypeError} when gravity is not a list, or an option does not exist or is of another kind.
 * @throws {RangeError} when gravity does not have `dim` components, or a number is not finite.
 */
export function checkedBuoyancy(
  what: string,
  gravity: unknown,
  options: { readonly reference?: number },
  dim: number,
): { readonly reference?: number } {
  checkOptions(what, options, buoyancyNames);
  const { reference = 0 } = options;
  requireNumber(`${what}: reference`, reference);
  if (!Array.isArray(gravity)) {
    throw new TypeError(`${what} takes the components of gravity, got ${describe(gravity)}`);
  }
  if (gravity.length === dim && [...gravity, reference].every(Number.isFinite)) return options;
  throw new RangeError(
    `${what} takes ${dim} components of gravity and a density, all finite; got [${
      gravity.join(", ")
    }] and ${reference}`,
  );
}

/**
 * The formula of the mean over materials, weighed by their shares.
 *
 * @param shares The names of the fields with the shares.
 * @param values The property of each material.
 */
export function meanText(
  shares: readonly string[],
  values: readonly (number | string)[],
  kind: ParticleMean,
): string {
  if (values.every((value) => value === values[0])) return `${values[0]}`;
  const terms = values.map((value, i) => {
    const share = shares[i];
    if (kind === "harmonic") return `${share} / (${value})`;
    return kind === "geometric" ? `${share} * log(${value})` : `${share} * (${value})`;
  }).join(" + ");
  return kind === "harmonic" ? `1 / (${terms})` : kind === "geometric" ? `exp(${terms})` : terms;
}
