/**
 * A folder of checkpoints with its catalog. The catalog only saves time: a file that it does not list, or that
 * has been touched since, is read itself. A change therefore removes the file from the catalog first and
 * adds it last; if it is interrupted, the catalog is incomplete but never wrong.
 *
 * @module
 */
import { type FileLayer, readFully, writeFully } from "../snapshot/file/file_layer.ts";
import { removeIfThere } from "../snapshot/file/deletion.ts";
import { joinPath } from "../snapshot/file/paths.ts";
import { replaceFile } from "../snapshot/file/pending_file.ts";
import type { ArchiveTier } from "./archive_tier.ts";
import { CatalogJournal, type CataloguedEntry, stampOf } from "./catalog_journal.ts";
import { type CheckpointEntry, compareAge, entryToJson, isJsonObject } from "./checkpoint_entry.ts";
import { unfinishedIn } from "./checkpoint_removal.ts";
import { CheckpointError } from "../errors.ts";
import { requireApart } from "./checkpoint_store.ts";
import { recordName, runNamed, runOfRecord, stepInName } from "./file_names.ts";
import { readJson, writeJson } from "./json_files.ts";
import { factsOf, scanFile, snapshotFiles } from "./scan.ts";

/** Something about a file of the folder that its user should know. */
export interface FolderProblem {
  readonly file: string;
  /** The run that the file belongs to, as far as its record or its name says so. */
  readonly run: string | null;
  /** One sentence, which begins with the name of the file. */
  readonly text: string;
}

/** The checkpoints of a folder, and the problems found in it. */
export interface CheckpointFolderContents {
  /** All checkpoints, oldest first. */
  readonly entries: CheckpointEntry[];
  /** Incomplete, damaged and exchanged files. */
  readonly problems: FolderProblem[];
}

/** Does work on a folder once for all ranks, and gives all of them the result. Collective. */
export type FolderWork = <R>(work: (folder: CheckpointFolder) => R | Promise<R>) => Promise<R>;

/** A folder of checkpoints. */
export class CheckpointFolder {
  readonly path: string;
  readonly layer: FileLayer;
  /** The second tier, or null. */
  readonly archive: ArchiveTier | null;
  readonly #catalog: CatalogJournal;

  /** A folder, which is created when something is written. */
  constructor(path: string, layer: FileLayer, archive: ArchiveTier | null = null) {
    this.path = path;
    this.layer = layer;
    this.archive = archive;
    this.#requireApart();
    this.#catalog = new CatalogJournal(layer, path);
  }

  /** The path of a file in it. */
  join(file: string): string {
    return joinPath(this.path, file);
  }

  /** Creates the folder if it does not exist. */
  make(): void {
    if (this.layer.stat(this.path) !== null) return;
    this.layer.makeDirectory(this.path);
    this.#requireApart();
  }

  /** Reads the contents. An incomplete catalog is completed on the disk if permissions allow. */
  async read(): Promise<CheckpointFolderContents> {
    const files = snapshotFiles(this.layer, this.path);
    const known = this.#catalog.read();
    const entries: CheckpointEntry[] = [];
    const damaged: [file: string, text: string][] = [];
    const fresh: CataloguedEntry[] = [];
    const gone = [...known.keys()].filter((file) => !files.has(file));
    for (const [file, stat] of files) {
      const stamp = stampOf(stat), listed = known.get(file);
      if (listed?.stamp === stamp) {
        entries.push(listed.entry);
        continue;
      }
      const derived = await scanFile(this.layer, this.path, file);
      if (derived === null) continue;
      if ("problem" in derived) damaged.push([file, derived.problem]);
      else fresh.push({ entry: derived.entry, stamp });
    }
    entries.push(...fresh.map(({ entry }) => entry));
    if (fresh.length > 0 || gone.length > 0) this.#tidy(fresh, gone);
    return { entries: entries.sort(compareAge), problems: this.#problems(entries, damaged) };
  }

  /** Reads the contents, and adds the checkpoints that are only in the archive. */
  async all(): Promise<CheckpointFolderContents> {
    const own = await this.read();
    if (this.archive === null) return own;
    const archived = await this.archive.read(this);
    const elsewhere = new Map(archived.entries.map((entry) => [entry.file, entry]));
    const here = own.entries.map((entry): CheckpointEntry => {
      const copy = elsewhere.get(entry.file);
      elsewhere.delete(entry.file);
      return { ...entry, place: copy?.checksum === entry.checksum ? "both" : "folder" };
    });
    const entries = [...here, ...elsewhere.values()].sort(compareAge);
    const noted = archived.problems.map((text) => ({ file: "", run: null, text }));
    return { entries, problems: [...own.problems, ...noted] };
  }

  /** The ids of the runs that have a record or a checkpoint here. */
  runIds(): Set<string> {
    const recorded = this.layer.list(this.path).flatMap((name) => runOfRecord(name) ?? []);
    return new Set([
      ...recorded,
      ...Array.from(this.#catalog.read().values(), ({ entry }) => entry.run),
    ]);
  }

  /** Removes files that are about to change from the catalog; until {@link add}, the files are read themselves. */
  dropFromCatalog(files: readonly string[]): void {
    const known = this.#catalog.read();
    if (!files.some((file) => known.has(file))) return;
    this.make();
    this.#catalog.change((known) =>
      files.filter((file) => known.has(file)).map((gone) => ({ gone }))
    );
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
    this.#note(whole);
    return whole;
  }

  /**
   * Adds labels to those that a checkpoint has by now, here and in the archive.
   *
   * @throws {CheckpointError} when it is gone, or was saved again.
   */
  async relabel(
    asked: CheckpointEntry,
    labels: CheckpointEntry["labels"],
  ): Promise<CheckpointEntry> {
    const isAsked = ({ file, run, sequence }: CheckpointEntry) =>
      file === asked.file && run === asked.run && sequence === asked.sequence;
    const own = (await this.read()).entries.find(isAsked);
    const archived = (await this.archive?.known(this))?.get(asked.file);
    const entry = own ?? (archived !== undefined && isAsked(archived) ? archived : undefined);
    if (entry === undefined) {
      throw new CheckpointError(
        this.path,
        1,
        `"${asked.file}" is gone, or is not the checkpoint of step ${asked.step} that was listed; call list() again`,
      );
    }
    const changed = { ...entry, place: asked.place, labels: { ...entry.labels, ...labels } };
    if (own !== undefined) {
      this.dropFromCatalog([entry.file]);
      this.#note(changed);
    }
    await this.archive?.relabel(this, changed);
    return changed;
  }

  /** The text of a file of the folder; null if it is not there. */
  readText(name: string): string | null {
    if (!this.layer.stat(this.join(name))?.isFile) return null;
    const file = this.layer.open(this.join(name), "read");
    try {
      const bytes = new Uint8Array(file.size());
      return new TextDecoder().decode(bytes.subarray(0, readFully(file, bytes, 0)));
    } finally {
      file.close();
    }
  }

  /** Writes a file of the folder in one step. */
  writeText(name: string, text: string): void {
    replaceFile(
      this.layer,
      this.join(name),
      (file) => writeFully(file, new TextEncoder().encode(text), 0),
    );
  }

  /** Removes a file of the folder if it exists. */
  removeFile(name: string): void {
    removeIfThere(this.layer, this.join(name));
  }

  /** Writes the catalog in one piece, for whoever reads it without the toolkit. */
  compactCatalog(): void {
    this.#catalog.compact();
  }

  #requireApart(): void {
    if (this.archive !== null) requireApart(this.layer, this.path, this.archive.store);
  }

  #note(entry: CheckpointEntry): void {
    writeJson(this.layer, this.join(recordName(entry.file)), entryToJson(entry));
    this.make();
    this.#catalog.change(() => {
      const stat = this.layer.stat(entry.path);
      return stat === null ? [] : [{ entry, stamp: stampOf(stat) }];
    });
  }

  #problems(
    entries: readonly CheckpointEntry[],
    damaged: readonly [file: string, text: string][],
  ): FolderProblem[] {
    const ids = damaged.length === 0 ? new Set<string>() : this.runIds();
    const problems: FolderProblem[] = damaged.map(([file, text]) => ({
      file,
      run: this.#runNoted(file) ?? runNamed(file, ids),
      text,
    }));
    for (const { file, run, step } of entries) {
      const named = stepInName(file);
      if (named === null || named === step || !file.startsWith(`${run}-`)) continue;
      const text =
        `${file}: holds step ${step} of run "${run}" and not what its name says; it was ` +
        "replaced by another file";
      problems.push({ file, run, text });
    }
    for (const [file, of] of unfinishedIn(this)) {
      const text = `${file}: "${of}", incomplete: still being written, or its writer died`;
      problems.push({ file, run: null, text });
    }
    return problems;
  }

  /** Whether a new checkpoint of a run may take a name: nothing stands there, or what the run has saved itself. */
  mayReplace(file: string, run: string): boolean {
    const there = this.layer.lstat(this.join(file));
    // A folder is never replaced: the save fails and says so.
    return there === null || there.isDirectory || this.#runNoted(file) === run;
  }

  /** The run in the record beside a checkpoint that cannot be read itself. */
  #runNoted(file: string): string | null {
    const record = readJson(this.layer, this.join(recordName(file)));
    return isJsonObject(record) && typeof record["run"] === "string" ? record["run"] : null;
  }

  /** Adds to the catalog what reading found; without the permission to write, the catalog stays as it is. */
  #tidy(fresh: readonly CataloguedEntry[], gone: readonly string[]): void {
    try {
      this.#catalog.change((known) => [
        ...gone.filter((file) => this.layer.stat(this.join(file)) === null)
          .map((gone) => ({ gone })),
        // Another process may have saved it again in the meantime.
        ...fresh.filter(({ entry, stamp }) => {
          if (known.get(entry.file)?.stamp === stamp) return false;
          const stat = this.layer.stat(entry.path);
          return stat !== null && stampOf(stat) === stamp;
        }),
      ]);
    } catch {
      // The catalog stays incomplete, so the next reader reads these files again.
    }
  }
}
