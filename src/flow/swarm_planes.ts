/**
 * Planes through the particles of each cell.
 *
 * @module
 */
import type { Geometry } from "../mesh/geometry.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import type { ParticleMean } from "./swarm_means.ts";

/** Particles in the cells of this rank; their values are those that are averaged. */
export interface CellParticles {
  readonly count: number;
  /** `[count]`; -1 outside. */
  readonly cells: Int32Array;
  /** `[count x dim]` */
  readonly coordinates: Float64Array;
  /** `[count x components]` */
  readonly values: Float64Array;
  readonly components: number;
}

/** A plane needs particles that spread: this share of a square moment has to lie across every direction. */
const leastSpread = 1e-3;

/** A cell is cut by a jump where its particles differ by more than this factor. */
const jump = 10;

/**
 * Values at the vertices of the planes that fit the particles of each cell best, in the order of a discontinuous field of
 * degree 1, `[dofs x components]`. Cells whose particles do not spread in all directions keep their means.
 *
 * @param means Of each cell, `[cellCount x components]`.
 * @param kind What the values are: those of particles, their logarithms, or their inverses. With the last two, cells
 *   whose particles differ by more than a factor of 10 keep their means, and planes of inverses stay positive.
 */
export function planesThrough(
  geometry: Geometry,
  particles: CellParticles,
  means: Float64Array,
  kind: ParticleMean,
): Float64Array {
  const { dim } = geometry.topology, { components } = particles;
  const { slopes, centres } = fitted(geometry, particles, means);
  const { cells, coordinates, count } = locatedDofs(geometry, { degree: 1, continuous: false });
  const out = new Float64Array(count * components);
  for (let i = 0; i < count; i++) {
    for (let a = 0; a < components; a++) {
      const at = cells[i] * components + a;
      let rise = 0;
      for (let d = 0; d < dim; d++) {
        rise += slopes[at * dim + d] * (coordinates[i * dim + d] - centres[cells[i] * dim + d]);
      }
      out[i * components + a] = means[at] + rise;
    }
  }
  if (kind !== "arithmetic") keepPositive(geometry, particles, means, kind, out);
  return out;
}

/** Slopes of the planes, `[cellCount x components x dim]`, and the centres of the particles, `[cellCount x dim]`. */
function fitted(
  { topology: { dim, cellCount } }: Geometry,
  { count, cells, coordinates, values, components }: CellParticles,
  means: Float64Array,
): { slopes: Float64Array; centres: Float64Array } {
  const centres = new Float64Array(cellCount * dim), numbers = new Int32Array(cellCount);
  for (let i = 0; i < count; i++) {
    if (cells[i] < 0) continue;
    numbers[cells[i]]++;
    for (let d = 0; d < dim; d++) centres[cells[i] * dim + d] += coordinates[i * dim + d];
  }
  for (let k = 0; k < centres.length; k++) centres[k] /= Math.max(1, numbers[Math.floor(k / dim)]);
  const square = dim * dim, moments = new Float64Array(cellCount * square);
  const slopes = new Float64Array(cellCount * components * dim);
  for (let i = 0; i < count; i++) {
    const cell = cells[i];
    if (cell < 0) continue;
    for (let d = 0; d < dim; d++) {
      const away = coordinates[i * dim + d] - centres[cell * dim + d];
      for (let e = 0; e < dim; e++) {
        moments[cell * square + d * dim + e] += away *
          (coordinates[i * dim + e] - centres[cell * dim + e]);
      }
      for (let a = 0; a < components; a++) {
        const at = cell * components + a;
        slopes[at * dim + d] += away * (values[i * components + a] - means[at]);
      }
    }
  }
  for (let cell = 0; cell < cellCount; cell++) {
    const own = slopes.subarray(cell * components * dim, (cell + 1) * components * dim);
    solveMoments(moments.subarray(cell * square, (cell + 1) * square), dim, own);
  }
  return { slopes, centres };
}

/** `slopes = moments^-1 slopes` for every component, by Cholesky's factors; 0 where particles do not spread. */
function solveMoments(moments: Float64Array, dim: number, slopes: Float64Array): void {
  let trace = 0;
  for (let d = 0; d < dim; d++) trace += moments[d * dim + d];
  for (let d = 0; d < dim; d++) {
    for (let e = 0; e <= d; e++) {
      let sum = moments[d * dim + e];
      for (let k = 0; k < e; k++) sum -= moments[d * dim + k] * moments[e * dim + k];
      if (e < d) moments[d * dim + e] = sum / moments[e * dim + e];
      else if (sum > leastSpread * trace) moments[d * dim + d] = Math.sqrt(sum);
      else return void slopes.fill(0);
    }
  }
  for (let from = 0; from < slopes.length; from += dim) {
    for (let d = 0; d < dim; d++) {
      for (let k = 0; k < d; k++) slopes[from + d] -= moments[d * dim + k] * slopes[from + k];
      slopes[from + d] /= moments[d * dim + d];
    }
    for (let d = dim - 1; d >= 0; d--) {
      for (let k = d + 1; k < dim; k++) slopes[from + d] -= moments[k * dim + d] * slopes[from + k];
      slopes[from + d] /= moments[d * dim + d];
    }
  }
}

/** The least and the greatest value in each cell, `[cellCount x components x 2]`. */
function rangesOf(
  cellCount: number,
  { count, cells, values, components }: CellParticles,
): Float64Array {
  const out = new Float64Array(cellCount * components * 2);
  for (let k = 0; k < out.length; k += 2) [out[k], out[k + 1]] = [Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    if (cells[i] < 0) continue;
    for (let a = 0; a < components; a++) {
      const k = (cells[i] * components + a) * 2, value = values[i * components + a];
      out[k] = Math.min(out[k], value);
      out[k + 1] = Math.max(out[k + 1], value);
    }
  }
  return out;
}

/** Reduces slopes, cell by cell: to nothing where a jump cuts the cell, and where an inverse might reach 0. */
function keepPositive(
  { topology }: Geometry,
  particles: CellParticles,
  means: Float64Array,
  kind: "geometric" | "harmonic",
  values: Float64Array,
): void {
  const { perCell, cellDofs } = topology.dofMap(1, false), { components } = particles;
  const ranges = rangesOf(topology.cellCount, particles);
  for (let at = 0; at < means.length; at++) {
    const cell = Math.floor(at / components), a = at % components;
    const [least, most] = ranges.subarray(2 * at, 2 * at + 2), mean = means[at];
    const isCut = kind === "geometric" ? most - least > Math.log(jump) : most > jump * least;
    let share = isCut ? 0 : 1;
    for (let k = 0; k < perCell && kind === "harmonic"; k++) {
      const rise = values[cellDofs[cell * perCell + k] * components + a] - mean;
      if (rise < 0) share = Math.min(share, (mean - least / 2) / -rise);
      else if (rise > 0) share = Math.min(share, (2 * most - mean) / rise);
    }
    for (let k = 0; k < perCell; k++) {
      const i = cellDofs[cell * perCell + k] * components + a;
      values[i] = mean + share * (values[i] - mean);
    }
  }
}
