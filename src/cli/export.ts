import { buildCommand } from "../deps/stricli.ts";
import { denoLayer } from "../snapshot/file/file_layer.ts";
import { pathOf, safeName } from "../snapshot/file/paths.ts";
import { sameFile } from "../snapshot/file/places.ts";
import { type CliContext, type CommonFlags, jsonFlag, printJson } from "./context.ts";

interface Flags extends CommonFlags {
  readonly to: "json" | "csv";
  readonly out?: string;
  readonly of?: string;
}

async function exportSnapshot(this: CliContext, flags: Flags, file: string): Promise<void> {
  const written = flags.to === "json"
    ? await toJson(this, flags, file)
    : await toCsv(this, flags, file);
  if (flags.out === undefined) return;
  if (flags.json) printJson(this, { file, to: flags.to, written });
  else this.output.out(written.map((path) => `wrote ${path}\n`).join(""));
}

async function toJson(context: CliContext, { out }: Flags, file: string): Promise<string[]> {
  const { exportJson } = await import("./export_json.ts");
  if (out === undefined) {
    await exportJson(file, (text) => context.output.out(text));
    return [];
  }
  using target = new TextTarget(out, file);
  await exportJson(file, (text) => target.write(text));
  return [out];
}

/** Writes all tables to a folder, or one of them to standard output. */
async function toCsv(context: CliContext, { out, of }: Flags, file: string): Promise<string[]> {
  const { csvTables, writeCsv } = await import("./export_csv.ts");
  const all = await csvTables(file);
  const names = all.map(({ name }) => name);
  const tables = of === undefined ? all : all.filter(({ name }) => name === of);
  if (tables.length === 0) {
    throw new RangeError(
      `"${file}" does not have a table ${of ?? ""}; its tables are: ${names.join(", ") || "none"}`,
    );
  }
  if (out !== undefined) {
    Deno.mkdirSync(out, { recursive: true });
    return tables.map((table) => {
      const path = `${out}/${safeName(table.name)}.csv`;
      using target = new TextTarget(path, file);
      writeCsv(table, (text) => target.write(text));
      return path;
    });
  }
  if (tables.length > 1) {
    throw new RangeError(
      `"${file}" has several tables: ${
        names.join(", ")
      }; choose one with --of, or give a folder for ` +
        "all of them with --out",
    );
  }
  writeCsv(tables[0], (text) => context.output.out(text));
  return [];
}

/** A text file that is written piece by piece. */
class TextTarget {
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();

  /** @throws {RangeError} when `path` is the file that is exported, by whichever name. */
  constructor(path: string, source: string) {
    if (isOneFile(pathOf(path), pathOf(source))) {
      throw new RangeError(
        `export: "${path}" is the snapshot itself, which writing would destroy; choose another --out`,
      );
    }
    this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
  }

  write(text: string): void {
    const bytes = this.#encoder.encode(text);
    for (let at = 0; at < bytes.length;) at += this.#file.writeSync(bytes.subarray(at));
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** Whether two names are those of one file, through links of either kind. */
function isOneFile(a: string, b: string): boolean {
  if (denoLayer.stat(a) === null || denoLayer.stat(b) === null) return false;
  if (sameFile(denoLayer, a, b)) return true;
  const { dev, ino } = Deno.statSync(a), other = Deno.statSync(b);
  return ino !== null && ino === other.ino && dev === other.dev;
}

/** `timestash export FILE` */
export const exportCommand = buildCommand<Flags, [string], CliContext>({
  func: exportSnapshot,
  parameters: {
    flags: {
      json: { ...jsonFlag, brief: "Print what was written as JSON (with --out)" },
      to: { kind: "enum", values: ["json", "csv"], brief: "The format", placeholder: "FORMAT" },
      out: {
        kind: "parsed",
        parse: String,
        brief: "A file (json) or folder (csv); defaults to standard output",
        placeholder: "PATH",
        optional: true,
      },
      of: {
        kind: "parsed",
        parse: String,
        brief: "One table (csv): Mesh_0.T or Swarm_0",
        placeholder: "NAME",
        optional: true,
      },
    },
    positional: {
      kind: "tuple",
      parameters: [{ brief: "A snapshot", placeholder: "FILE", parse: String }],
    },
  },
  docs: { brief: "Write a snapshot as JSON, or its fields and particles as CSV tables" },
});
