/**
 * Loads the HDF5 library once, with our file system.
 *
 * @module
 */
import { type H5Module, loadH5wasm, renewH5wasm } from "../../deps/h5wasm.ts";
import { LARGEST_TRANSFER, VirtualFiles } from "./deno_fs.ts";

/** Everything needed for reading and writing; once loaded, all of it is synchronous. */
export interface Hdf5Library {
  readonly module: H5Module;
  readonly files: VirtualFiles;
  /** The number of bytes moved in one call; tests use a smaller value. */
  readonly largestTransfer: number;
}

let loading: Promise<Hdf5Library> | null = null;

/** Set when the library has failed in a way after which its memory cannot be trusted. */
let spoiled = false;

/** Loads the library on the first call, and another copy of it after a file has spoiled it. */
export function loadLibrary(): Promise<Hdf5Library> {
  loading ??= load();
  // A failed load (e.g. no network yet) is not cached, so that the next call tries again.
  loading.catch(() => loading = null);
  return loading;
}

/**
 * Whether an error means that the library broke off in the middle, e.g. because it read outside of
 * its memory or ran out of stack. Its next loader then gets another copy.
 */
export function noteSpoiled(error: unknown): boolean {
  const own = error instanceof WebAssembly.RuntimeError ||
    error instanceof RangeError && /call stack/.test(error.message);
  if (!own) return false;
  spoiled = true;
  loading = null;
  return true;
}

async function load(): Promise<Hdf5Library> {
  const module = (spoiled ? await renewH5wasm() : null) ?? await loadH5wasm();
  return { module, files: new VirtualFiles(module), largestTransfer: LARGEST_TRANSFER };
}
