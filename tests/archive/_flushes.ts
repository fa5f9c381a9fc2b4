import { join } from "@std/path";
import { denoLayer, type FileLayer } from "../../src/snapshot/file/file_layer.ts";
import { baseOf, directoryOf } from "../../src/snapshot/file/paths.ts";
import { layerWith } from "./_entries.ts";

/** A name in its folder, which is on the disk when the folder was synced. */
function nameOf(path: string): string {
  return `the name of ${path}`;
}

function isNameIn(note: string, folder: string): boolean {
  const start = nameOf("");
  return note.startsWith(start) && directoryOf(note.slice(start.length)) === folder;
}

/**
 * A file system that knows what is not on the disk yet: files that were written to since they were flushed, and
 * names that are new since their folder was synced. Nothing may be left when a file takes its name, and nothing in
 * the end.
 *
 * What is left is noted as files in a folder, so that ranks, each with a watch of its own, see it of each other.
 */
export class FlushWatch {
  /** For the writer. */
  readonly layer: FileLayer;
  /** What took its name too early, one sentence each. */
  readonly problems: string[] = [];
  /** How many files took their names. */
  renames = 0;
  readonly #notes: string;
  readonly #id = crypto.randomUUID();
  readonly #own = new Set<string>();

  /** @param notes a folder for the notes, the same for all ranks. */
  constructor(notes: string) {
    this.#notes = notes;
    Deno.mkdirSync(notes, { recursive: true });
    this.layer = layerWith((operation, path) => {
      switch (operation) {
        case "open":
        case "makeDirectory":
          if (denoLayer.stat(path) === null) this.#add(nameOf(path));
          return;
        case "write":
        case "truncate":
          return this.#add(path);
        case "flush":
          return this.#remove(path);
        case "syncDirectory":
          for (const note of this.#own) if (isNameIn(note, path)) this.#remove(note);
          return;
        case "rename":
          return this.#renamed(path);
      }
    });
  }

  /** What is not on the disk, on whatever rank. */
  get left(): string[] {
    return Array.from(
      Deno.readDirSync(this.#notes),
      ({ name }) => decodeURIComponent(name.slice(name.indexOf(".") + 1)),
    );
  }

  /** Called before: the temporary name goes away, and need not be on the disk; all else must be. */
  #renamed(path: string): void {
    this.renames++;
    const temporary = nameOf(join(directoryOf(path), `.${baseOf(path)}.`));
    for (const note of this.#own) if (note.startsWith(temporary)) this.#remove(note);
    for (const other of this.left) {
      this.problems.push(`"${path}" took its name before this was on the disk: ${other}`);
    }
    this.#add(nameOf(path));
  }

  #add(path: string): void {
    if (this.#own.has(path)) return;
    this.#own.add(path);
    Deno.writeTextFileSync(this.#noteOf(path), "");
  }

  #remove(path: string): void {
    if (!this.#own.delete(path)) return;
    Deno.removeSync(this.#noteOf(path));
  }

  #noteOf(path: string): string {
    return join(this.#notes, `${this.#id}.${encodeURIComponent(path)}`);
  }
}
