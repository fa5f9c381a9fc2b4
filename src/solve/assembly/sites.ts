/**
 * The points at which coefficients are wanted: quadrature points of cells and facets, and degrees of
 * freedom. Each knows its cell, so that fields need no search.
 *
 * @module
 */
import type { DofMap } from "../../mesh/dof_map.ts";
import { elementOf } from "../../mesh/elements/mod.ts";
import type { Geometry } from "../../mesh/geometry.ts";
import type { Reference } from "./reference.ts";

/** Points with the cells they are in. */
export interface Sites {
  readonly count: number;
  /** `[count x dim]` */
  readonly coordinates: Float64Array;
  /** `[count]` */
  readonly cells: Int32Array;
  /** `[count x (dim + 1)]` */
  readonly barycentric: Float64Array;
}

/** Geometries are immutable: sites are kept as long as theirs lives. */
const known = new WeakMap<Geometry, Map<string, Sites>>();

function remembered(geometry: Geometry, key: string, make: () => Sites): Sites {
  let sites = known.get(geometry);
  if (sites === undefined) known.set(geometry, sites = new Map());
  let found = sites.get(key);
  if (found === undefined) sites.set(key, found = make());
  return found;
}

/** The quadrature points of all cells, `[cellCount x points]`. */
export function cellSites(geometry: Geometry, { degree, quadrature }: Reference): Sites {
  return remembered(geometry, `cells ${degree}`, () => {
    const { cellCount, dim } = geometry.topology;
    const { count: points, barycentric } = quadrature;
    const cells = new Int32Array(cellCount * points);
    const all = new Float64Array(cells.length * (dim + 1));
    for (let c = 0; c < cellCount; c++) {
      cells.fill(c, c * points, (c + 1) * points);
      all.set(barycentric, c * barycentric.length);
    }
    return placed(geometry, cells, all);
  });
}

/** The degrees of freedom of a numbering, each in the first cell that has it, `[count]`. */
export function dofSites(geometry: Geometry, map: DofMap): Sites {
  return remembered(geometry, `dofs ${map.degree} ${map.continuous}`, () => {
    const { dim } = geometry.topology;
    const { nodes } = elementOf(dim, map.degree);
    const { perCell, cellDofs } = map;
    const cells = new Int32Array(map.count).fill(-1);
    const barycentric = new Float64Array(map.count * (dim + 1));
    for (let k = 0; k < cellDofs.length; k++) {
      const dof = cellDofs[k];
      if (cells[dof] >= 0) continue;
      const a = k % perCell;
      cells[dof] = (k - a) / perCell;
      for (let l = 0; l <= dim; l++) barycentric[dof * (dim + 1) + l] = nodes[a * (dim + 1) + l];
    }
    return placed(geometry, cells, barycentric);
  });
}

/** Some of the sites, in the order of `which`. */
export function subset(sites: Sites, which: Int32Array): Sites {
  const dim = sites.coordinates.length / sites.count;
  const width = dim + 1, count = which.length;
  const coordinates = new Float64Array(count * dim);
  const cells = new Int32Array(count);
  const barycentric = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    const from = which[i];
    cells[i] = sites.cells[from];
    for (let d = 0; d < dim; d++) coordinates[i * dim + d] = sites.coordinates[from * dim + d];
    for (let l = 0; l < width; l++) {
      barycentric[i * width + l] = sites.barycentric[from * width + l];
    }
  }
  return { count, coordinates, cells, barycentric };
}

/** Finds the coordinates of points given by cell and barycentric coordinates. */
export function placed(geometry: Geometry, cells: Int32Array, barycentric: Float64Array): Sites {
  const { topology, coordinates: x } = geometry;
  const { dim, cells: corners } = topology;
  const count = cells.length, width = dim + 1;
  const coordinates = new Float64Array(count * dim);
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < dim; d++) {
      let sum = 0;
      for (let l = 0; l < width; l++) {
        sum += barycentric[i * width + l] * x[corners[cells[i] * width + l] * dim + d];
      }
      coordinates[i * dim + d] = sum;
    }
  }
  return { count, coordinates, cells, barycentric };
}
