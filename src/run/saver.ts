/**
 * One save after the other into a folder: the snapshot, the JSON beside it, the catalog.
 *
 * @module
 */
import type { Model } from "../model/model.ts";
import type { CheckpointBackend } from "../snapshot/contract.ts";
import { writeEntries } from "../snapshot/file/write_entries.ts";
import { metadataOf } from "../snapshot/metadata.ts";
import { open } from "../snapshot/snapshot.ts";
import { version } from "../version.ts";
import type { Settled } from "./checkpoint_options.ts";
import type { CheckpointEntry, CheckpointOrigin, Labels, Level } from "./entry.ts";
import { snapshotName } from "./file_names.ts";
import type { CheckpointFolder } from "./folder.ts";
import { capturePart } from "./levels.ts";
import { countingLayer, type ProgressReporter } from "./progress.ts";

/** What is to be saved. */
export interface Order {
  readonly run: string;
  readonly sequence: number;
  readonly level: Level;
  readonly labels: Labels;
  readonly item: string | null;
  readonly createdAt: Date;
}

/** What was captured of the model, and where it stood. */
interface Captured {
  readonly entries: CheckpointBackend & { readonly bytes: number };
  readonly step: number;
  readonly time: number;
  readonly dt: number | null;
  release(): void;
}

/** Writes checkpoints of one model. */
export class Saver {
  readonly #model: Model;
  readonly #folder: CheckpointFolder;
  readonly #options: Settled;
  readonly #progress: ProgressReporter;
  /** The last whole one, which the next ones are differences from, and how many were saved since. */
  #base: { file: string; since: number } | null = null;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    model: Model,
    folder: CheckpointFolder,
    options: Settled,
    progress: ProgressReporter,
  ) {
    this.#model = model;
    this.#folder = folder;
    this.#options = options;
    this.#progress = progress;
  }

  /** Captures now, and resolves when the checkpoint is on the disk. */
  write(order: Order): Promise<CheckpointEntry> {
    const captured = this.#capture(order.level);
    return this.#inTurn(async () => {
      try {
        const place = await this.#placeFor(order, captured);
        await this.#writeFile(place.file, captured, order, place.labels);
        return this.#settle(place.file, captured, order, place.labels);
      } finally {
        captured.release();
      }
    });
  }

  /** Captures when the save before it is over; resolves to a promise of the entry when that is done. */
  async start(order: Order): Promise<{ finished: Promise<CheckpointEntry> }> {
    await this.#queue;
    const model = this.#model;
    const { step, time, dt } = model.tracker;
    const captured = { entries: { bytes: 0 }, step, time, dt };
    const place = await this.#placeFor(order, captured);
    const { layout, compression } = this.#options;
    const base = this.#baseFor(place.file);
    this.#folder.make();
    const file = this.#folder.join(place.file);
    const save = model.saveState({ file, background: true, layout, compression, base });
    const finished = this.#inTurn(async () => {
      await save.finished;
      return this.#settle(place.file, captured, order, place.labels);
    });
    return { finished };
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

  #capture(level: Level): Captured {
    const { step, time, dt } = this.#model.tracker;
    if (level < 2) {
      const entries = capturePart(this.#model, level, this.#options.levels);
      return { entries, step, time, dt, release: () => entries.release() };
    }
    const token = this.#model.saveState();
    return { entries: open(token), step, time, dt, release: () => token.release() };
  }

  /** The file to write, with the labels that stay on it; what the catalog says of it ends here. */
  async #placeFor(
    { run, level, item, labels }: Order,
    { step, time }: Pick<Captured, "step" | "time">,
  ): Promise<{ file: string; labels: Labels }> {
    const folder = this.#folder;
    let file = snapshotName(run, step, level, item);
    if (folder.layer.stat(folder.join(file)) === null) return { file, labels };
    const { entries } = await folder.read();
    const old = entries.find((entry) => entry.file === file);
    // What others are a difference from stays; the newer one of this step gets a name of its own.
    for (let copy = 2; entries.some(({ needs }) => needs.includes(file)); copy++) {
      file = snapshotName(run, step, level, item, copy);
    }
    folder.forget([file]);
    const same = level === 2 && old?.step === step && old.time === time;
    return { file, labels: same ? { ...old.labels, ...labels } : labels };
  }

  #baseFor(file: string): string | undefined {
    const base = this.#base;
    if (base === null || base.file === file || base.since + 1 >= this.#options.wholeEvery) {
      this.#base = null;
      return undefined;
    }
    const path = this.#folder.join(base.file);
    if (this.#folder.layer.stat(path) !== null) return path;
    this.#base = null;
    return undefined;
  }

  async #writeFile(
    file: string,
    { entries }: Captured,
    order: Order,
    labels: Labels,
  ): Promise<void> {
    const { layout, compression, layer } = this.#options;
    const { run, sequence, level, createdAt } = order;
    const origin: CheckpointOrigin = { run, sequence, level, labels, dataBytes: entries.bytes };
    const metadata = {
      ...metadataOf(entries, this.#model.name, createdAt),
      checkpoint_json: JSON.stringify(origin),
    };
    const base = level === 2 ? this.#baseFor(file) : undefined;
    const task = this.#progress.begin(`saving ${file}`, entries.bytes);
    try {
      this.#folder.make();
      await writeEntries(this.#folder.join(file), entries, metadata, {
        layout,
        compression,
        base,
        layer: countingLayer(layer, "write", (bytes) => task.done(bytes)),
      });
    } finally {
      task.end();
    }
  }

  #settle(
    file: string,
    { entries, step, time, dt }: Pick<Captured, "step" | "time" | "dt"> & {
      readonly entries: { readonly bytes: number };
    },
    { run, sequence, level, createdAt }: Order,
    labels: Labels,
  ): CheckpointEntry {
    const entry = this.#folder.add({
      file,
      run,
      name: this.#model.name,
      sequence,
      step,
      time,
      dt,
      createdAt,
      toolkitVersion: version,
      level,
      labels,
      dataBytes: entries.bytes,
    });
    if (level === 2 && this.#options.wholeEvery > 1) {
      if (this.#base === null) this.#base = { file, since: 0 };
      else this.#base.since++;
    }
    return entry;
  }
}
