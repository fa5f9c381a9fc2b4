/**
 * Where a mesh is after its nodes were moved: those of cells of degree 2 have mid-side nodes too.
 *
 * @module
 */
import type { Topology } from "./topology.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { followedMiddles } from "./edge_middles.ts";
import { Geometry } from "./geometry.ts";
import type { Placement } from "./placement.ts";
import { flatten, type Points } from "./points.ts";

/**
 * The geometry with nodes at `places`: of all nodes, with mid-side nodes following, or also of mid-side nodes, in
 * the order of a continuous variable of degree 2. Collective.
 *
 * @throws {TypeError} when `places` are not points.
 * @throws {RangeError} when there are too few or too many, one is not finite, or a cell would be inverted.
 */
export function movedGeometry(
  mesh: string,
  placement: Placement,
  comm: Comm,
  places: Points,
): Geometry {
  const { topology, middles } = placement.geometry, { dim, nodeCount } = topology;
  const all = middles === null ? nodeCount : topology.dofMap(2, true).count;
  const moved = allOrNone(comm, () => {
    const flat = flatten(places, dim, "deform");
    if (flat.length === nodeCount * dim || flat.length === all * dim) return flat.slice();
    const also = all === nodeCount ? "" : `, or ${all} with mid-side nodes`;
    throw new RangeError(
      `deform: mesh '${mesh}' has ${nodeCount} nodes${also}, got ${flat.length / dim}`,
    );
  });
  const withMiddles = moved.length > nodeCount * dim;
  placement.syncPlaces(moved, withMiddles ? 2 : 1);
  return allOrNone(comm, () => {
    if (middles === null) return new Geometry(topology, moved);
    if (withMiddles) {
      const { coordinates, middles } = splitPlaces(placement.geometry, moved);
      return new Geometry(topology, coordinates, middles);
    }
    const before = placement.geometry.coordinates;
    return new Geometry(topology, moved, followedMiddles(topology, before, moved, middles));
  });
}

/** Nodes and mid-side nodes from the places of a continuous variable of degree 2. */
export function splitPlaces(
  { topology }: { readonly topology: Topology },
  places: Float64Array,
): { coordinates: Float64Array; middles: Float64Array } {
  const { dim, cells, nodeCount, edges: { count, cellEdges } } = topology;
  const { perCell, cellDofs } = topology.dofMap(2, true), width = dim + 1, sides = perCell - width;
  const coordinates = new Float64Array(nodeCount * dim), middles = new Float64Array(count * dim);
  for (let i = 0; i < cellDofs.length; i++) {
    const cell = Math.floor(i / perCell), local = i - cell * perCell;
    const into = local < width ? coordinates : middles;
    const to = local < width
      ? cells[cell * width + local]
      : cellEdges[cell * sides + local - width];
    for (let d = 0; d < dim; d++) into[to * dim + d] = places[cellDofs[i] * dim + d];
  }
  return { coordinates, middles };
}
