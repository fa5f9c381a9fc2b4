/**
 * The fields and particles of a snapshot as tables: one row for each degree of freedom or particle.
 *
 * @module
 */
import type { TypedArray } from "../arrays.ts";
import { Model } from "../model/model.ts";

/** The number of rows that are written at once. */
const PIECE = 1 << 12;

const axes = ["x", "y", "z"];

/** Columns of equal length. */
export interface CsvTable {
  /** The name of the table and of its file, e.g. `Mesh_0.T` or `Swarm_0`. */
  readonly name: string;
  /** The number of rows. */
  readonly rows: number;
  readonly columns: readonly Column[];
}

interface Column {
  readonly name: string;
  readonly data: TypedArray;
  /** The index of the first value, and the distance from one to the next. */
  readonly offset: number;
  readonly stride: number;
}

/** One table for each mesh variable that has values, and one for each swarm. */
export async function csvTables(file: string): Promise<CsvTable[]> {
  const model = await Model.fromSnapshot(file);
  const tables: CsvTable[] = [];
  for (const mesh of model.meshes.values()) {
    for (const variable of mesh.variables.values()) {
      if (!variable.allocated) continue;
      const places = columnsOf("", variable.coordinates.data, mesh.dim);
      const values = columnsOf(variable.name, variable.data, variable.components);
      const rows = variable.data.length / variable.components;
      tables.push({ name: `${mesh.name}.${variable.name}`, rows, columns: [...places, ...values] });
    }
  }
  for (const swarm of model.swarms.values()) {
    const columns = [
      { name: "id", data: swarm.ids as TypedArray, offset: 0, stride: 1 },
      ...columnsOf("", swarm.coordinates.data, swarm.mesh.dim),
    ];
    for (const { name, data, components } of swarm.variables.values()) {
      columns.push(...columnsOf(name, data as TypedArray, components));
    }
    tables.push({ name: swarm.name, rows: swarm.count, columns });
  }
  return tables;
}

/** The columns of one array `[rows x components]`; without a name they are called after the axes. */
function columnsOf(name: string, data: TypedArray, components: number): Column[] {
  return Array.from({ length: components }, (_, i) => ({
    name: name === "" ? axes[i] : components === 1 ? name : `${name}_${i}`,
    data,
    offset: i,
    stride: components,
  }));
}

/** Writes a table: a heading, then a line for each row (RFC 4180, but with LF as the line end). */
export function writeCsv({ rows, columns }: CsvTable, write: (text: string) => void): void {
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
