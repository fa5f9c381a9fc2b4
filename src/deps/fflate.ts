// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * fflate (MIT, 0.8 MB, no dependencies): ZIP files; loaded when one is first read or written.
 *
 * @module
 */

/** The functions of fflate that are used. */
export interface ZipLibrary {
  zipSync(files: Record<string, Uint8Array>, options: { level: 0; mtime: string }): Uint8Array;
  unzipSync(bytes: Uint8Array): Record<string, Uint8Array>;
}

/** Loads the package. */
export async function loadZip(): Promise<ZipLibrary> {
  return await import("npm:fflate@0.8.3") as ZipLibrary;
}
