/**
 * A folder of checkpoints with its catalog. The catalog is a short cut: where it does not have a file,
 * or has it with another size, the file is asked. So a change takes the file out of the catalog first
 * and puts it back last; whatever stops it in between, the catalog is never wrong, only short.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import type { FileLayer } from "../snapshot/file/file_layer.ts";
import { hashBytes, hexOf } from "../snapshot/file/digest.ts";
import { type Hdf5Library, loadLibrary } from "../snapshot/file/hdf5_library.ts";
import { baseOf, bulkDirectoryOf, joinPath } from "../snapshot/file/paths.ts";
import {
  type CheckpointEntry,
  compareAge,
  entryFromJson,
  entryToJson,
  isJsonObject,
} from "./checkpoint_entry.ts";
import {
  CATALOG,
  CATALOG_LOCK,
  ownerOfBulk,
  recordName,
  runOfSnapshot,
  unfinishedOf,
} from "./file_names.ts";
import { readJson, writeJson } from "./json_files.ts";
import { factsOf, neededBy, scanFile, snapshotFiles } from "./scan.ts";

const FORMAT = "timestash-catalog";
const VERSION = 1;

/** The checkpoints of a folder, and what else is odd in it. */
export interface CheckpointFolderContents {
  /** All checkpoints, oldest first. */
  readonly entries: CheckpointEntry[];
  /** One sentence for each file that is half-written or damaged. */
  readonly problems: string[];
}

/** Does work on a folder, once for all ranks: the result is everybody's. Collective. */
export type FolderWork = <R>(work: (folder: CheckpointFolder) => R | Promise<R>) => Promise<R>;

/** A folder of checkpoints. */
export class CheckpointFolder {
  readonly path: string;
  readonly layer: FileLayer;
  readonly #library: Hdf5Library;

  private constructor(path: string, layer: FileLayer, library: Hdf5Library) {
    this.path = path;
    this.layer = layer;
    this.#library = library;
  }

  /**
   * A folder to work with; nothing is made before something is written.
   *
   * @throws {Error} when the HDF5 library cannot be loaded.
   */
  static async open(path: string, layer: FileLayer): Promise<CheckpointFolder> {
    return new CheckpointFolder(path, layer, await loadLibrary());
  }

  /** The path of a file in it. */
  join(file: string): string {
    return joinPath(this.path, file);
  }

  /** Makes the folder where it is not there. */
  make(): void {
    if (this.layer.stat(this.path) === null) this.layer.makeDirectory(this.path);
  }

  /** What is in it. A catalog that is short is completed on the disk, where that is allowed. */
  async read(): Promise<CheckpointFolderContents> {
    const files = snapshotFiles(this.layer, this.path);
    const known = this.#readCatalog();
    const entries: CheckpointEntry[] = [];
    const problems: string[] = [];
    const fresh: CheckpointEntry[] = [];
    for (const [file, size] of files) {
      const entry = known.get(file);
      if (entry?.fileBytes === size) {
        entries.push(entry);
        continue;
      }
      const derived = await scanFile(this.layer, this.path, file);
      if (derived === null) continue;
      if ("problem" in derived) problems.push(derived.problem);
      else fresh.push(derived.entry);
    }
    entries.push(...fresh);
    const gone = [...known.keys()].filter((file) => !files.has(file));
    if (fresh.length > 0 || gone.length > 0) this.#tidy(fresh, gone);
    for (const [name, of] of this.#unfinished()) {
      problems.push(`${name}: "${of}", half-written; its writer is at it or died`);
    }
    return { entries: entries.sort(compareAge), problems };
  }

  /** Says that `file` is about to change or go: until {@link add}, it speaks for itself. */
  forget(files: readonly string[]): void {
    const known = this.#readCatalog();
    if (!files.some((file) => known.has(file))) return;
    this.#change((entries) => files.forEach((file) => entries.delete(file)));
  }

  /**
   * Writes the JSON beside a checkpoint that is on the disk, and puts it into the catalog.
   *
   * @returns the entry with what the disk knows: sizes, checksum, bases.
   */
  add(
    entry: Omit<CheckpointEntry, "bytes" | "fileBytes" | "checksum" | "needs" | "path">,
  ): CheckpointEntry {
    const facts = factsOf(this.#library, this.layer, this.path, entry.file);
    const whole = { ...entry, ...facts, path: this.join(entry.file) };
    writeJson(this.layer, this.join(recordName(entry.file)), entryToJson(whole));
    this.#change((entries) => entries.set(entry.file, whole));
    return whole;
  }

  /** Gives a checkpoint other labels. */
  relabel(entry: CheckpointEntry, labels: CheckpointEntry["labels"]): CheckpointEntry {
    const changed = { ...entry, labels };
    this.forget([entry.file]);
    writeJson(this.layer, this.join(recordName(entry.file)), entryToJson(changed));
    this.#change((entries) => entries.set(entry.file, changed));
    return changed;
  }

  /**
   * Removes checkpoints, newest first: differences go before what they are differences from. Of each one
   * the snapshot goes first, so that what is left of it is never taken for one.
   *
   * @param entries oldest first.
   * @returns those that stay, with the reason: others need them, or the system refused.
   */
  async remove(entries: readonly CheckpointEntry[]): Promise<Map<CheckpointEntry, string>> {
    const going = new Set(entries.map(({ file }) => file));
    const needed = neededBy(
      this.#library,
      this.layer,
      this.path,
      (await this.read()).entries,
      going,
    );
    const stay = new Map<CheckpointEntry, string>();
    const gone: string[] = [];
    for (const entry of entries.toReversed()) {
      try {
        const by = needed.get(entry.file);
        if (by !== undefined) throw new Error(`"${by}" holds only what changed since it`);
        this.removeFile(entry.file);
        this.removeFile(baseOf(bulkDirectoryOf(entry.path)));
        this.removeFile(recordName(entry.file));
        gone.push(entry.file);
      } catch (error) {
        stay.set(entry, messageOf(error));
        for (const file of entry.needs) needed.set(file, entry.file);
      }
    }
    if (gone.length > 0) this.layer.syncDirectory(this.path);
    this.forget(gone);
    return stay;
  }

  /** Removes what saves of a run have left that were cut off; for whoever holds the run, which nobody saves then. */
  removeUnfinished(run: string): void {
    for (const [name, of] of this.#unfinished()) {
      if (runOfSnapshot(of) === run) this.removeFile(name);
    }
  }

  /** Temporary files, and folders of sidecars without their snapshot, with the name of what is missing. */
  #unfinished(): [name: string, of: string][] {
    return this.layer.list(this.path).flatMap((name): [string, string][] => {
      const temporary = unfinishedOf(name), owner = ownerOfBulk(name);
      if (temporary !== null) return [[name, temporary]];
      return owner === null || this.layer.stat(this.join(owner)) !== null ? [] : [[name, owner]];
    });
  }

  /** Removes a file or folder, if it is there. */
  removeFile(name: string): void {
    if (this.layer.stat(this.join(name)) === null) return;
    try {
      this.layer.remove(this.join(name));
    } catch (error) {
      // Another process was quicker.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** What reading found goes into the catalog; that it cannot (no permission) is no reason to fail. */
  #tidy(fresh: readonly CheckpointEntry[], gone: readonly string[]): void {
    try {
      this.#change((entries) => {
        for (const file of gone) {
          if (this.layer.stat(this.join(file)) === null) entries.delete(file);
        }
        for (const entry of fresh) {
          // In the meantime somebody may have saved it again.
          const size = this.layer.stat(entry.path)?.size;
          if (!entries.has(entry.file) && size === entry.fileBytes) entries.set(entry.file, entry);
        }
      });
    } catch {
      // The catalog stays short, and is read past.
    }
  }

  /** Reads, changes and replaces the catalog while nobody else does. */
  #change(change: (entries: Map<string, CheckpointEntry>) => void): void {
    this.make();
    const lock = this.layer.open(this.join(CATALOG_LOCK), "create");
    try {
      lock.lock();
      const entries = this.#readCatalog();
      change(entries);
      const checkpoints = [...entries.values()].sort(compareAge).map(entryToJson);
      const checksum = this.#checksumOf(checkpoints);
      const catalog = { format: FORMAT, version: VERSION, checksum, checkpoints };
      writeJson(this.layer, this.join(CATALOG), catalog);
    } finally {
      lock.close();
    }
  }

  #readCatalog(): Map<string, CheckpointEntry> {
    const catalog = readJson(this.layer, this.join(CATALOG));
    const entries = new Map<string, CheckpointEntry>();
    if (!isJsonObject(catalog) || catalog.format !== FORMAT || catalog.version !== VERSION) {
      return entries;
    }
    if (!Array.isArray(catalog.checkpoints)) return entries;
    if (catalog.checksum !== this.#checksumOf(catalog.checkpoints)) return entries;
    for (const record of catalog.checkpoints) {
      const entry = entryFromJson(record, (file) => this.join(file));
      if (entry !== null) entries.set(entry.file, entry);
    }
    return entries;
  }

  #checksumOf(checkpoints: unknown): string {
    const bytes = new TextEncoder().encode(JSON.stringify(checkpoints));
    return `xxh64:${hexOf(hashBytes(this.#library.hashes, bytes))}`;
  }
}
