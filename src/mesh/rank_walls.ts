/**
 * What happens to points and paths at the boundary of a domain whose cells are divided among ranks.
 *
 * @module
 */
import { putRows } from "../arrays.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { settle, Walls } from "./boundary_walk.ts";
import { PeriodicWalls } from "./periodic_boundary.ts";
import type { Places } from "./places.ts";
import { rowsAt } from "./chosen_points.ts";

/**
 * The boundary, for points of which any number is outside on each rank.
 *
 * State: none, scratch memory only.
 */
export class RankWalls {
  readonly #places: Places;
  readonly #dim: 2 | 3;
  readonly #walls: Walls;
  /** The sides of a periodic domain, through which paths go on; null for other domains. */
  readonly #sides: PeriodicWalls | null;
  readonly #point = new Float64Array(3);
  readonly #hit = new Float64Array(1);

  /** Collective. */
  constructor(places: Places) {
    const { rim, geometry: { lattice, topology: { dim } } } = places;
    this.#places = places;
    this.#dim = dim;
    this.#walls = new Walls(rim);
    this.#sides = lattice === null ? null : new PeriodicWalls(rim, lattice);
  }

  /** Whether paths go on through sides. */
  get isPeriodic(): boolean {
    return this.#sides !== null;
  }

  /**
   * Replaces points outside by the nearest ones of the domain. Collective.
   *
   * @param points `[count x dim]`, changed.
   * @returns how far away that is, `[count]`.
   */
  project(points: Float64Array): Float64Array {
    const dim = this.#dim, count = points.length / dim, point = this.#point;
    const facets = new Int32Array(count), near = new Float64Array(points.length);
    for (let i = 0; i < count; i++) {
      point[2] = 0;
      for (let d = 0; d < dim; d++) point[d] = points[i * dim + d];
      facets[i] = this.#walls.nearest(point);
      for (let d = 0; d < dim; d++) near[i * dim + d] = point[d];
    }
    this.#settle(facets, near);
    const distances = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      let distance = 0;
      for (let d = 0; d < dim; d++) {
        distance += (points[i * dim + d] - near[i * dim + d]) ** 2;
        points[i * dim + d] = near[i * dim + d];
      }
      distances[i] = Math.sqrt(distance);
    }
    return distances;
  }

  /**
   * Moves points beside walls into the domain, at least to the nearest point of it; through sides where there are.
   * Collective.
   *
   * @param points `[count x dim]`, changed.
   */
  bringIn(points: Float64Array): void {
    const places = this.#places;
    if (places.comm.allreduce(points.length, "max") === 0) return;
    if (this.#sides !== null) {
      const { cells } = places.reframe(points);
      this.besideWalls(points, rowsBelow(cells));
    }
    const outside = rowsBelow(places.find(points).cells);
    const near = rowsAt(points, outside, this.#dim);
    this.project(near);
    putRows(near, outside, this.#dim, points);
  }

  /** Moves some points that have no image in a periodic domain by whole periods, to be next to a wall. */
  besideWalls(points: Float64Array, rows: Int32Array): void {
    const dim = this.#dim;
    for (const i of rows) this.#sides!.frame(points.subarray(i * dim, (i + 1) * dim));
  }

  /** The share of a path, `[3]`, before it leaves through a wall; null where it does not. */
  shareInside(from: Float64Array, way: Float64Array): number | null {
    if (this.#sides !== null) return this.#sides.firstWall(from, way);
    const facet = this.#walls.rim.tree.firstExit(from, way, this.#hit);
    return facet < 0 ? null : Math.min(1, Math.max(0, this.#hit[0]));
  }

  /** Moves points on facets into the domain: the owner of the cell of a facet does so. */
  #settle(facets: Int32Array, points: Float64Array): void {
    const { comm, geometry } = this.#places, { rim } = this.#walls, dim = this.#dim;
    const { rankMesh } = geometry.topology, point = this.#point;
    const settled = (cells: Int32Array, places: Float64Array) => {
      const out = new Float64Array(places.length);
      cells.forEach((cell, i) => {
        point[2] = 0;
        for (let d = 0; d < dim; d++) point[d] = places[i * dim + d];
        const local = rankMesh === null ? cell : rankMesh.cells.localOf(cell);
        settle(geometry, local, point, out.subarray(i * dim, (i + 1) * dim));
      });
      return out;
    };
    const rows = listsByRank(facets.length, comm.size, (i) => rim.ownerOf(facets[i]));
    const own = rows[comm.rank];
    const cellsOf = (list: Int32Array) => list.map((i) => rim.cellOf(facets[i]));
    putRows(settled(cellsOf(own), rowsAt(points, own, dim)), own, dim, points);
    const away = rows.map((list, rank) => (rank === comm.rank ? new Int32Array(0) : list));
    if (comm.allreduce(facets.length - own.length, "max") === 0) return;
    const cells = comm.alltoallv(away.map(cellsOf));
    const places = comm.alltoallv(away.map((list) => rowsAt(points, list, dim)));
    const back = comm.alltoallv(cells.map((list, rank) => settled(list, places[rank])));
    away.forEach((list, rank) => putRows(back[rank], list, dim, points));
  }
}

/** The rows of points that have no cell. */
function rowsBelow(cells: Int32Array): Int32Array {
  const rows: number[] = [];
  for (let i = 0; i < cells.length; i++) if (cells[i] < 0) rows.push(i);
  return Int32Array.from(rows);
}
