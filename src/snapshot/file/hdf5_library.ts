/**
 * Loads the HDF5 library once, with our file system.
 *
 * @module
 */
import { type H5Module, loadH5wasm } from "../../deps/h5wasm.ts";
import { LARGEST_TRANSFER, VirtualFiles } from "./deno_fs.ts";

/** Everything needed for reading and writing; once loaded, all of it is synchronous. */
export interface Hdf5Library {
  readonly module: H5Module;
  readonly files: VirtualFiles;
  /** The number of bytes moved in one call; tests use a smaller value. */
  readonly largestTransfer: number;
}

let loading: Promise<Hdf5Library> | null = null;

/** Loads the library on the first call. */
export function loadLibrary(): Promise<Hdf5Library> {
  loading ??= load();
  // A failed load (e.g. no network yet) is not cached, so that the next call tries again.
  loading.catch(() => loading = null);
  return loading;
}

async function load(): Promise<Hdf5Library> {
  const module = await loadH5wasm();
  return { module, files: new VirtualFiles(module), largestTransfer: LARGEST_TRANSFER };
}
