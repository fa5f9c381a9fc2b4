/**
 * Writes an HDF5 file: groups, attributes, datasets and links in one file of the layer. Errors of
 * the layer are rethrown unchanged, and the library is closed cleanly after them.
 *
 * @module
 */
import { type ArrayKind, bytesOf, bytesPerElement, kindOf, type TypedArray } from "../../arrays.ts";
import type { WriteDescription } from "../../deps/h5wasm.ts";
import type { LayerFile } from "./file_layer.ts";
import { LARGE } from "./format.ts";
import type { Hdf5Library } from "./hdf5_library.ts";
import { CLASS, describeType, elementsOf, textDescription } from "./hdf5_types.ts";
import { slabsOf } from "./slabs.ts";
import { type Extent, TargetFile } from "./target_file.ts";
import {
  heapOf,
  indexOfBytes,
  unwrittenLayout,
  virtualLayout,
  type VirtualSource,
} from "./virtual_dataset.ts";

/** Smaller datasets would grow, since chunks need an index. Rows beyond a slab also stay plain. */
const WORTH_COMPRESSING = 4096;

/** Bytes in one chunk of a compressed dataset, and in one slab through the library's memory. */
const CHUNK = 1 << 20, SLAB = 16 << 20;

const TRUNCATE = 2;

/** The path of the tables of the virtual datasets. */
const TABLES = "/VTKHDF_parts/tables";

/** More bytes than the header of a dataset without attributes takes. */
const HEADER = 1024;

/** A new HDF5 file. */
export class Hdf5Output {
  readonly #library: Hdf5Library;
  readonly #sink: TargetFile;
  readonly #detach: () => void;
  readonly #file: bigint;
  readonly #groups = new Set<string>(["", "/"]);
  readonly #virtual: { header: number; bytes: number; sources: readonly VirtualSource[] }[] = [];
  #bytes = 0;
  #open = true;

  constructor(library: Hdf5Library, file: LayerFile) {
    this.#library = library;
    this.#sink = new TargetFile(file);
    const { name, detach } = library.files.attach(this.#sink);
    this.#detach = detach;
    const { module } = library;
    const { H5F_LIBVER_EARLIEST: low, H5F_LIBVER_V110: high } = module;
    library.files.complaints();
    this.#file = module.open(name, TRUNCATE, false, low, high);
    this.#check(Number(this.#file), "create the file");
  }

  /** The number of bytes of numbers written into this file so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Creates the group at `path` and its parents if they do not exist. */
  group(path: string): void {
    if (this.#groups.has(path)) return;
    this.group(path.slice(0, path.lastIndexOf("/")));
    this.#check(this.#library.module.create_group(this.#file, path, false), `create ${path}`);
    this.#groups.add(path);
  }

  /** Sets a text attribute. */
  text(path: string, name: string, value: string): void {
    const { module } = this.#library;
    const status = module.create_vlen_str_attribute(
      this.#file,
      path,
      name,
      [value],
      textDescription,
    );
    this.#check(status, `write the attribute ${name} of ${path}`);
  }

  /** Sets a fixed-length ASCII text attribute, which some programs require. */
  ascii(path: string, name: string, value: string): void {
    const { module } = this.#library;
    const bytes = new TextEncoder().encode(value);
    const description = {
      ...describeType("uint8", []),
      type: CLASS.string,
      size: bytes.length,
      cset: 0,
      total_size: 1,
    };
    const status = this.#throughMemory(
      bytes,
      (pointer) => module.create_attribute(this.#file, path, name, pointer, description),
    );
    this.#check(status, `write the attribute ${name} of ${path}`);
  }

  /** Sets a numeric attribute of the kind of `value`; `shape` defaults to a single number. */
  number(path: string, name: string, value: TypedArray, shape: readonly number[] = []): void {
    const { module } = this.#library;
    const status = this.#throughMemory(bytesOf(value), (pointer) => {
      const description = describeType(kindOf(value), shape);
      return module.create_attribute(this.#file, path, name, pointer, description);
    });
    this.#check(status, `write the attribute ${name} of ${path}`);
  }

  /** Writes a dataset. */
  dataset(path: string, data: TypedArray, shape: readonly number[], gzip: boolean): void {
    this.group(path.slice(0, path.lastIndexOf("/")));
    const bytes = bytesOf(data);
    this.#bytes += bytes.length;
    const rowBytes = bytes.length / (shape[0] ?? 1);
    const compressed = gzip && shape.length > 0 && bytes.length >= WORTH_COMPRESSING &&
      rowBytes <= SLAB;
    this.#sink.writing(path, bytes, compressed, () => {
      if (compressed) this.#compressed(path, data, shape);
      else if (bytes.length < LARGE) this.#small(path, data, shape);
      else this.#direct(path, data, shape);
    });
  }

  /** Creates a name in this file for an object in another file. */
  externalLink(path: string, file: string, target: string): void {
    this.group(path.slice(0, path.lastIndexOf("/")));
    const status = this.#library.module.create_external_link(this.#file, file, target, path);
    this.#check(status, `link ${path} to ${file}`);
  }

  /** Creates a second name for an object in this file. */
  hardLink(path: string, target: string): void {
    this.group(path.slice(0, path.lastIndexOf("/")));
    const status = this.#library.module.create_hard_link(this.#file, target, path);
    this.#check(status, `link ${path} to ${target}`);
  }

  /** Creates a dataset whose numbers are in other datasets; numbers without a source are zero. */
  virtual(
    path: string,
    kind: ArrayKind,
    shape: readonly number[],
    sources: readonly VirtualSource[],
  ): void {
    this.group(path.slice(0, path.lastIndexOf("/")));
    this.#createOnly(path, describeType(kind, shape));
    const address = this.#library.module.create_object_reference(this.#file, path);
    const header = Number(new BigUint64Array(Uint8Array.from(address).buffer)[0]);
    this.#virtual.push({ header, bytes: elementsOf(shape) * bytesPerElement(kind), sources });
  }

  /**
   * Closes the HDF5 file; returns its length and the ranges that hold datasets, in order.
   *
   * @throws {Error} the first error from the layer.
   */
  close(): { length: number; extents: readonly Extent[] } {
    if (this.#virtual.length > 0) {
      const tables = heapOf(this.#virtual.map(({ sources }) => sources));
      this.dataset(TABLES, tables, [tables.length], false);
    }
    this.#open = false;
    const status = this.#library.module.close_file(this.#file);
    this.#detach();
    this.#check(status, "close the file");
    this.#makeVirtual();
    return { length: this.#sink.size(), extents: this.#sink.extents };
  }

  /** Closes the file after a failure, without writing or throwing anything more. */
  abandon(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#sink.failure ??= new Error("abandoned");
    this.#library.module.close_file(this.#file);
    this.#detach();
  }

  /** After the library has closed the file, turns datasets without storage into virtual ones. */
  #makeVirtual(): void {
    if (this.#virtual.length === 0) return;
    const heap = this.#sink.extents.find(({ dataset }) => dataset === TABLES)?.offset ?? -1;
    const header = new Uint8Array(HEADER);
    this.#virtual.forEach(({ header: start, bytes }, i) => {
      const count = this.#sink.read(header, start);
      const at = indexOfBytes(header.subarray(0, Math.max(0, count)), unwrittenLayout(bytes));
      const found = heap >= 0 && at >= 0 ? 0 : -1;
      this.#check(found, "make a dataset virtual");
      this.#sink.write(virtualLayout(heap, i + 1), start + at);
    });
    this.#check(0, "make datasets virtual");
  }

  #small(path: string, data: TypedArray, shape: readonly number[]): void {
    const { module } = this.#library;
    const status = this.#throughMemory(
      bytesOf(data),
      (pointer) =>
        module.create_dataset(this.#file, path, pointer, describeType(kindOf(data), shape)),
    );
    this.#check(status, `write ${path}`);
  }

  /** Writes straight from the typed array to the disk. */
  #direct(path: string, data: TypedArray, shape: readonly number[]): void {
    const { module, files } = this.#library;
    const description = describeType(kindOf(data), shape);
    const bytes = bytesOf(data);
    let moved = true;
    if (bytes.length <= this.#library.largestTransfer) {
      moved = files.moving(
        bytes,
        () => module.create_dataset(this.#file, path, files.address, description),
      );
    } else {
      this.#createOnly(path, description);
      for (const { count, offset, piece } of slabsOf(bytes, shape, this.#library.largestTransfer)) {
        moved &&= files.moving(
          piece,
          () => this.#setSlab(path, count, offset, files.address),
        );
      }
    }
    this.#check(moved ? 0 : -1, `write ${path}`);
  }

  #compressed(path: string, data: TypedArray, shape: readonly number[]): void {
    const rowBytes = Math.max(1, data.byteLength / shape[0]);
    const rows = Math.max(1, Math.min(shape[0], Math.floor(CHUNK / rowBytes)));
    const description = describeType(kindOf(data), shape, [rows, ...shape.slice(1)]);
    this.#createOnly(path, description);
    // Each slab holds whole chunks, so that each chunk is compressed once.
    for (const { count, offset, piece } of slabsOf(bytesOf(data), shape, SLAB, rows)) {
      const status = this.#throughMemory(piece, (p) => this.#setSlab(path, count, offset, p));
      this.#check(status, `write ${path}`);
    }
  }

  /** Only creates the dataset: without data, the library's write fails after the creation. */
  #createOnly(path: string, description: WriteDescription): void {
    const { module, files } = this.#library;
    const status = module.create_dataset(this.#file, path, 0n, description);
    files.complaints();
    this.#check(status, `create ${path}`);
  }

  #setSlab(path: string, count: bigint[], offset: bigint[], pointer: bigint): number {
    const strides = count.map(() => 1n);
    return this.#library.module.set_dataset_data(
      this.#file,
      path,
      count,
      offset,
      strides,
      pointer,
    );
  }

  #throughMemory(bytes: Uint8Array, call: (pointer: bigint) => number): number {
    const { module } = this.#library;
    const pointer = module._malloc(Math.max(8, bytes.length));
    if (pointer === 0) throw new Error("the HDF5 library is out of memory");
    module.HEAPU8.set(bytes, pointer);
    try {
      return call(BigInt(pointer));
    } finally {
      module._free(pointer);
    }
  }

  #check(status: number, what: string): void {
    const complaints = this.#library.files.complaints();
    if (this.#sink.failure !== null) throw this.#sink.failure;
    if (status < 0) throw new Error(`HDF5 could not ${what}${complaints && `:\n${complaints}`}`);
  }
}
