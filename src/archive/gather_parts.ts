import type { TypedArray } from "../arrays.ts";
import type { Comm, JsonValue } from "../comm/comm.ts";
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
  return new Map(heads.map(({ key, keys, className, data, attributes, ...rest }) => {
    const heard = Object.entries(attributes).map(([name, value]) => [name, scalarOf(value)]);
    const entry: Entry = {
      ...rest,
      data: data ? comm.recv<TypedArray>(rank) : null,
      attributes: Object.fromEntries(heard) as Attributes,
      ...(keys !== null && { keys }),
      ...(className !== null && { className }),
    };
    return [key, entry];
  }));
}

/** JSON has no bigint: its digits in a list. */
function told(value: Scalar): JsonValue {
  return typeof value === "bigint" ? [String(value)] : value;
}

function scalarOf(value: JsonValue): Scalar {
  return Array.isArray(value) ? BigInt(String(value[0])) : value as Scalar;
}
