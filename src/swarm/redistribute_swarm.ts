/**
 * Particles captured on some number of ranks, as this rank of another number would have captured them. Each rank reads
 * some of them, finds the cells that they are in, and sends them to the owners of these.
 *
 * @module
 */
import { freeMemory, kindOf, numbersOf, type TypedArray, viewOf, wordsOf } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { comingPlacesIn, type Mesh } from "../mesh/mesh.ts";
import { picked, wordsPerRow } from "../snapshot/assemble.ts";
import type { CapturedParts } from "../snapshot/captured_parts.ts";
import type { CaptureSink } from "../snapshot/contract.ts";
import { entryOf, refusal } from "../snapshot/rank_entries.ts";
import { listsByRank } from "../comm/lists_by_rank.ts";
import { rowsByReceiver } from "../snapshot/row_routes.ts";
import { type Rows, rowsById } from "../snapshot/rows_by_id.ts";
import { impossible, particleProblems } from "./particle_problems.ts";
import { recounted, storedSwarm, swarmPaths, swarmVariablePath } from "./stored.ts";

/**
 * Writes what `Swarm.capture` would have written here: particles in cells of this rank, by id. Collective.
 *
 * @throws {SnapshotInvalidatedError} when particles cannot be, or were captured twice.
 */
export function redistributeSwarm(
  mesh: Mesh,
  parts: CapturedParts,
  key: string,
  sink: CaptureSink,
): void {
  const roots = parts.heads.map((part) => entryOf(part, key)), { comm } = parts;
  const journey = journeyOf(mesh, parts, key), count = journey.ids.length;
  const lost = roots.reduce((sum, root) => sum + Number(storedSwarm(root).lost), 0);
  // Counts of lost particles add up to the same; the first rank keeps them.
  sink.group("", recounted(roots[0], { count, lost: comm.rank === 0 ? lost : 0 }));
  const write = (path: string, data: TypedArray | null = null): void => {
    const { shape, attributes } = entryOf(parts.heads[0], `${key}/${path}`);
    const extents = shape.slice(1);
    const own = data ?? journey.rows(parts.rows(`${key}/${path}`, journey.countOf), extents);
    sink.frozen(path, own, [count, ...extents], attributes);
  };
  write(swarmPaths.coordinates, journey.coordinates);
  write(swarmPaths.ids, journey.ids);
  const names = entryOf(parts.heads[0], `${key}/${swarmPaths.variables}`).keys ?? [];
  sink.group(swarmPaths.variables, {}, names);
  for (const name of names) write(swarmVariablePath(name));
  journey.free();
}

/** How the particles that ranks have read come to those that own their cells. */
interface Journey {
  /** The particles that are here then, ascending, `[count]`. */
  readonly ids: BigInt64Array;
  /** Where they are, `[count x dim]`. */
  readonly coordinates: TypedArray;
  /** How many particles each part has. */
  countOf(part: number): number;
  /** Their rows, from those that each rank has read. Collective. */
  rows(read: TypedArray, extents: readonly number[]): TypedArray;
  /** Gives its memory back; no rows can be brought any more. */
  free(): void;
}

function journeyOf(mesh: Mesh, parts: CapturedParts, key: string): Journey {
  const { comm } = parts, at = (path: string) => `${key}/${path}`;
  const heads = parts.heads.map((part) => entryOf(part, at(swarmPaths.ids)));
  const countOf = (part: number) => heads[part].shape[0] ?? 0;
  requireColumns(mesh, parts, key, countOf);
  const ids = parts.rows(at(swarmPaths.ids), countOf).slice() as BigInt64Array;
  const points = parts.rows(at(swarmPaths.coordinates), countOf) as Float64Array;
  allOrNone(comm, () => {
    const { nextId } = storedSwarm(entryOf(parts.heads[0], key));
    const problems = particleProblems(key.slice(key.indexOf("/") + 1), nextId, ids, points);
    if (problems.length > 0) throw impossible(problems);
  });
  const ranks = ranksOf(comm, mesh, points);
  requireOnce(comm, ids);
  const lists = listsByRank(ids.length, comm.size, (i) => ranks[i]);
  const arrived = sent(comm, ids, 1, lists) as BigInt64Array[];
  const order = rowsById(arrived, twice), own = picked(arrived, order, []) as BigInt64Array;
  freeMemory([ids, ranks, ...arrived]);
  return {
    ids: own,
    // Before anything else is read, which takes the same memory.
    coordinates: rowsIn(comm, points, [mesh.dim], lists, order),
    countOf,
    rows: (read, extents) => rowsIn(comm, read, extents, lists, order),
    free: () => freeMemory([...lists, order.ranks, order.rows]),
  };
}

/** Particles have as many coordinates as ids, of the types that these have to have. */
function requireColumns(
  { dim }: Mesh,
  { heads }: CapturedParts,
  key: string,
  countOf: (part: number) => number,
): void {
  heads.forEach((part, p) => {
    const ids = entryOf(part, `${key}/${swarmPaths.ids}`);
    const { elements, shape } = entryOf(part, `${key}/${swarmPaths.coordinates}`);
    const found = shape.reduce((a, b) => a * b, 1);
    if (found !== countOf(p) * dim) {
      throw refusal(`"${key}" has ${found} coordinates for ${countOf(p)} particles`);
    }
    if (ids.elements !== "int64" || elements !== "float64") {
      throw refusal(`"${key}" has ids of ${ids.elements} and coordinates of ${elements}`);
    }
  });
}

/** Points that are looked for at once: what is found takes more memory than they do. */
const BLOCK = 1 << 16;

/** The ranks that own the cells in which points are, in the geometry that was captured. Collective. */
function ranksOf(comm: Comm, mesh: Mesh, points: Float64Array): Int32Array {
  const places = comingPlacesIn(mesh), { dim } = mesh, count = points.length / dim;
  const ranks = new Int32Array(count);
  const rounds = comm.allreduce(Math.ceil(count / BLOCK), "max");
  for (let round = 0; round < rounds; round++) {
    const first = Math.min(round * BLOCK, count), last = Math.min(first + BLOCK, count);
    const some = points.slice(first * dim, last * dim), found = places.find(some);
    // What was written outside of the domain and not dealt with yet waits on the first rank.
    for (let i = first; i < last; i++) ranks[i] = Math.max(found.ranks[i - first], 0);
    freeMemory([some, found.cells, found.ranks, found.locals, found.barycentric]);
  }
  return ranks;
}

/** Requires that no particle was captured twice, on whichever ranks. Collective. */
function requireOnce(comm: Comm, ids: BigInt64Array): void {
  const idOf = numbersOf(ids);
  const lists = listsByRank(ids.length, comm.size, (i) => idOf(i) % comm.size);
  const arrived = sent(comm, ids, 1, lists) as BigInt64Array[];
  freeMemory(lists);
  const keys = new Float64Array(arrived.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const some of arrived) {
    const keyOf = numbersOf(some);
    for (let i = 0; i < some.length; i++) keys[at++] = keyOf(i);
  }
  freeMemory(arrived);
  keys.sort();
  const found = keys.findIndex((id, i) => i > 0 && id === keys[i - 1]);
  const least = comm.allreduce(found < 0 ? Infinity : keys[found], "min");
  freeMemory([keys]);
  if (least < Infinity) throw twice(BigInt(least));
}

function twice(id: bigint): Error {
  return refusal(`particle ${id} was captured on two ranks`);
}

/** The rows that arrive, in their new order. */
function rowsIn(
  comm: Comm,
  read: TypedArray,
  extents: readonly number[],
  lists: readonly Int32Array[],
  order: Rows,
): TypedArray {
  const width = extents.reduce((a, b) => a * b, 1);
  const arrived = sent(comm, read, width, lists), rows = picked(arrived, order, extents);
  freeMemory(arrived);
  return rows;
}

/** Sends rows to the ranks of their lists; what arrives, by sender. Collective. */
function sent(
  comm: Comm,
  data: TypedArray,
  width: number,
  lists: readonly Int32Array[],
): TypedArray[] {
  const outgoing = rowsByReceiver(wordsOf(data), wordsPerRow(data, width), lists);
  const arrived = comm.alltoallv(outgoing), kind = kindOf(data);
  freeMemory(outgoing);
  return arrived.map((words) =>
    viewOf(kind, words.buffer, words.byteLength / data.BYTES_PER_ELEMENT, words.byteOffset)
  );
}
