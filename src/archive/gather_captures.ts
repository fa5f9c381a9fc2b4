/**
 * Brings the captures of the ranks to the first one.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";
import { requireSame } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { fromJson, toJson } from "../comm/plain_json.ts";
import type { SnapshotEntry } from "../snapshot/contract.ts";

/** An entry without its numbers. */
interface Head extends Omit<SnapshotEntry, "data"> {
  readonly key: string;
  /** Whether numbers follow the head. */
  readonly numbers: boolean;
}

/**
 * Brings some entries of every rank to the first one. The keys must be the same on all ranks.
 * Collective.
 *
 * @returns the entries of each rank, by rank; null on all ranks but the first.
 * @throws {RangeError} when the keys differ between ranks.
 */
export function exchangeCaptures(
  comm: Comm,
  entries: ReadonlyMap<string, SnapshotEntry>,
): ReadonlyMap<string, SnapshotEntry>[] | null {
  requireSame(comm, "parts of a snapshot", [...entries.keys()].join("\n"));
  const captures = Array.from({ length: comm.size }, () => new Map<string, SnapshotEntry>());
  for (const [key, entry] of entries) {
    const heads = comm.allgather(toJson(headOf([key, entry])));
    const data = entry.data === null ? null : comm.alltoallv(forFirst(entry.data, comm));
    heads.forEach((head, rank) => {
      captures[rank].set(...entryFrom(fromJson(head) as Head, data === null ? null : data[rank]));
    });
  }
  return comm.rank === 0 ? captures : null;
}

/** Messages to all ranks, of which those to others than the first are empty. */
function forFirst(data: TypedArray, comm: Comm): TypedArray[] {
  const none = data.slice(0, 0);
  return Array.from({ length: comm.size }, (_, rank) => (rank === 0 ? data : none));
}

function headOf([key, { data, ...rest }]: readonly [string, SnapshotEntry]): Head {
  return { key, numbers: data !== null, ...rest };
}

function entryFrom(
  { key, numbers: _, ...rest }: Head,
  data: TypedArray | null,
): [string, SnapshotEntry] {
  return [key, { ...rest, data }];
}
