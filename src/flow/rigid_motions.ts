/**
 * Rigid motions: translations and rotations, which cost no viscous energy.
 *
 * @module
 */
import type { FieldFrame } from "../solve/field_frame.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import type { BoundaryFrames } from "./boundary_frames.ts";
import { toLocal } from "./rotation.ts";

/** Of the squares of a motion, the share at prescribed components below which it is free. */
const free = 1e-13;

/** How many there are. */
export function motionCount(dim: number): number {
  return dim === 2 ? 3 : 6;
}

/**
 * The rigid motions in the frames of the nodes, `[count dim x motions]`: rotations about the middle of the
 * mesh, with velocities up to about 1. Collective.
 */
export function rigidMotions(frame: FieldFrame, frames: BoundaryFrames): Float64Array {
  const { geometry, map } = frame, { dim } = geometry.topology;
  const { coordinates } = locatedDofs(geometry, map);
  const { centre, size } = extent(frame, coordinates, dim);
  const width = motionCount(dim), rows = map.count * dim;
  const modes = new Float64Array(rows * width), column = new Float64Array(rows);
  for (let m = 0; m < width; m++) {
    for (let i = 0; i < map.count; i++) {
      for (let d = 0; d < dim; d++) {
        column[i * dim + d] = motion(
          m,
          d,
          dim,
          (axis) => (coordinates[i * dim + axis] - centre[axis]) / size,
        );
      }
    }
    toLocal(frames, dim, column);
    for (let row = 0; row < rows; row++) modes[row * width + m] = column[row];
  }
  return modes;
}

/** Component `d` of motion `m`; positions are relative to the middle. */
function motion(m: number, d: number, dim: number, at: (axis: number) => number): number {
  if (m < dim) return m === d ? 1 : 0;
  // About z in the plane; about x, y, z in space: axis x position.
  const axis = dim === 2 ? 2 : m - dim;
  if (d === (axis + 1) % 3) return -at((axis + 2) % 3);
  return d === (axis + 2) % 3 ? at((axis + 1) % 3) : 0;
}

function extent(
  frame: FieldFrame,
  coordinates: Float64Array,
  dim: number,
): { centre: number[]; size: number } {
  const centre: number[] = [];
  let size = 0;
  for (let d = 0; d < dim; d++) {
    let least = Infinity, most = -Infinity;
    for (let k = d; k < coordinates.length; k += dim) {
      least = Math.min(least, coordinates[k]);
      most = Math.max(most, coordinates[k]);
    }
    const low = -frame.largest(-least), high = frame.largest(most);
    centre.push((low + high) / 2);
    size = Math.max(size, (high - low) / 2);
  }
  return { centre, size };
}

/** Which motions repeat themselves as a periodic mesh does: translations, and turns about an axis along the periods. */
function motionsOn({ lattice, topology: { dim } }: Geometry): number[] {
  const all = Array.from({ length: motionCount(dim) }, (_, m) => m);
  if (lattice === null) return all;
  const { periods } = lattice, size = Math.hypot(...periods);
  const isAlong = (axis: number) =>
    dim === 3 && periods.every((x, i) => i % dim === axis || Math.abs(x) < 1e-9 * size);
  return all.filter((m) => m < dim || isAlong(m - dim));
}

/**
 * The rigid motions that no condition prevents, in the frames of the nodes, each `[count dim]`. Collective.
 *
 * @param modes As {@link rigidMotions} gives them.
 * @param isBraked 1 where a Robin condition acts, `[count]`.
 */
export function freeMotions(
  frame: FieldFrame,
  { held }: BoundaryFrames,
  modes: Float64Array,
  isBraked: Uint8Array,
): Float64Array[] {
  const { geometry } = frame, { dim } = geometry.topology, rows = frame.owned * dim;
  const columns = motionsOn(geometry), width = columns.length, stride = motionCount(dim);
  const all = new Float64Array(width * width), prevented = new Float64Array(width * width);
  for (let row = 0; row < rows; row++) {
    const counts = held[row] === 1 || isBraked[Math.floor(row / dim)] === 1;
    for (let m = 0; m < width; m++) {
      const value = modes[row * stride + columns[m]];
      for (let n = 0; n < width; n++) {
        const square = value * modes[row * stride + columns[n]];
        all[m * width + n] += square;
        if (counts) prevented[m * width + n] += square;
      }
    }
  }
  const found = independent(frame.totals(all), frame.totals(prevented), width);
  return found.map((weights) => {
    const out = new Float64Array(held.length);
    for (let row = 0; row < held.length; row++) {
      if (held[row] === 1) continue;
      for (let m = 0; m < width; m++) out[row] += weights[m] * modes[row * stride + columns[m]];
    }
    return out;
  });
}

/** The vectors y with `y^T prevented y` about 0 among those with `y^T all y = 1`. */
function independent(all: Float64Array, prevented: Float64Array, width: number): number[][] {
  // all = V D V^T, so that y = V D^-1/2 z with |z| = 1.
  const { values, vectors } = symmetricEigen(all, width);
  const scaled = vectors.map((vector, k) => vector.map((value) => value / Math.sqrt(values[k])));
  const small = new Float64Array(width * width);
  for (let k = 0; k < width; k++) {
    for (let l = 0; l < width; l++) {
      for (let m = 0; m < width; m++) {
        for (let n = 0; n < width; n++) {
          small[k * width + l] += scaled[k][m] * prevented[m * width + n] * scaled[l][n];
        }
      }
    }
  }
  const inner = symmetricEigen(small, width);
  return inner.vectors.filter((_, k) => inner.values[k] < free).map((z) =>
    Array.from(
      { length: width },
      (_, m) => z.reduce((sum, value, k) => sum + value * scaled[k][m], 0),
    )
  );
}

/** Sweeps after which off-diagonal entries have vanished, for any matrix of a few rows. */
const sweeps = 12;

/**
 * All eigenvalues and eigenvectors, by cyclic Jacobi rotations in a fixed order.
 *
 * Source: G. H. Golub, C. F. Van Loan, "Matrix computations", 4th ed., Johns Hopkins 2013, section 8.5.
 *
 * @param matrix `[size x size]`, symmetric; not changed.
 * @returns Eigenvalues and orthonormal eigenvectors, in the order of the diagonal that they came to.
 */
export function symmetricEigen(
  matrix: Float64Array,
  size: number,
): { values: number[]; vectors: number[][] } {
  const a = matrix.slice(), v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) rotate(a, v, size, p, q);
    }
  }
  const values = Array.from({ length: size }, (_, i) => a[i * size + i]);
  const vectors = values.map((_, k) => Array.from({ length: size }, (_, i) => v[i * size + k]));
  return { values, vectors };
}

/** Makes entry (p, q) vanish. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const off = a[p * n + q];
  if (off === 0) return;
  const tau = (a[q * n + q] - a[p * n + p]) / (2 * off);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau));
  const c = 1 / Math.sqrt(1 + t * t), s = t * c;
  for (let k = 0; k < n; k++) {
    const kp = a[k * n + p], kq = a[k * n + q];
    a[k * n + p] = c * kp - s * kq;
    a[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const pk = a[p * n + k], qk = a[q * n + k];
    a[p * n + k] = c * pk - s * qk;
    a[q * n + k] = s * pk + c * qk;
    const vp = v[k * n + p], vq = v[k * n + q];
    v[k * n + p] = c * vp - s * vq;
    v[k * n + q] = s * vp + c * vq;
  }
}
