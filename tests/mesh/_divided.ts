/** A mesh divided among ranks that are played one after another, and points looked for in all of it. */
import { assertEquals } from "@std/assert";
import { takeRows } from "../../src/arrays.ts";
import type { Comm } from "../../src/comm/comm.ts";
import type { Geometry } from "../../src/mesh/geometry.ts";
import { shareOf } from "../../src/mesh/scatter_mesh.ts";
import {
  boxOf,
  boxStride,
  type FoundPoints,
  type PointQuery,
  PointSearch,
} from "../../src/mesh/point_search.ts";
import { assertSameBytes } from "../_helpers.ts";

/** What each of several ranks knows of where points are. */
export function searchesOf(whole: Geometry, ranks: number): PointSearch[] {
  const shares = Array.from(
    { length: ranks },
    (_, rank) => shareOf(whole, { rank, size: ranks } as Comm),
  );
  const boxes = new Float64Array(ranks * boxStride);
  shares.forEach((share, rank) => boxes.set(boxOf(share), rank * boxStride));
  return shares.map((share, rank) => new PointSearch(share, boxes, rank));
}

/** The way of points through the ranks, asked for by one of them. */
export interface Findings {
  readonly found: FoundPoints;
  /** How many questions went to other ranks. */
  readonly asked: number;
}

/** Finds points as `Places` does, with calls for messages. */
export function findAmong(
  searches: readonly PointSearch[],
  rank: number,
  points: Float64Array,
): Findings {
  const search = searches[rank], { topology: { dim }, lattice } = search.geometry;
  const count = points.length / dim;
  const found: FoundPoints = {
    count,
    cells: new Int32Array(count),
    ranks: new Int32Array(count),
    locals: new Int32Array(count),
    barycentric: new Float64Array(count * (dim + 1)),
  };
  let asked = 0;
  const ask = (query: PointQuery) => {
    const lists = search.addressees(query);
    const answers = lists.map((list, r) => {
      if (r !== rank) asked += list.length;
      const rows = new Float64Array(list.length * dim);
      takeRows(query.points, list, dim, rows);
      return searches[r].answer(rows);
    });
    search.conclude(query, lists, answers, found);
  };
  ask(search.findHere(points, null, found));
  if (lattice !== null) ask(search.imagesOf(points, found));
  return { found, asked };
}

/** Shows that all ranks, each with its share of the points, find what the whole mesh has. Returns the questions. */
export function assertFoundAlike(whole: Geometry, ranks: number, points: Float64Array): number {
  const { topology: { dim }, locator } = whole, searches = searchesOf(whole, ranks);
  const count = points.length / dim, width = dim + 1;
  const cells = new Int32Array(count).fill(-1), barycentric = new Float64Array(count * width);
  locator.locate(points, count, cells, barycentric);
  let asked = 0;
  for (let rank = 0; rank < ranks; rank++) {
    const first = Math.floor(count * rank / ranks), last = Math.floor(count * (rank + 1) / ranks);
    const some = findAmong(searches, rank, points.subarray(first * dim, last * dim));
    asked += some.asked;
    const { found } = some;
    assertSameBytes(found.cells, cells.slice(first, last));
    for (let i = 0; i < found.count; i++) {
      if (found.cells[i] >= 0) continue;
      assertEquals(found.ranks[i], -1);
      found.barycentric.fill(0, i * width, (i + 1) * width);
    }
    const expected = barycentric.slice(first * width, last * width);
    assertSameBytes(found.barycentric, expected);
    found.ranks.forEach((owner, i) => {
      if (owner < 0) return;
      const { cells: map } = searches[owner].geometry.topology.rankMesh!;
      const local = map.localOf(found.cells[i]);
      assertEquals(local >= 0 && local < map.owned, true, `rank ${owner} owns ${found.cells[i]}`);
    });
  }
  return asked;
}

/** Points at nodes, in the middle of edges, inside, anywhere near, and beside the boundary by rounding. */
export function hardPoints({ topology, coordinates: x }: Geometry, count: number): Float64Array {
  const { dim, cells, cellCount, rimFacets } = topology, out = new Float64Array(count * dim);
  let seed = 1;
  const next = () => (seed = seed * 16807 % 2147483647) / 2147483647;
  const low = new Float64Array(dim).fill(Infinity), high = new Float64Array(dim).fill(-Infinity);
  for (let i = 0; i < x.length; i++) {
    low[i % dim] = Math.min(low[i % dim], x[i]);
    high[i % dim] = Math.max(high[i % dim], x[i]);
  }
  const at = (cell: number, k: number, d: number) => x[cells[cell * (dim + 1) + k] * dim + d];
  for (let i = 0; i < count; i++) {
    const kind = i % 5, cell = Math.floor(next() * cellCount), a = Math.floor(next() * (dim + 1));
    const b = (a + 1 + Math.floor(next() * dim)) % (dim + 1),
      share = next(),
      rest = next() * (1 - share);
    const facet = Math.floor(next() * rimFacets.count);
    const owner = rimFacets.cells[facet], local = rimFacets.locals[facet];
    for (let d = 0; d < dim; d++) {
      const p = at(cell, a, d), q = at(cell, b, d), third = at(cell, (a + b) % (dim + 1), d);
      const r = at(owner, (local + 1) % (dim + 1), d), s = at(owner, (local + 2) % (dim + 1), d);
      const size = high[d] - low[d];
      out[i * dim + d] = kind === 0
        ? p
        : kind === 1
        ? (p + q) / 2
        : kind === 2
        ? share * p + rest * q + (1 - share - rest) * third
        : kind === 3
        ? low[d] - 0.2 * size + 1.4 * size * next()
        : r + share * (s - r);
    }
  }
  return out;
}
