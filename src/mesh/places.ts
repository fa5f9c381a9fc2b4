/**
 * Where points are in the cells of all ranks, and values at them.
 *
 * @module
 */
import { putRows } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { rowsAt } from "./chosen_points.ts";
import type { Geometry } from "./geometry.ts";
import { Images } from "./images.ts";
import {
  boxOf,
  boxStride,
  type FoundPoints,
  type PointAnswers,
  type PointQuery,
  PointSearch,
} from "./point_search.ts";
import { Rim } from "./rim.ts";

/** Writes `[count x width]` values at points in cells of this rank. */
export type PointKernel = (
  cells: Int32Array,
  barycentric: Float64Array,
  count: number,
  out: Float64Array,
) => void;

/** Who reads values in a cell of which this rank has a copy. */
export type PointReader = "owner" | "here";

/** Finds points in the cells of all ranks at one geometry. Every method is collective. */
export class Places {
  /** That of this rank's cells. */
  readonly geometry: Geometry;
  readonly comm: Comm;
  /** The steps that need no messages; null on one rank. */
  readonly search: PointSearch | null;
  #rim: Rim | null = null;

  /** Collective: ranks tell each other where their cells are. */
  constructor(geometry: Geometry, comm: Comm) {
    this.geometry = geometry;
    this.comm = comm;
    if (geometry.topology.rankMesh === null) this.search = null;
    else {
      const boxes = comm.allgatherv(boxOf(geometry));
      if (boxes.length !== comm.size * boxStride) throw new RangeError("there is one box per rank");
      this.search = new PointSearch(geometry, boxes, comm.rank);
    }
  }

  /** The boundary of all ranks together; made on first use, which is collective. */
  get rim(): Rim {
    return this.#rim ??= Rim.of(this.geometry, this.comm);
  }

  /**
   * The cells of points, which are the same on any number of ranks: of several, the one with the lowest id in the
   * whole mesh; of points outside by rounding alone, that of the nearest facet; in a periodic mesh, those of images.
   *
   * @param points Any number on each rank, `[count x dim]`.
   * @param hints Cells of this rank to look in first, or -1, `[count]`; they change the time alone.
   */
  find(points: Float64Array, hints: Int32Array | null = null): FoundPoints {
    return this.#find(points, hints, false);
  }

  /**
   * The same, and replaces points outside of a periodic mesh by their images in it. Where there is none, because the
   * point is outside of a wall as well, by the one nearest to the middle of the mesh.
   *
   * @param points changed.
   */
  wrap(points: Float64Array, hints: Int32Array | null = null): FoundPoints {
    return this.#find(points, hints, this.geometry.lattice !== null);
  }

  /**
   * Replaces all points of a periodic mesh by their images in it, of several the one nearest to the middle of the mesh;
   * points that have none, by the image nearest to the middle.
   *
   * @param points changed.
   */
  reframe(points: Float64Array): FoundPoints {
    const { search, geometry: { lattice, straightLocator, topology: { dim } } } = this;
    const count = points.length / dim, found = blank(count, dim);
    if (search !== null) {
      this.#findImages(search, points, found, true);
      return found;
    }
    const images = new Images(lattice!, straightLocator);
    for (let i = 0; i < count; i++) {
      found.cells[i] = found.locals[i] = images.find(points, i * dim);
      found.ranks[i] = Math.min(found.cells[i], 0);
      found.barycentric.set(images.barycentric, i * (dim + 1));
      points.set(images.point, i * dim);
    }
    return found;
  }

  /**
   * Rows of values at points, `[count x width]`; NaN outside.
   *
   * @param at Points that were found, or some of them.
   * @param kernel Writes the values at points in cells of this rank, which other ranks may have asked for.
   * @param reader Which rank's values count: those of the owner of the cell, or those that are here where this rank
   *   has the cell as a ghost. These are the same, and take no message, where ghosts are up to date.
   */
  read(
    at: FoundPoints,
    width: number,
    kernel: PointKernel,
    reader: PointReader = "owner",
  ): Float64Array {
    const { search, comm } = this, { count } = at;
    if (search === null) {
      const values = new Float64Array(count * width);
      kernel(at.cells, at.barycentric, count, values);
      return values;
    }
    const out = new Float64Array(count * width).fill(NaN);
    const { dim, rankMesh } = this.geometry.topology, { cells: map } = rankMesh!, corners = dim + 1;
    const valuesOf = (cells: Int32Array, places: Float64Array) => {
      const values = new Float64Array(cells.length * width);
      kernel(cells, places, cells.length, values);
      return values;
    };
    const asked = this.#rowsByRank(at, reader), own = asked[comm.rank];
    const here = valuesOf(own.map((i) => at.locals[i]), rowsAt(at.barycentric, own, corners));
    putRows(here, own, width, out);
    const away = asked.map((rows, rank) => (rank === comm.rank ? none : rows));
    if (!this.#any(away)) return out;
    const theirs = comm.alltoallv(away.map((rows) => rows.map((i) => at.cells[i])));
    const places = comm.alltoallv(away.map((rows) => rowsAt(at.barycentric, rows, corners)));
    const answers = comm.alltoallv(
      theirs.map((ids, rank) => valuesOf(ids.map((id) => map.localOf(id)), places[rank])),
    );
    away.forEach((rows, rank) => putRows(answers[rank], rows, width, out));
    return out;
  }

  #find(points: Float64Array, hints: Int32Array | null, moves: boolean): FoundPoints {
    const { search, geometry: { topology: { dim } } } = this;
    const count = points.length / dim;
    if (search === null) {
      const locals = new Int32Array(count).fill(-1);
      const barycentric = new Float64Array(count * (dim + 1));
      if (hints !== null) locals.set(hints);
      this.#locateAlone(points, locals, barycentric, moves);
      const ranks = locals.map((cell) => Math.min(cell, 0));
      return { count, cells: locals, ranks, locals, barycentric };
    }
    const found = blank(count, dim);
    this.#ask(search, search.findHere(points, hints, found), found);
    if (this.geometry.lattice !== null) this.#findImages(search, points, found, moves);
    return found;
  }

  #locateAlone(
    points: Float64Array,
    cells: Int32Array,
    barycentric: Float64Array,
    moves: boolean,
  ): void {
    const { geometry } = this, { lattice } = geometry, { length } = cells;
    if (!moves) geometry.locator.locate(points, length, cells, barycentric);
    else {
      const turns = new Int32Array(length * lattice!.count);
      geometry.straightLocator.wrap(points, length, cells, barycentric, turns);
    }
  }

  /** Looks for images of points that are outside. */
  #findImages(search: PointSearch, points: Float64Array, found: FoundPoints, moves: boolean): void {
    const { lattice, topology: { dim } } = this.geometry;
    const query = search.imagesOf(points, found);
    const taken = this.#ask(search, query, found);
    if (!moves) return;
    for (const row of new Set(query.rows)) {
      const n = taken[row];
      if (n < 0) lattice!.reduce(points, row * dim, null, 0);
      else points.set(query.points.subarray(n * dim, (n + 1) * dim), row * dim);
    }
  }

  /** Asks all ranks that may know; see {@link PointSearch.conclude}. */
  #ask(search: PointSearch, query: PointQuery, found: FoundPoints): Int32Array {
    const { comm } = this, { dim } = search.geometry.topology;
    const asked = search.addressees(query);
    const own = search.answer(rowsAt(query.points, asked[comm.rank], dim));
    const away = asked.map((list, rank) => (rank === comm.rank ? none : list));
    let answers: readonly PointAnswers[] = asked.map(() => noAnswers);
    if (this.#any(away)) {
      const theirs = comm.alltoallv(away.map((list) => rowsAt(query.points, list, dim)));
      const said = theirs.map((points) => search.answer(points));
      const cells = comm.alltoallv(said.map((one) => one.cells));
      const numbers = comm.alltoallv(said.map((one) => one.numbers));
      answers = asked.map((_, rank) => ({ cells: cells[rank], numbers: numbers[rank] }));
    }
    const all = answers.map((answer, rank) => (rank === comm.rank ? own : answer));
    return search.conclude(query, asked, all, found);
  }

  /** Whether any rank has something to ask another. */
  #any(lists: readonly Int32Array[]): boolean {
    return this.comm.allreduce(lists.some((list) => list.length > 0) ? 1 : 0, "max") > 0;
  }

  /** Row numbers, ascending, by the rank that reads them; no rank reads points outside. */
  #rowsByRank({ count, ranks, locals }: FoundPoints, reader: PointReader): Int32Array[] {
    const { rank: here, size } = this.comm;
    const readsHere = (i: number) => ranks[i] >= 0 && reader === "here" && locals[i] >= 0;
    return listsByRank(count, size, (i) => readsHere(i) ? here : ranks[i]);
  }
}

/** Points that are outside as far as is known. */
function blank(count: number, dim: number): FoundPoints {
  const ids = () => new Int32Array(count).fill(-1);
  const barycentric = new Float64Array(count * (dim + 1));
  return { count, cells: ids(), ranks: ids(), locals: ids(), barycentric };
}

const none = new Int32Array(0);
const noAnswers: PointAnswers = { cells: none, numbers: new Float64Array(0) };
