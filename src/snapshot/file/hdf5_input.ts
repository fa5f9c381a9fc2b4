/**
 * Reads an HDF5 file: attributes, datasets and links.
 *
 * @module
 */
import { allocate, bytesOf, type TypedArray, viewOf } from "../../arrays.ts";
import type { H5Module, ReadDescription } from "../../deps/h5wasm.ts";
import { LARGE } from "./format.ts";
import { type Hdf5Library, noteSpoiled } from "./hdf5_library.ts";
import { CLASS, elementsOf, kindOfDescription } from "./hdf5_types.ts";
import { slabsOf } from "./slabs.ts";
import type { SourceFile } from "./source_file.ts";

const READ_ONLY = 0;

/** HDF5's type number for an object that is a link to another file. */
const USER_LINK = 4;

/** An attribute as stored in the file. */
export type RawScalar = string | number | bigint;

/** An HDF5 file open for reading. */
export class Hdf5Input {
  readonly #library: Hdf5Library;
  readonly #source: SourceFile;
  readonly #file: bigint;
  readonly #detach: () => void;
  #spoiled = false;

  /** @throws {Error} when HDF5 cannot open the file. */
  constructor(library: Hdf5Library, source: SourceFile) {
    this.#library = { ...library, module: this.#watched(library.module) };
    this.#source = source;
    const { name, detach } = library.files.attach(source);
    this.#detach = detach;
    library.files.complaints();
    this.#file = this.#library.module.open(name, READ_ONLY, false, -1, -1);
    if (this.#file >= 0n) return;
    detach();
    throw this.#error("open the file");
  }

  /** Closes the HDF5 file; the owner of the source closes the source. */
  close(): void {
    if (!this.#spoiled) this.#library.module.close_file(this.#file);
    this.#detach();
  }

  /** True if there is a group or dataset at `path`, in this file or behind a link. */
  has(path: string): boolean {
    return this.#library.module.get_type(this.#file, path) >= 0;
  }

  /** The file and path that an external link at `path` points to, or null if it is not one. */
  externalLink(path: string): { file: string; path: string } | null {
    const { module } = this.#library;
    if (module.get_type(this.#file, path) !== USER_LINK) return null;
    const { filename, obj_path } = module.get_external_link(this.#file, path);
    return filename === undefined || obj_path === undefined
      ? null
      : { file: filename, path: obj_path };
  }

  /** The names of the attributes at `path`. */
  attributeNames(path: string): string[] {
    const names = this.#library.module.get_attribute_names(this.#file, path);
    if (!Array.isArray(names)) throw this.#error(`list the attributes of ${path}`);
    return names;
  }

  /** One attribute: a text or a number; undefined for types that scalars cannot have. */
  attribute(path: string, name: string): RawScalar | undefined {
    const { module } = this.#library;
    const found = module.get_attribute_metadata(this.#file, path, name);
    if (found === null || found.shape === null || found.total_size !== 1) return undefined;
    if (found.size > this.#source.size()) {
      throw new Error(`the attribute ${name} of ${path} is larger than the file`);
    }
    return this.#inMemory(Math.max(8, found.size), (pointer) => {
      const address = BigInt(pointer);
      if (module.get_attribute_data(this.#file, path, name, address) < 0) {
        throw this.#error(`read the attribute ${name} of ${path}`);
      }
      const heap = module.HEAPU8;
      if (found.type === CLASS.string) {
        if (!found.vlen) return fixedText(heap.slice(pointer, pointer + found.size));
        const text = new DataView(heap.buffer).getUint32(pointer, true);
        const value = text === 0 ? "" : module.UTF8ToString(text);
        module.reclaim_vlen_memory(this.#file, path, name, address);
        return value;
      }
      const kind = kindOfDescription(found);
      if (kind === null) return undefined;
      const value = allocate(kind, 1);
      bytesOf(value).set(heap.subarray(pointer, pointer + found.size));
      return value[0];
    });
  }

  /** The extents and element type of the dataset at `path`, or null if there is none. */
  description(path: string): ReadDescription | null {
    if (this.#library.module.get_type(this.#file, path) !== 1) return null;
    return this.#library.module.get_dataset_metadata(this.#file, path);
  }

  /** Whether the numbers of a dataset are compressed, so that they may be larger than the file. */
  isFiltered(path: string, { chunks }: ReadDescription): boolean {
    return chunks !== null &&
      this.#library.module.get_dataset_filters(this.#file, path).length > 0;
  }

  /**
   * The numbers of a dataset, in the type stored in the file.
   *
   * @param take Allocates memory of at least the requested number of bytes.
   * @throws {Error} when HDF5 cannot read them or they are damaged.
   */
  dataset(path: string, found: ReadDescription, take?: (bytes: number) => ArrayBuffer): TypedArray {
    const kind = kindOfDescription(found);
    if (kind === null || found.shape === null) {
      throw new Error(`${path} holds no numbers of a type that arrays can have`);
    }
    const count = elementsOf(found.shape);
    const data = take === undefined
      ? allocate(kind, count)
      : viewOf(kind, take(count * found.size), count) as TypedArray;
    const bytes = bytesOf(data);
    if (bytes.length === 0) return data;
    const direct = this.#source.verified && found.chunks === null && found.littleEndian;
    if (direct && bytes.length >= LARGE) this.#direct(path, found.shape, bytes);
    else this.#throughMemory(path, found.shape, bytes);
    return data;
  }

  /**
   * Reads whole rows of a dataset from byte `first` on, through the library.
   *
   * @returns false where rows do not begin or end at these bytes.
   */
  rows(path: string, found: ReadDescription, into: Uint8Array, first: number): boolean {
    const [count = 0, ...rest] = found.shape ?? [], row = elementsOf(rest) * found.size;
    const from = first / row, rows = into.length / row;
    if (!Number.isInteger(from) || !Number.isInteger(rows) || from + rows > count) return false;
    if (rows > 0) this.#throughMemory(path, [rows, ...rest], into, from);
    return true;
  }

  #direct(path: string, shape: readonly number[], bytes: Uint8Array): void {
    const { module, files, largestTransfer } = this.#library;
    const slabs = shape.length === 0 || bytes.length <= largestTransfer
      ? [{ count: null, offset: null, piece: bytes }]
      : slabsOf(bytes, shape, largestTransfer);
    for (const { count, offset, piece } of slabs) {
      const strides = count?.map(() => 1n) ?? null;
      const moved = files.moving(
        piece,
        () => module.get_dataset_data(this.#file, path, count, offset, strides, files.address),
      );
      if (!moved) throw this.#error(`read ${path}`);
    }
  }

  /** @param from The row to begin with; null for a whole dataset, which may have no rows. */
  #throughMemory(
    path: string,
    shape: readonly number[],
    bytes: Uint8Array,
    from: number | null = null,
  ): void {
    const { module } = this.#library;
    const slab = from === null ? 16 << 20 : 4 << 20;
    const slabs = from === null && (shape.length === 0 || bytes.length <= slab)
      ? [{ count: null, offset: null, piece: bytes }]
      : slabsOf(bytes, shape, slab);
    for (const { count, offset, piece } of slabs) {
      if (offset !== null) offset[0] += BigInt(from ?? 0);
      this.#inMemory(piece.length, (pointer) => {
        const strides = count?.map(() => 1n) ?? null;
        const address = BigInt(pointer);
        const status = module.get_dataset_data(this.#file, path, count, offset, strides, address);
        if (status < 0) throw this.#error(`read ${path}`);
        piece.set(module.HEAPU8.subarray(pointer, pointer + piece.length));
      });
    }
  }

  /** The module, with an eye on calls after which it cannot be used any more. */
  #watched(module: H5Module): H5Module {
    return new Proxy(module, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          if (this.#spoiled) throw new Error("the HDF5 library broke off at this file before");
          try {
            return value.apply(target, given);
          } catch (error) {
            this.#spoiled = noteSpoiled(error);
            throw error;
          }
        };
      },
    });
  }

  #inMemory<R>(size: number, work: (pointer: number) => R): R {
    const { module } = this.#library;
    const pointer = module._malloc(size);
    if (pointer === 0) throw new Error("the HDF5 library is out of memory");
    try {
      return work(pointer);
    } finally {
      if (!this.#spoiled) module._free(pointer);
    }
  }

  #error(what: string): Error {
    const complaints = this.#library.files.complaints();
    if (this.#source.failure !== null) return this.#source.failure;
    const lines = complaints === "" ? "" : `:\n${complaints}`;
    return new Error(`HDF5 could not ${what}${lines}`);
  }
}

/** A text of fixed length, without its padding. */
function fixedText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/[\0 ]+$/, "");
}
