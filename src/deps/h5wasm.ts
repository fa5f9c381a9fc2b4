// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * The HDF5 library, compiled to WebAssembly, loaded when a file is first touched. The browser build:
 * the Node build reads the whole environment, which would cost a permission.
 *
 * @module
 */

/** How h5wasm describes a type and a shape when something is created. */
export interface WriteDescription {
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly littleEndian: true;
  readonly vlen: boolean;
  readonly cset?: number;
  readonly shape: readonly bigint[];
  readonly maxshape: null;
  readonly chunks: readonly bigint[] | null;
  readonly compression?: number;
  readonly compression_opts?: readonly number[];
  readonly total_size: number;
}

/** How h5wasm describes what it found. */
export interface ReadDescription {
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly littleEndian: boolean;
  readonly vlen: boolean;
  readonly shape: readonly number[] | null;
  readonly chunks: readonly number[] | null;
  readonly total_size: number;
  readonly virtual_sources?: readonly unknown[];
}

/** An open file of emscripten's file system, as far as it concerns us. */
export interface FsStream {
  readonly node: FsNode;
  position: number;
}

/** A name in emscripten's file system. */
export interface FsNode {
  readonly id: number;
  readonly mode: number;
  readonly name: string;
  node_ops: object;
  stream_ops: object;
}

/** Emscripten's file system, as far as it concerns us. */
export interface EmscriptenFs {
  readonly ErrnoError: new (errno: number) => Error;
  readonly streams: (FsStream | null)[];
  close(stream: FsStream): void;
  mkdir(path: string): unknown;
  mount(type: { mount(): FsNode }, options: object, path: string): unknown;
  createNode(parent: FsNode | null, name: string, mode: number, device: number): FsNode;
  destroyNode(node: FsNode): void;
  makedev(major: number, minor: number): number;
  registerDevice(device: number, operations: object): void;
  mkdev(path: string, mode: number, device: number): unknown;
  open(path: string, flags: number): FsStream;
}

/** The functions of h5wasm's module that the file floor calls. */
export interface H5Module {
  readonly FS: EmscriptenFs;
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  readonly MAXIMUM_MEMORY: number;
  readonly H5F_LIBVER_EARLIEST: number;
  readonly H5F_LIBVER_V110: number;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  UTF8ToString(pointer: number): string;
  open(name: string, mode: number, order: boolean, low: number, high: number): bigint;
  close_file(file: bigint): number;
  flush(file: bigint): number;
  create_group(file: bigint, path: string, order: boolean): number;
  create_dataset(file: bigint, path: string, data: bigint, as: WriteDescription): number;
  create_attribute(
    file: bigint,
    path: string,
    name: string,
    data: bigint,
    as: WriteDescription,
  ): number;
  create_vlen_str_attribute(
    file: bigint,
    path: string,
    name: string,
    data: readonly string[],
    as: WriteDescription,
  ): number;
  create_hard_link(file: bigint, target: string, name: string): number;
  create_external_link(file: bigint, other: string, target: string, name: string): number;
  create_object_reference(file: bigint, path: string): ArrayLike<number>;
  set_dataset_data(
    file: bigint,
    path: string,
    count: readonly bigint[] | null,
    offset: readonly bigint[] | null,
    strides: readonly bigint[] | null,
    data: bigint,
  ): number;
  get_dataset_data(
    file: bigint,
    path: string,
    count: readonly bigint[] | null,
    offset: readonly bigint[] | null,
    strides: readonly bigint[] | null,
    data: bigint,
  ): number;
  get_dataset_metadata(file: bigint, path: string): ReadDescription;
  get_dataset_filters(file: bigint, path: string): readonly { readonly id: number }[];
  get_attribute_names(file: bigint, path: string): string[];
  get_attribute_metadata(file: bigint, path: string, name: string): ReadDescription;
  get_attribute_data(file: bigint, path: string, name: string, data: bigint): number;
  reclaim_vlen_memory(file: bigint, path: string, name: string, data: bigint): number;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_type(file: bigint, path: string): number;
  get_external_link(file: bigint, path: string): { filename?: string; obj_path?: string };
}

/** Loads HDF5; the second call returns the same module. */
export async function loadH5wasm(): Promise<H5Module> {
  const { ready } = await import("npm:h5wasm@0.10.3");
  return await ready as unknown as H5Module;
}

/** The package's own maker of copies, which its entry does not pass on. */
interface Maker {
  default(options: { readonly noInitialRun: true }): Promise<H5Module>;
}

/**
 * Makes another copy of HDF5, with memory of its own, in place of one that a file has spoiled. Its
 * maker stands in a file of the package that the entry does not export; where the package is, the
 * stack of one of its errors says. In a bundle it is nowhere, and the result is null.
 */
export async function renewH5wasm(): Promise<H5Module | null> {
  const { File, ready } = await import("npm:h5wasm@0.10.3");
  await ready;
  let stack = "";
  try {
    new File(null as unknown as string, "r");
  } catch (error) {
    stack = (error as Error).stack ?? "";
  }
  const address = /([a-z]+:\/\/\S*\/h5wasm\/\S*)hdf5_[a-z]+\.js/.exec(stack)?.[1];
  if (address === undefined) return null;
  const { default: make } = await import(`${address}hdf5_util.js`) as Maker;
  return await make({ noInitialRun: true });
}
