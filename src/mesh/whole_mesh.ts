/**
 * Facets and degrees of freedom of a mesh that one rank has whole; `RankMesh` gives the same of a part.
 *
 * @module
 */
import { type DofMap, type FieldDegree, makeDofMap } from "./dof_map.ts";
import { findFacets } from "./facet_lookup.ts";
import type { FacetList, Topology } from "./topology.ts";
import type { JoinedCells } from "./twins.ts";

/** What depends on the whole mesh, also where a topology is that of one rank's part. */
export interface WholeMeshFacts {
  /** Cells that this rank owns; they come first, and all others are ghosts. */
  readonly ownedCellCount: number;
  /** The fewest cells that make sense. */
  readonly leastCellCount: 0 | 1;
  /** Finds the facets of the whole mesh that have one cell only, in the order of cells. */
  findExteriorFacets(): FacetList;
  /** The same with facets that have a second cell across a side of a periodic mesh. */
  findRimFacets(): FacetList;
  /**
   * Finds the facets of all named boundaries, each in its own order.
   *
   * @throws {RangeError} when a boundary names a facet that no cell has.
   */
  findBoundaries(): Map<string, FacetList>;
  /** The numbering of degrees of freedom of one kind. */
  dofMap(degree: FieldDegree, continuous: boolean): DofMap;
}

/** {@link WholeMeshFacts} of a mesh that is here as a whole. */
export class WholeMesh implements WholeMeshFacts {
  readonly #topology: Topology;
  readonly leastCellCount = 1;

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  get ownedCellCount(): number {
    return this.#topology.cellCount;
  }

  findExteriorFacets(): FacetList {
    return alone(this.#topology.joined);
  }

  findRimFacets(): FacetList {
    return alone(this.#topology);
  }

  findBoundaries(): Map<string, FacetList> {
    const topology = this.#topology, corners = topology.dim + 1;
    const found = new Map<string, FacetList>();
    for (const [name, places] of findFacets(topology, topology.boundaries)) {
      found.set(name, listOf(places, corners));
    }
    return found;
  }

  dofMap(degree: FieldDegree, continuous: boolean): DofMap {
    return makeDofMap(this.#topology.joined, degree, continuous);
  }
}

/** The facets without a second cell. */
function alone({ neighbours, dim }: JoinedCells): FacetList {
  const places: number[] = [];
  for (let i = 0; i < neighbours.length; i++) if (neighbours[i] < 0) places.push(i);
  return listOf(Int32Array.from(places), dim + 1);
}

function listOf(places: Int32Array, corners: number): FacetList {
  return {
    count: places.length,
    cells: places.map((place) => (place / corners) | 0),
    locals: places.map((place) => place % corners),
  };
}
