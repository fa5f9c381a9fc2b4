// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * XXH64 at gigabytes per second, loaded when a file is first touched.
 *
 * @module
 */

/** A hash that takes its input in pieces. */
export interface StreamingHash {
  update(bytes: Uint8Array): StreamingHash;
  digest(): bigint;
}

/** The functions of the package. */
export interface XxHash {
  /** A new XXH64 with seed 0. */
  create64(): StreamingHash;
}

/** Loads the hash. */
export async function loadXxHash(): Promise<XxHash> {
  const { default: create } = await import("npm:xxhash-wasm@1.1.0");
  return await create();
}
