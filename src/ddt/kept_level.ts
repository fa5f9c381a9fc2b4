/**
 * A level that is kept for several steps, so that short steps do not interpolate the whole field every time.
 *
 * Interpolation has an error of its own, whatever the size of the step: the shorter the steps, the more of
 * them and the larger their sum. So the field of one moment is kept, with the displacement of the material
 * since. Its value at a degree of freedom now is one interpolation away, however many steps lie between; the
 * displacement, and what solves have added since, are small and are interpolated in every step. After a few
 * cells of displacement the present field becomes the kept one.
 *
 * The displacement is that of the characteristic mapping method: O. Mercier, X.-Y. Yin, J.-C. Nave, The
 * characteristic mapping method for the linear advection of arbitrary sets, SIAM J. Sci. Comput. 42 (2020)
 * A1663-A1685, doi:10.1137/19M1309512.
 *
 * @module
 */
import { copyInto } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { geometryOf, wholeGeometryOf } from "../mesh/mesh.ts";
import { type MeshVariable, wholeValuesOf } from "../mesh/mesh_variable.ts";
import { type Arrived, arrivedIn, putArrived } from "./arrived.ts";
import type { DepartureTracer, TracedPoints } from "./departure.ts";
import {
  clipToCells,
  type DeparturePlaces,
  type FieldKindOf,
  valuesAtDepartures,
} from "./departure_values.ts";
import { type LevelSeries, valuesOf } from "./level_variables.ts";
import {
  type LevelTrace,
  type LevelTracer,
  setInflow,
  type TracedLevels,
} from "./traced_levels.ts";

/** How many times as long, or as short, as it was an edge may be before the present field becomes the kept one. */
const mostStretch = 2;

/** A kept level, as the degrees of freedom see it at one time. */
export interface KeptLevel {
  /** Where the material of a degree of freedom was at the kept moment, relative to it, `[dofCount x dim]`. */
  readonly shift: Float64Array;
  /** The kept field there, or what flowed in since, `[dofCount x components]`. */
  readonly base: Float64Array;
  /** 1 where the material came in through the boundary since, `[dofCount]`. */
  readonly entered: Float64Array;
}

/** Past values at the departure points of a step, and the kept level at its end. */
export interface KeptTrace extends TracedLevels {
  readonly next: KeptLevel;
}

/** The variables of a kept level: the field of the kept moment, and what {@link KeptLevel} has. */
export interface KeptVariables {
  readonly reference: MeshVariable;
  readonly shift: MeshVariable;
  readonly base: MeshVariable;
  readonly entered: MeshVariable;
}

const labels = ["reference", "shift", "base", "entered"] as const;

/** What a history that keeps a level needs besides past values. */
export function keptSeries(like: MeshVariable): LevelSeries[] {
  const components = { shift: like.mesh.dim, entered: 1, reference: undefined, base: undefined };
  return labels.map((label) => ({
    label: `kept_${label}`,
    count: 1,
    like,
    components: components[label],
    isLater: true,
  }));
}

/** The variables of {@link keptSeries}; null where there are none. */
export function keptVariables(
  find: (label: string) => readonly MeshVariable[],
): KeptVariables | null {
  const [reference, shift, base, entered] = labels.map((label) => find(`kept_${label}`)[0]);
  return reference === undefined ? null : { reference, shift, base, entered };
}

/** Writes what a step left. */
export function writeKept(variables: KeptVariables, level: KeptLevel): void {
  for (const name of ["shift", "base", "entered"] as const) {
    copyInto(variables[name].data, level[name]);
  }
}

/**
 * Past values of all levels where the material of the degrees of freedom was one step ago. The levels are what
 * this material had before, seen at the start of the step. Collective.
 *
 * The displacement knows no boundary: it goes on outside of the domain, where it is as smooth as inside, and
 * tells what has come in since. That has no value at the kept moment, and the newest field is interpolated.
 *
 * @param kept Null where the newest level is the kept one.
 * @throws {RangeError} when a velocity is not finite.
 */
export function traceKept(
  tracer: LevelTracer,
  trace: LevelTrace,
  kept: KeptVariables | null,
): KeptTrace {
  const { variable, levels, star, clip, winds, steps } = trace, { mesh, components } = variable;
  const geometry = wholeGeometryOf(mesh), departure = tracer.on(geometry);
  const points = departure.start(tracer.dofs(geometry, variable));
  const starts = points.points.slice();
  const past = levels.map(wholeOf), stars = star === null ? null : wholeOf(star);
  const reference = kept === null ? past[0] : wholeOf(kept.reference);
  const before = kept === null ? null : wholeOf(kept.shift);
  const known = kept === null ? past[0] : wholeOf(kept.base);
  const arriving = trace.arriving === null ? null : wholeValuesOf(variable, trace.arriving);
  const wind = winds(0);
  return allOrNone(mesh.model.comm, () => {
    departure.back(points, steps[0], wind);
    const read = (
      values: Float64Array,
      kind: FieldKindOf,
      at: DeparturePlaces,
      isClipped = false,
    ) => {
      const out = new Float64Array(at.count * kind.components);
      valuesAtDepartures(geometry, kind, values, at, isClipped, out);
      return out;
    };
    const shift = points.ends.map((x, i) => x - starts[i]);
    if (before !== null) {
      const vector = { degree: variable.degree, continuous: true, components: mesh.dim };
      const earlier = read(before, vector, extended(geometry, points, points.images));
      for (let i = 0; i < shift.length; i++) shift[i] += earlier[i];
    }
    const { places, entered } = keptPlaces(departure, starts.map((x, i) => x + shift[i]), points);
    const base = read(reference, variable, places);
    const direct = marked(points, entered.map((one, i) => one | points.stopped[i]));
    let came: Arrived | null = null;
    const found = past.map((values, j) => {
      // The change since the kept moment, which is none where that was the last one.
      const change = values.map((value, i) => value - known[i]);
      const out = values === known ? new Float64Array(base.length) : read(change, variable, points);
      for (let i = 0; i < out.length; i++) out[i] += base[i];
      if (clip) clipToCells(geometry, variable, values, points, out);
      putMarked(direct, read(values, variable, direct.places, clip), out);
      if (j === 0) came = arrivedIn(geometry, trace, arriving, out, points);
      if (came !== null) putArrived(came, out);
      setInflow(trace, points, out);
      return out;
    });
    // What it had when it came in stands for a value at the kept moment.
    const since = marked(points, entered);
    putMarked(since, read(known, variable, since.places), base);
    for (let i = 0; i < base.length; i++) {
      const dof = Math.floor(i / components);
      if (entered[dof] === 1 && points.stopped[dof] === 1) base[i] = found[0][i];
    }
    const forcing = stars === null ? null : read(stars, variable, points, clip);
    return { levels: found, forcing, next: { shift, base, entered } };
  });
}

/**
 * Whether the present field has to become the kept one: where edges of cells were much shorter or longer then.
 * Turning and moving alone wear nothing out. Collective.
 */
export function isWornOut(
  { mesh, degree, continuous }: MeshVariable,
  { shift, entered }: KeptLevel,
): boolean {
  const { topology, coordinates } = geometryOf(mesh), { dim, cells, cellCount } = topology;
  const { perCell, cellDofs } = topology.dofMap(degree, continuous), corners = dim + 1;
  const most = mostStretch ** 2;
  let worn = false;
  for (let pair = 0; pair < cellCount * corners ** 2 && !worn; pair++) {
    const cell = Math.floor(pair / corners ** 2);
    const p = pair % corners, q = Math.floor(pair / corners) % corners;
    // The first degrees of freedom of a cell are its corners.
    const a = cellDofs[cell * perCell + p], b = cellDofs[cell * perCell + q];
    if (p >= q || entered[a] === 1 || entered[b] === 1) continue;
    const from = cells[cell * corners + p] * dim, to = cells[cell * corners + q] * dim;
    let now = 0, then = 0;
    for (let d = 0; d < dim; d++) {
      const way = coordinates[to + d] - coordinates[from + d];
      now += way ** 2;
      then += (way + shift[b * dim + d] - shift[a * dim + d]) ** 2;
    }
    worn = then > now * most || now > then * most;
  }
  return mesh.model.comm.allreduce(worn ? 1 : 0, "max") > 0;
}

/** Some of the points: which ones, and where. */
interface Marked {
  readonly rows: Int32Array;
  readonly places: DeparturePlaces;
}

function marked({ cells, barycentric }: DeparturePlaces, marks: ArrayLike<number>): Marked {
  const rows = Int32Array.from({ length: marks.length }, (_, i) => i).filter((i) => marks[i] === 1);
  const width = barycentric.length / Math.max(1, marks.length);
  const some = new Float64Array(rows.length * width);
  rows.forEach((i, k) => some.set(barycentric.subarray(i * width, (i + 1) * width), k * width));
  const places = { count: rows.length, cells: rows.map((i) => cells[i]), barycentric: some };
  return { rows, places };
}

function putMarked({ rows }: Marked, values: Float64Array, out: Float64Array): void {
  const components = values.length / Math.max(1, rows.length);
  rows.forEach((i, k) => {
    out.set(values.subarray(k * components, (k + 1) * components), i * components);
  });
}

/** Material this far outside, in sizes of the nearest cell, is at the chord of a curved wall and did not come in. */
const heightOfChord = 0.05;

/** Where material was at the kept moment, or the nearest point of the domain; and what was outside. */
function keptPlaces(
  departure: DepartureTracer,
  points: Float64Array,
  near: TracedPoints,
): { places: DeparturePlaces; entered: Float64Array } {
  const { geometry } = departure, { topology: { dim }, volumes } = geometry;
  departure.toImages(points, near.cells.slice());
  const ends = points.slice(), entered = new Float64Array(near.count);
  const at = departure.nearest(points, near);
  for (let i = 0; i < near.count; i++) {
    let distance = 0;
    for (let k = i * dim; k < (i + 1) * dim; k++) distance += (ends[k] - points[k]) ** 2;
    if (distance === 0) continue;
    // The edge of a right-angled cell of this volume.
    const volume = volumes[at.cells[i]];
    const size = dim === 2 ? Math.sqrt(2 * volume) : Math.cbrt(6 * volume);
    if (distance > (heightOfChord * size) ** 2) entered[i] = 1;
  }
  return { places: extended(geometry, { ...at, points, stopped: entered }, ends), entered };
}

/** How far outside of its cell a point may be where a field is read: of a coordinate that is 1 in the cell. */
const farthestOutside = 0.5;

/**
 * DeparturePlaces as if there were no boundary, so that points at the chord of a curved wall do not lose its height in
 * every step; those that came in through the boundary stay there.
 *
 * @param ends Where the points would be, `[count x dim]`.
 */
function extended(
  { cornerInverses, curved, topology: { dim } }: Geometry,
  at: Pick<TracedPoints, "count" | "cells" | "points" | "barycentric"> & {
    readonly stopped: ArrayLike<number>;
  },
  ends: Float64Array,
): DeparturePlaces {
  const { count, cells, points, stopped } = at, width = dim + 1;
  const barycentric = at.barycentric.slice(), inverse = new Float64Array(9);
  for (let i = 0; i < count; i++) {
    let isMoved = false;
    for (let k = i * dim; k < (i + 1) * dim; k++) isMoved ||= ends[k] !== points[k];
    if (!isMoved || stopped[i] === 1) continue;
    const bent = curved === null ? -1 : curved.numbers[cells[i]];
    if (bent >= 0) curved!.invert(bent, barycentric, i * width, inverse, 0);
    const slopes = bent < 0 ? cornerInverses : inverse, row = bent < 0 ? cells[i] * dim : 0;
    for (let k = 1; k < width; k++) {
      for (let d = 0; d < dim; d++) {
        const change = slopes[(row + k - 1) * dim + d] *
          (ends[i * dim + d] - points[i * dim + d]);
        barycentric[i * width + k] += change;
        barycentric[i * width] -= change;
      }
    }
    let least = 0;
    for (let k = i * width; k < (i + 1) * width; k++) least = Math.min(least, barycentric[k]);
    if (least >= -farthestOutside) continue;
    for (let k = i * width; k < (i + 1) * width; k++) barycentric[k] = at.barycentric[k];
  }
  return { count, cells, barycentric };
}

/** All values of a variable, on several ranks in global numbers. Collective. */
function wholeOf(variable: MeshVariable): Float64Array {
  return wholeValuesOf(variable, valuesOf(variable));
}
