/**
 * Carries the values of a field over to a field on another mesh.
 *
 * @module
 */
import { takeRows } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import { checkOptions, type OptionNames } from "../options.ts";
import { BoundarySearch } from "./boundary_walk.ts";
import type { FieldDegree } from "./dof_map.ts";
import { elementOf } from "./elements/mod.ts";
import type { Geometry } from "./geometry.ts";
import { evaluateInto } from "./interpolate.ts";
import { KdTree } from "./kd_tree.ts";
import { geometryOf } from "./mesh.ts";
import type { Lattice } from "./lattice.ts";
import { fieldOf, MeshVariable } from "./mesh_variable.ts";
import { PeriodicBoundary } from "./periodic_boundary.ts";
import { requirePresent } from "./registered.ts";
import { isPartOfSame } from "./same_mesh.ts";
import {
  outsideError,
  type OutsideRule,
  transferAcross,
  type Transferred,
} from "./transfer_across.ts";
import type { Twins } from "./twins.ts";

export type { OutsideRule };

/** Options of {@link transfer}. */
export interface TransferOptions {
  /**
   * Places outside of the mesh of the first field take the value of its nearest degree of freedom (`nearest`, the
   * default), the field's value at the nearest point of its rim (`rim`: of higher order on curved domains), or
   * are an error (`refuse`).
   */
  readonly outside?: OutsideRule | undefined;
}

/** The result of {@link transfer}, for all ranks together. */
export interface TransferReport {
  /** The number of places that got a value. */
  readonly count: number;
  /** Whether the values were copied, because the meshes and degrees are equal in every byte. */
  readonly copied: boolean;
  /** The number of places that were outside of the other mesh. */
  readonly outside: number;
}

const transferNames: OptionNames<TransferOptions> = { outside: true };

/**
 * Gives a field the values of a field on another mesh, of this model or of another one. The values are copied if
 * meshes and degrees are equal, and otherwise those of the first field at the places of the second. Histories stay
 * as they are. Collective.
 *
 * @param from The field to read.
 * @param to The field to fill, ghosts included; its degree may differ.
 * @param options What happens outside of the mesh of `from`.
 * @returns How many places got a value.
 * @throws {TypeError} when one of them is not a mesh variable, or an option does not exist.
 * @throws {RangeError} when components or dimensions differ, or a place is outside with `{ outside: "refuse" }`;
 *   nothing is changed.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model, transfer } from "@timestash/timestash";
 *
 * const model = new Model();
 * const coarse = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const fine = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [10, 10] });
 * const T = new MeshVariable(coarse, "T", { degree: 2 }), S = new MeshVariable(fine, "S");
 * T.set((x, y) => x * x + y);
 * console.log(transfer(T, S)); // { count: 121, copied: false, outside: 0 }
 * console.log(S.evaluate([[0.5, 0.2]]).get(0, 0).toFixed(6)); // 0.450000
 * ```
 */
export function transfer(
  from: MeshVariable,
  to: MeshVariable,
  options: TransferOptions = {},
): TransferReport {
  checkOptions("transfer", options, transferNames);
  if (!(from instanceof MeshVariable) || !(to instanceof MeshVariable)) {
    throw new TypeError("transfer takes the mesh variable to read, then the one to fill");
  }
  requirePresent("transfer", from, to);
  requireRule(options.outside ?? "nearest");
  const { degree, continuous, components, mesh: { dim } } = from;
  const what = `variable '${from.name}' on mesh '${from.mesh.name}'`;
  const geometry = geometryOf(from.mesh);
  if (geometry.topology.rankMesh !== null) {
    allOrNone(from.mesh.model.comm, () => checkFit("transfer", { what, components, dim }, to));
    return filled(to, transferAcross("transfer", what, from, to, options.outside ?? "nearest"));
  }
  const { data } = fieldOf(from), { topology: { cells, twins }, coordinates, middles } = geometry;
  const mesh = { cells, twins, middles, degree, continuous, geometry: () => geometry };
  return transferField("transfer", { what, data, components, dim, coordinates, mesh }, to, options);
}

/** @throws {TypeError} when there is no such rule. */
export function requireRule(outside: unknown): void {
  if (["nearest", "rim", "refuse"].includes(outside as OutsideRule)) return;
  throw new TypeError(`outside is "nearest", "rim" or "refuse", not ${JSON.stringify(outside)}`);
}

/** A field on a whole mesh, or what particles carry. */
export interface FieldSource {
  /** What it is, for errors. */
  readonly what: string;
  readonly data: Float64Array | null;
  readonly components: number;
  /** Null for particles. */
  readonly mesh: {
    readonly cells: Int32Array;
    readonly degree: FieldDegree;
    readonly continuous: boolean;
    /** Nodes that are one place, of a periodic mesh. */
    readonly twins: Twins | null;
    /** Mid-side nodes of cells of degree 2, `[edges x dim]`. */
    readonly middles: Float64Array | null;
    readonly geometry: () => Geometry;
  } | null;
  /** The nodes of the mesh, or the places of particles. */
  readonly coordinates: Float64Array;
  readonly dim: number;
}

/**
 * Fills a variable with the values of a field. Collective.
 *
 * @param who Named in errors.
 * @throws {RangeError} when it does not fit, or a place is outside and that is refused.
 */
export function transferField(
  who: string,
  source: FieldSource,
  to: MeshVariable,
  { outside = "nearest" }: TransferOptions,
): TransferReport {
  const { comm } = to.mesh.model;
  allOrNone(comm, () => checkFit(who, source, to));
  const isSameHere = isSame(source, to), copied = comm.allreduce(isSameHere ? 1 : 0, "min") > 0;
  const made = allOrNone(
    comm,
    () => copied ? copiedOn(source, to) : valuesOn(who, source, to, outside),
  );
  return filled(to, { copied, ...made });
}

/** Fills a variable. Collective. */
function filled(to: MeshVariable, { copied, values, missed }: Transferred): TransferReport {
  const { comm } = to.mesh.model;
  to.set(values);
  return {
    count: comm.allreduce(to.ownedDofCount),
    copied,
    outside: comm.allreduce(missed),
  };
}

/** This rank's rows of a field on the same mesh; null stands for zeros. */
function copiedOn({ data }: FieldSource, { globalDofIds: ids, components }: MeshVariable) {
  const values = new Float64Array(ids.length * components);
  if (data !== null) takeRows(data, ids, components, values);
  return { values, missed: 0 };
}

function valuesOn(who: string, source: FieldSource, to: MeshVariable, outside: OutsideRule) {
  const values = new Float64Array(to.dofCount * to.components);
  const missed = source.mesh === null
    ? fromNearest(who, source, source.coordinates, to, null, values)
    : fromElements(who, source, source.mesh, to, outside, values);
  return { values, missed };
}

function checkFit(
  who: string,
  { what, components, dim }: Pick<FieldSource, "what" | "components" | "dim">,
  variable: MeshVariable,
): void {
  if (components === variable.components && dim === variable.mesh.dim) return;
  throw new RangeError(
    `${who}: ${what} has ${components} component(s) in ${dim}-D, but variable '${variable.name}' ` +
      `has ${variable.components} in ${variable.mesh.dim}-D; make a variable like it`,
  );
}

/** Whether this rank's part of a variable's mesh, and its degree, are those of a field. */
function isSame({ mesh, coordinates }: FieldSource, variable: MeshVariable): boolean {
  return mesh !== null && mesh.degree === variable.degree &&
    mesh.continuous === variable.continuous &&
    isPartOfSame({ ...mesh, coordinates }, geometryOf(variable.mesh));
}

/** Returns the number of this rank's own places that were outside. */
function fromElements(
  who: string,
  source: FieldSource,
  { geometry: make, degree, continuous }: NonNullable<FieldSource["mesh"]>,
  variable: MeshVariable,
  outside: OutsideRule,
  values: Float64Array,
): number {
  const geometry = make(), { topology } = geometry, { dim } = topology;
  const places = variable.coordinates.data as Float64Array, count = places.length / dim;
  const cells = new Int32Array(count).fill(-1);
  const barycentric = new Float64Array(count * (dim + 1));
  geometry.locator.locate(places, count, cells, barycentric);
  const own = cells.subarray(0, variable.ownedDofCount);
  const missed = own.reduce((sum, cell) => sum + Number(cell < 0), 0);
  if (missed > 0 && outside === "refuse") {
    throw outsideError(who, source.what, variable, places, cells, missed);
  }
  if (outside === "rim" && cells.includes(-1)) toRim(geometry, places, cells, barycentric);
  const { components, data } = source;
  const { cellDofs } = topology.dofMap(degree, continuous);
  const field = { components, data, cellDofs, element: elementOf(dim, degree) };
  const lost = cells.slice();
  evaluateInto(field, cells, barycentric, count, values);
  if (outside === "nearest" && lost.includes(-1)) {
    const points = geometry.dofCoordinates(degree, continuous);
    fromNearest(who, source, points, variable, lost, values, geometry.lattice);
  }
  return missed;
}

/** Moves places outside to the nearest point of the old mesh. */
function toRim(
  geometry: Geometry,
  places: Float64Array,
  cells: Int32Array,
  barycentric: Float64Array,
): void {
  const { dim } = geometry.topology;
  const search = new BoundarySearch(geometry), at = new Float64Array(dim);
  const sides = geometry.lattice === null ? null : new PeriodicBoundary(geometry);
  const one = new Int32Array(1), coordinates = new Float64Array(dim + 1);
  for (let i = 0; i < cells.length; i++) {
    if (cells[i] >= 0) continue;
    const z = dim === 3 ? places[i * dim + 2] : 0;
    one[0] = sides === null
      ? search.nearest(places[i * dim], places[i * dim + 1], z, at)
      : sides.nearest(places.slice(i * dim, (i + 1) * dim), at);
    geometry.locator.locate(at, 1, one, coordinates);
    cells[i] = one[0];
    barycentric.set(coordinates, i * (dim + 1));
  }
}

/**
 * Gives the places whose cell is -1 (for null: all places) the value of the nearest point; returns how many of
 * them are this rank's own.
 */
function fromNearest(
  who: string,
  { what, data, components, dim }: FieldSource,
  points: Float64Array,
  variable: MeshVariable,
  cells: Int32Array | null,
  values: Float64Array,
  lattice: Lattice | null = null,
): number {
  const tree = new KdTree(points, dim);
  const places = variable.coordinates.data as Float64Array;
  let done = 0;
  for (let i = 0; i * dim < places.length; i++) {
    if (cells !== null && cells[i] >= 0) continue;
    const from = lattice === null
      ? tree.nearest(places, i * dim)
      : nearestImage(lattice, tree, points, places.slice(i * dim, (i + 1) * dim));
    if (from < 0) throw new RangeError(`${who}: there are no particles in ${what}`);
    for (let a = 0; a < components; a++) {
      values[i * components + a] = data === null ? 0 : data[from * components + a];
    }
    if (i < variable.ownedDofCount) done++;
  }
  return done;
}

/** The point that is nearest to a place or to an image of it under the periods of a mesh. */
function nearestImage(
  lattice: Lattice,
  tree: KdTree,
  points: Float64Array,
  place: Float64Array,
): number {
  const { dim, shifts } = lattice;
  lattice.reduce(place, 0, null, 0);
  let best = -1, least = Infinity;
  for (let s = 0; s < shifts.length; s += dim) {
    const image = place.map((x, d) => x + shifts[s + d]), found = tree.nearest(image, 0);
    const distance = Math.hypot(...image.map((x, d) => x - points[found * dim + d]));
    if (distance < least) best = found, least = distance;
  }
  return best;
}
