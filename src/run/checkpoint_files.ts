/**
 * Saves a model's checkpoints to a folder and loads them back.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import {
  CommError,
  SnapshotCorruptError,
  SnapshotInvalidatedError,
  StateSchemaError,
} from "../errors.ts";
import type { RestoreOptions } from "../model/grown_restore.ts";
import { type Model, storageOf } from "../model/model.ts";
import type { LoadedNumbers } from "./run_setup.ts";
import { keeperOf } from "../model/transcript.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { directoryOf } from "../snapshot/file/paths.ts";
import type { ResolvedOptions } from "./checkpoint_options.ts";
import type { CheckpointEntry } from "./checkpoint_entry.ts";
import type { CheckpointFolder, FolderWork } from "./checkpoint_folder.ts";
import { restoreLevel } from "./checkpoint_levels.ts";
import {
  countingLayer,
  type ProgressReporter,
  progressReporter,
  silentReporter,
} from "./progress.ts";
import { CheckpointError } from "../errors.ts";
import type { Saver } from "./saver.ts";

/** Modules that are loaded when a folder is first used. */
interface Tools {
  readonly saver: Saver;
  readonly progress: ProgressReporter;
}

/** Errors that another checkpoint would cause as well. */
const hopeless = [SnapshotInvalidatedError, StateSchemaError, CommError];

/** The checkpoint that was restored, and those that could not be. */
export interface RestoredCheckpoint {
  /** The checkpoint that was loaded, or null. */
  readonly entry: CheckpointEntry | null;
  /** Newer ones that could not be loaded, one sentence each. */
  readonly skipped: readonly string[];
}

/** Saves and restores the checkpoints of one model in one folder. */
export class CheckpointFiles {
  readonly #model: Model;
  readonly #options: ResolvedOptions;
  readonly #inFolder: FolderWork;
  #tools: Promise<Tools> | null = null;

  constructor(model: Model, options: ResolvedOptions, inFolder: FolderWork) {
    this.#model = model;
    this.#options = options;
    this.#inFolder = inFolder;
  }

  /** The object that writes checkpoints. */
  async saver(): Promise<Saver> {
    return (await this.#ready()).saver;
  }

  /**
   * Puts the model back, on all ranks or on none.
   *
   * @param numbers Those of the script, where they are to win.
   * @returns the entry, with what its file is known to hold now.
   * @throws {CheckpointError} when the file holds another checkpoint now.
   */
  async restore(
    asked: CheckpointEntry,
    { missing, extra }: RestoreOptions = {},
    numbers: LoadedNumbers | null = null,
  ): Promise<CheckpointEntry> {
    const { progress } = await this.#ready();
    const entry = await this.#inFolder((folder) => requireSameFile(folder, asked));
    const task = progress.begin(`loading ${entry.file}`, entry.fileBytes);
    try {
      const layer = countingLayer(this.#options.layer, "read", (bytes) => task.done(bytes));
      const storage = storageOf(this.#model);
      using read = await this.#readOrFetch(entry, () => storage.read(entry.path, { layer }));
      const transcript = keeperOf(this.#model.transcript), { file } = entry;
      transcript.takeBack({ kind: "load", file }, () => {
        const entries = numbers?.putInto(read.entries) ?? read.entries;
        if (entry.level < 2) restoreLevel(this.#model, entries);
        else storage.restoreFrom("loadState", entries, { missing, extra });
      });
      numbers?.setParameters();
    } catch (error) {
      throw explained(error, entry.path, "load");
    } finally {
      task.end();
    }
    return entry;
  }

  /**
   * Puts the model back to the newest entry that can be read; the others are reported.
   *
   * @param entries oldest first.
   * @returns the entry, or null if there are none; and those that were skipped, with the reasons.
   * @throws {CheckpointError} when there are entries, but none can be read.
   */
  async restoreNewest(
    entries: readonly CheckpointEntry[],
    how: RestoreOptions = {},
    numbers: LoadedNumbers | null = null,
  ): Promise<RestoredCheckpoint> {
    const skipped: string[] = [];
    let last: unknown = null;
    for (const entry of entries.toReversed()) {
      try {
        return { entry: await this.restore(entry, how, numbers), skipped };
      } catch (error) {
        // If this state does not fit the model, an older one will not fit either.
        if (hopeless.some((kind) => error instanceof kind)) throw error;
        last = error;
        const reason = messageOf(error);
        skipped.push(`checkpoint "${entry.file}" cannot be loaded and is skipped: ${reason}`);
        this.#options.report(skipped.at(-1)!);
      }
    }
    if (entries.length === 0) return { entry: null, skipped };
    throw new CheckpointError(
      directoryOf(entries[0].path),
      entries.length,
      `none of the ${entries.length} checkpoints of run "${entries[0].run}" can be loaded; ` +
        "`timestash verify` on the folder says what is damaged",
      { cause: last },
    );
  }

  /** Where the copy in the folder is damaged and the archive has a sound one, that takes its place. */
  async #readOrFetch<R>(entry: CheckpointEntry, read: () => Promise<R>): Promise<R> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof SnapshotCorruptError) || this.#options.archive === null) throw error;
      const fetched = await this.#inFolder((folder) => fetchedAgain(folder, entry));
      if (fetched === null) throw error;
      this.#options.report(`"${entry.file}" was damaged and is taken from the archive`);
      return await read();
    }
  }

  #ready(): Promise<Tools> {
    this.#tools ??= this.#load();
    this.#tools.catch(() => this.#tools = null);
    return this.#tools;
  }

  async #load(): Promise<Tools> {
    const { progress: wanted } = this.#options;
    const { Saver } = await import("./saver.ts");
    const progress = wanted === true ? await progressReporter() : wanted || silentReporter;
    return { saver: new Saver(this.#model, this.#inFolder, this.#options, progress), progress };
  }
}

/** Copies a checkpoint from the archive; null if there is none, or the archive does not have it. */
async function fetchedAgain(
  folder: CheckpointFolder,
  { file, checksum }: CheckpointEntry,
): Promise<CheckpointEntry | null> {
  if (folder.archive === null) return null;
  const there = (await folder.archive.known(folder)).get(file);
  return there?.checksum === checksum ? await folder.archive.fetch(folder, file) : null;
}

/** The list may be older than the file: another save, a backup that was put back, a file copied over it. */
async function requireSameFile(
  folder: CheckpointFolder,
  asked: CheckpointEntry,
): Promise<CheckpointEntry> {
  const { layer, path } = folder;
  if (asked.place === "archive" || layer.stat(folder.join(asked.file)) === null) {
    const fetched = await fetchedAgain(folder, asked);
    if (fetched !== null) return fetched;
    throw new CheckpointError(path, 1, `"${asked.file}" is not there; call list() again`);
  }
  const { factsOf, scanFile } = await import("./scan.ts");
  if (factsOf(layer, path, asked.file).checksum === asked.checksum) return asked;
  const scanned = await scanFile(layer, path, asked.file);
  const now = scanned !== null && "entry" in scanned ? scanned.entry : null;
  // The same save with other bytes: `consolidate` has copied into it what it needed.
  if (now?.run === asked.run && now.sequence === asked.sequence) return now;
  throw new CheckpointError(
    path,
    1,
    `"${asked.file}" is not the checkpoint that was listed, of step ${asked.step}: ` +
      (now === null ? "it cannot be read" : `it holds step ${now.step} of run "${now.run}"`) +
      "; call list() again",
  );
}
