/**
 * Merges the captures of several ranks into what one rank would have captured: every item once, by
 * global id. Only the entries that meshes and swarms write are needed.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";
import {
  dofIdsPath,
  isPartitionPath,
  meshPaths,
  meshSection,
  storedField,
  storedPartition,
} from "../mesh/stored.ts";
import { assembled, ownedRows, picked, withoutOwned } from "../snapshot/assemble.ts";
import { memberPlaceOf, type RankEntries, type SnapshotEntry } from "../snapshot/contract.ts";
import { unfit } from "../snapshot/rank_entries.ts";
import { type Rows, rowsById } from "../snapshot/rows_by_id.ts";
import { recounted, storedSwarm, swarmPaths, swarmSection } from "../swarm/stored.ts";

/** Entries that are merged when they are requested. */
export class MergedRanks {
  readonly #captures: readonly RankEntries[];
  readonly #keys: readonly string[];
  /** The order of the particles of each swarm. */
  readonly #particles = new Map<string, Rows>();

  /**
   * @param captures the capture of each rank, by rank.
   * @param keys the keys of the first capture.
   */
  constructor(captures: readonly RankEntries[], keys: Iterable<string>) {
    this.#captures = captures;
    this.#keys = Array.from(keys).filter((key) => !isPartition(key));
  }

  /** All keys, in the order of capture. */
  keys(): readonly string[] {
    return this.#keys;
  }

  /**
   * The entry under `key`, in new memory if the entries of the ranks differ.
   *
   * @throws {SnapshotInvalidatedError} when the entries of the ranks do not belong together.
   */
  get(key: string): SnapshotEntry | undefined {
    if (isPartition(key)) return undefined;
    const first = this.#captures[0].get(key), place = memberPlaceOf(key);
    if (first === undefined || place === null) return first;
    const { section, root, path } = place;
    if (section === meshSection) return this.#ofMesh(root, path, first);
    if (section === swarmSection) return this.#ofSwarm(root, key, first);
    return first;
  }

  #ofMesh(mesh: string, path: string, first: SnapshotEntry): SnapshotEntry {
    const { coordinates, variables, cells, regions, boundaries, nodeIds, cellIds } = meshPaths;
    const whole = storedPartition(this.#at(0, `${mesh}/${meshPaths.partition}`));
    const key = `${mesh}/${path}`;
    if (path === coordinates) return this.#rows(key, `${mesh}/${nodeIds}`, whole.globalNodes);
    if (path === meshPaths.middles) {
      const ids = `${mesh}/${meshPaths.edgeIds}`;
      return this.#rows(key, ids, this.#ownedCount(ids));
    }
    if (path.startsWith(`${variables}/`)) return this.#field(mesh, key);
    if (first.data === null) return first;
    if (path.startsWith(`${regions}/`)) return this.#region(mesh, key);
    if (path.startsWith(`${boundaries}/`)) {
      return this.#boundary(mesh, key, path.slice(boundaries.length + 1));
    }
    const { labels, levels } = meshPaths;
    if (path === labels || path === levels) {
      return this.#rows(key, `${mesh}/${cellIds}`, whole.globalCells);
    }
    if (path !== cells) return first;
    const nodes = (rank: number) => this.#globalNodes(rank, mesh, key);
    return this.#rows(key, `${mesh}/${cellIds}`, whole.globalCells, nodes);
  }

  /**
   * A field is zero on ranks where it is not set; if no rank has set it, the first rank's entry is
   * used.
   */
  #field(mesh: string, key: string): SnapshotEntry {
    const entries = this.#captures.map((_, rank) => this.#at(rank, key));
    const filled = entries.find(({ data }) => data !== null);
    if (filled === undefined) return entries[0];
    const { degree, continuous } = storedField(filled);
    const ids = `${mesh}/${dofIdsPath(degree, continuous)}`;
    return this.#rows(key, ids, this.#ownedCount(ids));
  }

  /** How many rows all ranks own together. */
  #ownedCount(ids: string): number {
    return this.#captures.reduce(
      (sum, _, rank) => sum + (ownedRows(this.#at(rank, ids)) ?? NaN),
      0,
    );
  }

  /** Collects the rows of the owners by global id. */
  #rows(
    key: string,
    ids: string,
    count: number,
    dataOf = (rank: number): TypedArray | null => this.#at(rank, key).data,
  ): SnapshotEntry {
    const entries = this.#captures.map((_, rank) => this.#at(rank, key));
    const like = entries.find(({ data }) => data !== null) ?? entries[0];
    const extents = like.shape.slice(1), width = extents.reduce((a, b) => a * b, 1);
    const data = assembled(
      this.#captures,
      entries,
      entries.map((_, r) => dataOf(r)),
      ids,
      count,
      width,
    );
    if (data === null) throw unfit(`"${key}" does not hold each of ${count} rows exactly once`);
    return { ...like, data, shape: [count, ...extents], attributes: withoutOwned(like.attributes) };
  }

  /** Node numbers in the numbering of the whole mesh. */
  #globalNodes(rank: number, mesh: string, key: string): Int32Array {
    const nodes = this.#at(rank, `${mesh}/${meshPaths.nodeIds}`).data as Int32Array;
    return (this.#at(rank, key).data as Int32Array).map((node) => nodes[node]);
  }

  /** The facets of a boundary; facets that several ranks have are taken once. */
  #boundary(mesh: string, key: string, step: string): SnapshotEntry {
    const path = `${mesh}/${meshPaths.boundaryRows}/${step}`;
    const rows = this.#captures.map((_, rank) => this.#at(rank, path).data as Int32Array);
    const count = rows.reduce((most, own) => Math.max(most, (own.at(-1) ?? -1) + 1), 0);
    const first = this.#at(0, key), [, width] = first.shape;
    const data = new Int32Array(count * width), seen = new Uint8Array(count);
    rows.forEach((own, rank) => {
      const nodes = this.#globalNodes(rank, mesh, key);
      own.forEach((row, i) => {
        seen[row] = 1;
        data.set(nodes.subarray(i * width, (i + 1) * width), row * width);
      });
    });
    if (seen.includes(0)) throw unfit(`"${key}" lacks some of its ${count} facets`);
    return { ...first, data, shape: [count, width] };
  }

  /** The cells of a region, in ascending order. */
  #region(mesh: string, key: string): SnapshotEntry {
    const all = this.#captures.flatMap((_, rank) => {
      const cells = this.#at(rank, `${mesh}/${meshPaths.cellIds}`), owned = ownedRows(cells) ?? 0;
      const own = this.#at(rank, key).data as Int32Array;
      return Array.from(own.filter((cell) => cell < owned), (cell) => Number(cells.data![cell]));
    });
    const data = Int32Array.from(all).sort();
    return { ...this.#at(0, key), data, shape: [data.length] };
  }

  #ofSwarm(swarm: string, key: string, first: SnapshotEntry): SnapshotEntry {
    const entries = this.#captures.map((_, rank) => this.#at(rank, key));
    if (key === swarm) {
      const sumOf = (field: "count" | "lost") =>
        entries.reduce((sum, entry) => sum + Number(storedSwarm(entry)[field]), 0);
      const attributes = recounted(first, { count: sumOf("count"), lost: sumOf("lost") });
      return { ...first, attributes };
    }
    if (first.data === null) return first;
    const order = this.#orderOf(swarm), extents = first.shape.slice(1);
    const data = picked(entries.map(({ data }) => data!), order, extents);
    return { ...first, data, shape: [order.rows.length, ...extents] };
  }

  /** The particles in ascending order of id. */
  #orderOf(swarm: string): Rows {
    const known = this.#particles.get(swarm);
    if (known !== undefined) return known;
    const ids = this.#captures.map((_, rank) =>
      this.#at(rank, `${swarm}/${swarmPaths.ids}`).data as BigInt64Array
    );
    const rows = rowsById(ids, (id) => unfit(`particle ${id} of "${swarm}" is on two ranks`));
    this.#particles.set(swarm, rows);
    return rows;
  }

  #at(rank: number, key: string): SnapshotEntry {
    const entry = this.#captures[rank].get(key);
    if (entry === undefined) throw unfit(`there is no "${key}" on rank ${rank}`);
    return entry;
  }
}

/** Entries that describe the partition are not needed on one rank. */
function isPartition(key: string): boolean {
  const place = memberPlaceOf(key);
  return place?.section === meshSection && isPartitionPath(place.path);
}
