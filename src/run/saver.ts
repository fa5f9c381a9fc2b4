/**
 * One save after the other into a folder: the snapshot, the JSON beside it, the catalog. With several ranks
 * all of them write the snapshot, and the first does the rest.
 *
 * @module
 */
import type { Model } from "../model/model.ts";
import type { BackgroundSave } from "../archive/background_save.ts";
import { SnapshotCorruptError } from "../errors.ts";
import { storageOf } from "../model/model.ts";
import type { SaveOptions } from "../model/storage.ts";
import { version } from "../version.ts";
import type { ResolvedOptions } from "./checkpoint_options.ts";
import {
  type CheckpointEntry,
  type CheckpointLabels,
  type CheckpointLevel,
  type CheckpointOrigin,
  isFailure,
  labelsToJson,
} from "./checkpoint_entry.ts";
import { deleteSnapshot } from "../snapshot/file/commit.ts";
import type { FileLayer } from "../snapshot/file/file_layer.ts";
import { snapshotName } from "./file_names.ts";
import type { CheckpointFolder, FolderWork } from "./checkpoint_folder.ts";
import type { RunRecord } from "./run_record.ts";
import { captureCheckpoint, type CapturedCheckpoint } from "./checkpoint_capture.ts";
import { isPinned } from "./retention.ts";
import { countingLayer, type ProgressReporter } from "./progress.ts";

/** What is to be saved. */
export interface SaveRequest {
  readonly run: Pick<RunRecord, "id" | "seed" | "signature">;
  readonly sequence: number;
  readonly level: CheckpointLevel;
  readonly labels: CheckpointLabels;
  readonly item: string | null;
  readonly createdAt: Date;
  readonly elapsed: number;
}

/** Where a checkpoint goes. */
interface Place {
  readonly file: string;
  readonly path: string;
  /** What it is a difference from. */
  readonly base: string | undefined;
}

/** Writes checkpoints of one model. */
export class Saver {
  readonly #model: Model;
  readonly #inFolder: FolderWork;
  readonly #options: ResolvedOptions;
  readonly #progress: ProgressReporter;
  /** The last whole one, which the next ones are differences from, and how many were saved since; the first rank's. */
  #base: { file: string; since: number } | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    model: Model,
    inFolder: FolderWork,
    options: ResolvedOptions,
    progress: ProgressReporter,
  ) {
    this.#model = model;
    this.#inFolder = inFolder;
    this.#options = options;
    this.#progress = progress;
  }

  /** Resolves when what was captured is on the disk, and releases it. */
  write(request: SaveRequest, captured: CapturedCheckpoint): Promise<CheckpointEntry> {
    return this.#inTurn(async () => {
      try {
        const place = await this.#placeFor(request, captured);
        await this.#writeHere(place, captured, request);
        return await this.#record(place, captured, request);
      } finally {
        captured.entries.release();
      }
    });
  }

  /**
   * Captures when the save before it is over; resolves to what waits for the entry when that is done, which is
   * collective.
   */
  async start(request: SaveRequest): Promise<() => Promise<CheckpointEntry>> {
    await this.#queue;
    const captured = captureCheckpoint(this.#model, this.#options, request.level, true);
    let place: Place;
    try {
      place = await this.#placeFor(request, captured);
    } catch (error) {
      captured.entries.release();
      throw error;
    }
    const save = this.#save(place, captured, request) as BackgroundSave;
    return () =>
      this.#inTurn(async () => {
        await save.finished;
        return await this.#record(place, captured, request);
      });
  }

  /** Gives up what several ranks save in the background; returns whether there was something. Not collective. */
  drop(): boolean {
    return storageOf(this.#model).dropBackground();
  }

  /** Resolves when nothing is under way, well or not. */
  async idle(): Promise<void> {
    await this.#queue;
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => {});
    return turn;
  }

  /** The file to write; what the catalog says of it ends here. */
  #placeFor(request: SaveRequest, captured: Pick<CapturedCheckpoint, "step">): Promise<Place> {
    return this.#inFolder(async (folder) => {
      const file = await this.#nameFor(folder, request, captured);
      const base = request.level === 2 ? this.#baseFor(folder, file) : undefined;
      folder.make();
      return { file, path: folder.join(file), base };
    });
  }

  /**
   * The first name that nothing stands under that has to stay: what is pinned, what others are a difference from, a
   * failure, a checkpoint of another run, and what is none.
   */
  async #nameFor(
    folder: CheckpointFolder,
    { run, level, item, labels }: SaveRequest,
    { step }: Pick<CapturedCheckpoint, "step">,
  ): Promise<string> {
    let file = snapshotName(run.id, step, level, item);
    const archived = await folder.archive?.known(folder);
    if (folder.layer.stat(folder.join(file)) === null && !archived?.has(file)) return file;
    const entries = [...(await folder.read()).entries, ...archived?.values() ?? []];
    const stays = entries.filter((entry) =>
      entry.run !== run.id || isPinned(entry, this.#options.keep) ||
      isFailure(entry) !== isFailure({ labels })
    );
    const kept = new Set([...stays.map(({ file }) => file), ...entries.flatMap((it) => it.needs)]);
    const isFree = (file: string) => !kept.has(file) && folder.mayReplace(file, run.id);
    for (let copy = 2; !isFree(file); copy++) {
      file = snapshotName(run.id, step, level, item, copy);
    }
    folder.dropFromCatalog([file]);
    return file;
  }

  #baseFor(folder: CheckpointFolder, file: string): string | undefined {
    const base = this.#base;
    if (base === null || base.file === file || base.since + 1 >= this.#options.wholeEvery) {
      this.#base = null;
      return undefined;
    }
    const path = folder.join(base.file);
    if (folder.layer.stat(path) !== null) return path;
    this.#base = null;
    return undefined;
  }

  /** Writes the file now, and shows how far it is. */
  async #writeHere(
    place: Place,
    captured: CapturedCheckpoint,
    request: SaveRequest,
  ): Promise<void> {
    const task = this.#progress.begin(`saving ${place.file}`, captured.entries.bytes);
    const layer = countingLayer(this.#options.layer, "write", (bytes) => task.done(bytes));
    try {
      await this.#save(place, captured, request, layer);
    } finally {
      task.end();
    }
  }

  /** Has the model write the file: what the catalog has to know of it stands in the file, too. */
  #save(
    { path: file, base }: Place,
    { entries: captured, dataBytes }: CapturedCheckpoint,
    { run, sequence, level, labels, createdAt, elapsed }: SaveRequest,
    layer?: FileLayer,
  ): Promise<string> | BackgroundSave {
    const { layout, compression } = this.#options;
    const { id, seed, signature } = run;
    const origin: CheckpointOrigin = {
      run: id,
      seed,
      signature,
      sequence,
      elapsed,
      level,
      ...labelsToJson(labels),
      dataBytes,
    };
    const attributes = { checkpoint_json: JSON.stringify(origin) };
    const options: SaveOptions = { file, layout, compression, base };
    return storageOf(this.#model).save(options, { captured, createdAt, attributes, layer });
  }

  /** Adds the file, which is on the disk now, to the catalog. */
  #record(
    { file }: Place,
    { step, time, dt, dataBytes }: CapturedCheckpoint,
    { run, sequence, level, labels, createdAt, elapsed }: SaveRequest,
  ): Promise<CheckpointEntry> {
    return this.#inFolder(async (folder) => {
      if (this.#options.verify) await requireReadable(folder, file);
      const entry = folder.add({
        file,
        run: run.id,
        name: this.#model.name,
        sequence,
        step,
        time,
        dt,
        createdAt,
        elapsed,
        toolkitVersion: version,
        level,
        labels,
        dataBytes,
      });
      if (level === 2 && this.#options.wholeEvery > 1) {
        if (this.#base === null) this.#base = { file, since: 0 };
        else this.#base.since++;
      }
      return entry;
    });
  }
}

/**
 * Reads a file that was written back, and removes it if it does not match its checksums.
 *
 * @throws {SnapshotCorruptError} when it does not.
 */
async function requireReadable(folder: CheckpointFolder, file: string): Promise<void> {
  const { verifySnapshotSync } = await import("../archive/verify_snapshot.ts");
  const path = folder.join(file);
  const { ok, damaged, problems } = verifySnapshotSync(path, { layer: folder.layer });
  if (ok) return;
  deleteSnapshot(folder.layer, path);
  throw new SnapshotCorruptError(
    path,
    `"${path}" was written, and what was read back is something else (${
      problems.join("; ")
    }); it was ` +
      "removed. The disk may be failing: save to another one",
    damaged,
  );
}
