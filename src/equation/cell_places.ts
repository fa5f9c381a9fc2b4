/**
 * Where the cells of a mesh are, as kernels want it.
 *
 * @module
 */
import { cellMetrics } from "../mesh/cell_metrics.ts";
import type { Geometry } from "../mesh/geometry.ts";
import type { CellData } from "./cell_kernel.ts";

/** What of kernels' data is about the places of cells. */
export type CellPlaces = Pick<
  CellData,
  "cellCount" | "volumes" | "inverse" | "rows" | "steps" | "corners" | "coordinates"
>;

/** Nodes and mid-side nodes: geometries are immutable, and keep theirs as long as they live. */
const nodes = new WeakMap<Geometry, Float64Array>();

/**
 * Where cells are; where some are curved, with their mid-side nodes and with Jacobians at the points of a rule.
 *
 * @param barycentric The points of a cell, `[points x (dim + 1)]`.
 */
export function cellPlacesOf(geometry: Geometry, barycentric: Float64Array): CellPlaces {
  const { topology, curved } = geometry;
  const { volumes, inverses: inverse, rows, steps } = cellMetrics(geometry, barycentric);
  const all = { cellCount: topology.cellCount, volumes, inverse, rows, steps };
  if (curved === null) {
    return { ...all, corners: topology.cells, coordinates: geometry.coordinates };
  }
  let coordinates = nodes.get(geometry);
  if (coordinates === undefined) {
    nodes.set(geometry, coordinates = geometry.dofCoordinates(2, true));
  }
  return { ...all, corners: topology.dofMap(2, true).cellDofs, coordinates };
}
