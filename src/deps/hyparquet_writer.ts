// deno-lint-ignore-file no-import-prefix -- one file per package; inline specifiers need no import map
/**
 * hyparquet-writer (MIT, 0.5 MB, its only dependency is hyparquet, MIT): Parquet files; loaded when one is first
 * written.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";

/** A column as the package takes it. */
export interface ParquetColumn {
  readonly name: string;
  readonly data: TypedArray;
}

/** A column's place in the schema: parquet-format, "SchemaElement". */
export interface ParquetElement {
  readonly name: string;
  readonly type?: "DOUBLE" | "FLOAT" | "INT32" | "INT64";
  readonly converted_type?: string;
  readonly repetition_type?: "REQUIRED";
  readonly num_children?: number;
}

/** The functions of hyparquet-writer that are used. */
export interface ParquetLibrary {
  parquetWriteBuffer(options: {
    columnData: readonly ParquetColumn[];
    schema: readonly ParquetElement[];
  }): ArrayBuffer;
}

/** Loads the package. */
export async function loadParquet(): Promise<ParquetLibrary> {
  return await import("npm:hyparquet-writer@0.17.0") as unknown as ParquetLibrary;
}
