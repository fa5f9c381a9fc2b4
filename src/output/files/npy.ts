/**
 * Arrays as NumPy keeps them: `.npy` files, version 1.0 to 3.0 (NumPy Enhancement Proposal 1, and
 * `numpy.lib.format`), and `.npz` files, which are ZIP archives of them.
 *
 * @module
 */
import {
  allocate,
  type ArrayKind,
  bytesOf,
  isTypedArray,
  kindOf,
  type TypedArray,
} from "../../arrays.ts";
import { loadZip } from "../../deps/fflate.ts";
import { type NdArray, ndarray } from "../../deps/ndarray.ts";
import { MeshVariable } from "../../mesh/mesh_variable.ts";
import { describe } from "../../options.ts";
import { SwarmVariable } from "../../swarm/swarm_variable.ts";
import { presentValues, readBytes, requireOneRank, writeBytes } from "./whole_file.ts";
import { damagedFile } from "./zip_checks.ts";

/** What can be written as an array: a variable, an NdArray of any shape, or a typed array `[n]`. */
export type ArraySource =
  | MeshVariable
  | { [K in ArrayKind]: SwarmVariable<K> }[ArrayKind]
  | NdArray
  | TypedArray;

const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59);

/** NumPy's codes; clamped bytes are bytes there. */
const codes: Readonly<Record<ArrayKind, string>> = {
  float64: "f8",
  float32: "f4",
  float16: "f2",
  int64: "i8",
  uint64: "u8",
  int32: "i4",
  uint32: "u4",
  int16: "i2",
  uint16: "u2",
  int8: "i1",
  uint8: "u1",
  uint8clamped: "u1",
};

const kindOfCode = new Map([
  ...Object.entries(codes).filter(([kind]) => kind !== "uint8clamped")
    .map(([kind, code]) => [code, kind as ArrayKind] as const),
  ["b1", "uint8"] as const,
]);

/** Whether this machine puts the low byte first. */
const little = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Does what `writeNpy` does. */
// deno-lint-ignore require-await -- all that goes wrong rejects
export async function saveNpy(path: string | URL, source: ArraySource): Promise<void> {
  writeBytes(path, npyBytes("writeNpy", source));
}

/** Does what `writeNpz` does. */
export async function saveNpz(
  path: string | URL,
  sources: Readonly<Record<string, ArraySource>>,
): Promise<void> {
  if (typeof sources !== "object" || sources === null || Object.keys(sources).length === 0) {
    throw new TypeError(`writeNpz takes arrays by name, got ${describe(sources)}`);
  }
  const files = Object.fromEntries(
    Object.entries(sources).map(([name, source]) => [`${name}.npy`, npyBytes("writeNpz", source)]),
  );
  const { zipSync } = await loadZip();
  // A date of its own would make other bytes at each call.
  writeBytes(path, zipSync(files, { level: 0, mtime: "1980-01-02" }));
}

/** Does what `readNpy` does. */
// deno-lint-ignore require-await -- all that goes wrong rejects
export async function loadNpy(from: string | URL | Uint8Array): Promise<NdArray> {
  const [bytes, name] = from instanceof Uint8Array ? [from, "the array"] : [readBytes(from), from];
  return parseNpy(bytes, String(name));
}

/** Does what `readNpz` does. */
export async function loadNpz(
  from: string | URL | Uint8Array,
): Promise<Record<string, NdArray>> {
  const bytes = from instanceof Uint8Array ? from : readBytes(from);
  const { unzipSync } = await loadZip();
  let files: Record<string, Uint8Array>;
  try {
    files = unzipSync(bytes);
  } catch (error) {
    throw new RangeError(`this is not a .npz file: ${(error as Error).message}`, { cause: error });
  }
  const damaged = damagedFile(bytes, files);
  if (damaged !== null) {
    throw new RangeError(`the .npz file is damaged: the checksum of "${damaged}" is another one`);
  }
  const arrays = Object.entries(files).map(([file, bytes]) =>
    [file.replace(/\.npy$/, ""), parseNpy(bytes, file)] as const
  );
  return Object.fromEntries(arrays);
}

/** The bytes of a `.npy` file. */
export function npyBytes(what: string, source: ArraySource): Uint8Array {
  const { data, shape } = arrayOf(what, source);
  const kind = kindOf(data), order = data.BYTES_PER_ELEMENT === 1 ? "|" : little ? "<" : ">";
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const words = `{'descr': '${order}${
    codes[kind]
  }', 'fortran_order': False, 'shape': (${tuple}), }`;
  // Magic, version and length, then the words; the numbers begin at a multiple of 64.
  const length = Math.ceil((10 + words.length + 1) / 64) * 64 - 10;
  const bytes = new Uint8Array(10 + length + data.byteLength);
  bytes.set(MAGIC);
  bytes.set([1, 0, length & 255, length >> 8], 6);
  bytes.set(new TextEncoder().encode(words.padEnd(length - 1) + "\n"), 10);
  bytes.set(bytesOf(data), 10 + length);
  return bytes;
}

function arrayOf(what: string, source: ArraySource): { data: TypedArray; shape: number[] } {
  if (source instanceof MeshVariable || source instanceof SwarmVariable) {
    const owner = source instanceof MeshVariable ? source.mesh : source.swarm.mesh;
    requireOneRank(what, owner.model.comm);
    const { components } = source;
    const data = source instanceof MeshVariable ? presentValues(source) : source.data;
    const rows = data.length / components;
    return { data: data as TypedArray, shape: components === 1 ? [rows] : [rows, components] };
  }
  if (isTypedArray(source)) return { data: source, shape: [source.length] };
  const { data, shape } = (source ?? {}) as Partial<NdArray>;
  if (!isTypedArray(data) || !Array.isArray(shape)) {
    throw new TypeError(
      `${what} takes a variable, an NdArray or a typed array, got ${describe(source)}`,
    );
  }
  return { data: rowsFirst(source as NdArray, data), shape };
}

/** The numbers of an NdArray, row after row; a view of another array is copied. */
function rowsFirst({ shape, stride, offset }: NdArray, data: TypedArray): TypedArray {
  const size = shape.reduce((a, b) => a * b, 1);
  const out = allocate(kindOf(data), size) as TypedArray;
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, at = offset; i < size; i++) {
    out[i] = data[at];
    for (let d = shape.length - 1; d >= 0; d--) {
      at += stride[d];
      if (++index[d] < shape[d]) break;
      at -= shape[d] * stride[d];
      index[d] = 0;
    }
  }
  return out;
}

function parseNpy(bytes: Uint8Array, name: string): NdArray {
  const wrong = (what: string) => new RangeError(`"${name}" ${what}`);
  const version = bytes[6];
  if (MAGIC.some((byte, i) => bytes[i] !== byte) || !(version >= 1 && version <= 3)) {
    throw wrong("is not a .npy file of version 1.0 to 3.0");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = version > 1, start = wide ? 12 : 10;
  if (bytes.length < start) throw wrong("is cut off");
  const end = start + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const words = new TextDecoder().decode(bytes.subarray(start, end));
  const [, order, code] = /'descr': *'([<>|=])([a-z]\d+)'/.exec(words) ?? [];
  const [, columns] = /'fortran_order': *(True|False)/.exec(words) ?? [];
  const [, extents] = /'shape': *\(([\d, ]*)\)/.exec(words) ?? [];
  const kind = kindOfCode.get(code);
  if (kind === undefined || columns === undefined || extents === undefined) {
    throw wrong(`does not hold numbers of one kind: ${words.trim().slice(0, 200)}`);
  }
  const shape = extents.split(",").filter((n) => n.trim() !== "").map(Number);
  const size = shape.reduce((a, b) => a * b, 1), width = Number(code.slice(1));
  if (!Number.isSafeInteger(size) || bytes.length - end !== size * width) {
    throw wrong(
      `has ${bytes.length - end} bytes of numbers, and its shape asks for ${size * width}`,
    );
  }
  const data = allocate(kind, size) as TypedArray, raw = bytesOf(data);
  raw.set(bytes.subarray(end));
  if (width > 1 && order !== "=" && (order === "<") !== little) swap(raw, width);
  const stride = columns === "True"
    ? shape.map((_, d) => shape.slice(0, d).reduce((a, b) => a * b, 1))
    : undefined;
  return ndarray(data as never, shape, stride);
}

function swap(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse();
}
