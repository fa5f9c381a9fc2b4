/**
 * What a rank has to know of the whole of a periodic mesh: its periods, and where shared degrees of freedom are.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { firstFrom } from "./ascending.ts";
import { dofCoordinates } from "./dof_coordinates.ts";
import type { Geometry } from "./geometry.ts";
import { Halo } from "./halo.ts";
import { firstNarrow, Lattice, narrow, type TwinPlaces } from "./lattice.ts";

/** The periods of a mesh of which this rank has a part, and places that depend on cells of other ranks. */
export class PeriodOfPart {
  readonly lattice: Lattice;
  readonly #geometry: Geometry;
  readonly #comm: Comm;
  readonly #places = new Map<1 | 2, Float64Array>();

  /**
   * @param geometry This rank's part.
   * @param vertices Where its vertices are, `[vertices x dim]`, if that is known.
   */
  constructor(
    geometry: Geometry,
    lattice: Lattice,
    comm: Comm,
    vertices: Float64Array | null = null,
  ) {
    this.#geometry = geometry;
    this.lattice = lattice;
    this.#comm = comm;
    if (vertices !== null) this.#places.set(1, vertices);
  }

  /**
   * Where vertices, or vertices and edges, are: in the lowest cell of all ranks that has them. Kept, not to be written.
   * Collective when it is first asked for: the owner of a vertex has all cells around it, and tells the others.
   */
  places(degree: 1 | 2): Float64Array {
    let places = this.#places.get(degree);
    if (places !== undefined) return places;
    places = dofCoordinates(this.#geometry, degree, true);
    const { dim, rankMesh } = this.#geometry.topology;
    Halo.of(rankMesh!.dofs(degree, true), this.#comm).sync(places, dim);
    this.#places.set(degree, places);
    return places;
  }
}

/**
 * Learns the periods of a periodic mesh from all its parts, and where its vertices are. Does nothing for other meshes.
 * Collective.
 *
 * @param geometry This rank's part, which keeps what is found.
 * @throws {RangeError} when the mesh does not fit together, on all ranks; nothing is changed then.
 */
export function learnPeriod(geometry: Geometry, comm: Comm): void {
  const { rankMesh, twins } = geometry.topology;
  if (rankMesh === null || twins === null) return;
  const places = twinPlaces(geometry, comm);
  const lattice = allOrNone(comm, () => new Lattice(twins, places, geometry.topology.dim));
  requireWideParts(geometry, comm);
  const period = new PeriodOfPart(geometry, lattice, comm);
  period.places(1);
  geometry.takePeriod(period);
}

/** Where all twins are, and how far the mesh of all ranks goes. Collective. */
function twinPlaces({ topology, coordinates }: Geometry, comm: Comm): TwinPlaces {
  const { dim, twins } = topology, { nodes } = topology.rankMesh!;
  const all = Int32Array.from(new Set([...twins!.values()].flatMap((pairs) => [...pairs]))).sort();
  const own = all.filter((node) => {
    const local = nodes.localOf(node);
    return local >= 0 && local < nodes.owned;
  });
  const rows = new Float64Array(own.length * dim);
  own.forEach((node, i) => {
    const local = nodes.localOf(node);
    rows.set(coordinates.subarray(local * dim, (local + 1) * dim), i * dim);
  });
  const ids = comm.allgatherv(own), gathered = comm.allgatherv(rows);
  const table = new Float64Array(all.length * dim);
  ids.forEach((node, i) =>
    table.set(gathered.subarray(i * dim, (i + 1) * dim), firstFrom(all, node) * dim)
  );
  const ends = new Float64Array(2 * dim).fill(Infinity);
  for (let i = 0; i < coordinates.length; i++) {
    const d = i % dim;
    ends[d] = Math.min(ends[d], coordinates[i]);
    ends[dim + d] = Math.min(ends[dim + d], -coordinates[i]);
  }
  const box = comm.allreduce(ends, "min");
  return {
    low: box.slice(0, dim),
    high: box.slice(dim).map((value) => -value),
    at: (node, d) => table[firstFrom(all, node) * dim + d],
  };
}

/** Checks that the mesh is wide enough; the first cell of all ranks that is not is the error of all. Collective. */
function requireWideParts({ topology, coordinates }: Geometry, comm: Comm): void {
  const { cells, cellOrder } = topology.rankMesh!;
  const found = firstNarrow(topology, coordinates, cellOrder, cells.owned);
  const cell = comm.allreduce(found < 0 ? Infinity : cells.ids[found], "min");
  if (cell !== Infinity) throw narrow(cell);
}
