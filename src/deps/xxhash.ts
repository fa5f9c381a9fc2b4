// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * XXH64 at gigabytes per second: a few kilobytes of WebAssembly, ready when this module is.
 *
 * @module
 */
import create from "npm:xxhash-wasm@1.1.0";

/** A hash that is fed in pieces. */
export interface StreamingHash {
  update(bytes: Uint8Array): StreamingHash;
  digest(): bigint;
}

const package64 = await create();

/** A new XXH64 with seed 0. */
export function newXxh64(): StreamingHash {
  return package64.create64();
}
