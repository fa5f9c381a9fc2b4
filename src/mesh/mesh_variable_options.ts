import { checkOptions, describe, type OptionNames } from "../options.ts";
import type { FieldTransfer } from "./field_store.ts";
import type { Mesh } from "./mesh.ts";
import { requireMesh } from "./registered.ts";

/** How a {@link MeshVariable} is made. */
export interface MeshVariableOptions {
  /** Values per point; defaults to 1. */
  readonly components?: number;
  /** Degree of the polynomials: 0, 1 or 2; defaults to 1. */
  readonly degree?: 0 | 1 | 2;
  /** Whether cells share values; defaults to true. Constants (degree 0) never do. */
  readonly continuous?: boolean;
  /**
   * What a continuous variable keeps where cells are put together ({@link Mesh.adapt}): `"conserve"`, the default,
   * its integral; `"interpolate"` its values at nodes, and with them its bounds.
   */
  readonly transfer?: FieldTransfer;
}

/** What may follow the name where a {@link MeshVariable} is made; the type of a variable remembers it. */
export type MeshVariableArguments = readonly [MeshVariableOptions?];

/** How many components the arguments ask for, as far as types know: 1, 2, .. or any number. */
export type ComponentCount<A extends MeshVariableArguments> = A extends readonly [] ? 1
  : A extends readonly [infer O]
    ? "components" extends keyof O
      ? O extends { readonly components: infer C extends number } ? C : number
    : 1
  : number;

/** One number per component: a number where there is one, `[components]` where there are several. */
export type PerComponent<A extends MeshVariableArguments> = number extends ComponentCount<A>
  ? number | Float64Array
  : ComponentCount<A> extends 1 ? number
  : Float64Array;

const optionNames: OptionNames<MeshVariableOptions> = {
  components: true,
  degree: true,
  continuous: true,
  transfer: true,
};

/**
 * Checks what a variable is made from.
 *
 * @throws {TypeError} when `mesh` is not a mesh, `name` not a string that is not empty, or an option is of a wrong
 *   type or does not exist.
 * @throws {RangeError} when the mesh has a variable of that name, the degree is not 0, 1 or 2,
 *   `components` is not a positive whole number, or `transfer` is unknown.
 */
export function checkMeshVariable(
  mesh: Mesh,
  name: string,
  options: MeshVariableOptions,
): void {
  if (typeof mesh !== "object" || !(mesh?.variables instanceof Map)) {
    throw new TypeError("a mesh variable takes a mesh first, then its name");
  }
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`a variable's name is a string that is not empty, got ${String(name)}`);
  }
  requireMesh(`variable '${name}'`, mesh);
  checkOptions(`variable '${name}'`, options, optionNames);
  const { components = 1, degree = 1, continuous = true, transfer = "conserve" } = options;
  if (mesh.variables.has(name)) {
    throw new RangeError(
      `mesh '${mesh.name}' has a variable '${name}' already; names are unique. To replace it, call ` +
        `mesh.removeVariable(mesh.variables.get("${name}")) first; a notebook cell that builds a model can be run ` +
        "again if it begins with model.reset()",
    );
  }
  if (degree !== 0 && degree !== 1 && degree !== 2) {
    throw new RangeError(`variable '${name}': the degree is 0, 1 or 2, got ${degree}`);
  }
  if (!Number.isInteger(components) || components < 1) {
    throw new RangeError(
      `variable '${name}': components is a whole number from 1, got ${components}`,
    );
  }
  if (typeof continuous !== "boolean") {
    throw new TypeError(
      `variable '${name}': continuous is true or false, got ${describe(continuous)}`,
    );
  }
  if (transfer !== "conserve" && transfer !== "interpolate") {
    throw new RangeError(
      `variable '${name}': transfer is "conserve" or "interpolate", got ${String(transfer)}`,
    );
  }
}
