/**
 * The particles in a rank's cells, ghosts included, whichever ranks have them: with these a rank sums over
 * all particles around its own nodes and degrees of freedom, in the order in which one rank would.
 *
 * @module
 */
import { numbersOf, takeRows } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import { geometryOf, type Mesh, placesIn } from "../mesh/mesh.ts";
import type { Places } from "../mesh/places.ts";
import type { FoundPoints } from "../mesh/point_search.ts";
import type { RankMesh } from "../mesh/rank_mesh.ts";
import type { Swarm } from "./swarm.ts";

/** Numbers of particles, `[count x width]`. */
export interface Numbers {
  readonly data: ArrayLike<number>;
  readonly width: number;
}

/** Particles in the cells of this rank, by ascending id. */
export interface Nearby {
  readonly count: number;
  /** In this rank's numbers; -1 for those that are in no cell. */
  readonly cells: Int32Array;
  /** As given, `[count x width]` each. */
  readonly numbers: readonly Float64Array[];
}

/** Where the particles of this rank are, from the one with index `first` on. Collective. */
export function placesOf(swarm: Swarm, first = 0): FoundPoints {
  const { mesh, coordinates, count } = swarm;
  return placesIn(mesh).find(
    (coordinates.data as Float64Array).subarray(first * mesh.dim, count * mesh.dim),
  );
}

/** Particles with what goes with them: ids, cells in the numbers of this rank, and numbers, `[count x width]` each. */
interface Rows {
  readonly ids: BigInt64Array;
  readonly cells: Int32Array;
  readonly numbers: readonly Float64Array[];
}

/**
 * Collects the particles in the cells of this rank. Collective.
 *
 * @param ids Of this rank's particles, ascending, `[n]`.
 * @param places Where they are, `[n]`; those outside stay out where there are several ranks.
 * @param numbers What goes with them; every rank gives as many, of the same widths.
 */
export function nearby(
  mesh: Mesh,
  ids: BigInt64Array,
  places: Pick<FoundPoints, "cells" | "ranks">,
  numbers: readonly Numbers[],
): Nearby {
  const { rankMesh } = geometryOf(mesh).topology, { comm } = mesh.model, { cells } = places;
  if (rankMesh === null) {
    return { count: cells.length, cells, numbers: numbers.map(({ data }) => asFloats(data)) };
  }
  const all = { ids, cells, numbers }, map = rankMesh.cells;
  const owners = places.ranks.map((rank) => (rank === comm.rank ? -1 : rank));
  const home = listsOf(comm.size, (add) => owners.forEach((rank, i) => rank >= 0 && add(rank, i)));
  const own = Int32Array.from(places.ranks.keys()).filter((i) => places.ranks[i] === comm.rank);
  const widths = numbers.map(({ width }) => width);
  let rows = picked(all, own, widths);
  // Whoever moved since the particles were brought home is first told to the owner of the cell.
  const strays = home.reduce((sum, list) => sum + list.length, 0);
  if (comm.allreduce(strays) > 0) rows = joined(rows, exchanged(all, home, widths, comm));
  const { starts, ranks } = sharersOf(placesIn(mesh), rankMesh), { cells: ofRows } = rows;
  const shared = listsOf(comm.size, (add) => {
    for (let i = 0; i < ofRows.length; i++) {
      const cell = map.localOf(ofRows[i]);
      for (let k = starts[cell]; k < starts[cell + 1]; k++) add(ranks[k], i);
    }
  });
  const list = numbersIn(rows, widths);
  const near = joined(rows, exchanged(list, shared, widths, comm));
  const order = byId(near.ids, own.length);
  const sorted = order === null ? near : picked(numbersIn(near, widths), order, widths);
  return {
    count: sorted.cells.length,
    cells: sorted.cells.map((id) => map.localOf(id)),
    numbers: sorted.numbers,
  };
}

/** The ranks that have cells of this rank as ghosts: those of cell c are `ranks[starts[c]]` up to `ranks[starts[c + 1]]`. */
interface Sharers {
  readonly starts: Int32Array;
  readonly ranks: Int32Array;
}

/** All ranks make and forget their places together, so that all of them know these, or none does. */
const known = new WeakMap<Places, Sharers>();

/** Made once for each geometry. Collective. */
function sharersOf(places: Places, rankMesh: RankMesh): Sharers {
  const before = known.get(places), { comm } = places;
  if (before !== undefined) return before;
  const { cells } = rankMesh, { owned } = cells;
  const ghosts = listsOf(comm.size, (add) => {
    for (let c = owned; c < cells.count; c++) add(cells.ownerOf(c), cells.ids[c]);
  });
  const theirs = comm.alltoallv(ghosts).map((ids) => ids.map((id) => cells.localOf(id)));
  const starts = new Int32Array(owned + 1);
  for (const list of theirs) for (const c of list) starts[c + 1]++;
  for (let c = 0; c < owned; c++) starts[c + 1] += starts[c];
  const at = starts.slice(0, owned), ranks = new Int32Array(starts[owned]);
  theirs.forEach((list, rank) => list.forEach((c) => ranks[at[c]++] = rank));
  const sharers = { starts, ranks };
  known.set(places, sharers);
  return sharers;
}

/** Lists by rank, filled in two passes. */
function listsOf(
  size: number,
  each: (add: (rank: number, value: number) => void) => void,
): Int32Array[] {
  const counts = new Int32Array(size);
  each((rank) => void counts[rank]++);
  const lists = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  each((rank, value) => void (lists[rank][counts[rank]++] = value));
  return lists;
}

interface Tables {
  readonly ids: BigInt64Array;
  readonly cells: Int32Array;
  readonly numbers: readonly Numbers[];
}

function numbersIn({ ids, cells, numbers }: Rows, widths: readonly number[]): Tables {
  return { ids, cells, numbers: numbers.map((data, k) => ({ data, width: widths[k] })) };
}

function picked(
  { ids, cells, numbers }: Tables,
  rows: Int32Array,
  widths: readonly number[],
): Rows {
  return {
    ids: take(ids, 1, rows, BigInt64Array),
    cells: take(cells, 1, rows, Int32Array),
    numbers: numbers.map(({ data }, k) => take(data, widths[k], rows, Float64Array)),
  };
}

/** The rows that other ranks send. Collective. */
function exchanged(
  { ids, cells, numbers }: Tables,
  lists: readonly Int32Array[],
  widths: readonly number[],
  comm: Comm,
): Rows {
  const send = <T extends Float64Array | Int32Array | BigInt64Array>(
    data: ArrayLike<T[number]>,
    width: number,
    like: new (length: number) => T,
  ): T => concatenated(comm.alltoallv(lists.map((list) => take(data, width, list, like))), like);
  return {
    ids: send(ids, 1, BigInt64Array),
    cells: send(cells, 1, Int32Array),
    numbers: numbers.map(({ data }, k) => send(data, widths[k], Float64Array)),
  };
}

function joined(a: Rows, b: Rows): Rows {
  return {
    ids: concatenated([a.ids, b.ids], BigInt64Array),
    cells: concatenated([a.cells, b.cells], Int32Array),
    numbers: a.numbers.map((data, k) => concatenated([data, b.numbers[k]], Float64Array)),
  };
}

function asFloats(data: ArrayLike<number>): Float64Array {
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

/** Rows of a table, in new memory. */
function take<T extends Float64Array | Int32Array | BigInt64Array>(
  data: ArrayLike<T[number]>,
  width: number,
  rows: Int32Array,
  like: new (length: number) => T,
): T {
  const out = new like(rows.length * width);
  if (data instanceof Float64Array && out instanceof Float64Array) {
    takeRows(data, rows, width, out);
    return out;
  }
  for (let i = 0; i < rows.length; i++) {
    for (let k = 0; k < width; k++) out[i * width + k] = data[rows[i] * width + k];
  }
  return out;
}

function concatenated<T extends Float64Array | Int32Array | BigInt64Array>(
  parts: readonly T[],
  like: new (length: number) => T,
): T {
  const out = new like(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part as never, at);
    at += part.length;
  }
  return out;
}

/**
 * Row numbers by ascending id, or null where the rows ascend; the first `sorted` of them do already.
 *
 * @param ids `[count]`, all different.
 */
function byId(ids: BigInt64Array, sorted: number): Int32Array | null {
  const idOf = numbersOf(ids);
  let rising = true;
  for (let i = Math.max(sorted, 1); rising && i < ids.length; i++) rising = idOf(i) > idOf(i - 1);
  if (rising) return null;
  const late = Int32Array.from({ length: ids.length - sorted }, (_, i) => sorted + i);
  late.sort((a, b) => idOf(a) - idOf(b));
  const order = new Int32Array(ids.length);
  let i = 0, to = 0;
  for (let k = 0; k < late.length; k++) {
    for (const id = idOf(late[k]); i < sorted && idOf(i) < id;) order[to++] = i++;
    order[to++] = late[k];
  }
  while (i < sorted) order[to++] = i++;
  return order;
}
