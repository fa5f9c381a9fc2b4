/** Entries of every kind, comparison to the last bit, and a file layer that fails on order. @module */
import { assertEquals } from "@std/assert";
import { allocate, arrayKinds, bytesOf, kindOf } from "../../src/arrays.ts";
import type {
  EntrySource,
  SnapshotAttributes,
  SnapshotEntry,
  SnapshotScalar,
} from "../../src/snapshot/contract.ts";
import { denoLayer, type FileLayer, type LayerFile } from "../../src/snapshot/file/file_layer.ts";
import { assertSameBytes } from "../_helpers.ts";

/** Entries by key. */
export type Entries = Map<string, SnapshotEntry>;

/** A group. */
export function group(
  attributes: SnapshotAttributes = {},
  keys?: readonly string[],
): SnapshotEntry {
  return { kind: "group", data: null, shape: [], attributes, ...(keys && { keys }) };
}

/** Metadata as a save writes it. */
export const metadata: SnapshotAttributes = {
  created_at: "2026-01-02T03:04:05.678Z",
  toolkit_version: "0.1.0",
  run_name: "run",
  step: 42,
  sim_time: 0.1 + 0.2,
  dt: null,
  dim: 2,
  ranks_at_write: 1,
  mesh_names_json: '["Mesh_0"]',
};

/** Texts and numbers that are easily lost on the way. */
export const hardScalars: Readonly<Record<string, SnapshotScalar>> = {
  empty: "",
  nul: "a\0b",
  lone: "x\ud800y\udc00",
  scripts: "Ωмега 数値 שלום 🎉 e\u0301",
  lines: 'two\nlines\t"quoted" \\ \u2028',
  long: "x".repeat(200_000),
  nan: NaN,
  infinity: Infinity,
  negative: -Infinity,
  minusZero: -0,
  tiny: Number.MIN_VALUE,
  beyond: 2 ** 53 + 2,
  big: 2n ** 63n - 1n,
  bigger: 2n ** 63n,
  least: -(2n ** 63n),
  less: -(10n ** 60n),
  zero: 0n,
  yes: true,
  no: false,
  nothing: null,
  wordNull: "null",
  wordTrue: "true",
  digits: "12345678901234567890",
};

/** A model's worth of entries: meshes, swarms, state of every kind; `n` numbers in the fields. */
export function sampleEntries(n = 50): Entries {
  const field = Float64Array.from({ length: n }, (_, i) => Math.sin(i));
  const nans = new Float64Array(
    BigUint64Array.of(0x7ff0000000000001n, 0xfff8dead00000001n, 1n << 63n).buffer,
  );
  const array = (
    data: SnapshotEntry["data"],
    shape: number[],
    attributes: SnapshotAttributes = {},
  ): SnapshotEntry => ({
    kind: "array",
    data,
    shape,
    attributes,
  });
  const entries: Entries = new Map([
    ["meshes", group({}, ["Mesh_0", "Ω/%. mesh"])],
    ["meshes/Mesh_0", group({ dim: 2, mesh_type: "box", geometry_version: 3 })],
    ["meshes/Mesh_0/topology/cells", array(Int32Array.of(0, 1, 2, 2, 1, 3), [2, 3])],
    ["meshes/Mesh_0/topology/boundaries/left", array(new Int32Array(0), [0, 2])],
    ["meshes/Mesh_0/coordinates", array(field, [n / 2, 2])],
    ["meshes/Mesh_0/variables", group({}, ["T", "p"])],
    ["meshes/Mesh_0/variables/T", array(field.slice(), [n, 1], { degree: 1, continuous: true })],
    ["meshes/Mesh_0/variables/p", group({ allocated: false })],
    ["meshes/Ω%2F%25. mesh", group({ dim: 3 })],
    ["meshes/Ω%2F%25. mesh/coordinates", array(nans, [1, 3])],
    ["swarms/s", group({ count: 0, next_id: 7n })],
    ["swarms/s/coordinates", array(new Float64Array(0), [0, 2])],
    ["swarms/s/ids", array(BigInt64Array.of(), [0])],
    [
      "state/b",
      {
        ...group(hardScalars),
        kind: "record",
        keys: [...Object.keys(hardScalars), "list"],
        className: "Bearer",
      },
    ],
    ["state/b/list", { ...group({ 0: null, 2: "x" }, ["0", "1", "2"]), kind: "list" }],
    ["state/b/list/1", { ...group({ iso: "2026-01-02T03:04:05.678Z" }), kind: "date" }],
    ["state/c", { ...group({ text: '{"mathjs":"OperatorNode"}' }), kind: "expression" }],
    [
      "state/names",
      {
        ...group({ checksum: 1, timestash: 2, real_name: "r", "": 3, "a/b": 4, __proto: 5 }),
        kind: "record",
        keys: ["checksum", "timestash", "real_name", "", "a/b", "__proto"],
      },
    ],
    ["state/scalar", { kind: "ndarray", data: Float64Array.of(5), shape: [], attributes: {} }],
    ["state/cube", {
      kind: "ndarray",
      data: Float32Array.from({ length: 24 }, (_, i) => i),
      shape: [2, 3, 4],
      attributes: {},
    }],
    ["metadata", group({ note: "a key that is a name of ours" })],
    ["VTKHDF/x", array(Uint8Array.of(1), [1])],
  ]);
  for (const kind of arrayKinds) {
    const data = allocate(kind, 9);
    bytesOf(data).forEach((_, i, bytes) => bytes[i] = (i * 37 + 129) & 255);
    entries.set(`state/kinds/${kind}`, array(data, [9]));
  }
  return entries;
}

/** What a writer takes. */
export function sourceOf(entries: Entries): EntrySource {
  return { keys: () => entries.keys(), get: (key) => entries.get(key) };
}

/** Fails unless both have the same keys in the same order and the same entries to the last bit. */
export function assertSameEntries(actual: Entries, expected: Entries): void {
  assertEquals([...actual.keys()], [...expected.keys()]);
  for (const [key, entry] of expected) {
    const found = actual.get(key)!;
    assertEquals(found.kind, entry.kind, key);
    assertEquals([...found.shape], [...entry.shape], key);
    assertEquals(found.keys && [...found.keys], entry.keys && [...entry.keys], key);
    assertEquals(found.className, entry.className, key);
    assertSameAttributes(found.attributes, entry.attributes, key);
    if (entry.data === null) assertEquals(found.data, null, key);
    else {
      assertEquals(kindOf(found.data!), kindOf(entry.data), key);
      assertSameBytes(found.data!, entry.data, key);
    }
  }
}

function assertSameAttributes(
  actual: SnapshotAttributes,
  expected: SnapshotAttributes,
  key: string,
): void {
  assertEquals(Object.keys(actual), Object.keys(expected), key);
  for (const [name, value] of Object.entries(expected)) {
    if (!Object.is(actual[name], value)) {
      throw new Error(`${key}.${name}: ${String(actual[name])}, not ${String(value)}`);
    }
  }
}

/** An operation of the layer that a test may let fail. */
export type Operation =
  | "open"
  | "write"
  | "truncate"
  | "flush"
  | "rename"
  | "syncDirectory"
  | "makeDirectory";

/** Deno's file system, which calls `hook` before each operation; what the hook throws, it throws. */
export function layerWith(
  hook: (operation: Operation, path: string) => void,
  shortWrites = false,
): FileLayer {
  const wrapped = (file: LayerFile, path: string): LayerFile => ({
    read: (target, position) => file.read(target, position),
    write(source, position) {
      hook("write", path);
      const most = Math.max(1, Math.floor(source.length * 0.7));
      return file.write(shortWrites ? source.subarray(0, most) : source, position);
    },
    truncate(size) {
      hook("truncate", path);
      file.truncate(size);
    },
    size: () => file.size(),
    flush() {
      hook("flush", path);
      file.flush();
    },
    tryLock: () => file.tryLock(),
    lock: () => file.lock(),
    lockShared: () => file.lockShared(),
    close: () => file.close(),
  });
  return {
    ...denoLayer,
    open(path, mode) {
      if (mode === "create" || mode === "createNew") hook("open", path);
      return wrapped(denoLayer.open(path, mode), path);
    },
    rename(from, to) {
      hook("rename", to);
      denoLayer.rename(from, to);
    },
    syncDirectory(path) {
      hook("syncDirectory", path);
      denoLayer.syncDirectory(path);
    },
    makeDirectory(path) {
      hook("makeDirectory", path);
      denoLayer.makeDirectory(path);
    },
  };
}
