/**
 * The HDF5 library with our file system in it, and the hash that goes with every file: loaded once.
 *
 * @module
 */
import { type H5Module, loadH5wasm } from "../../deps/h5wasm.ts";
import { loadXxHash, type XxHash } from "../../deps/xxhash.ts";
import { LARGEST_TRANSFER, VirtualFiles } from "./deno_fs.ts";

/** Everything that reading and writing needs; once loaded, all of it is synchronous. */
export interface Hdf5Library {
  readonly module: H5Module;
  readonly files: VirtualFiles;
  readonly hashes: XxHash;
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
  const [module, hashes] = await Promise.all([loadH5wasm(), loadXxHash()]);
  return { module, hashes, files: new VirtualFiles(module), largestTransfer: LARGEST_TRANSFER };
}
