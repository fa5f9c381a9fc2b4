/**
 * Tables as comma-separated values.
 *
 * @module
 */
import type { TableColumns } from "./columns.ts";

/** The number of rows that are written at once. */
const PIECE = 1 << 12;

/** Writes a table: a heading, then a line for each row (RFC 4180, but with LF as the line end). */
export function writeCsv({ rows, columns }: TableColumns, write: (text: string) => void): void {
  write(columns.map(({ name }) => quoted(name)).join(",") + "\n");
  for (let at = 0; at < rows; at += PIECE) {
    const lines: string[] = [];
    for (let row = at; row < Math.min(at + PIECE, rows); row++) {
      lines.push(
        columns.map(({ data, offset, stride }) => valueText(data[offset + row * stride])).join(","),
      );
    }
    write(lines.join("\n") + "\n");
  }
}

function valueText(value: number | bigint): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function quoted(name: string): string {
  return /[",\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
