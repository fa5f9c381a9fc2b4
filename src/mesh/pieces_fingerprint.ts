/**
 * The fingerprint of a mesh and its division that no rank has as a whole: the first one hashes block after block.
 *
 * @module
 */
import { bytesOf, type TypedArray } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import { newXxh64, updateWith } from "../xxh64.ts";
import { firstFrom } from "./ascending.ts";
import type { MeshPieces } from "./mesh_pieces.ts";

/** How many things of a mesh the first rank has at once. */
const blockSize = 65536;

/**
 * What tells a topology and its division from others, `[2]`: `fingerprintOf` its cells, owners, boundaries, regions and
 * forest, one behind the other. Collective.
 *
 * @param owners Of the cells that this rank gives.
 */
export function fingerprintOfPieces(
  { dim, cellCount, cells, rows, boundaries, regions, forest }: MeshPieces,
  owners: Int32Array,
  comm: Comm,
): Uint32Array {
  const hash = newXxh64(), corners = dim + 1;
  const add = (ids: Int32Array, values: TypedArray, width: number, count: number) =>
    addRows(hash, { ids, values: values as Int32Array, width }, count, comm);
  add(cells, rows, corners, cellCount);
  add(cells, owners, 1, cellCount);
  for (const { rows, nodes } of boundaries.values()) {
    add(rows, nodes, dim, comm.allreduce(rows.length));
  }
  for (const list of regions.values()) addIds(hash, list.map((i) => cells[i]), cellCount, comm);
  if (forest !== null) {
    add(cells, forest.labels, 1, cellCount);
    add(cells, forest.levels, 1, cellCount);
  }
  const digest = hash.digest();
  return comm.bcast(Uint32Array.of(Number(digest >> 32n), Number(digest & 0xffffffffn)));
}

type Hash = ReturnType<typeof newXxh64>;

/** Adds an array `[count x width]`, of which this rank has the rows with these ids. Collective. */
function addRows(
  hash: Hash,
  { ids, values, width }: { ids: Int32Array; values: Int32Array; width: number },
  count: number,
  comm: Comm,
): void {
  const like = values.constructor as new (length: number) => Int32Array;
  addLength(hash, count * width * values.BYTES_PER_ELEMENT);
  for (let first = 0; first < count; first += blockSize) {
    const begin = firstFrom(ids, first), end = firstFrom(ids, first + blockSize, begin);
    const records = new Int32Array((end - begin) * (width + 1));
    for (let i = begin, at = 0; i < end; i++) {
      records[at++] = ids[i] - first;
      for (let k = 0; k < width; k++) records[at++] = values[i * width + k];
    }
    const block = new like(Math.min(blockSize, count - first) * width);
    for (const list of toFirst(records, comm)) {
      for (let at = 0; at < list.length;) {
        const to = list[at++] * width;
        for (let k = 0; k < width; k++) block[to + k] = list[at++];
      }
    }
    if (comm.rank === 0) updateWith(hash, bytesOf(block));
  }
}

/** Adds an ascending list of cells, of which this rank has some. Collective. */
function addIds(hash: Hash, ids: Int32Array, cellCount: number, comm: Comm): void {
  addLength(hash, comm.allreduce(ids.length) * ids.BYTES_PER_ELEMENT);
  for (let first = 0; first < cellCount; first += blockSize) {
    const begin = firstFrom(ids, first), end = firstFrom(ids, first + blockSize, begin);
    const block = toFirst(ids.slice(begin, end), comm).flatMap((list) => [...list]);
    if (comm.rank === 0) updateWith(hash, bytesOf(Int32Array.from(block).sort()));
  }
}

function addLength(hash: Hash, bytes: number): void {
  hash.update(bytesOf(Float64Array.of(bytes)));
}

/** The lists of all ranks on the first one; empty ones elsewhere. Collective. */
function toFirst(list: Int32Array, comm: Comm): Int32Array[] {
  const none = new Int32Array(0);
  return comm.alltoallv(Array.from({ length: comm.size }, (_, rank) => rank === 0 ? list : none));
}
