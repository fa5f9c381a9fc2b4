import { type ArrayKind, kindOf, type TypedArray } from "../../arrays.ts";
import { loadArrow } from "../../deps/flechette.ts";
import { loadParquet, type ParquetElement } from "../../deps/hyparquet_writer.ts";
import { describe } from "../../options.ts";
import {
  columnNumbers,
  type TableColumns,
  tableColumns,
  type TableSource,
  uniqueNames,
} from "./columns.ts";
import { writeCsv } from "./csv.ts";
import { writeBytes } from "./whole_file.ts";

/** The formats of tables, by the ending of the name. */
export type TableFormat = "arrow" | "parquet" | "csv";

const formats: Readonly<Record<string, TableFormat>> = {
  arrow: "arrow",
  feather: "arrow",
  parquet: "parquet",
  csv: "csv",
};

/** Does what `writeTable` does. */
export async function saveTable(path: string | URL, source: TableSource): Promise<void> {
  const format = formatOf(path), table = tableColumns("writeTable", source);
  writeBytes(path, await tableBytes(table, format));
}

/**
 * The format that the ending of a name asks for.
 *
 * @throws {RangeError} when there is none of that ending.
 */
function formatOf(path: string | URL): TableFormat {
  const ending = /\.([a-z]+)$/i.exec(String(path))?.[1].toLowerCase() ?? "";
  if (Object.hasOwn(formats, ending)) return formats[ending];
  throw new RangeError(
    `writeTable takes a name that ends in .parquet, .arrow, .feather or .csv, got ${
      describe(String(path))
    }`,
  );
}

/**
 * The bytes of a file with a table.
 *
 * @throws {RangeError} when an Arrow file would have no rows.
 */
export async function tableBytes(
  table: TableColumns,
  format: TableFormat,
): Promise<Uint8Array> {
  if (format === "csv") {
    let text = "";
    writeCsv(table, (piece) => text += piece);
    return new TextEncoder().encode(text);
  }
  const { rows, columns } = table, names = uniqueNames(columns);
  if (rows === 0 && format === "arrow") {
    throw new RangeError(
      "writeTable: there are no rows, and the columns of an Arrow file would have no kinds; take .parquet or .csv",
    );
  }
  const numbers = columns.map((column) => columnNumbers(column, rows));
  return format === "arrow" ? await arrowBytes(names, numbers) : await parquetBytes(names, numbers);
}

async function arrowBytes(names: string[], numbers: TypedArray[]): Promise<Uint8Array> {
  const { tableFromArrays, tableToIPC } = await loadArrow();
  const columns = names.map((name, i) => [name, plain(numbers[i])]);
  return tableToIPC(tableFromArrays(Object.fromEntries(columns)), { format: "file" });
}

/** Clamped bytes are bytes, and 16-bit floats, which the packages lack, are 32-bit ones. */
function plain(data: TypedArray): TypedArray {
  if (data instanceof Uint8ClampedArray) {
    return new Uint8Array(data.buffer, data.byteOffset, data.length) as TypedArray;
  }
  return data instanceof Float16Array ? Float32Array.from(data) : data;
}

/** Parquet's physical type, and what the bits mean where that is not clear: parquet-format, LogicalTypes.md. */
const parquetTypes: Readonly<Record<ArrayKind, Pick<ParquetElement, "type" | "converted_type">>> = {
  float64: { type: "DOUBLE" },
  float32: { type: "FLOAT" },
  float16: { type: "FLOAT" },
  int64: { type: "INT64" },
  uint64: { type: "INT64", converted_type: "UINT_64" },
  int32: { type: "INT32" },
  uint32: { type: "INT32", converted_type: "UINT_32" },
  int16: { type: "INT32", converted_type: "INT_16" },
  uint16: { type: "INT32", converted_type: "UINT_16" },
  int8: { type: "INT32", converted_type: "INT_8" },
  uint8: { type: "INT32", converted_type: "UINT_8" },
  uint8clamped: { type: "INT32", converted_type: "UINT_8" },
};

async function parquetBytes(names: string[], numbers: TypedArray[]): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await loadParquet();
  const schema: ParquetElement[] = [{ name: "table", num_children: names.length }];
  const columnData = names.map((name, i) => {
    schema.push({ name, repetition_type: "REQUIRED", ...parquetTypes[kindOf(numbers[i])] });
    return { name, data: signed(numbers[i]) };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData, schema }));
}

/** The same bits as the package writes them: signed integers of 32 and 64 bits. */
function signed(data: TypedArray): TypedArray {
  const { buffer, byteOffset, length } = data;
  switch (kindOf(data)) {
    case "uint64":
      return new BigInt64Array(buffer, byteOffset, length) as TypedArray;
    case "uint32":
      return new Int32Array(buffer, byteOffset, length) as TypedArray;
    case "float16":
      return Float32Array.from(data as Float16Array);
    case "int16":
    case "uint16":
    case "int8":
    case "uint8":
    case "uint8clamped":
      return Int32Array.from(data as Int16Array);
    default:
      return data;
  }
}
