/**
 * Exports to files of binary formats: arrays, tables, and time series.
 *
 * @module
 */
import { Model } from "../model/model.ts";
import { type ArraySource, saveNpy, saveNpz } from "../output/files/npy.ts";
import { tableBytes } from "../output/files/table.ts";
import { writeBytes } from "../output/files/whole_file.ts";
import { appendZarr } from "../output/files/zarr.ts";
import { safeName } from "../snapshot/file/paths.ts";
import { isDirectory } from "./context.ts";
import { chosen, entriesIn, type TableRequest, tablesIn } from "./export_tables.ts";

/** The formats of `timestash export`. */
export type ExportFormat = "json" | "csv" | "npy" | "npz" | "arrow" | "parquet" | "zarr";

/** What is to be exported, as which format, and where to. */
export interface ExportRequest extends TableRequest {
  readonly path: string;
  readonly format: ExportFormat;
  readonly out: string;
}

/** Writes the files; returns their paths. */
export async function exportFiles(request: ExportRequest): Promise<string[]> {
  const { path, format, out, run } = request;
  if (format === "zarr") {
    const files = isDirectory(path) ? await entriesIn(path, run) : [path];
    for (const file of files) await appendZarr(await Model.fromSnapshot(file), out);
    return [out];
  }
  if (format === "arrow" || format === "parquet") {
    const tables = await tablesIn(path, request);
    Deno.mkdirSync(out, { recursive: true });
    const written: string[] = [];
    for (const table of tables) {
      const file = `${out}/${safeName(table.name)}.${format}`;
      writeBytes(file, await tableBytes(table, format));
      written.push(file);
    }
    return written;
  }
  const arrays = await arraysIn(path, request.of);
  if (format === "npz") {
    await saveNpz(out, Object.fromEntries(arrays));
    return [out];
  }
  Deno.mkdirSync(out, { recursive: true });
  const written: string[] = [];
  for (const [name, source] of arrays) {
    const file = `${out}/${safeName(name)}.npy`;
    await saveNpy(file, source);
    written.push(file);
  }
  return written;
}

/** All variables of meshes and swarms, and what they stand on: nodes, cells, ids and places of particles. */
async function arraysIn(file: string, of?: string): Promise<(readonly [string, ArraySource])[]> {
  const model = await Model.fromSnapshot(file);
  const arrays: { readonly name: string; readonly source: ArraySource }[] = [];
  const add = (name: string, source: ArraySource) => arrays.push({ name, source });
  for (const mesh of model.meshes.values()) {
    add(`${mesh.name}.coordinates`, mesh.coordinates);
    add(`${mesh.name}.cells`, mesh.cells);
    for (const variable of mesh.variables.values()) {
      if (variable.allocated) add(`${mesh.name}.${variable.name}`, variable);
    }
  }
  for (const swarm of model.swarms.values()) {
    add(`${swarm.name}.ids`, swarm.ids);
    add(`${swarm.name}.coordinates`, swarm.coordinates);
    for (const variable of swarm.variables.values()) {
      add(`${swarm.name}.${variable.name}`, variable as ArraySource);
    }
  }
  return chosen(file, arrays, of).map(({ name, source }) => [name, source] as const);
}
