/**
 * Volumes and inverse Jacobians at the points of a rule, for kernels that integrate over cells: one row for each
 * straight cell, one for each point of a curved one.
 *
 * @module
 */
import type { Geometry } from "./geometry.ts";

/** Tables of rows, see {@link metricRow}. */
export interface CellMetrics {
  /** `[rows]`: |det J| / dim!, the volume of a straight cell. */
  readonly volumes: Float64Array;
  /** `[rows x dim x dim]`: row i is the gradient of barycentric coordinate i + 1. */
  readonly inverses: Float64Array;
  /** The first row of each cell; null where all cells are straight and have the row of their number. */
  readonly rows: Int32Array | null;
  /** 0 for straight cells, 1 for curved ones. */
  readonly steps: Uint8Array | null;
}

/** The row of a cell at a point. */
export function metricRow({ rows, steps }: CellMetrics, cell: number, q: number): number {
  return rows === null ? cell : rows[cell] + q * steps![cell];
}

/** Geometries are immutable, and so are rules: tables are kept as long as both live. */
const known = new WeakMap<Geometry, WeakMap<Float64Array, CellMetrics>>();

/** The tables for points `[points x (dim + 1)]` of every cell; of straight cells, the geometry's own arrays. */
export function cellMetrics(geometry: Geometry, barycentric: Float64Array): CellMetrics {
  const { curved } = geometry;
  if (curved === null) {
    const { volumes, inverseJacobians: inverses } = geometry;
    return { volumes, inverses, rows: null, steps: null };
  }
  let rules = known.get(geometry);
  if (rules === undefined) known.set(geometry, rules = new WeakMap());
  let metrics = rules.get(barycentric);
  if (metrics === undefined) rules.set(barycentric, metrics = tabulate(geometry, barycentric));
  return metrics;
}

function tabulate(geometry: Geometry, barycentric: Float64Array): CellMetrics {
  const { topology: { dim, cellCount }, cornerInverses } = geometry, curved = geometry.curved!;
  const square = dim * dim, points = barycentric.length / (dim + 1);
  const total = cellCount + curved.cells.length * points;
  const volumes = new Float64Array(total), inverses = new Float64Array(total * square);
  volumes.set(geometry.volumes);
  inverses.set(cornerInverses);
  const rows = Int32Array.from({ length: cellCount }, (_, c) => c);
  const steps = new Uint8Array(cellCount);
  for (let k = 0; k < curved.cells.length; k++) {
    const first = cellCount + k * points;
    rows[curved.cells[k]] = first;
    steps[curved.cells[k]] = 1;
    for (let q = 0; q < points; q++) {
      volumes[first + q] = curved.invert(
        k,
        barycentric,
        q * (dim + 1),
        inverses,
        (first + q) * square,
      );
    }
  }
  return { volumes, inverses, rows, steps };
}
