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
import { chosenPoints } from "../mesh/chosen_points.ts";
import { freshValuesOf, ownedWithGhosts } from "../mesh/fresh_fields.ts";
import { geometryOf, placesIn } from "../mesh/mesh.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Places } from "../mesh/places.ts";
import type { FoundPoints } from "../mesh/point_search.ts";
import { type Arrived, arrivedIn, putArrived } from "./arrived.ts";
import type { DepartureTracer, TracedPoints } from "./departure.ts";
import { clipBetween, DepartureField, type FieldKindOf } from "./departure_values.ts";
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
  const places = placesIn(mesh), departure = tracer.on(places), { dim } = mesh;
  const points = tracer.start(departure, variable), starts = points.points.slice();
  const fieldOf = (values: Float64Array, kind: FieldKindOf = variable) =>
    new DepartureField(mesh, places, kind, values);
  const past = levels.map(freshOf), first = fieldOf(past[0]);
  const reference = kept === null ? first : fieldOf(freshOf(kept.reference));
  const known = kept === null ? first : fieldOf(freshOf(kept.base));
  const arriving = trace.arriving && fieldOf(freshValuesOf(variable, trace.arriving));
  departure.back(points, steps[0], winds(0));
  const shift = points.ends.map((x, i) => x - starts[i]);
  if (kept !== null) {
    const vector = { degree: variable.degree, continuous: true, components: dim };
    const before = fieldOf(freshOf(kept.shift), vector);
    const earlier = before.read(extended(places, points, points.images));
    for (let i = 0; i < shift.length; i++) shift[i] += earlier[i];
  }
  const then = keptPlaces(departure, starts.map((x, i) => x + shift[i]), points),
    { entered } = then;
  const base = reference.read(then.places);
  const direct = marked(points, entered.map((one, i) => one | points.stopped[i]));
  let came: Arrived | null = null;
  const found = past.map((values, j) => {
    const field = j === 0 ? first : fieldOf(values);
    // The change since the kept moment, which is none where that was the last one.
    const change = values.map((value, i) => value - known.values[i]);
    const out = field === known ? new Float64Array(base.length) : fieldOf(change).read(points);
    for (let i = 0; i < out.length; i++) out[i] += base[i];
    if (clip) clipBetween(field.bounds(points), out);
    putMarked(direct, field.read(direct.places, clip), out);
    if (j === 0) came = arrivedIn(trace, arriving, out, points);
    if (came !== null) putArrived(came, out);
    setInflow(trace, points, out);
    return out;
  });
  // What it had when it came in stands for a value at the kept moment.
  const since = marked(points, entered);
  putMarked(since, known.read(since.places), base);
  for (let i = 0; i < base.length; i++) {
    const dof = Math.floor(i / components);
    if (entered[dof] === 1 && points.stopped[dof] === 1) base[i] = found[0][i];
  }
  const forcing = star === null ? null : fieldOf(freshOf(star)).read(points, clip);
  const all = (values: Float64Array, width = components) =>
    ownedWithGhosts(variable, values, width);
  return {
    levels: found.map((values) => all(values)),
    forcing: forcing && all(forcing),
    next: { shift: all(shift, dim), base: all(base), entered: all(entered, 1) },
  };
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
  readonly places: FoundPoints;
}

function marked(points: FoundPoints, marks: ArrayLike<number>): Marked {
  const rows = Int32Array.from({ length: marks.length }, (_, i) => i).filter((i) => marks[i] === 1);
  return { rows, places: chosenPoints(points, rows) };
}

function putMarked({ rows }: Marked, values: Float64Array, out: Float64Array): void {
  const components = values.length / Math.max(1, rows.length);
  rows.forEach((i, k) => {
    out.set(values.subarray(k * components, (k + 1) * components), i * components);
  });
}

/** Material this far outside, in sizes of the nearest cell, is at the chord of a curved wall and did not come in. */
const heightOfChord = 0.05;

/** Where material was at the kept moment, or the nearest point of the domain; and what was outside. Collective. */
function keptPlaces(
  departure: DepartureTracer,
  points: Float64Array,
  near: TracedPoints,
): { places: FoundPoints; entered: Float64Array } {
  const { places } = departure, { dim } = places.geometry.topology, hints = near.locals.slice();
  departure.toImages(points, hints);
  const ends = points.slice(), entered = new Float64Array(near.count);
  const at = departure.nearest(points, hints);
  const distances = new Float64Array(near.count);
  for (let k = 0; k < ends.length; k++) {
    distances[Math.floor(k / dim)] += (ends[k] - points[k]) ** 2;
  }
  const outside = marked(at, distances.map((distance) => distance === 0 ? 0 : 1));
  const { volumes } = places.geometry;
  const sizes = places.read(outside.places, 1, (cells, _barycentric, count, out) => {
    for (let i = 0; i < count; i++) out[i] = volumes[cells[i]];
  }, "here");
  outside.rows.forEach((i, n) => {
    // The edge of a right-angled cell of this volume.
    const size = dim === 2 ? Math.sqrt(2 * sizes[n]) : Math.cbrt(6 * sizes[n]);
    if (distances[i] > (heightOfChord * size) ** 2) entered[i] = 1;
  });
  return { places: extended(places, { ...at, points, stopped: entered }, ends), entered };
}

/** How far outside of its cell a point may be where a field is read: of a coordinate that is 1 in the cell. */
const farthestOutside = 0.5;

/**
 * Places as if there were no boundary, so that points at the chord of a curved wall do not lose its height in
 * every step; those that came in through the boundary stay there. Collective.
 *
 * @param ends Where the points would be, `[count x dim]`.
 */
function extended(
  places: Places,
  at: FoundPoints & { readonly points: Float64Array; readonly stopped: ArrayLike<number> },
  ends: Float64Array,
): FoundPoints {
  const { count, cells, ranks, locals, points, stopped } = at, { dim } = places.geometry.topology;
  const width = dim + 1, barycentric = at.barycentric.slice();
  const isMoved = (i: number) => {
    for (let k = i * dim; k < (i + 1) * dim; k++) if (ends[k] !== points[k]) return true;
    return false;
  };
  const moved = marked(
    at,
    Uint8Array.from({ length: count }, (_, i) => isMoved(i) && stopped[i] !== 1 ? 1 : 0),
  );
  const slopes = slopesAt(places, moved.places);
  moved.rows.forEach((i, n) => {
    const row = n * dim;
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
    if (least >= -farthestOutside) return;
    for (let k = i * width; k < (i + 1) * width; k++) barycentric[k] = at.barycentric[k];
  });
  return { count, cells, ranks, locals, barycentric };
}

/** The inverse Jacobians of cells at points, `[count x dim x dim]`. Collective. */
function slopesAt(places: Places, at: FoundPoints): Float64Array {
  const { cornerInverses, curved, topology: { dim } } = places.geometry, square = dim * dim;
  return places.read(at, square, (cells, barycentric, count, out) => {
    for (let i = 0; i < count; i++) {
      const bent = curved === null ? -1 : curved.numbers[cells[i]];
      if (bent >= 0) curved!.invert(bent, barycentric, i * (dim + 1), out, i * square);
      else {
        for (let k = 0; k < square; k++) {
          out[i * square + k] = cornerInverses[cells[i] * square + k];
        }
      }
    }
  }, "here");
}

/** Values of a variable with ghosts up to date. Collective. */
function freshOf(variable: MeshVariable): Float64Array {
  return freshValuesOf(variable, valuesOf(variable));
}
