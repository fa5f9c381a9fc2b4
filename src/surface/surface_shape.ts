/**
 * What a surface is on all ranks: each finds the facets of its own cells, and all get those of all, so that it takes
 * memory in proportion to the surface, and not to the mesh.
 *
 * @module
 */
import { placeOf } from "../mesh/ascending.ts";
import { gatherInOrder } from "../mesh/gather_whole.ts";
import { geometryOf, type Mesh } from "../mesh/mesh.ts";
import { oppositeGradient } from "../solve/assembly/facets.ts";

/** Facets of a boundary that are of cells of this rank's own. */
export interface OwnFacets {
  /** Which of the facets of the whole boundary they are, ascending. */
  readonly rows: Int32Array;
  /** Their cells, in the numbering of this rank. */
  readonly cells: Int32Array;
  /** The corner opposite of each, 0 to dim. */
  readonly locals: Int32Array;
}

/** A surface as it is now, the same on every rank. Its nodes have numbers of its own. */
export interface SurfaceShape {
  readonly dim: 2 | 3;
  /** How many facets it has. */
  readonly count: number;
  /** Measure times outward normal of each facet, `[facets x dim]`. */
  readonly areas: Float64Array;
  /** The nodes of each facet, `[facets x dim]`. */
  readonly corners: Int32Array;
  /** The ids of its nodes in the whole mesh, ascending. */
  readonly nodes: Int32Array;
  /** Where they are, `[nodes x dim]`. */
  readonly places: Float64Array;
  /** Each node's share of the areas around it, `[nodes x dim]`. */
  readonly shares: Float64Array;
  /** What this rank contributes. */
  readonly own: OwnFacets;
}

/** The shape of a named boundary. Collective. */
export function shapeOf(mesh: Mesh, boundary: string): SurfaceShape {
  const { dim, model: { comm } } = mesh, own = ownFacets(mesh, boundary);
  const here = measured(mesh, own);
  const ids = gatherInOrder(own.rows, here.ids, dim, comm);
  const at = gatherInOrder(own.rows, here.places, dim * dim, comm);
  const areas = gatherInOrder(own.rows, here.areas, dim, comm);
  const nodes = ids.slice().sort().filter((id, i, all) => i === 0 || id !== all[i - 1]);
  const corners = ids.map((id) => placeOf(nodes, id));
  const places = new Float64Array(nodes.length * dim), shares = places.slice();
  for (let i = 0; i < corners.length; i++) {
    const node = corners[i] * dim, area = Math.floor(i / dim) * dim;
    for (let d = 0; d < dim; d++) {
      places[node + d] = at[i * dim + d];
      shares[node + d] += areas[area + d] / dim;
    }
  }
  return { dim, count: ids.length / dim, areas, corners, nodes, places, shares, own };
}

function ownFacets(mesh: Mesh, boundary: string): OwnFacets {
  const { topology } = geometryOf(mesh), { cells, locals } = topology.facetsOf(boundary);
  const rows = topology.rankMesh?.boundaryRows(boundary) ?? Int32Array.from(cells.keys());
  const own = Int32Array.from(cells.keys()).filter((f) => cells[f] < topology.ownedCellCount);
  const pick = (from: Int32Array) => own.map((f) => from[f]);
  return { rows: pick(rows), cells: pick(cells), locals: pick(locals) };
}

/** Global ids and places of the nodes of facets, `[facets x dim (x dim)]`, and their areas. */
function measured(
  mesh: Mesh,
  { cells: of, locals }: OwnFacets,
): { readonly ids: Int32Array; readonly places: Float64Array; readonly areas: Float64Array } {
  const geometry = geometryOf(mesh), { topology, volumes, coordinates } = geometry;
  const { dim, cells, rankMesh } = topology, width = dim + 1, count = of.length;
  const ids = new Int32Array(count * dim), places = new Float64Array(count * dim * dim);
  const areas = new Float64Array(count * dim), gradient = new Float64Array(3);
  for (let f = 0; f < count; f++) {
    oppositeGradient(geometry, of[f], locals[f], gradient);
    for (let d = 0; d < dim; d++) areas[f * dim + d] = -dim * volumes[of[f]] * gradient[d];
    for (let k = 0, at = f * dim; k < width; k++) {
      if (k === locals[f]) continue;
      const node = cells[of[f] * width + k];
      for (let d = 0; d < dim; d++) places[at * dim + d] = coordinates[node * dim + d];
      ids[at++] = rankMesh?.nodes.ids[node] ?? node;
    }
  }
  return { ids, places, areas };
}
