/**
 * A folder of checkpoints with its catalog. The catalog only saves time: a file that it does not list, or
 * lists with another size, is read itself. A change therefore removes the file from the catalog first and
 * adds it last; if it is interrupted, the catalog is incomplete but never wrong.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import type { FileLayer, LayerFile } from "../snapshot/file/file_layer.ts";
import { checksumOf } from "../xxh64.ts";
import { deleteFiles, lockedForDeletion } from "../snapshot/file/commit.ts";
import {
  linkedFilesIn,
  removeIfThere,
  removeOrphans,
  removeStale,
} from "../snapshot/file/deletion.ts";
import { joinPath } from "../snapshot/file/paths.ts";
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
  runOfFile,
  unfinishedOf,
} from "./file_names.ts";
import { openLock, readJson, writeJson } from "./json_files.ts";
import { factsOf, neededBy, scanFile, snapshotFiles } from "./scan.ts";

const FORMAT = "timestash-catalog";
const VERSION = 1;

/** The number of checkpoints that are locked at once while they are removed. */
const BATCH = 64;

/** The checkpoints of a folder, and the problems found in it. */
export interface CheckpointFolderContents {
  /** All checkpoints, oldest first. */
  readonly entries: CheckpointEntry[];
  /** One sentence for each incomplete or damaged file. */
  readonly problems: string[];
}

/** Does work on a folder once for all ranks, and gives all of them the result. Collective. */
export type FolderWork = <R>(work: (folder: CheckpointFolder) => R | Promise<R>) => Promise<R>;

/** A folder of checkpoints. */
export class CheckpointFolder {
  readonly path: string;
  readonly layer: FileLayer;

  /** A folder, which is created when something is written. */
  constructor(path: string, layer: FileLayer) {
    this.path = path;
    this.layer = layer;
  }

  /** The path of a file in it. */
  join(file: string): string {
    return joinPath(this.path, file);
  }

  /** Creates the folder if it does not exist. */
  make(): void {
    if (this.layer.stat(this.path) === null) this.layer.makeDirectory(this.path);
  }

  /** Reads the contents. An incomplete catalog is completed on the disk if permissions allow. */
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
      problems.push(`${name}: "${of}", incomplete: still being written, or its writer died`);
    }
    return { entries: entries.sort(compareAge), problems };
  }

  /** Removes files that are about to change from the catalog; until {@link add}, the files are read themselves. */
  dropFromCatalog(files: readonly string[]): void {
    const known = this.#readCatalog();
    if (!files.some((file) => known.has(file))) return;
    this.#change((entries) => files.forEach((file) => entries.delete(file)));
  }

  /**
   * Writes the JSON beside a checkpoint that is on the disk, and adds it to the catalog.
   *
   * @returns the entry, completed with what the file itself says: sizes, checksum, bases.
   */
  add(
    entry: Omit<CheckpointEntry, "bytes" | "fileBytes" | "checksum" | "needs" | "path">,
  ): CheckpointEntry {
    const facts = factsOf(this.layer, this.path, entry.file);
    const whole = { ...entry, ...facts, path: this.join(entry.file) };
    writeJson(this.layer, this.join(recordName(entry.file)), entryToJson(whole));
    this.#change((entries) => entries.set(entry.file, whole));
    return whole;
  }

  /** Replaces the labels of a checkpoint. */
  relabel(entry: CheckpointEntry, labels: CheckpointEntry["labels"]): CheckpointEntry {
    const changed = { ...entry, labels };
    this.dropFromCatalog([entry.file]);
    writeJson(this.layer, this.join(recordName(entry.file)), entryToJson(changed));
    this.#change((entries) => entries.set(entry.file, changed));
    return changed;
  }

  /**
   * Removes checkpoints, newest first, so that an incremental one is removed before its base. The snapshot is
   * the first file of each to be removed, so that the rest is never taken for a checkpoint.
   *
   * @param entries oldest first.
   * @returns those that stay, with the reason: another file needs them, or the system refused.
   */
  async remove(entries: readonly CheckpointEntry[]): Promise<Map<CheckpointEntry, string>> {
    const stay = new Map<CheckpointEntry, string>();
    const gone: string[] = [];
    const newestFirst = entries.toReversed();
    for (let at = 0; at < newestFirst.length; at += BATCH) {
      const batch = newestFirst.slice(at, at + BATCH);
      for (const [entry, reason] of await this.#removeBatch(batch)) stay.set(entry, reason);
      gone.push(...batch.filter((entry) => !stay.has(entry)).map(({ file }) => file));
    }
    if (gone.length > 0) this.layer.syncDirectory(this.path);
    this.dropFromCatalog(gone);
    return stay;
  }

  /** Removes checkpoints while they are locked, so that no other process makes one of them a base meanwhile. */
  async #removeBatch(
    entries: readonly CheckpointEntry[],
  ): Promise<Map<CheckpointEntry, string>> {
    const { layer } = this;
    const stay = new Map<CheckpointEntry, string>();
    const going = new Set(entries.map(({ file }) => file));
    const all = (await this.read()).entries;
    const locks: (LayerFile | null)[] = [];
    try {
      for (const entry of entries) {
        try {
          locks.push(lockedForDeletion(layer, this.join(entry.file)));
        } catch (error) {
          stay.set(entry, messageOf(error));
          going.delete(entry.file);
        }
      }
      const needed = neededBy(layer, this.path, all, going);
      let linked: Map<string, string> | null = null;
      const isNeeded = (real: string) => {
        linked ??= linkedFilesIn(layer, this.path, (name) => going.has(name));
        return linked.has(real);
      };
      for (const entry of entries.filter((entry) => !stay.has(entry))) {
        try {
          const by = needed.get(entry.file);
          if (by !== undefined) throw new Error(`"${by}" holds only what changed since it`);
          deleteFiles(layer, this.join(entry.file), isNeeded);
          removeIfThere(layer, this.join(recordName(entry.file)));
        } catch (error) {
          stay.set(entry, messageOf(error));
          for (const file of entry.needs) needed.set(file, entry.file);
        }
      }
    } finally {
      for (const lock of locks) lock?.close();
    }
    return stay;
  }

  /** Removes what interrupted saves of a run have left; to be called by the process that holds the run. */
  removeUnfinished(run: string): void {
    const { layer, path } = this;
    removeStale(layer, path, (target) => runOfFile(target) === run);
    const orphans = this.#unfinished().filter(([name, of]) =>
      ownerOfBulk(name) !== null && runOfFile(of) === run
    );
    if (orphans.length === 0) return;
    const linked = linkedFilesIn(layer, path);
    for (const [name] of orphans) removeOrphans(layer, this.join(name), (real) => linked.has(real));
  }

  /** Temporary files, and folders of sidecars without a snapshot, each with the name of its snapshot. */
  #unfinished(): [name: string, of: string][] {
    return this.layer.list(this.path).flatMap((name): [string, string][] => {
      const temporary = unfinishedOf(name), owner = ownerOfBulk(name);
      if (temporary !== null) return [[name, temporary]];
      return owner === null || this.layer.stat(this.join(owner)) !== null ? [] : [[name, owner]];
    });
  }

  /** Removes a file of the folder if it exists. */
  removeFile(name: string): void {
    removeIfThere(this.layer, this.join(name));
  }

  /** Adds to the catalog what reading found; without the permission to write, the catalog stays as it is. */
  #tidy(fresh: readonly CheckpointEntry[], gone: readonly string[]): void {
    try {
      this.#change((entries) => {
        for (const file of gone) {
          if (this.layer.stat(this.join(file)) === null) entries.delete(file);
        }
        for (const entry of fresh) {
          // Another process may have saved it again in the meantime.
          const size = this.layer.stat(entry.path)?.size;
          if (!entries.has(entry.file) && size === entry.fileBytes) entries.set(entry.file, entry);
        }
      });
    } catch {
      // The catalog stays incomplete, so the next reader reads these files again.
    }
  }

  /** Reads, changes and replaces the catalog under a lock. */
  #change(change: (entries: Map<string, CheckpointEntry>) => void): void {
    this.make();
    const lock = openLock(this.layer, this.join(CATALOG_LOCK));
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
    return checksumOf(JSON.stringify(checkpoints));
  }
}
