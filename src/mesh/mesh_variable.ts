import { allOrNone } from "../comm/collective_errors.ts";
import { type NdArray, ndarray } from "../deps/ndarray.ts";
import { displayAs, printAs } from "../display.ts";
import type { Expression } from "../expression/contract.ts";
import type { DofMap } from "./dof_map.ts";
import { elementOf } from "./elements/mod.ts";
import { insideValues } from "./outside_points.ts";
import { type Extreme, extremeOf } from "./extremes.ts";
import { FieldStore, type FieldTransfer } from "./field_store.ts";
import { dofValues } from "./dof_values.ts";
import { type FormulaOptions, formulaValues } from "./formula_setter.ts";
import { integrateBoundary, integrateDomain, squareOf } from "./integrate.ts";
import { evaluateInto, type Field, gradientInto } from "./interpolate.ts";
import { attachVariable, geometryOf, haloOf, type Mesh } from "./mesh.ts";
import {
  checkMeshVariable,
  type MeshVariableArguments,
  type PerComponent,
} from "./mesh_variable_options.ts";
import type { IndexMap } from "./index_map.ts";
import { type FieldFunction, type Points, readPoints } from "./points.ts";
import type { PointKernel } from "./places.ts";
import { valuesAt } from "./remote.ts";
import { fixFields } from "../fixed_fields.ts";

/** What {@link MeshVariable.set} takes; all values at once are `[dofCount, components]`. */
export type FieldValue =
  | number
  | Expression
  | FieldFunction
  | Float64Array
  | NdArray
  | readonly (number | Expression)[];

/** The toolkit's own view of a variable, for kernels; not part of the public entry. */
export let fieldOf: (variable: MeshVariable) => Field;
/** Takes snapshots that lack the variable, which then has no values: for what older versions did not have. */
export let letBeMissing: (variable: MeshVariable) => void;

/** Whether {@link letBeMissing} was said of a variable. */
export let mayBeMissing: (variable: MeshVariable) => boolean;

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
export class MeshVariable<
  const A extends MeshVariableArguments = MeshVariableArguments,
  out I extends number | Float64Array = PerComponent<A>,
> {
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
  /** What it keeps where cells are put together. */
  readonly transfer: FieldTransfer;
  readonly #store: FieldStore;

  static {
    fieldOf = (variable) => variable.#field();
    letBeMissing = (variable) => variable.#store.mayBeMissing = true;
    mayBeMissing = (variable) => variable.#store.mayBeMissing;
  }

  /**
   * Makes a field of zeros; takes no memory yet. Collective for continuous fields of degree 2, whose edges are numbered.
   *
   * @throws {TypeError} when `mesh` is not a mesh, or `name` not a string that is not empty.
   * @throws {RangeError} when the mesh has a variable of that name, the degree is not 0, 1 or 2, or
   *   `components` is not a positive whole number.
   */
  constructor(mesh: Mesh, name: string, ...[options = {}]: A) {
    checkMeshVariable(mesh, name, options);
    const { components = 1, degree = 1, continuous = true, transfer = "conserve" } = options;
    this.mesh = mesh;
    this.name = name;
    this.components = components;
    this.degree = degree;
    this.continuous = continuous && degree > 0;
    this.transfer = transfer;
    const kind = { degree, continuous: this.continuous, components, transfer };
    this.#store = new FieldStore(name, kind);
    attachVariable(mesh, this, this.#store);
    // Numbered here, where all ranks are; later ranks need not be together.
    if (degree === 2 && this.continuous) void geometryOf(mesh).topology.rankMesh?.edges;
    fixFields(this, new.target, MeshVariable);
  }

  /** Which degrees of freedom belong to which cell: a copy, the numbering itself is not to be written. */
  get dofMap(): DofMap {
    const map = this.#map;
    return { ...map, cellDofs: map.cellDofs.slice() };
  }

  /** How many points carry values; on one rank of several, those it has, ghosts included. */
  get dofCount(): number {
    return this.#map.count;
  }

  /** How many of them this rank owns; they come first, and ghosts follow. */
  get ownedDofCount(): number {
    return this.#indexMap?.owned ?? this.dofCount;
  }

  /** Ids in the numbering of the whole mesh, `[dofCount]`: owned ones, then ghosts, each ascending. A copy. */
  get globalDofIds(): Int32Array {
    return this.#indexMap?.ids.slice() ?? Int32Array.from({ length: this.dofCount }, (_, i) => i);
  }

  /** Whether memory for the values was taken. */
  get allocated(): boolean {
    return this.#store.data !== null;
  }

  /**
   * The live values, `[dofCount x components]`, row-major; writing into them changes the field. A
   * restore writes into the same memory, except where the snapshot is from before the first values
   * (then the variable is without memory again), or of a mesh with other cells: after that, and after
   * {@link Mesh.adapt}, take views anew.
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
   * @throws {RangeError} when a shape does not fit, an expression has an unknown name or one with two
   *   meanings, or a value is NaN because `evaluate` was asked for a point outside of a mesh.
   * @throws {ModelBusyError} when a function changes the mesh, or saves or loads.
   */
  set(value: FieldValue): void {
    const what = `variable '${this.name}'`;
    const evaluate = () => insideValues(what, value, () => dofValues(this, value, fieldOf));
    // A function may not change the mesh or the model meanwhile.
    const values = typeof value === "function"
      ? this.mesh.model.indivisible(`set of ${what}`, evaluate, false)
      : evaluate();
    this.data.set(values);
  }

  /**
   * Sets all values from a formula of fields on the same mesh: gradients and divergences, `grad(T)[0]`, `div(v)`,
   * `sqrt(inner(sym(grad(v)), sym(grad(v))))`, and everything else that an `Equation` understands: `x`, `y`, `z`,
   * `t`, parameters, `region("core")`. The field itself stands for the values that it has. Collective.
   *
   * @param formula As many components as the variable, a matrix row by row.
   * @param options How values follow from the formula, by projection, averages or recovery, and which ones are held.
   * @throws {TypeError} when the formula is not a text, a parameter is not a number, or an option does not exist.
   * @throws {RangeError} when the formula cannot be read (the message has the piece that is wrong), has another
   *   number of components or a value that is not finite, or recovery meets a field that is not continuous.
   */
  setFrom(formula: string, options: FormulaOptions = {}): void {
    const values = formulaValues(this, formula, options);
    this.data.set(values);
  }

  /**
   * Gives every ghost the value that its owner has. Nothing else does so: what the script writes, and what
   * a restore puts back, stays as it is. Collective; nothing to do on one rank.
   */
  syncGhosts(): void {
    const indexMap = this.#indexMap, { comm } = this.mesh.model;
    if (indexMap === null || comm.allreduce(this.allocated ? 1 : 0, "max") === 0) return;
    haloOf(this.mesh, indexMap).sync(this.data, this.components);
  }

  /**
   * Values at points, on this rank or any other. Collective: every rank asks for points of its own.
   *
   * @param points `[n, dim]`.
   * @returns `[n, components]`, new memory; NaN for points outside of the mesh.
   * @throws {TypeError} when `points` are not points.
   * @throws {RangeError} when their shape does not fit or one is not finite.
   */
  evaluate(points: Points): NdArray<Float64Array> {
    const { components } = this;
    const out = this.#sample(points, "evaluate", components, (cells, barycentric, count, out) => {
      evaluateInto(this.#field(), cells, barycentric, count, out);
    });
    return ndarray(out, [out.length / components, components]);
  }

  /**
   * Gradients at points, of the polynomial in the cell that the point belongs to. Collective, as
   * {@link MeshVariable.evaluate}.
   *
   * @param points `[n, dim]`.
   * @returns d u_a / d x_d as `[n, components, dim]`, new memory; NaN for points outside of the mesh.
   * @throws {TypeError} when `points` are not points.
   * @throws {RangeError} when their shape does not fit or one is not finite.
   */
  gradient(points: Points): NdArray<Float64Array> {
    const { components, mesh } = this, { dim } = mesh;
    const width = components * dim;
    const out = this.#sample(points, "gradient", width, (cells, barycentric, count, out) => {
      gradientInto(this.#field(), geometryOf(mesh), cells, barycentric, count, out);
    });
    return ndarray(out, [out.length / width, components, dim]);
  }

  /**
   * The integral over the domain, or over a named boundary. Collective: ranks add in their order.
   *
   * @returns a number, or `[components]` where there are several.
   * @throws {RangeError} when there is no boundary of that name.
   */
  integrate(boundaryName?: string): I {
    const geometry = geometryOf(this.mesh);
    const sums = boundaryName === undefined
      ? integrateDomain(this.#field(), geometry)
      : integrateBoundary(this.#field(), geometry, boundaryName);
    if (this.#indexMap !== null) sums.set(this.mesh.model.comm.allreduce(sums));
    return (this.components === 1 ? sums[0] : sums) as I;
  }

  /** The smallest of all values, those of all components; NaN when one is NaN. Collective. */
  min(): number {
    return this.#extreme("min");
  }

  /** The largest of all values, those of all components; NaN when one is NaN. Collective. */
  max(): number {
    return this.#extreme("max");
  }

  /** The L2 norm, sqrt(integral of |u|^2 over the domain), |u| with all components. Collective. */
  norm(): number {
    const own = squareOf(this.#field(), geometryOf(this.mesh));
    return Math.sqrt(this.#indexMap === null ? own : this.mesh.model.comm.allreduce(own));
  }

  static {
    printAs(this, function () {
      const { name, mesh, degree, continuous, dofCount, components } = this;
      const element = `P${degree}${continuous || degree === 0 ? "" : " discontinuous"}`;
      const size = components === 1 ? `${dofCount}` : `${dofCount} x ${components}`;
      const values = this.allocated ? `, ${this.#ownRange()}` : ", not set";
      return `MeshVariable(${name} on ${mesh.name}, ${element}, ${size} values${values})`;
    });
    displayAs(this);
  }

  get #map(): DofMap {
    return geometryOf(this.mesh).topology.dofMap(this.degree, this.continuous);
  }

  /** Global ids of the degrees of freedom; null on one rank. */
  get #indexMap(): IndexMap | null {
    const { rankMesh } = geometryOf(this.mesh).topology;
    return rankMesh?.dofs(this.degree, this.continuous) ?? null;
  }

  #extreme(which: Extreme): number {
    const own = extremeOf(which, this.#store.data, this.ownedDofCount * this.components);
    return this.#indexMap === null ? own : this.mesh.model.comm.allreduce(own, which);
  }

  /** Of what this rank owns, in words: one rank alone may ask to be shown. */
  #ownRange(): string {
    const { data } = this.#store, own = this.ownedDofCount * this.components;
    return own === 0
      ? "none here"
      : `${extremeOf("min", data, own)} to ${extremeOf("max", data, own)}`;
  }

  #field(): Field {
    const { components, degree, mesh } = this;
    const { cellDofs } = this.#map;
    return { components, data: this.#store.data, cellDofs, element: elementOf(mesh.dim, degree) };
  }

  /** Rows at points, by whichever rank has them. */
  #sample(points: Points, what: string, width: number, kernel: PointKernel): Float64Array {
    const { mesh } = this, { dim } = mesh;
    const flat = allOrNone(mesh.model.comm, () => readPoints(points, dim, what));
    return valuesAt(mesh, flat, width, kernel);
  }
}
