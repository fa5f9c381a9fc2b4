/**
 * The boundary of a mesh that is divided among ranks: every rank knows all of it, and who owns it.
 *
 * @module
 */
import { firstFrom } from "./ascending.ts";
import type { Comm } from "../comm/comm.ts";
import { ExteriorFacetTree } from "./exterior_facet_tree.ts";
import { Geometry } from "./geometry.ts";
import { Topology } from "./topology.ts";
import type { FacetList } from "./topology.ts";

/**
 * The cells with exterior facets, of all ranks, at one geometry: as many as the surface has facets. What follows from
 * it is the same on every rank, and on one rank alone. Immutable.
 */
export class Rim {
  /** The cells at the boundary, by ascending id in the whole mesh; on one rank the geometry itself. */
  readonly geometry: Geometry;
  /** The exterior facets in the numbers of this geometry, in the order of the whole mesh. */
  readonly exteriorFacets: FacetList;
  /** For each cell of this geometry its id in the whole mesh, and the rank that owns it; null where there is one rank. */
  readonly #homes: { readonly ids: Int32Array; readonly owners: Int32Array } | null;
  #tree: ExteriorFacetTree | null = null;

  private constructor(
    geometry: Geometry,
    exteriorFacets: FacetList,
    homes: { readonly ids: Int32Array; readonly owners: Int32Array } | null,
  ) {
    this.geometry = geometry;
    this.exteriorFacets = exteriorFacets;
    this.#homes = homes;
  }

  /** That of a mesh that is here as a whole. */
  static ofWhole(geometry: Geometry): Rim {
    return new Rim(geometry, geometry.topology.exteriorFacets, null);
  }

  /**
   * That of all ranks together, each of which gives the geometry of its part. Collective.
   */
  static of(geometry: Geometry, comm: Comm): Rim {
    if (geometry.topology.rankMesh === null) return Rim.ofWhole(geometry);
    const own = rowsOf(geometry);
    const numbers = comm.allgatherv(own.numbers), places = comm.allgatherv(own.places);
    if (numbers.length === 0) {
      // A mesh that is periodic in every direction does not have a boundary.
      const empty = new Int32Array(0);
      return new Rim(geometry, { count: 0, cells: empty, locals: empty }, {
        ids: empty,
        owners: empty,
      });
    }
    const { cells, facets, ids, owners } = joined(geometry, numbers, places);
    return new Rim(cells, facets, { ids, owners });
  }

  /** The exterior facets in a tree of boxes; made on first use. */
  get tree(): ExteriorFacetTree {
    return this.#tree ??= new ExteriorFacetTree(this.geometry, this.exteriorFacets);
  }

  /** The rank that owns the cell of an exterior facet. */
  ownerOf(facet: number): number {
    return this.#homes === null ? 0 : this.#homes.owners[this.exteriorFacets.cells[facet]];
  }

  /** The id in the whole mesh of the cell of an exterior facet. */
  cellOf(facet: number): number {
    const cell = this.exteriorFacets.cells[facet];
    return this.#homes === null ? cell : this.#homes.ids[cell];
  }
}

/** How many edges a cell has, of which there are middles. */
function sidesOf({ middles, topology: { dim } }: Geometry): number {
  return middles === null ? 0 : dim === 2 ? 3 : 6;
}

/** A facet per row: `[cell, local facet, owner, nodes of the cell]` and `[places of the nodes, middles of the edges]`. */
function rowsOf(geometry: Geometry): { numbers: Int32Array; places: Float64Array } {
  const { topology, coordinates, middles } = geometry;
  const { dim, cells, exteriorFacets, ownedCellCount, rankMesh } = topology, corners = dim + 1;
  const { ids } = rankMesh!.cells, nodes = rankMesh!.nodes.ids, sides = sidesOf(geometry);
  const own: number[] = [];
  for (let f = 0; f < exteriorFacets.count; f++) {
    if (exteriorFacets.cells[f] < ownedCellCount) own.push(f);
  }
  const width = corners + 3, size = (corners + sides) * dim;
  const numbers = new Int32Array(own.length * width);
  const places = new Float64Array(own.length * size);
  own.forEach((f, n) => {
    const cell = exteriorFacets.cells[f];
    numbers.set([ids[cell], exteriorFacets.locals[f], rankMesh!.rank], n * width);
    let to = n * size;
    for (let k = 0; k < corners; k++) {
      const node = cells[cell * corners + k];
      numbers[n * width + 3 + k] = nodes[node];
      for (let d = 0; d < dim; d++) places[to++] = coordinates[node * dim + d];
    }
    for (let e = 0; e < sides; e++) {
      const edge = topology.edges.cellEdges[cell * sides + e];
      for (let d = 0; d < dim; d++) places[to++] = middles![edge * dim + d];
    }
  });
  return { numbers, places };
}

/** What the facets of all ranks are together, in the order of cells of the whole mesh. */
function joined(like: Geometry, numbers: Int32Array, places: Float64Array) {
  const { dim } = like.topology, corners = dim + 1, sides = sidesOf(like);
  const width = corners + 3, size = (corners + sides) * dim, count = numbers.length / width;
  const order = Int32Array.from({ length: count }, (_, f) => f).sort((f, g) =>
    numbers[f * width] - numbers[g * width] || numbers[f * width + 1] - numbers[g * width + 1]
  );
  // The first row of each cell.
  const firsts = order.filter((f, n) =>
    n === 0 || numbers[f * width] !== numbers[order[n - 1] * width]
  );
  const nodes = new Int32Array(firsts.length * corners);
  firsts.forEach((f, c) =>
    nodes.set(numbers.subarray(f * width + 3, (f + 1) * width), c * corners)
  );
  const known = nodes.slice().sort().filter((node, i, all) => i === 0 || node !== all[i - 1]);
  const cells = nodes.map((node) => firstFrom(known, node));
  const coordinates = new Float64Array(known.length * dim);
  firsts.forEach((f, c) => {
    for (let k = 0; k < corners; k++) {
      const from = f * size + k * dim;
      coordinates.set(places.subarray(from, from + dim), cells[c * corners + k] * dim);
    }
  });
  const none = new Map<string, Int32Array>();
  const topology = new Topology({
    dim,
    nodeCount: known.length,
    cells,
    boundaries: none,
    regions: none,
  });
  const middles = sides === 0 ? null : new Float64Array(topology.edges.count * dim);
  firsts.forEach((f, c) => {
    for (let e = 0; e < sides; e++) {
      const from = f * size + (corners + e) * dim;
      const edge = topology.edges.cellEdges[c * sides + e];
      middles!.set(places.subarray(from, from + dim), edge * dim);
    }
  });
  let cell = -1;
  const cellOf = order.map((f, n) =>
    n === 0 || numbers[f * width] !== numbers[order[n - 1] * width] ? ++cell : cell
  );
  return {
    cells: new Geometry(topology, coordinates, middles),
    facets: { count, cells: cellOf, locals: order.map((f) => numbers[f * width + 1]) },
    ids: firsts.map((f) => numbers[f * width]),
    owners: firsts.map((f) => numbers[f * width + 2]),
  };
}
