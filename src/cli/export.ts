import { buildCommand, type Command } from "../deps/stricli.ts";
import { safeName } from "../snapshot/file/paths.ts";
import { type CliContext, type CommonFlags, jsonFlag, printJson } from "./context.ts";
import type { ExportFormat, ExportRequest } from "./export_files.ts";
import type { NamedTable } from "./export_tables.ts";
import { parseLine } from "./quantities.ts";

interface Flags extends CommonFlags {
  readonly to?: ExportFormat;
  readonly format?: ExportFormat;
  readonly out?: string;
  readonly of?: string;
  readonly run?: string;
  readonly line?: [number[], number[]];
}

const formats = ["json", "csv", "npy", "npz", "arrow", "parquet", "zarr"] as const;

async function exportSnapshot(this: CliContext, flags: Flags, path: string): Promise<void> {
  const { format = flags.to, out } = flags;
  if (format === undefined || (flags.to !== undefined && flags.to !== format)) {
    throw new RangeError(`export needs one format: --format ${formats.join(", ")}`);
  }
  const written = format === "json"
    ? await toJson(this, flags, path)
    : format === "csv"
    ? await toCsv(this, flags, path)
    : await toFiles({ ...flags, path, format, out });
  if (out === undefined) return;
  if (flags.json) printJson(this, { file: path, to: format, written });
  else this.output.out(written.map((name) => `wrote ${name}\n`).join(""));
}

async function toFiles(
  { out, ...request }: Omit<ExportRequest, "out"> & { readonly out?: string | undefined },
): Promise<string[]> {
  if (out === undefined) {
    throw new RangeError(`export --format ${request.format} needs --out, a file or a folder`);
  }
  const { exportFiles } = await import("./export_files.ts");
  return await exportFiles({ ...request, out });
}

async function toJson(context: CliContext, { out }: Flags, file: string): Promise<string[]> {
  const { exportJson } = await import("./export_json.ts");
  const { writePieces } = await import("../output/files/whole_file.ts");
  if (out === undefined) {
    await exportJson(file, (text) => context.output.out(text));
    return [];
  }
  await writePieces(out, (write) => exportJson(file, write));
  return [out];
}

/** Writes all tables to a folder, or one of them to standard output. */
async function toCsv(context: CliContext, flags: Flags, file: string): Promise<string[]> {
  const { out } = flags;
  const { writeCsv } = await import("../output/files/csv.ts");
  const { writePieces } = await import("../output/files/whole_file.ts");
  const { tablesIn } = await import("./export_tables.ts");
  const tables: NamedTable[] = await tablesIn(file, flags);
  if (out !== undefined) {
    Deno.mkdirSync(out, { recursive: true });
    const paths: string[] = [];
    for (const table of tables) {
      const path = `${out}/${safeName(table.name)}.csv`;
      await writePieces(path, (write) => writeCsv(table, write));
      paths.push(path);
    }
    return paths;
  }
  if (tables.length > 1) {
    throw new RangeError(
      `"${file}" has several tables: ${
        tables.map(({ name }) => name).join(", ")
      }; choose one with --of, or give a folder for ` +
        "all of them with --out",
    );
  }
  writeCsv(tables[0], (text) => context.output.out(text));
  return [];
}

/** `timestash export FILE` */
export const exportCommand: Command<CliContext> = buildCommand<Flags, [string], CliContext>({
  func: exportSnapshot,
  parameters: {
    flags: {
      json: { ...jsonFlag, brief: "Print what was written as JSON (with --out)" },
      format: {
        kind: "enum",
        values: formats,
        brief: "The format; zarr is a time series, the others take tables or arrays",
        placeholder: "FORMAT",
        optional: true,
      },
      to: {
        kind: "enum",
        values: formats,
        brief: "The same as --format",
        placeholder: "FORMAT",
        optional: true,
      },
      out: {
        kind: "parsed",
        parse: String,
        brief:
          "A file (json, npz) or a folder (all others); json and csv default to standard output",
        placeholder: "PATH",
        optional: true,
      },
      of: {
        kind: "parsed",
        parse: String,
        brief: "One table or array: Mesh_0.T or Swarm_0; of a folder, tracker",
        placeholder: "NAME",
        optional: true,
      },
      run: {
        kind: "parsed",
        parse: String,
        brief: "The run of a folder; defaults to the newest",
        optional: true,
      },
      line: {
        kind: "parsed",
        parse: parseLine,
        brief: "Fields along a line as a table, as in --line 0,0.5:1,0.5",
        placeholder: "FROM:TO",
        optional: true,
      },
    },
    positional: {
      kind: "tuple",
      parameters: [{
        brief: "A snapshot, or a folder of checkpoints",
        placeholder: "PATH",
        parse: String,
      }],
    },
  },
  docs: {
    brief:
      "Write a snapshot as JSON, arrays or tables, or a folder of checkpoints as a time series",
  },
});
