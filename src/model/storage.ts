import { ModelBusyError } from "../errors.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import { capture } from "../snapshot/capture.ts";
import type { CheckpointBackend } from "../snapshot/contract.ts";
import {
  type FileOptions,
  type LoadOptions,
  writeSnapshot,
  writeSnapshotOfRanks,
} from "../archive/disk.ts";
import { type BackgroundSave, BackgroundSaves } from "../archive/background.ts";
import { OutgoingBackend } from "../snapshot/file/outgoing_backend.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { metadataOf } from "../archive/metadata.ts";
import { BufferPool } from "../snapshot/pool.ts";
import { readShare } from "../archive/read_share.ts";
import { restore } from "../snapshot/restore.ts";
import { Snapshot } from "../snapshot/snapshot.ts";
import type { Subject } from "../snapshot/subject.ts";

/** How a state is saved to a file. */
export interface SaveOptions extends FileOptions {
  /** Where to; relative to the working folder, or a `file:` URL. */
  readonly file: string | URL;
  /** With true, a thread writes the file while the model runs on; the result is a handle. */
  readonly background?: boolean;
}

/**
 * Where a model's states go and come from: tokens over a pool of buffers, files, a thread that writes
 * files.
 *
 * State: none, it moves the model's state and has none of its own.
 */
export class Storage {
  readonly #name: string;
  readonly #subject: Subject;
  readonly #pool = new BufferPool();
  #background: BackgroundSaves | null = null;
  /** What runs that must not be interrupted, innermost last. */
  readonly #activities: string[] = [];
  /** The save or load that runs. */
  #walking: string | null = null;

  /** @param name the run's name, for files. */
  constructor(name: string, subject: Subject) {
    this.#name = name;
    this.#subject = subject;
  }

  /** Runs `work`; saving and loading inside it is an error. */
  indivisible<R>(what: string, work: () => R): R {
    this.#activities.push(what);
    try {
      return work();
    } finally {
      this.#activities.pop();
    }
  }

  /**
   * Members must not come or go under the walk: a bearer's `state` is the script's code.
   *
   * @throws {ModelBusyError} when the model is being saved or loaded.
   */
  requireNoWalk(asked: string): void {
    if (this.#walking !== null) throw new ModelBusyError(asked, this.#walking);
  }

  /** Everything, in memory; on all ranks or on none. Collective. */
  token(): Snapshot {
    const backend = new MemoryBackend(this.#pool);
    try {
      allOrNone(this.#subject.comm, () => this.captureInto("saveState", backend));
    } catch (error) {
      backend.release();
      throw error;
    }
    return new Snapshot(backend, this.#name);
  }

  /** Everything, into a file; captured before this returns. */
  save({ file, background = false, ...options }: SaveOptions): Promise<string> | BackgroundSave {
    if (background) return this.#saveInBackground(file, options);
    return this.#write(file, this.token(), options);
  }

  /** Everything, from a file. */
  async load(path: string | URL, options: LoadOptions): Promise<void> {
    // It may be the very file that a thread is writing.
    await this.#background?.idle();
    using share = await readShare(this.#subject, this.#pool, path, options);
    this.restoreFrom("loadState", share.entries);
  }

  /** The capture walk, unless something indivisible is under way. */
  captureInto(asked: string, backend: CheckpointBackend): void {
    this.#walk(asked, () => capture(this.#subject, backend));
  }

  /** The restore walk, unless something indivisible is under way. */
  restoreFrom(asked: string, backend: CheckpointBackend): void {
    this.#walk(asked, () => restore(this.#subject, backend, this.#pool));
  }

  async #write(file: string | URL, token: Snapshot, options: FileOptions): Promise<string> {
    using captured = token;
    await this.#background?.finish();
    const { comm } = this.#subject;
    return comm.size === 1
      ? await writeSnapshot(file, captured, options)
      : await writeSnapshotOfRanks(file, captured, comm, options);
  }

  #saveInBackground(file: string | URL, options: FileOptions): BackgroundSave {
    if (this.#subject.comm.size > 1) {
      throw new RangeError(
        "saveState: with several ranks a file is written by all of them; leave background out",
      );
    }
    const outgoing = new OutgoingBackend(this.#pool);
    try {
      this.captureInto("saveState", outgoing);
    } catch (error) {
      outgoing.giveBack(outgoing.lent);
      throw error;
    }
    this.#background ??= new BackgroundSaves();
    const metadata = metadataOf(outgoing, this.#name, new Date());
    return this.#background.start(file, outgoing, metadata, options);
  }

  #walk(asked: string, work: () => void): void {
    const activity = this.#activities.at(-1);
    if (activity !== undefined) throw new ModelBusyError(asked, activity);
    this.#walking = asked;
    try {
      this.indivisible(asked, work);
    } finally {
      this.#walking = null;
    }
  }
}
