/**
 * How fast a flow turns.
 *
 * @module
 */
import { gradientInto } from "../mesh/interpolate.ts";
import { fieldOf } from "../mesh/mesh_variable.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import type { FieldFrame } from "../solve/field_frame.ts";

/** Components of the rate of rotation: one in the plane, three in space. */
export function spinComponents(dim: 2 | 3): number {
  return dim === 2 ? 1 : 3;
}

/** The rate of rotation, half of the curl, at the quadrature points, `[cellCount x points x components]`. */
export function spins({ geometry, reference, variable }: FieldFrame): Float64Array {
  const { dim } = geometry.topology, points = cellPoints(geometry, reference), { count } = points;
  const slopes = new Float64Array(count * dim * dim);
  gradientInto(fieldOf(variable), geometry, points.cells, points.barycentric, count, slopes);
  const width = spinComponents(dim), out = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    const at = i * dim * dim;
    const half = (r: number, s: number) =>
      (slopes[at + r * dim + s] - slopes[at + s * dim + r]) / 2;
    if (dim === 2) out[i] = half(1, 0);
    else {
      out[3 * i] = half(2, 1);
      out[3 * i + 1] = half(0, 2);
      out[3 * i + 2] = half(1, 0);
    }
  }
  return out;
}

/**
 * Turns a symmetric tensor: `R t R^T`, R the rotation by `angle`, an axis times an angle in space.
 *
 * @param tensors Components xx, yy, xy or xx, yy, zz, yz, xz, xy, from `at` on; changed.
 * @param angles One angle in the plane, three components in space, from `from` on.
 */
export function turnTensor(
  tensors: Float64Array,
  at: number,
  dim: 2 | 3,
  angles: Float64Array,
  from: number,
): void {
  if (dim === 2) {
    const c = Math.cos(angles[from]), s = Math.sin(angles[from]);
    const xx = tensors[at], yy = tensors[at + 1], xy = tensors[at + 2];
    tensors[at] = c * c * xx - 2 * c * s * xy + s * s * yy;
    tensors[at + 1] = s * s * xx + 2 * c * s * xy + c * c * yy;
    tensors[at + 2] = c * s * (xx - yy) + (c * c - s * s) * xy;
    return;
  }
  const r = rotation(angles[from], angles[from + 1], angles[from + 2]);
  const [xx, yy, zz, yz, xz, xy] = tensors.subarray(at, at + 6);
  const t = [xx, xy, xz, xy, yy, yz, xz, yz, zz];
  const entry = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < 3; k++) {
      for (let l = 0; l < 3; l++) sum += r[3 * i + k] * t[3 * k + l] * r[3 * j + l];
    }
    return sum;
  };
  tensors[at] = entry(0, 0);
  tensors[at + 1] = entry(1, 1);
  tensors[at + 2] = entry(2, 2);
  tensors[at + 3] = entry(1, 2);
  tensors[at + 4] = entry(0, 2);
  tensors[at + 5] = entry(0, 1);
}

/** The rotation about an axis by its length (O. Rodrigues), `[3 x 3]`. */
function rotation(x: number, y: number, z: number): number[] {
  const angle = Math.hypot(x, y, z);
  if (angle === 0) return [1, 0, 0, 0, 1, 0, 0, 0, 1];
  const [u, v, w] = [x / angle, y / angle, z / angle];
  const c = Math.cos(angle), s = Math.sin(angle), d = 1 - c;
  return [
    c + u * u * d,
    u * v * d - w * s,
    u * w * d + v * s,
    u * v * d + w * s,
    c + v * v * d,
    v * w * d - u * s,
    u * w * d - v * s,
    v * w * d + u * s,
    c + w * w * d,
  ];
}
