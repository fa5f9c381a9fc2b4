/** Meshes, norms and orders of convergence for the tests of solvers. */
import { geometryOf, type Mesh } from "../../src/mesh/mesh.ts";
import { Mesh as MeshClass } from "../../src/mesh/mesh.ts";
import type { MeshVariable } from "../../src/mesh/mesh_variable.ts";
import { fieldOf } from "../../src/mesh/mesh_variable.ts";
import { evaluateInto, gradientInto } from "../../src/mesh/interpolate.ts";
import { quadratureOf } from "../../src/mesh/quadrature.ts";
import { boxData } from "../../src/mesh/shapes/box.ts";
import { Model } from "../../src/model/model.ts";
import { placePoints } from "../../src/mesh/located_points.ts";

/** Sides of a box in 2-D. */
export const sides = ["left", "right", "bottom", "top"] as const;
/** Sides of a box in 3-D. */
export const faces = [...sides, "front", "back"] as const;

/** A unit box with `n` cells along each axis. */
export function unitBox(n: number, dim: 2 | 3 = 2, model: Model = new Model()): Mesh {
  const cells = dim === 2 ? [n, n] : [n, n, n];
  return new MeshClass(model, boxData({ min: cells.map(() => 0), max: cells.map(() => 1), cells }));
}

/** A unit square of unstructured triangles. */
export function roughBox(cellSize: number, model: Model = new Model()): Mesh {
  return new MeshClass(model, boxData({ min: [0, 0], max: [1, 1], cellSize }));
}

type Exact = (x: number, y: number, z: number) => number;

/** `|u - exact|` in L2, component 0, by quadrature of degree 8. */
export function errorOf(u: MeshVariable, exact: Exact): number {
  return distance(u, 1, (x, y, z) => [exact(x, y, z)]);
}

/** `|grad u - gradient|` in L2, component 0. */
export function gradientErrorOf(
  u: MeshVariable,
  gradient: (x: number, y: number, z: number) => number[],
): number {
  return distance(u, u.mesh.dim, gradient);
}

function distance(
  u: MeshVariable,
  width: number,
  exact: (x: number, y: number, z: number) => number[],
): number {
  const geometry = geometryOf(u.mesh);
  const { dim, cellCount } = geometry.topology;
  const rule = quadratureOf(dim, 8);
  const cells = new Int32Array(cellCount * rule.count).map((_, i) => Math.floor(i / rule.count));
  const barycentric = new Float64Array(cells.length * (dim + 1));
  for (let c = 0; c < cellCount; c++) {
    barycentric.set(rule.barycentric, c * rule.barycentric.length);
  }
  const { coordinates } = placePoints(geometry, cells, barycentric);
  const values = new Float64Array(cells.length * u.components * width);
  if (width === 1) evaluateInto(fieldOf(u), cells, barycentric, cells.length, values);
  else gradientInto(fieldOf(u), geometry, cells, barycentric, cells.length, values);
  let sum = 0;
  for (let i = 0; i < cells.length; i++) {
    const [x, y, z = 0] = coordinates.subarray(i * dim, (i + 1) * dim);
    const target = exact(x, y, z);
    for (let a = 0; a < width; a++) {
      const off = values[i * u.components * width + a] - target[a];
      sum += geometry.volumes[cells[i]] * rule.weights[i % rule.count] * off * off;
    }
  }
  return Math.sqrt(sum);
}

/** The slope of log(error) over log(h), fitted over all refinements. */
export function fittedOrder(h: readonly number[], errors: readonly number[]): number {
  const x = h.map(Math.log), y = errors.map(Math.log);
  const mean = (list: number[]) => list.reduce((a, b) => a + b) / list.length;
  const mx = mean(x), my = mean(y);
  const top = x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return top / x.reduce((sum, value) => sum + (value - mx) ** 2, 0);
}

/** `|u - exact|` in L2 over all components, by quadrature of degree 8; that over `|exact|`, and the same in L1. */
export function fieldError(
  u: MeshVariable,
  exact: (x: number, y: number, z: number) => readonly number[],
): { error: number; relative: number; relativeL1: number } {
  const geometry = geometryOf(u.mesh), { dim, cellCount } = geometry.topology;
  const rule = quadratureOf(dim, 8), { components } = u;
  const cells = new Int32Array(cellCount * rule.count).map((_, i) => Math.floor(i / rule.count));
  const barycentric = new Float64Array(cells.length * (dim + 1));
  for (let c = 0; c < cellCount; c++) {
    barycentric.set(rule.barycentric, c * rule.barycentric.length);
  }
  const { coordinates } = placePoints(geometry, cells, barycentric);
  const values = new Float64Array(cells.length * components);
  evaluateInto(fieldOf(u), cells, barycentric, cells.length, values);
  let square = 0, whole = 0, off = 0, size = 0;
  for (let i = 0; i < cells.length; i++) {
    const [x, y, z = 0] = coordinates.subarray(i * dim, (i + 1) * dim);
    const target = exact(x, y, z);
    const weight = geometry.volumes[cells[i]] * rule.weights[i % rule.count];
    for (let a = 0; a < components; a++) {
      const difference = values[i * components + a] - target[a];
      square += weight * difference ** 2;
      whole += weight * target[a] ** 2;
      off += weight * Math.abs(difference);
      size += weight * Math.abs(target[a]);
    }
  }
  return {
    error: Math.sqrt(square),
    relative: Math.sqrt(square / whole),
    relativeL1: off / size,
  };
}
