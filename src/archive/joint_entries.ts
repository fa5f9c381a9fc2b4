/**
 * The captures of several ranks as what one rank would have captured, with numbers that come in blocks: every item once,
 * by global id. Merged captures, which one rank has in memory, are in `merge_ranks.ts`.
 *
 * @module
 */
import { kindOf, type TypedArray } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import {
  dofIdsPath,
  isPartitionPath,
  meshPaths,
  meshSection,
  storedField,
  storedPartition,
} from "../mesh/stored.ts";
import { ownedRows, pickedRows, withoutOwned } from "../snapshot/assemble.ts";
import { memberPlaceOf, type SnapshotEntry } from "../snapshot/contract.ts";
import type { JointRows, OwnRows } from "../snapshot/joint_rows.ts";
import type { BlockEntry } from "../snapshot/numbers_in_blocks.ts";
import { OwnIds } from "../snapshot/own_ids.ts";
import { placesInOrder } from "../snapshot/places_in_order.ts";
import { unfit } from "../snapshot/rank_entries.ts";
import { recounted, storedSwarm, swarmPaths, swarmSection } from "../swarm/stored.ts";
import { checksumOf } from "../xxh64.ts";

/** An entry of the whole. */
export type JointEntry = SnapshotEntry | BlockEntry;

/**
 * The entries of all ranks together, in the order of capture. Collective.
 *
 * @param own What this rank has captured; its arrays must not change as long as blocks are asked for.
 * @param rows Brings the blocks.
 * @throws {SnapshotInvalidatedError} when the captures do not belong together, on every rank.
 */
export function jointEntries(
  comm: Comm,
  own: ReadonlyMap<string, SnapshotEntry>,
  rows: JointRows,
): Map<string, JointEntry> {
  requireSameHeads(comm, own);
  const joint = new Joint(comm, own, rows), all = new Map<string, JointEntry>();
  for (const [key, entry] of own) {
    const place = memberPlaceOf(key);
    if (place?.section === meshSection) {
      if (!isPartitionPath(place.path)) all.set(key, joint.ofMesh(place.root, place.path, entry));
    } else if (place?.section === swarmSection) all.set(key, joint.ofSwarm(place.root, key, entry));
    else all.set(key, entry);
  }
  return all;
}

/** Requires that all ranks have the same entries, with rows of the same kind. Collective. */
function requireSameHeads(comm: Comm, own: ReadonlyMap<string, SnapshotEntry>): void {
  const heads = [...own].map(([key, { data, shape }]) =>
    `${key} ${data && kindOf(data)} ${shape.slice(1)}`
  );
  const texts = comm.allgather(checksumOf(heads.join("\n")));
  if (texts.every((text) => text === texts[0])) return;
  const all = comm.allgather(heads);
  for (const head of new Set(all.flat())) {
    const without = all.findIndex((other) => !other.includes(head));
    if (without < 0) continue;
    throw unfit(`rank ${without} does not have "${head.slice(0, head.indexOf(" "))}" as others do`);
  }
  throw unfit("the ranks have captured in different orders");
}

class Joint {
  readonly #comm: Comm;
  readonly #own: ReadonlyMap<string, SnapshotEntry>;
  readonly #rows: JointRows;
  /** By what has them: the key of their ids, or a swarm. */
  readonly #ids = new Map<string, OwnIds>();

  constructor(comm: Comm, own: ReadonlyMap<string, SnapshotEntry>, rows: JointRows) {
    this.#comm = comm;
    this.#own = own;
    this.#rows = rows;
  }

  ofMesh(mesh: string, path: string, entry: SnapshotEntry): JointEntry {
    if (entry.data === null) return entry;
    const { coordinates, middles, cells, labels, levels, regions, boundaries } = meshPaths;
    const part = storedPartition(this.#own.get(`${mesh}/${meshPaths.partition}`));
    const key = `${mesh}/${path}`, step = path.slice(path.lastIndexOf("/") + 1);
    const cellIds = () => this.#idsAt(`${mesh}/${meshPaths.cellIds}`, part.globalCells);
    switch (path) {
      case coordinates: {
        const ids = this.#idsAt(`${mesh}/${meshPaths.nodeIds}`, part.globalNodes);
        return this.#joined(key, entry, ids);
      }
      case middles:
        return this.#joined(key, entry, this.#idsAt(`${mesh}/${meshPaths.edgeIds}`));
      case cells:
        return this.#joined(key, entry, cellIds(), { data: this.#globalNodes(mesh, entry.data) });
      case labels:
      case levels:
        return this.#joined(key, entry, cellIds());
    }
    if (path.startsWith(`${meshPaths.variables}/`)) {
      const { degree, continuous } = storedField(entry);
      return this.#joined(key, entry, this.#idsAt(`${mesh}/${dofIdsPath(degree, continuous)}`));
    }
    if (path.startsWith(`${regions}/`)) return this.#region(mesh, key, entry);
    return path.startsWith(`${boundaries}/`) ? this.#boundary(mesh, key, step, entry) : entry;
  }

  ofSwarm(swarm: string, key: string, entry: SnapshotEntry): JointEntry {
    if (key === swarm) {
      const sumOf = (field: "count" | "lost") =>
        this.#comm.allreduce(Number(storedSwarm(entry)[field]));
      const attributes = recounted(entry, { count: sumOf("count"), lost: sumOf("lost") });
      return { ...entry, attributes };
    }
    if (entry.data === null) return entry;
    let ids = this.#ids.get(swarm);
    if (ids === undefined) {
      const own = this.#own.get(`${swarm}/${swarmPaths.ids}`)!.data as BigInt64Array;
      const twice = (id: bigint) => unfit(`particle ${id} of "${swarm}" is on two ranks`);
      this.#ids.set(swarm, ids = this.#ordered(own, twice));
    }
    return this.#joined(key, entry, ids);
  }

  /** Things that are counted in the order of their ids. */
  #ordered(ids: BigInt64Array, twice: (id: bigint) => Error): OwnIds {
    const places = placesInOrder(this.#comm, ids, twice);
    return new OwnIds(places, this.#comm.allreduce(places.length));
  }

  /** The owned things with global ids under a key; of all ranks there are as many as they own together unless given. */
  #idsAt(key: string, count?: number): OwnIds {
    let found = this.#ids.get(key);
    if (found !== undefined) return found;
    const entry = this.#own.get(key), all = entry?.data as Int32Array | undefined;
    if (all === undefined) throw unfit(`there is no "${key}"`);
    const own = all.subarray(0, ownedRows(entry) ?? all.length);
    found = new OwnIds(own, count ?? this.#comm.allreduce(own.length));
    this.#ids.set(key, found);
    return found;
  }

  /** An array with a row for each of these things, which come first here. */
  #joined(
    key: string,
    entry: SnapshotEntry,
    ids: OwnIds,
    { data = entry.data!, ...more }: { data?: RowsOfNumbers } & Pick<OwnRows, "repeats"> = {},
  ): BlockEntry {
    const extents = entry.shape.slice(1), width = extents.reduce((a, b) => a * b, 1);
    const take = ArrayBuffer.isView(data)
      ? (places: Int32Array) => pickedRows(data, places, width)
      : (places: Int32Array) => data(places, width);
    const kind = kindOf(entry.data!);
    const numbers = this.#rows.add({ name: key, kind, ids, width, take, ...more });
    const attributes = withoutOwned(entry.attributes);
    return { ...entry, data: null, shape: [ids.count, ...extents], attributes, numbers };
  }

  /** Rows of local nodes in the numbering of the whole mesh. */
  #globalNodes(mesh: string, table: TypedArray): RowsOfNumbers {
    const nodes = this.#own.get(`${mesh}/${meshPaths.nodeIds}`)!.data as Int32Array;
    return (places, width) =>
      (pickedRows(table, places, width) as Int32Array).map((node) => nodes[node]);
  }

  /** The facets of a boundary; those that several ranks have are written once. */
  #boundary(mesh: string, key: string, step: string, entry: SnapshotEntry): BlockEntry {
    const { data } = this.#own.get(`${mesh}/${meshPaths.boundaryRows}/${step}`)!;
    const rows = data as Int32Array;
    const count = this.#comm.allreduce(
      rows.reduce((most, row) => Math.max(most, row + 1), 0),
      "max",
    );
    const nodes = this.#globalNodes(mesh, entry.data!);
    return this.#joined(key, entry, new OwnIds(rows, count), { data: nodes, repeats: true });
  }

  /** The cells of a region, in ascending order. */
  #region(mesh: string, key: string, entry: SnapshotEntry): BlockEntry {
    const cells = this.#own.get(`${mesh}/${meshPaths.cellIds}`)!, owned = ownedRows(cells) ?? 0;
    const local = entry.data as Int32Array, ids = cells.data as Int32Array;
    const own = local.filter((cell) => cell < owned).map((cell) => ids[cell]);
    const places = this.#ordered(
      BigInt64Array.from(own, BigInt),
      (id) => unfit(`cell ${id} of "${key}" is on two ranks`),
    );
    return this.#joined(key, entry, places, { data: own });
  }
}

/** An array, or what makes rows of one. */
type RowsOfNumbers = TypedArray | ((places: Int32Array, width: number) => TypedArray);
