/**
 * What the boundary does to particles outside: computed from the facets of all ranks, so that it does not matter which
 * rank asks.
 *
 * @module
 */
import { settle, Walls } from "../mesh/boundary_walk.ts";
import { PeriodicWalls } from "../mesh/periodic_boundary.ts";
import type { Places } from "../mesh/places.ts";
import { Task, type Travellers, Whole } from "./travellers.ts";

/** What happens to particles outside of the domain. */
export type SwarmBoundary = "lose" | "clamp" | "reflect";

/** A rule on one geometry; scratch memory only. */
export class BoundaryRule {
  readonly #rule: SwarmBoundary;
  readonly #places: Places;
  readonly #walls: Walls | null;
  readonly #sides: PeriodicWalls | null;
  readonly #from: Float64Array;
  readonly #to: Float64Array;
  readonly #point = new Float64Array(3);

  /** Collective, unless particles are lost outside. */
  constructor(rule: SwarmBoundary, places: Places) {
    const { lattice, topology: { dim } } = places.geometry;
    this.#rule = rule;
    this.#places = places;
    this.#walls = rule === "lose" ? null : new Walls(places.rim);
    this.#sides = rule === "lose" || lattice === null
      ? null
      : new PeriodicWalls(places.rim, lattice);
    this.#from = new Float64Array(dim);
    this.#to = new Float64Array(dim);
  }

  /**
   * Sends a traveller outside on, with a new place and task.
   *
   * @param turns How often each period was just subtracted from its place, `[periods]`.
   * @returns the rank whom the task is for, -1 for whoever has it; null when it is lost.
   */
  apply(travellers: Travellers, row: number, turns: Int32Array): number | null {
    if (this.#walls === null) return null;
    const { whole, width } = travellers, at = row * width;
    if (whole[at + Whole.task] === Task.find) {
      const hasPath = whole[at + Whole.phase] > 0;
      if (this.#sides !== null) return this.#followSides(travellers, row, turns, hasPath);
      if (this.#rule === "reflect" && hasPath) return this.#reflect(travellers, row);
    } else if (this.#sides !== null && whole[at + Whole.task] === Task.findEnd) {
      this.#frame(travellers, row);
    }
    return this.#toFacet(travellers, row);
  }

  /**
   * The same for a place of which no other rank can know more: all that is to be done, at once.
   *
   * @param place `[dim]`; becomes the place inside.
   * @param from Where the path to it began, `[dim]`, inside; null where there is none.
   * @param cell Becomes the cell of this rank, `[1]`; -1 when the particle is lost.
   * @param barycentric Takes those in the cell.
   * @returns false where other ranks have to be asked; then nothing has changed.
   */
  applyHere(
    place: Float64Array,
    from: Float64Array | null,
    cell: Int32Array,
    barycentric: Float64Array,
  ): boolean {
    const { geometry, comm } = this.#places, { topology: { rankMesh, ownedCellCount } } = geometry;
    if (geometry.lattice !== null || !isOnlyHere(this.#places, place)) return false;
    cell[0] = -1;
    if (this.#walls === null) return true;
    const point = this.#point, end = this.#to;
    end.set(place);
    if (this.#rule === "reflect" && from !== null) {
      this.#walls.reflect(from, place, end);
      locateHere(this.#places, end, cell, barycentric);
      const isOwn = cell[0] >= 0 && cell[0] < ownedCellCount;
      const z = end.length === 3 ? end[2] : 0;
      const isIn = isOwn && geometry.locator.contains(cell[0], end[0], end[1], z);
      if (!isIn && !isOnlyHere(this.#places, end)) return false;
      if (isOwn) {
        place.set(end);
        return true;
      }
      if (cell[0] >= 0) return false;
    }
    point[2] = 0;
    point.set(end);
    const { rim } = this.#walls, facet = this.#walls.nearest(point), id = rim.cellOf(facet);
    if (rankMesh !== null && rim.ownerOf(facet) !== comm.rank) return false;
    cell[0] = settle(geometry, rankMesh?.cells.localOf(id) ?? id, point, place);
    locateHere(this.#places, place, cell, barycentric);
    return true;
  }

  #reflect(travellers: Travellers, row: number): number {
    const { dim, real, size } = travellers, r = row * size, place = r + 2 * dim;
    for (let d = 0; d < dim; d++) {
      this.#from[d] = real[r + d];
      this.#to[d] = real[place + d];
    }
    this.#walls!.reflect(this.#from, this.#to, this.#point);
    for (let d = 0; d < dim; d++) real[place + d] = this.#point[d];
    travellers.whole[row * travellers.width + Whole.task] = Task.findEnd;
    return -1;
  }

  /** In a periodic mesh paths go on through its sides, and only walls bring them back. */
  #followSides(
    travellers: Travellers,
    row: number,
    turns: Int32Array,
    hasPath: boolean,
  ): number {
    const { dim, periods, whole, real, width, size } = travellers, sides = this.#sides!;
    const r = row * size, place = r + 2 * dim, wraps = row * width + Whole.wraps;
    const { periods: ways } = this.#places.geometry.lattice!;
    for (let d = 0; d < dim; d++) {
      this.#from[d] = real[r + d];
      this.#to[d] = real[place + d];
      // The end was moved by whole periods already; the path is from where it began to where it really ends.
      for (let k = 0; k < periods && hasPath; k++) this.#to[d] += turns[k] * ways[k * dim + d];
    }
    for (let k = 0; k < periods && hasPath; k++) whole[wraps + k] -= turns[k];
    sides.turns.fill(0);
    if (this.#rule === "reflect" && hasPath) sides.reflect(this.#from, this.#to, this.#to);
    for (let k = 0; k < periods; k++) whole[wraps + k] += sides.turns[k];
    for (let d = 0; d < dim; d++) real[place + d] = this.#to[d];
    whole[row * width + Whole.task] = Task.findEnd;
    return -1;
  }

  /** Of the images of a place outside of the walls, the one next to them. */
  #frame(travellers: Travellers, row: number): void {
    const { dim, periods, whole, real, width, size } = travellers, sides = this.#sides!;
    const place = row * size + 2 * dim;
    sides.turns.fill(0);
    sides.frame(real.subarray(place, place + dim));
    for (let k = 0; k < periods; k++) whole[row * width + Whole.wraps + k] += sides.turns[k];
  }

  #toFacet(travellers: Travellers, row: number): number {
    const { dim, real, size } = travellers, point = this.#point, { rim } = this.#walls!;
    const place = row * size + 2 * dim;
    point[2] = 0;
    for (let d = 0; d < dim; d++) point[d] = real[place + d];
    const facet = this.#walls!.nearest(point);
    for (let d = 0; d < dim; d++) real[place + d] = point[d];
    const at = row * travellers.width;
    travellers.whole[at + Whole.task] = Task.settle;
    travellers.whole[at + Whole.cell] = rim.cellOf(facet);
    return rim.geometry === this.#places.geometry ? -1 : rim.ownerOf(facet);
  }
}

/** Whether no cell of another rank can have a place. */
export function isOnlyHere({ search }: Places, place: Float64Array): boolean {
  return search === null ||
    search.isOnlyHere(place[0], place[1], place.length === 3 ? place[2] : 0);
}

/** Finds one place in the cells of this rank. */
export function locateHere(
  { search, geometry: { locator } }: Places,
  place: Float64Array,
  cell: Int32Array,
  barycentric: Float64Array,
): void {
  if (search === null) locator.locateHere(place, 1, cell, barycentric);
  else search.locate(place, cell, barycentric);
}
