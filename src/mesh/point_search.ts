/**
 * Where points are in a mesh that is divided among ranks: the steps that need no messages. {@link Places} takes
 * them and sends what they ask.
 *
 * A point belongs to the cell with the lowest global id among the closed cells that contain it. All of these share a
 * node with each other, so the owner of one of them has them all, as owned cells or as ghosts: it knows the lowest.
 * Hence a rank that finds a point in a cell of its own needs no other, one that finds it in a ghost asks the owner of
 * that cell, and one that does not find it asks those whose cells may contain it.
 *
 * @module
 */
import { CurvedLocator } from "./curved_locate.ts";
import type { Geometry } from "./geometry.ts";

/** Where points are, in cells of any rank. */
export interface FoundPoints {
  readonly count: number;
  /** Ids in the whole mesh, `[count]`; -1 outside. */
  readonly cells: Int32Array;
  /** The ranks that own the cells, `[count]`; -1 outside. */
  readonly ranks: Int32Array;
  /** The cells in the numbering of this rank, `[count]`; -1 where it does not have them. */
  readonly locals: Int32Array;
  /** `[count x (dim + 1)]`; means nothing outside. */
  readonly barycentric: Float64Array;
}

/** Points that other ranks may have to say something of. */
export interface PointQuery {
  /** Which of the points each is, `[n]`. */
  readonly rows: Int32Array;
  /** Its image: answers for earlier ones count first, `[n]`. */
  readonly stages: Int32Array;
  /** The one rank that knows, or -1 for all that may, `[n]`. */
  readonly knows: Int32Array;
  /** `[n x dim]`. */
  readonly points: Float64Array;
}

/** What a rank says of points that it was asked about. */
export interface PointAnswers {
  /** The id of the cell in the whole mesh and the rank that owns it, `[n x 2]`; -1 where this rank has none. */
  readonly cells: Int32Array;
  /**
   * How far outside the point is, squared, or -1 inside; and its barycentric coordinates, `[n x (dim + 2)]`.
   */
  readonly numbers: Float64Array;
}

/** Numbers per box: lowest x, y, z, highest x, y, z; and 1 where there are curved cells. */
export const boxStride = 7;

/** Roundings, of the largest coordinate, by which a point may miss a cell and still belong to it. */
const slack = 16 * Number.EPSILON;

/** A box around the cells that this rank owns and all points that belong to them, `[7]`; empty without cells. */
export function boxOf({ topology, coordinates: x, locator, curved }: Geometry): Float64Array {
  const { dim, cells, ownedCellCount } = topology, box = new Float64Array(boxStride);
  box[6] = curved === null ? 0 : 1;
  box.fill(Infinity, 0, dim).fill(-Infinity, 3, 3 + dim);
  for (let i = 0; i < ownedCellCount * (dim + 1); i++) {
    for (let d = 0; d < dim; d++) {
      const value = x[cells[i] * dim + d];
      box[d] = Math.min(box[d], value);
      box[3 + d] = Math.max(box[3 + d], value);
    }
  }
  if (locator instanceof CurvedLocator) {
    const { boxes } = locator.inverse;
    for (let k = 0; k < curved!.cells.length; k++) {
      if (curved!.cells[k] >= ownedCellCount) continue;
      for (let d = 0; d < dim; d++) {
        box[d] = Math.min(box[d], boxes[6 * k + d]);
        box[3 + d] = Math.max(box[3 + d], boxes[6 * k + 3 + d]);
      }
    }
  }
  if (ownedCellCount === 0) return box;
  let size = 0;
  for (let k = 0; k < 6; k++) size = Math.max(size, Math.abs(box[k]));
  for (let d = 0; d < dim; d++) {
    box[d] -= slack * size;
    box[3 + d] += slack * size;
  }
  return box;
}

/** Finds points in one rank's part of a mesh, and says whom to ask about the others. Keeps scratch memory only. */
export class PointSearch {
  readonly geometry: Geometry;
  readonly #rank: number;
  /** The boxes of all ranks, `[ranks x 7]`; see {@link boxOf}. */
  readonly #boxes: Float64Array;
  /** Whether other ranks have curved cells and this one has none. */
  readonly bendsElsewhere: boolean;

  /** @param boxes By rank; see {@link boxOf}. */
  constructor(geometry: Geometry, boxes: Float64Array, rank: number) {
    this.geometry = geometry;
    this.#boxes = boxes;
    this.#rank = rank;
    this.bendsElsewhere = geometry.curved === null &&
      boxes.some((value, i) => i % boxStride === 6 && value !== 0);
  }

  /**
   * Finds what can be found here.
   *
   * @param points `[count x dim]`.
   * @param hints Cells of this rank to look in first, or -1, `[count]`.
   * @param found Takes what is certain; rows of other points say that they are outside.
   * @returns the points about which others know more.
   */
  findHere(points: Float64Array, hints: Int32Array | null, found: FoundPoints): PointQuery {
    const { geometry: { locator, topology: { dim, rankMesh } } } = this, { cells: map } = rankMesh!;
    const { count, cells, ranks, locals, barycentric } = found;
    if (hints === null) locals.fill(-1);
    else locals.set(hints);
    const before = locator.nearCount;
    this.locate(points, locals, barycentric);
    const someAreNear = locator.nearCount > before;
    const rows: number[] = [], knows: number[] = [];
    for (let i = 0; i < count; i++) {
      const cell = locals[i];
      const isIn = cell >= 0 && !(someAreNear && !this.#contains(cell, points, i * dim));
      const isGhost = cell >= map.owned;
      const isSure = isIn && (!isGhost || locator.isAlone(cell, barycentric, i * (dim + 1)));
      cells[i] = isSure ? map.ids[cell] : -1;
      ranks[i] = isSure ? map.ownerOf(cell) : -1;
      if (isSure) continue;
      locals[i] = -1;
      rows.push(i);
      knows.push(isIn ? map.ownerOf(cell) : -1);
    }
    const asked = new Float64Array(rows.length * dim);
    rows.forEach((row, n) => asked.set(points.subarray(row * dim, (row + 1) * dim), n * dim));
    return {
      rows: Int32Array.from(rows),
      stages: new Int32Array(rows.length),
      knows: Int32Array.from(knows),
      points: asked,
    };
  }

  /**
   * Finds points in the cells of this rank, ghosts included, as in the whole mesh, but for images.
   *
   * @param cells In, hints or -1; out, cells or -1, `[count]`.
   * @param barycentric `[count x (dim + 1)]`.
   */
  locate(points: Float64Array, cells: Int32Array, barycentric: Float64Array): void {
    const { locator, topology: { dim } } = this.geometry;
    locator.locateHere(points, cells.length, cells, barycentric);
    if (!this.bendsElsewhere) return;
    // A mesh with curved cells sums in another order, also in its straight cells: in every bit the same there as here.
    for (let o = 0; o < barycentric.length; o += dim + 1) {
      let sum = 0;
      for (let k = 1; k <= dim; k++) {
        // In 2-D there is a third term, which makes -0 to 0.
        if (dim === 2) barycentric[o + k] += 0;
        sum += barycentric[o + k];
      }
      barycentric[o] = 1 - sum;
    }
  }

  /** All images of the points of a periodic mesh that are still outside. */
  imagesOf(points: Float64Array, { count, cells }: FoundPoints): PointQuery {
    const { lattice } = this.geometry, { dim, shifts } = lattice!, all = shifts.length / dim;
    const rows: number[] = [];
    for (let i = 0; i < count; i++) if (cells[i] < 0) rows.push(i);
    const images = new Float64Array(rows.length * shifts.length), middle = new Float64Array(dim);
    rows.forEach((row, n) => {
      middle.set(points.subarray(row * dim, (row + 1) * dim));
      lattice!.reduce(middle, 0, null, 0);
      for (let s = 0; s < shifts.length; s++) {
        images[n * shifts.length + s] = middle[s % dim] + shifts[s];
      }
    });
    return {
      rows: Int32Array.from({ length: rows.length * all }, (_, k) => rows[Math.floor(k / all)]),
      stages: Int32Array.from({ length: rows.length * all }, (_, k) => k % all),
      knows: new Int32Array(rows.length * all).fill(-1),
      points: images,
    };
  }

  /** The numbers of the points in a query that each rank is to be asked about, this one included. */
  addressees({ rows, knows, points }: PointQuery): Int32Array[] {
    const boxes = this.#boxes, ranks = boxes.length / boxStride, { dim } = this.geometry.topology;
    const lists = Array.from({ length: ranks }, () => [] as number[]);
    for (let n = 0; n < rows.length; n++) {
      if (knows[n] >= 0) {
        lists[knows[n]].push(n);
        continue;
      }
      const x = points[n * dim], y = points[n * dim + 1], z = dim === 3 ? points[n * dim + 2] : 0;
      for (let r = 0; r < ranks; r++) if (this.mayHave(r, x, y, z)) lists[r].push(n);
    }
    return lists.map((list) => Int32Array.from(list));
  }

  /** Whether a point can belong to no cell of another rank; z is 0 in 2-D. */
  isOnlyHere(x: number, y: number, z: number): boolean {
    for (let r = 0; r * boxStride < this.#boxes.length; r++) {
      if (r !== this.#rank && this.mayHave(r, x, y, z)) return false;
    }
    return true;
  }

  /** Whether a point may belong to a cell of a rank; z is 0 in 2-D. */
  mayHave(rank: number, x: number, y: number, z: number): boolean {
    const b = this.#boxes, o = rank * boxStride;
    return x >= b[o] && x <= b[o + 3] && y >= b[o + 1] && y <= b[o + 4] &&
      z >= b[o + 2] && z <= b[o + 5];
  }

  /** What this rank says of `[n x dim]` points. */
  answer(points: Float64Array): PointAnswers {
    const { geometry: { locator, topology: { dim, rankMesh } } } = this, { cells: map } = rankMesh!;
    const count = points.length / dim, width = dim + 1;
    const here = new Int32Array(count).fill(-1), barycentric = new Float64Array(count * width);
    const before = locator.nearCount;
    this.locate(points, here, barycentric);
    const someAreNear = locator.nearCount > before;
    const cells = new Int32Array(2 * count).fill(-1);
    const numbers = new Float64Array(count * (width + 1));
    for (let i = 0; i < count; i++) {
      if (here[i] < 0) continue;
      cells[2 * i] = map.ids[here[i]];
      cells[2 * i + 1] = map.ownerOf(here[i]);
      const isNear = someAreNear && !this.#contains(here[i], points, i * dim);
      numbers[i * (width + 1)] = isNear ? this.#squaredDistance(points, i * dim) : -1;
      for (let k = 0; k < width; k++) {
        numbers[i * (width + 1) + 1 + k] = barycentric[i * width + k];
      }
    }
    return { cells, numbers };
  }

  /**
   * Takes the best answer for each point: of the earliest image, then inside or nearest, then of the lowest cell.
   *
   * @param asked See {@link PointSearch.addressees}; `answers` are by rank, too.
   * @returns which answer each point of `found` took, as a number in the query, `[count]`; -1 for none.
   */
  conclude(
    query: PointQuery,
    asked: readonly Int32Array[],
    answers: readonly PointAnswers[],
    found: FoundPoints,
  ): Int32Array {
    const { topology: { dim, rankMesh } } = this.geometry, width = dim + 1;
    const { cells, ranks, locals, barycentric } = found;
    const taken = new Int32Array(found.count).fill(-1);
    const distances = new Float64Array(found.count);
    asked.forEach((list, rank) => {
      const answer = answers[rank];
      for (let k = 0; k < list.length; k++) {
        const cell = answer.cells[2 * k], n = list[k], row = query.rows[n];
        if (cell < 0) continue;
        const distance = answer.numbers[k * (width + 1)];
        if (taken[row] >= 0) {
          const later = query.stages[n] - query.stages[taken[row]];
          const farther = distance - distances[row];
          if (later > 0 || (later === 0 && farther > 0)) continue;
          if (later === 0 && farther === 0 && cell >= cells[row]) continue;
        }
        taken[row] = n;
        distances[row] = distance;
        cells[row] = cell;
        ranks[row] = answer.cells[2 * k + 1];
        locals[row] = rankMesh!.cells.localOf(cell);
        for (let i = 0; i < width; i++) {
          barycentric[row * width + i] = answer.numbers[k * (width + 1) + 1 + i];
        }
      }
    });
    return taken;
  }

  #contains(cell: number, points: Float64Array, at: number): boolean {
    const { locator, topology: { dim } } = this.geometry;
    return locator.contains(cell, points[at], points[at + 1], dim === 3 ? points[at + 2] : 0);
  }

  #squaredDistance(points: Float64Array, at: number): number {
    const { locator, topology: { dim } } = this.geometry;
    const z = dim === 3 ? points[at + 2] : 0;
    return locator.nearBoundary.squaredDistance(points[at], points[at + 1], z);
  }
}
