import type { TypedArray } from "../arrays.ts";
import type { Comm, JsonValue } from "../comm/comm.ts";
import { requireSame } from "../comm/collective_errors.ts";
import type { Attributes, Entry, EntryKind, Scalar } from "../snapshot/contract.ts";

/** An entry without its numbers, as JSON. */
type Head = {
  readonly key: string;
  readonly kind: EntryKind;
  readonly shape: number[];
  readonly attributes: { [name: string]: JsonValue };
  readonly keys: string[] | null;
  readonly className: string | null;
  /** Whether numbers follow. */
  readonly data: boolean;
};

/**
 * Brings the entries of all ranks to the first. Collective.
 *
 * @returns on the first rank the entries of each rank, its own as they are; null on the others.
 */
export function gatherParts(
  comm: Comm,
  entries: ReadonlyMap<string, Entry>,
): ReadonlyMap<string, Entry>[] | null {
  if (comm.rank === 0) {
    const others = Array.from({ length: comm.size - 1 }, (_, r) => received(comm, r + 1));
    return [entries, ...others];
  }
  comm.send([...entries].map(([key, entry]) => headOf(key, entry)), 0);
  for (const { data } of entries.values()) if (data !== null) comm.send(data, 0);
  return null;
}

/**
 * Brings some entries of every rank to all ranks, which have the same keys. Collective.
 *
 * @returns the entries of each rank, by rank.
 * @throws {RangeError} when ranks have other keys.
 */
export function exchangeParts(
  comm: Comm,
  entries: ReadonlyMap<string, Entry>,
): ReadonlyMap<string, Entry>[] {
  requireSame(comm, "parts of a snapshot", [...entries.keys()].join("\n"));
  const parts = Array.from({ length: comm.size }, () => new Map<string, Entry>());
  for (const [key, entry] of entries) {
    const heads = comm.allgather(headOf(key, entry) as unknown as JsonValue);
    const data = entry.data === null ? null : comm.allgather(entry.data);
    heads.forEach((head, rank) => {
      parts[rank].set(key, entryFrom(head as unknown as Head, data === null ? null : data[rank]));
    });
  }
  return parts;
}

function headOf(key: string, { kind, data, shape, attributes, keys, className }: Entry): Head {
  return {
    key,
    kind,
    shape: [...shape],
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, told(value)]),
    ),
    keys: keys === undefined ? null : [...keys],
    className: className ?? null,
    data: data !== null,
  };
}

function received(comm: Comm, rank: number): Map<string, Entry> {
  const heads = comm.recv<JsonValue>(rank) as unknown as Head[];
  return new Map(heads.map((head) => {
    return [head.key, entryFrom(head, head.data ? comm.recv<TypedArray>(rank) : null)];
  }));
}

function entryFrom(
  { key: _, keys, className, data: __, attributes, ...rest }: Head,
  data: TypedArray | null,
): Entry {
  const heard = Object.entries(attributes).map(([name, value]) => [name, scalarOf(value)]);
  return {
    ...rest,
    data,
    attributes: Object.fromEntries(heard) as Attributes,
    ...(keys !== null && { keys }),
    ...(className !== null && { className }),
  };
}

/** JSON has no bigint: its digits in a list. */
function told(value: Scalar): JsonValue {
  return typeof value === "bigint" ? [String(value)] : value;
}

function scalarOf(value: JsonValue): Scalar {
  return Array.isArray(value) ? BigInt(String(value[0])) : value as Scalar;
}
