/**
 * The lines of a mesh and of a field, as data of SVG paths.
 *
 * @module
 */
import type { Bends } from "./bends.ts";
import { geometryOf, type Mesh } from "../../mesh/mesh.ts";
import { localFacets } from "../../mesh/simplex.ts";
import type { FacetList } from "../../mesh/topology.ts";
import type { PatchValues } from "./patches.ts";
import { valueAt } from "./raster.ts";

/** A pixel coordinate with one decimal, as short as can be. */
export function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A line to a node, straight or along a curved side. */
function lineTo(from: number, to: number, pixels: Float64Array, bends: Bends | null): string {
  const end = `${short(pixels[2 * to])},${short(pixels[2 * to + 1])}`;
  const control = bends === null ? null : bends(from, to);
  return control === null ? `L${end}` : `Q${short(control[0])},${short(control[1])} ${end}`;
}

/** All edges. @param pixels `[nodeCount x 2]`. @param bends Of curved sides. */
export function edgePath(mesh: Mesh, pixels: Float64Array, bends: Bends | null): string {
  const { edges: { nodes } } = geometryOf(mesh).topology;
  const parts: string[] = [];
  for (let e = 0; e < nodes.length; e += 2) {
    const a = 2 * nodes[e];
    const line = lineTo(nodes[e], nodes[e + 1], pixels, bends);
    parts.push(`M${short(pixels[a])},${short(pixels[a + 1])}${line}`);
  }
  return parts.join("");
}

/**
 * The facets of a 2-D mesh, joined to lines as long as possible.
 *
 * @param pixels `[nodeCount x 2]`.
 * @param bends Of curved sides.
 */
export function facetPath(
  mesh: Mesh,
  facets: FacetList,
  pixels: Float64Array,
  bends: Bends | null,
): string {
  const { cells } = geometryOf(mesh).topology;
  const table = localFacets(2);
  const next = new Map<number, number>(), ends = new Set<number>();
  const loose: [number, number][] = [];
  for (let f = 0; f < facets.count; f++) {
    const o = 2 * facets.locals[f], c = 3 * facets.cells[f];
    const from = cells[c + table[o]], to = cells[c + table[o + 1]];
    if (next.has(from)) loose.push([from, to]);
    else {
      next.set(from, to);
      ends.add(to);
    }
  }
  const at = (node: number) => `${short(pixels[2 * node])},${short(pixels[2 * node + 1])}`;
  const follow = (start: number): string => {
    let path = `M${at(start)}`;
    for (let node = start;;) {
      const to = next.get(node);
      if (to === undefined) return path;
      next.delete(node);
      // A straight line back to the start is what Z draws.
      if (to === start) {
        return `${path}${bends?.(node, to) ? lineTo(node, to, pixels, bends) : ""}Z`;
      }
      path += lineTo(node, to, pixels, bends);
      node = to;
    }
  };
  const starts = [...next.keys()];
  // Open lines first, from nodes where no other line ends; what remains are rings.
  const open = starts.filter((node) => !ends.has(node)).map(follow).join("");
  const rings = starts.filter((node) => next.has(node)).map((node) =>
    next.has(node) ? follow(node) : ""
  ).join("");
  return open + rings +
    loose.map(([from, to]) => `M${at(from)}${lineTo(from, to, pixels, bends)}`).join("");
}

/** A quadratic triangle is divided into linear ones with sides of about this many pixels, at most 16. */
const SIDE = 6;

/** Pieces shorter than this many pixels are not drawn. */
const SHORTEST = 0.2;

/**
 * Contour lines at given values. Inside a triangle the lines are straight; a quadratic triangle is divided
 * into up to 16.
 *
 * @param corners in pixels, `[count x 3 x 2]`.
 */
export function contourPath(
  corners: Float64Array,
  samples: PatchValues,
  levels: readonly number[],
): string {
  const grids = [1, 2, 3, 4].map(subdivision), slack = NOISE * largest(samples.values);
  const parts: string[] = [];
  const x = new Float64Array(3), y = new Float64Array(3), v = new Float64Array(3);
  for (let n = 0; n < corners.length / 6; n++) {
    const crossed = levelsIn(samples, n, levels);
    if (crossed.length === 0) continue;
    const o = 6 * n;
    for (const triangle of grids[cutsOf(samples, corners, o) - 1]) {
      for (let k = 0; k < 3; k++) {
        const [l0, l1, l2] = triangle[k];
        x[k] = l0 * corners[o] + l1 * corners[o + 2] + l2 * corners[o + 4];
        y[k] = l0 * corners[o + 1] + l1 * corners[o + 3] + l2 * corners[o + 5];
        v[k] = valueAt(samples, n, l0, l1, l2);
      }
      for (const level of crossed) crossing(x, y, v, level, slack, parts);
    }
  }
  return parts.join("");
}

/** The levels that a patch may reach; a quadratic one exceeds its nodal values by less than their range. */
function levelsIn(
  { perPatch, values }: PatchValues,
  patch: number,
  levels: readonly number[],
): readonly number[] {
  let min = Infinity, max = -Infinity;
  for (let k = patch * perPatch; k < (patch + 1) * perPatch; k++) {
    min = Math.min(min, values[k]);
    max = Math.max(max, values[k]);
  }
  const beyond = perPatch === 6 ? max - min : 0;
  return levels.filter((level) => level >= min - beyond && level <= max + beyond);
}

/** The number of parts into which the sides of a triangle are divided. */
function cutsOf({ perPatch }: PatchValues, corners: Float64Array, o: number): number {
  if (perPatch !== 6) return 1;
  const x = [corners[o], corners[o + 2], corners[o + 4]];
  const y = [corners[o + 1], corners[o + 3], corners[o + 5]];
  const size = Math.max(Math.max(...x) - Math.min(...x), Math.max(...y) - Math.min(...y));
  return Math.min(4, Math.max(1, Math.ceil(size / SIDE)));
}

/** The share of the largest value by which rounding may move a value that is meant to be a level. */
const NOISE = 1e-12;

function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (size > most && size < Infinity) most = size;
  }
  return most;
}

/**
 * Adds the piece of a contour in a linear triangle, if there is one. What is at the level but for rounding counts as
 * above it: where a field is constant at a level, a line follows the rim of that region, and not its noise.
 */
function crossing(
  x: Float64Array,
  y: Float64Array,
  v: Float64Array,
  level: number,
  slack: number,
  parts: string[],
): void {
  const least = level - slack;
  let points = 0, ax = 0, ay = 0, bx = 0, by = 0;
  for (let k = 0; k < 3; k++) {
    const m = (k + 1) % 3;
    if ((v[k] < least) === (v[m] < least)) continue;
    const t = Math.min(1, Math.max(0, (level - v[k]) / (v[m] - v[k])));
    if (Number.isNaN(t)) return;
    ax = bx;
    ay = by;
    bx = x[k] + t * (x[m] - x[k]);
    by = y[k] + t * (y[m] - y[k]);
    points++;
  }
  if (points !== 2 || Math.abs(ax - bx) + Math.abs(ay - by) < SHORTEST) return;
  parts.push(`M${short(ax)},${short(ay)}L${short(bx)},${short(by)}`);
}

type Place = readonly [number, number, number];

/** A triangle divided into `n * n` equal ones, as barycentric coordinates. */
function subdivision(n: number): [Place, Place, Place][] {
  const at = (i: number, j: number): Place => [1 - (i + j) / n, i / n, j / n];
  const triangles: [Place, Place, Place][] = [];
  for (let i = 0; i < n; i++) {
    for (let j = 0; i + j < n; j++) {
      triangles.push([at(i, j), at(i + 1, j), at(i, j + 1)]);
      if (i + j + 2 <= n) triangles.push([at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)]);
    }
  }
  return triangles;
}
