// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * Flechette (BSD-3-Clause, 0.5 MB, no dependencies): Arrow tables; a tenth of apache-arrow, which also reads the
 * environment. Loaded when a table is first written.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";

/** The functions of Flechette that are used. */
export interface ArrowLibrary {
  tableFromArrays(columns: Record<string, TypedArray>): unknown;
  tableToIPC(table: unknown, options: { format: "file" }): Uint8Array;
}

/** Loads the package. */
export async function loadArrow(): Promise<ArrowLibrary> {
  return await import("npm:@uwdata/flechette@2.3.0") as unknown as ArrowLibrary;
}
