/**
 * Annuli filled with triangles.
 *
 * @module
 */
import { type OptionNames, requireOptions } from "../../options.ts";
import type { EdgeMiddles, MeshData } from "../mesh_data.ts";
import { delaunayTriangles } from "./delaunay.ts";
import { checkCellCount, readPositive } from "./sizes.ts";

/** What {@link annulusData} takes. */
export interface AnnulusMeshOptions {
  /** The inner radius, above 0. */
  readonly inner: number;
  /** The outer radius. */
  readonly outer: number;
  /** How long edges should be, about; near a small inner circle they get shorter, down to a twelfth of it. */
  readonly cellSize: number;
  /**
   * 2 for cells with curved sides on the two circles, with their middles on them; defaults to 1, straight cells.
   */
  readonly geometryDegree?: 1 | 2;
}

const optionNames: OptionNames<AnnulusMeshOptions> = {
  inner: true,
  outer: true,
  cellSize: true,
  geometryDegree: true,
};

/** Nodes on one circle. */
interface Ring {
  readonly radius: number;
  readonly count: number;
}

/** Fewer edges do not look like a circle. */
const leastCount = 12;
/** An inner radius below this part of the outer one leaves too few digits for the triangles there. */
const leastRatio = 1e-6;
/** Height of an equilateral triangle with edges of length 1. */
const height = Math.sqrt(3) / 2;

/**
 * An annulus around the origin as mesh data: nodes on concentric circles, Delaunay triangles between
 * them. Edges on a circle of radius r are about min(cellSize, 2 pi r / 12) long and circles stand
 * sqrt(3)/2 of that apart, all scaled together so that a whole number of gaps fits.
 *
 * @throws {TypeError} when an option is missing, of the wrong type or unknown.
 * @throws {RangeError} when a number is out of range, or there would be over 50 million cells.
 */
export function annulusData(options: AnnulusMeshOptions): MeshData {
  requireOptions("annulusMesh", options, optionNames);
  const inner = readPositive(options.inner, "annulusMesh: inner");
  const outer = readPositive(options.outer, "annulusMesh: outer");
  const cellSize = readPositive(options.cellSize, "annulusMesh: cellSize");
  if (!(inner < outer)) {
    throw new RangeError(`annulusMesh: inner has to be below outer, got ${inner} and ${outer}`);
  }
  if (inner < leastRatio * outer) {
    throw new RangeError(
      `annulusMesh: inner has to be at least ${leastRatio} of outer, got ${inner} and ${outer}`,
    );
  }
  const { geometryDegree = 1 } = options;
  if (geometryDegree !== 1 && geometryDegree !== 2) {
    throw new RangeError(
      `annulusMesh: geometryDegree is 1 or 2, got ${String(geometryDegree)}`,
    );
  }
  const rings = fitRings(inner, outer, cellSize);
  const innerCount = rings[0].count;
  const points = ringNodes(rings.map(({ radius, count }) => ({ radius: radius / inner, count })));
  const cells = delaunayTriangles(
    points,
    (a, b, c) => a >= innerCount || b >= innerCount || c >= innerCount,
  );
  const boundaries = circles(rings, points.length / 2), coordinates = ringNodes(rings);
  return {
    dim: 2,
    coordinates,
    cells,
    middles: geometryDegree === 2 ? circleMiddles(coordinates, boundaries, rings) : null,
    boundaries,
    regions: new Map(),
    meshType: "annulus",
    notes: [],
  };
}

/**
 * Circles from the inner to the outer one. Where edges are limited by the angle, radii grow by equal
 * factors; beyond, by equal steps: both are equal steps of the integral of dr / (height * edge(r)).
 */
function fitRings(inner: number, outer: number, cellSize: number): Ring[] {
  const angle = 2 * Math.PI / leastCount;
  // From this radius on, edges have the full size.
  const knee = Math.min(Math.max(cellSize / angle, inner), outer);
  const asked = `annulusMesh: cellSize = ${cellSize}`;
  const area = Math.PI * (outer + knee) * ((outer - knee) / cellSize) / cellSize;
  checkCellCount(4 / Math.sqrt(3) * area, asked);
  const grown = Math.log(knee / inner) / (height * angle);
  const total = grown + (outer - knee) / (height * cellSize);
  // Rather a little finer than asked for than much coarser.
  const gaps = Math.max(1, Math.ceil(total - 0.25));
  const scale = total / gaps;
  const rings: Ring[] = [];
  let count = 0;
  for (let k = 0; k <= gaps; k++) {
    const at = k * scale;
    let radius = at < grown
      ? inner * Math.exp(at * height * angle)
      : knee + (at - grown) * height * cellSize;
    if (k === 0) radius = inner;
    if (k === gaps) radius = outer;
    const edge = scale * Math.min(cellSize, angle * radius);
    const ring = { radius, count: Math.max(leastCount, Math.round(2 * Math.PI * radius / edge)) };
    checkCellCount(count += 2 * ring.count, asked);
    rings.push(ring);
  }
  return rings;
}

/** Nodes ring by ring, counter-clockwise; every other ring is turned by half a step. */
function ringNodes(rings: readonly Ring[]): Float64Array {
  const points = new Float64Array(2 * rings.reduce((sum, ring) => sum + ring.count, 0));
  let at = 0;
  for (let k = 0; k < rings.length; k++) {
    const { radius, count } = rings[k];
    const shift = k % 2 === 0 ? 0 : 0.5;
    for (let i = 0; i < count; i++) {
      const angle = 2 * Math.PI * ((i + shift) / count);
      points[at++] = radius * Math.cos(angle);
      points[at++] = radius * Math.sin(angle);
    }
  }
  return points;
}

/** Both circles, each running with the annulus on its left. */
function circles(rings: readonly Ring[], nodeCount: number): Map<string, Int32Array> {
  const n = rings[0].count, m = rings[rings.length - 1].count;
  const inner = new Int32Array(2 * n), outer = new Int32Array(2 * m);
  for (let i = 0; i < n; i++) {
    inner[2 * i] = (i + 1) % n;
    inner[2 * i + 1] = i;
  }
  for (let i = 0; i < m; i++) {
    outer[2 * i] = nodeCount - m + i;
    outer[2 * i + 1] = nodeCount - m + (i + 1) % m;
  }
  return new Map([["inner", inner], ["outer", outer]]);
}

/** The middles of the sides on both circles: half-way between their ends in angle. */
function circleMiddles(
  x: Float64Array,
  boundaries: ReadonlyMap<string, Int32Array>,
  rings: readonly Ring[],
): EdgeMiddles {
  const inner = boundaries.get("inner")!, outer = boundaries.get("outer")!;
  const edges = Int32Array.from([...inner, ...outer]);
  const points = new Float64Array(edges.length);
  for (let i = 0; i < edges.length; i += 2) {
    const radius = i < inner.length ? rings[0].radius : rings[rings.length - 1].radius;
    const mx = x[2 * edges[i]] + x[2 * edges[i + 1]];
    const my = x[2 * edges[i] + 1] + x[2 * edges[i + 1] + 1];
    const scale = radius / Math.hypot(mx, my);
    points[i] = scale * mx;
    points[i + 1] = scale * my;
  }
  return { edges, points };
}
