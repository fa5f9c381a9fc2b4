/**
 * The particles in a rank's cells, ghosts included, whichever ranks have them: with these a rank sums over
 * all particles around its own nodes and degrees of freedom, in the order in which one rank would.
 *
 * @module
 */
import { numbersOf, takeRows } from "../arrays.ts";
import { geometryOf, type Mesh, wholeGeometryOf } from "../mesh/mesh.ts";
import type { Swarm } from "./swarm.ts";

/** Particles of this rank, located in the whole mesh. */
export interface ParticlePlaces {
  readonly count: number;
  /** `[count]`; -1 outside. */
  readonly cells: Int32Array;
  /** `[count x (dim + 1)]`; means nothing outside. */
  readonly barycentric: Float64Array;
}

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

/** Where the particles of this rank are, from the one with index `first` on. */
export function placesOf(swarm: Swarm, first = 0): ParticlePlaces {
  const { mesh, coordinates, count } = swarm;
  const points = coordinates.data.subarray(first * mesh.dim, count * mesh.dim);
  const cells = new Int32Array(count - first).fill(-1);
  const barycentric = new Float64Array(cells.length * (mesh.dim + 1));
  wholeGeometryOf(mesh).locator.locate(points, cells.length, cells, barycentric);
  return { count: cells.length, cells, barycentric };
}

/**
 * Collects the particles in the cells of this rank. Collective.
 *
 * @param ids Of this rank's particles, ascending, `[n]`.
 * @param cells Where they are in the whole mesh, `[n]`; those at -1 stay out where there are several ranks.
 * @param numbers What goes with them; every rank gives as many, of the same widths.
 */
export function nearby(
  mesh: Mesh,
  ids: BigInt64Array,
  cells: Int32Array,
  numbers: readonly Numbers[],
): Nearby {
  const { rankMesh } = geometryOf(mesh).topology, { comm } = mesh.model;
  if (rankMesh === null) {
    return { count: cells.length, cells, numbers: numbers.map(({ data }) => asFloats(data)) };
  }
  const lists = listsFor(cells, rankMesh.cellRanks, comm.size);
  const own = lists[comm.rank];
  const away = lists.map((list, rank) => (rank === comm.rank ? none : list));
  const allIds = joined(
    take(ids, 1, own, BigInt64Array),
    comm.alltoallv(away.map((list) => take(ids, 1, list, BigInt64Array))),
  );
  const order = byId(allIds, own.length);
  const ordered = <T extends Float64Array | Int32Array>(
    data: ArrayLike<number>,
    width: number,
    like: new (length: number) => T,
  ): T => {
    const arrived = comm.alltoallv(away.map((list) => take(data, width, list, like)));
    const all = joined(take(data, width, own, like), arrived);
    return order === null ? all : take(all, width, order, like);
  };
  const { locals } = rankMesh.cells;
  const here = ordered(cells, 1, Int32Array);
  for (let i = 0; i < here.length; i++) here[i] = locals[here[i]];
  return {
    count: here.length,
    cells: here,
    numbers: numbers.map(({ data, width }) => ordered(data, width, Float64Array)),
  };
}

const none = new Int32Array(0);

function asFloats(data: ArrayLike<number>): Float64Array {
  return data instanceof Float64Array ? data : Float64Array.from(data);
}

/** Row numbers, ascending, by the rank that needs them. */
function listsFor(
  cells: Int32Array,
  { starts, ranks }: { readonly starts: Int32Array; readonly ranks: Int32Array },
  size: number,
): Int32Array[] {
  const counts = new Int32Array(size);
  for (let i = 0; i < cells.length; i++) {
    const c = cells[i];
    if (c >= 0) { for (let k = starts[c]; k < starts[c + 1]; k++) counts[ranks[k]]++; }
  }
  const lists = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  for (let i = 0; i < cells.length; i++) {
    const c = cells[i];
    if (c < 0) continue;
    for (let k = starts[c]; k < starts[c + 1]; k++) lists[ranks[k]][counts[ranks[k]]++] = i;
  }
  return lists;
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

/** The rows of this rank, then those of the others by rank. */
function joined<T extends Float64Array | Int32Array | BigInt64Array>(
  own: T,
  arrived: readonly T[],
): T {
  const length = arrived.reduce((sum, part) => sum + part.length, own.length);
  const out = new (own.constructor as new (length: number) => T)(length);
  out.set(own as never);
  let at = own.length;
  for (const part of arrived) {
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
