/**
 * The HDF5 library with our file system in it, loaded once.
 *
 * @module
 */
import { type H5Module, loadH5wasm } from "../../deps/h5wasm.ts";
import { LARGEST_TRANSFER, VirtualFiles } from "./deno_fs.ts";

/** Everything that reading and writing needs; once loaded, all of it is synchronous. */
export interface Hdf5Library {
  readonly module: H5Module;
  readonly files: VirtualFiles;
  /** Bytes that go through in one call; tests take fewer. */
  readonly largestTransfer: number;
}

let loading: Promise<Hdf5Library> | null = null;

/** Loads the library on the first call. */
export function loadLibrary(): Promise<Hdf5Library> {
  loading ??= load();
  // A failed load (no network yet) must not be the answer for ever.
  loading.catch(() => loading = null);
  return loading;
}

async function load(): Promise<Hdf5Library> {
  const module = await loadH5wasm();
  return { module, files: new VirtualFiles(module), largestTransfer: LARGEST_TRANSFER };
}
