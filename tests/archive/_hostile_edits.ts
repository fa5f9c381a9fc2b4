/**
 * Changes of one entry of a snapshot each, as somebody makes them who can also compute the checksums: what is there is
 * removed, renamed, exchanged, of another type, of other extents, or says something else.
 *
 * @module
 */
import { allocate, type ArrayKind, kindOf, type TypedArray } from "../../src/arrays.ts";
import type { SnapshotEntry, SnapshotScalar } from "../../src/snapshot/contract.ts";
import type { Entries } from "./_entries.ts";

/** One change, by what it does; `apply` returns other entries and leaves those it is given as they are. */
export interface HostileEdit {
  readonly what: string;
  apply(entries: Entries): Entries;
}

/** What stands in place of one entry. */
type Change = (entry: SnapshotEntry) => SnapshotEntry;

const deep = `${"[".repeat(3000)}${"]".repeat(3000)}`;

/** What attributes are changed to. */
const scalars: readonly SnapshotScalar[] = [
  null,
  true,
  "",
  "x",
  "constructor",
  "__proto__",
  NaN,
  -1,
  0,
  0.5,
  1e308,
  2 ** 53,
  -1n,
  2n ** 70n,
  "[]",
  "{}",
  "[null]",
  '{"__proto__":{"length":5},"constructor":3}',
  deep,
];

/** All changes of some entries. */
export function* editsOf(entries: Entries): Generator<HostileEdit> {
  for (const [key, entry] of entries) {
    yield* wholeEdits(key, entries);
    yield* changesOf(key, dataChanges(entry));
    yield* changesOf(key, keyChanges(entry));
    yield* changesOf(key, attributeChanges(entry));
  }
}

function* changesOf(key: string, changes: Iterable<readonly [string, Change]>) {
  for (const [what, change] of changes) {
    yield {
      what: `${key}: ${what}`,
      apply: (entries: Entries) => new Map(entries).set(key, change(entries.get(key)!)),
    };
  }
}

/** What happens to the entry as a whole. */
function* wholeEdits(key: string, entries: Entries): Generator<HostileEdit> {
  yield {
    what: `${key}: removed`,
    apply: (all) => {
      const left = new Map(all);
      left.delete(key);
      return left;
    },
  };
  yield {
    what: `${key}: renamed`,
    apply: (all) => new Map(Array.from(all, ([at, entry]) => [at === key ? `${key}_` : at, entry])),
  };
  const keys = [...entries.keys()], other = keys[(keys.indexOf(key) + 1) % keys.length];
  yield {
    what: `${key}: exchanged with ${other}`,
    apply: (all) => new Map(all).set(key, all.get(other)!).set(other, all.get(key)!),
  };
}

/** Other numbers, types and extents, and another kind of entry. */
function* dataChanges(entry: SnapshotEntry): Generator<readonly [string, Change]> {
  for (const kind of ["group", "record", "list", "texts", "date", "expression"] as const) {
    const keys = kind === "record" || kind === "list" ? [] : undefined;
    const attributes = {
      json: "[]",
      iso: "2020-01-01T00:00:00.000Z",
      text: "1",
      ...entry.attributes,
    };
    if (kind === entry.kind) continue;
    yield [`a ${kind}`, () => ({ kind, data: null, shape: [], attributes, keys })];
  }
  yield [
    "an alias of itself",
    () => ({ ...entry, kind: "alias", data: null, shape: [], attributes: { of: "" } }),
  ];
  const { data, shape } = entry;
  if (data === null) {
    yield ["numbers", () => ({ ...entry, kind: "array", data: Float64Array.of(1, 2), shape: [2] })];
    return;
  }
  const [rows = 1, ...rest] = shape, width = rest.reduce((a, b) => a * b, 1);
  const withData = (like: TypedArray, extents: readonly number[]): Change => (now) => ({
    ...now,
    data: resized(now.data!, kindOf(like), extents.reduce((a, b) => a * b, 1)),
    shape: extents,
  });
  for (const kind of ["float32", "float64", "int32", "uint8", "int64", "uint8clamped"] as const) {
    if (kind !== kindOf(data)) yield [`of ${kind}`, withData(allocate(kind, 0), shape)];
  }
  yield ["of no rows", withData(data, [0, ...rest])];
  yield ["of one row more", withData(data, [rows + 1, ...rest])];
  if (rows > 1) yield ["of one row less", withData(data, [rows - 1, ...rest])];
  yield ["a scalar", withData(data, [])];
  yield ["flat", withData(data, [rows * width])];
  yield ["the other way round", withData(data, [...shape].reverse())];
  yield ["wider", withData(data, [rows, width + 1])];
  yield ["of many axes", withData(data, [1, 1, 1, ...shape])];
  for (const value of valuesFor(data)) {
    for (const at of new Set([0, data.length >> 1, data.length - 1])) {
      if (at >= 0) {
        yield [`${value} at ${at}`, (now) => ({ ...now, data: withNumber(now.data!, at, value) })];
      }
    }
    yield [`all ${value}`, (now) => ({ ...now, data: filled(now.data!, value) })];
  }
  yield ["reversed", (now) => ({ ...now, data: now.data!.slice().reverse() })];
  yield ["two equal", (now) => ({ ...now, data: withNumber(now.data!, 0, Number(now.data![1])) })];
}

function valuesFor(data: TypedArray): readonly number[] {
  const isReal = data instanceof Float64Array || data instanceof Float32Array;
  return isReal ? [NaN, Infinity, -1e300, 0, 0.5] : [-1, 0, 1, 2 ** 31 - 1, 1000];
}

function resized(data: TypedArray, kind: ArrayKind, length: number): TypedArray {
  const out = allocate(kind, length);
  for (let i = 0; i < Math.min(length, data.length); i++) put(out, i, Number(data[i]));
  return out;
}

function withNumber(data: TypedArray, at: number, value: number): TypedArray {
  const out = data.slice();
  if (at < out.length) put(out, at, value);
  return out;
}

function filled(data: TypedArray, value: number): TypedArray {
  const out = data.slice();
  for (let i = 0; i < out.length; i++) put(out, i, value);
  return out;
}

function put(out: TypedArray, at: number, value: number): void {
  if (out instanceof BigInt64Array || out instanceof BigUint64Array) {
    out[at] = Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
  } else out[at] = value;
}

/** Other lists of keys, and another class. */
function* keyChanges({ keys, className }: SnapshotEntry): Generator<readonly [string, Change]> {
  if (className !== undefined) {
    for (const name of ["", "Tracker", "constructor"]) {
      yield [`of class "${name}"`, (entry) => ({ ...entry, className: name })];
    }
    yield ["of no class", (entry) => ({ ...entry, className: undefined })];
  }
  if (keys === undefined) return;
  const lists: Record<string, readonly string[] | undefined> = {
    "no keys": [],
    "no list of keys": undefined,
    "a key that is not there": [...keys, "ghost"],
    "a key that is reserved": [...keys, "__proto__"],
    "keys the other way round": [...keys].reverse(),
  };
  for (const [what, list] of Object.entries(lists)) {
    yield [what, (entry) => ({ ...entry, keys: list })];
  }
  for (const key of keys) {
    yield [`no key ${key}`, (entry) => ({ ...entry, keys: keys.filter((name) => name !== key) })];
    yield [`${key} is renamed`, (entry) => ({
      ...entry,
      keys: keys.map((name) => name === key ? "renamed" : name),
      attributes: Object.fromEntries(
        Object.entries(entry.attributes).map((
          [name, value],
        ) => [name === key ? "renamed" : name, value]),
      ),
    })];
  }
}

/** Attributes that are missing, or say something else. */
function* attributeChanges(
  { attributes }: SnapshotEntry,
): Generator<readonly [string, Change]> {
  for (const [name, value] of Object.entries(attributes)) {
    const { [name]: _, ...rest } = attributes;
    yield [`no ${name}`, (entry) => ({ ...entry, attributes: rest })];
    const others: SnapshotScalar[] = [...scalars];
    if (typeof value === "number") {
      others.push(value + 1, -value, BigInt(Math.trunc(value) || 0), String(value));
    }
    if (typeof value === "bigint") {
      others.push(value + 1n, -value - 1n, Number(value), String(value));
    }
    if (typeof value === "boolean") others.push(!value, Number(value));
    if (typeof value === "string") others.push(`${value} `, ...alteredJson(value));
    for (const other of others) {
      const shown = typeof other === "string" ? JSON.stringify(other.slice(0, 60)) : String(other);
      yield [`${name} is ${shown}${typeof other === "bigint" ? "n" : ""}`, (entry) => ({
        ...entry,
        attributes: { ...entry.attributes, [name]: other },
      })];
    }
  }
}

/** Texts like the JSON in `text`, each with one value of another kind. */
function alteredJson(text: string): string[] {
  if (!/^[\[{]/.test(text)) return [];
  const value: unknown = JSON.parse(text), out: string[] = [];
  const visit = (node: unknown, rebuild: (other: unknown) => unknown) => {
    for (const other of [null, [], {}, "x", -1, 1e308, true, [[null]]]) {
      out.push(JSON.stringify(rebuild(other)));
    }
    if (typeof node !== "object" || node === null) return;
    for (const [name, inner] of Object.entries(node)) {
      visit(
        inner,
        (other) =>
          rebuild(
            Array.isArray(node)
              ? node.map((item, i) => String(i) === name ? other : item)
              : { ...node, [name]: other },
          ),
      );
    }
  };
  visit(value, (other) => other);
  return out;
}
