import { type NdArray, ndarray } from "../deps/ndarray.ts";
import { display } from "../display.ts";
import type { Expression } from "../expression/contract.ts";
import type { DofMap } from "./dof_map.ts";
import { elementOf } from "./elements/mod.ts";
import { FieldStore } from "./field_store.ts";
import { dofValues } from "./dof_values.ts";
import { integrateBoundary, integrateDomain, normOf } from "./integrate.ts";
import { evaluateInto, type Field, gradientInto } from "./interpolate.ts";
import { attachVariable, geometryOf, type Mesh } from "./mesh.ts";
import { type FieldFunction, type Points, readPoints } from "./points.ts";

/** How a {@link MeshVariable} is made. */
export interface MeshVariableOptions {
  /** Values per point; 1 when left out. */
  readonly components?: number;
  /** Degree of the polynomials: 0, 1 or 2; 1 when left out. */
  readonly degree?: 0 | 1 | 2;
  /** Whether cells share values; true when left out. Constants (degree 0) never do. */
  readonly continuous?: boolean;
}

/** What {@link MeshVariable.set} takes; all values at once are `[dofCount, components]`. */
export type FieldValue =
  | number
  | Expression
  | FieldFunction
  | Float64Array
  | NdArray
  | readonly (number | Expression)[];

/** Points with their cells. */
interface Found {
  readonly count: number;
  readonly cells: Int32Array;
  readonly barycentric: Float64Array;
}

/** The toolkit's own view of a variable, for kernels; not part of the public entry. */
export let fieldOf: (variable: MeshVariable) => Field;

/**
 * A field on a mesh: polynomials of degree 0, 1 or 2 on every cell, with one or several components.
 *
 * Memory is taken when values are first set or `data` is first read; until then the field is zero.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const T = new MeshVariable(mesh, "T", { degree: 2 });
 * T.set((x, y) => x * x + y);
 * console.log(T.evaluate([[0.5, 0.25]]).get(0, 0)); // 0.5
 * ```
 */
export class MeshVariable {
  /** The mesh that the field lives on. */
  readonly mesh: Mesh;
  /** Unique among the variables of the mesh. */
  readonly name: string;
  /** Values per point. */
  readonly components: number;
  /** Degree of the polynomials. */
  readonly degree: 0 | 1 | 2;
  /** Whether cells share values; false for degree 0. */
  readonly continuous: boolean;
  readonly #store: FieldStore;

  static {
    fieldOf = (variable) => variable.#field();
  }

  /**
   * Makes a field of zeros; takes no memory yet.
   *
   * @throws {TypeError} when `mesh` is not a mesh, or `name` not a string that is not empty.
   * @throws {RangeError} when the mesh has a variable of that name, the degree is not 0, 1 or 2, or
   *   `components` is not a positive whole number.
   */
  constructor(mesh: Mesh, name: string, options: MeshVariableOptions = {}) {
    const { components = 1, degree = 1, continuous = true } = options;
    checkOptions(mesh, name, components, degree);
    this.mesh = mesh;
    this.name = name;
    this.components = components;
    this.degree = degree;
    this.continuous = continuous && degree > 0;
    this.#store = new FieldStore(name, { degree, continuous: this.continuous, components });
    attachVariable(mesh, this, this.#store);
  }

  /** Which degrees of freedom belong to which cell: a copy, the numbering itself is not to be written. */
  get dofMap(): DofMap {
    const map = this.#map;
    return { ...map, cellDofs: map.cellDofs.slice() };
  }

  /** How many points carry values. */
  get dofCount(): number {
    return this.#map.count;
  }

  /** Whether memory for the values was taken. */
  get allocated(): boolean {
    return this.#store.data !== null;
  }

  /**
   * The live values, `[dofCount x components]`, row-major; writing into them changes the field. A
   * restore writes into the same memory, except where the snapshot is from before the first values:
   * then the variable is without memory again.
   */
  get data(): Float64Array {
    return this.#store.allocate(this.dofCount);
  }

  /** {@link MeshVariable.data} as `[dofCount, components]`: a view. */
  get array(): NdArray<Float64Array> {
    return ndarray(this.data, [this.dofCount, this.components]);
  }

  /** Where the values are, `[dofCount, dim]`: centroids; nodes; nodes, then mid-edges. A copy. */
  get coordinates(): NdArray<Float64Array> {
    const { degree, continuous, mesh } = this;
    return ndarray(geometryOf(mesh).dofCoordinates(degree, continuous), [this.dofCount, mesh.dim]);
  }

  /**
   * Sets all values.
   *
   * @param value One number for all; a number or an expression per component; an expression; a
   *   function `(x, y, z, t) => number`, or with several components `(x, y, z, out, t) => void`, called
   *   at {@link MeshVariable.coordinates} with t = `tracker.time`; or all values,
   *   `[dofCount x components]`. In expressions stand x, y, z, t, parameters of the model, and variables
   *   of the same mesh with one component. Functions are code, not state: what has to rewind with the
   *   model is a parameter, a variable or an expression.
   * @throws {TypeError} when `value` is nothing of that, or a function returns no number.
   * @throws {RangeError} when a shape does not fit, or an expression has an unknown name.
   */
  set(value: FieldValue): void {
    const values = dofValues(this, value, fieldOf);
    this.data.set(values);
  }

  /**
   * Values at points.
   *
   * @param points `[n, dim]`.
   * @returns `[n, components]`, new memory; NaN for points outside of the mesh.
   * @throws {TypeError} when `points` are no points.
   * @throws {RangeError} when their shape does not fit or one is not finite.
   */
  evaluate(points: Points): NdArray<Float64Array> {
    const { count, cells, barycentric } = this.#locate(points, "evaluate");
    const out = new Float64Array(count * this.components);
    evaluateInto(this.#field(), cells, barycentric, count, out);
    return ndarray(out, [count, this.components]);
  }

  /**
   * Gradients at points, of the polynomial in the cell that the point belongs to.
   *
   * @param points `[n, dim]`.
   * @returns d u_a / d x_d as `[n, components, dim]`, new memory; NaN for points outside of the mesh.
   * @throws {TypeError} when `points` are no points.
   * @throws {RangeError} when their shape does not fit or one is not finite.
   */
  gradient(points: Points): NdArray<Float64Array> {
    const { count, cells, barycentric } = this.#locate(points, "gradient");
    const { dim } = this.mesh;
    const out = new Float64Array(count * this.components * dim);
    gradientInto(this.#field(), geometryOf(this.mesh), cells, barycentric, count, out);
    return ndarray(out, [count, this.components, dim]);
  }

  /**
   * The integral over the domain, or over a named boundary.
   *
   * @returns a number, or `[components]` where there are several.
   * @throws {RangeError} when there is no boundary of that name.
   */
  integrate(boundaryName?: string): number | Float64Array {
    const geometry = geometryOf(this.mesh);
    const sums = boundaryName === undefined
      ? integrateDomain(this.#field(), geometry)
      : integrateBoundary(this.#field(), geometry, boundaryName);
    return this.components === 1 ? sums[0] : sums;
  }

  /** The smallest of all values, those of all components; NaN when one is NaN. */
  min(): number {
    return this.#extreme((a, b) => a < b);
  }

  /** The largest of all values, those of all components; NaN when one is NaN. */
  max(): number {
    return this.#extreme((a, b) => a > b);
  }

  /** The L2 norm, sqrt(integral of |u|^2 over the domain), |u| with all components. */
  norm(): number {
    return normOf(this.#field(), geometryOf(this.mesh));
  }

  /** One line for `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    const { name, mesh, degree, continuous, dofCount, components } = this;
    const element = `P${degree}${continuous || degree === 0 ? "" : " discontinuous"}`;
    const size = components === 1 ? `${dofCount}` : `${dofCount} x ${components}`;
    const values = this.allocated ? `, ${this.min()} to ${this.max()}` : ", not set";
    return `MeshVariable(${name} on ${mesh.name}, ${element}, ${size} values${values})`;
  }

  /** What a notebook shows: its picture, with minimum and maximum. */
  [Symbol.for("Jupyter.display")](): Promise<object> {
    return display(this);
  }

  get #map(): DofMap {
    return geometryOf(this.mesh).topology.dofMap(this.degree, this.continuous);
  }

  #extreme(better: (a: number, b: number) => boolean): number {
    const data = this.#store.data;
    if (data === null) return 0;
    let best = data[0];
    for (let i = 0; i < data.length; i++) {
      if (better(data[i], best)) best = data[i];
      else if (data[i] !== data[i]) return NaN;
    }
    return best;
  }

  #field(): Field {
    const { components, degree, mesh } = this;
    const { cellDofs } = this.#map;
    return { components, data: this.#store.data, cellDofs, element: elementOf(mesh.dim, degree) };
  }

  #locate(points: Points, what: string): Found {
    const { dim } = this.mesh;
    const flat = readPoints(points, dim, what);
    const count = flat.length / dim;
    const cells = new Int32Array(count).fill(-1);
    const barycentric = new Float64Array(count * (dim + 1));
    geometryOf(this.mesh).locator.locate(flat, count, cells, barycentric);
    return { count, cells, barycentric };
  }
}

function checkOptions(mesh: Mesh, name: string, components: number, degree: number): void {
  if (typeof mesh !== "object" || !(mesh?.variables instanceof Map)) {
    throw new TypeError("a mesh variable takes a mesh first, then its name");
  }
  if (typeof name !== "string" || name === "") {
    throw new TypeError(`a variable's name is a string that is not empty, got ${String(name)}`);
  }
  if (mesh.variables.has(name)) {
    throw new RangeError(`mesh '${mesh.name}' has a variable '${name}' already; names are unique`);
  }
  if (degree !== 0 && degree !== 1 && degree !== 2) {
    throw new RangeError(`variable '${name}': the degree is 0, 1 or 2, got ${degree}`);
  }
  if (!Number.isInteger(components) || components < 1) {
    throw new RangeError(
      `variable '${name}': components is a whole number from 1, got ${components}`,
    );
  }
}
