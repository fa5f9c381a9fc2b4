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
import { chunkRows, rangesOf, type Slab, slabsIn, slabsOf } from "./slabs.ts";
import { type Extent, TargetFile } from "./target_file.ts";
import { heapOf, makeVirtual, type VirtualSource } from "./virtual_dataset.ts";

/** Smaller datasets would grow, since chunks need an index. Rows beyond a slab also stay plain. */
const WORTH_COMPRESSING = 4096;

/** Bytes in one slab through the library's memory, and in one block of numbers that are made while they are written. */
const SLAB = 16 << 20, BLOCK = 4 << 20;

const TRUNCATE = 2;

/** The path of the tables of the virtual datasets. */
const TABLES = "/VTKHDF_parts/tables";

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

  /**
   * Writes a dataset as {@link Hdf5Output.dataset} does, in blocks that are made one after the other.
   *
   * @param blocksOf Makes the numbers of ranges of rows, in their order.
   */
  datasetInBlocks(
    path: string,
    kind: ArrayKind,
    shape: readonly number[],
    gzip: boolean,
    blocksOf: (ranges: Iterable<readonly [number, number]>) => Iterable<TypedArray>,
  ): void {
    const [count, ...rest] = shape, length = elementsOf(shape) * bytesPerElement(kind);
    if (length < LARGE) {
      const [block] = [...blocksOf([[0, count]])];
      return this.dataset(path, block, shape, gzip);
    }
    this.group(path.slice(0, path.lastIndexOf("/")));
    this.#bytes += length;
    const rowBytes = length / count, compressed = gzip && rowBytes <= SLAB;
    const chunk = compressed ? chunkRows(count, rowBytes) : 1;
    const ranges = [...rangesOf(count, length, BLOCK, chunk)];
    const slabs = slabsIn(shape, ranges, blocksOf(ranges));
    this.#sink.writing(path, new Uint8Array(0), compressed, () => {
      const description = describeType(kind, shape, compressed ? [chunk, ...rest] : undefined);
      this.#inSlabs(path, description, slabs, compressed);
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
    for (let i = 0; i < this.#virtual.length; i++) {
      const { header, bytes } = this.#virtual[i];
      const made = heap >= 0 && makeVirtual(this.#sink, header, bytes, heap, i + 1);
      this.#check(made ? 0 : -1, "make a dataset virtual");
    }
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
    const bytes = bytesOf(data), most = this.#library.largestTransfer;
    if (bytes.length > most) {
      return this.#inSlabs(path, description, slabsOf(bytes, shape, most), false);
    }
    const moved = files.moving(
      bytes,
      () => module.create_dataset(this.#file, path, files.address, description),
    );
    this.#check(moved ? 0 : -1, `write ${path}`);
  }

  #compressed(path: string, data: TypedArray, shape: readonly number[]): void {
    const rows = chunkRows(shape[0], Math.max(1, data.byteLength / shape[0]));
    const description = describeType(kindOf(data), shape, [rows, ...shape.slice(1)]);
    // Each slab holds whole chunks, so that each chunk is compressed once.
    this.#inSlabs(path, description, slabsOf(bytesOf(data), shape, SLAB, rows), true);
  }

  /** Creates a dataset, then writes it slab by slab: through the library's memory, or straight from the array. */
  #inSlabs(
    path: string,
    description: WriteDescription,
    slabs: Iterable<Slab>,
    throughMemory: boolean,
  ): void {
    const { files } = this.#library;
    this.#createOnly(path, description);
    for (const { count, offset, piece } of slabs) {
      const status = throughMemory
        ? this.#throughMemory(piece, (pointer) => this.#setSlab(path, count, offset, pointer))
        : files.moving(piece, () => this.#setSlab(path, count, offset, files.address))
        ? 0
        : -1;
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
