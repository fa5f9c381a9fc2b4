import { allOrNone } from "../comm/collective_errors.ts";
import { ModelBusyError } from "../errors.ts";
import type { BackgroundSave } from "../archive/background_save.ts";
import { BackgroundSaves } from "../archive/background.ts";
import { RankSaves } from "../archive/rank_saves.ts";
import type { FileOptions, ReadOptions, WriteOptions } from "../archive/file_options.ts";
import { metadataOf } from "../archive/metadata.ts";
import type { Restorable } from "../archive/read_for_restore.ts";
import { completedBy, type RestoreOptions } from "./grown_restore.ts";
import { capture } from "../snapshot/capture.ts";
import type { CheckpointBackend, SnapshotAttributes } from "../snapshot/contract.ts";
import { OutgoingBackend } from "../snapshot/file/outgoing_backend.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { BufferPool } from "../snapshot/pool.ts";
import { restore } from "../snapshot/restore.ts";
import { Snapshot } from "../snapshot/snapshot.ts";
import type { Subject } from "../snapshot/subject.ts";
import { requirePlaces } from "../swarm/particle_problems.ts";
import { Swarm } from "../swarm/swarm.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { anchored, pathOf } from "../snapshot/file/paths.ts";
import type { TranscriptKeeper, TranscriptMark } from "./transcript.ts";

/** How a state is saved to a file. */
export interface SaveOptions extends FileOptions {
  /** Where to; relative to the working folder, or a `file:` URL. */
  readonly file: string | URL;
  /** With true, a thread writes the file while the model continues; the result is a handle. */
  readonly background?: boolean;
}

/** What was captured for a file; the second kind is for a thread that writes it. */
export type FileCapture = MemoryBackend | OutgoingBackend;

/** What a run adds to a save of its model. */
export interface CheckpointSave {
  /** What was captured, maybe less than everything; `Storage.save` releases it. */
  readonly captured: FileCapture;
  /** When the checkpoint was taken. */
  readonly createdAt: Date;
  /** More attributes of `/metadata`. */
  readonly attributes: SnapshotAttributes;
  /** The file system; a thread always takes the real one. */
  readonly layer?: WriteOptions["layer"];
}

/** What was there when a state was captured, besides the state. */
interface CaptureTime {
  /** Registers the same objects again, with their code. */
  readonly rewind: () => void;
  /** The end of the transcript. */
  readonly mark: TranscriptMark;
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
  readonly #mark: () => () => void;
  readonly #build: (entries: CheckpointBackend) => void;
  readonly #pool = new BufferPool();
  /**
   * What was registered, and which code it had, when a state was captured in this process. Functions are no part
   * of a token, and live as long as it does.
   */
  readonly #registered = new WeakMap<CheckpointBackend, CaptureTime>();
  readonly #transcript: TranscriptKeeper;
  #background: BackgroundSaves | RankSaves | null = null;
  /** What must not be interrupted at the moment, innermost last. */
  readonly #activities: string[] = [];
  /** The save or load that is under way. */
  #walking: string | null = null;

  /**
   * @param name the run's name, for files.
   * @param transcript notes what is saved and put back.
   * @param build makes what a snapshot has and the model lacks.
   * @param mark remembers which objects are registered, and their code; the result makes it so again.
   */
  constructor(
    name: string,
    subject: Subject,
    transcript: TranscriptKeeper,
    mark: () => () => void,
    build: (entries: CheckpointBackend) => void,
  ) {
    this.#build = build;
    this.#name = name;
    this.#subject = subject;
    this.#transcript = transcript;
    this.#mark = mark;
  }

  /** Gives up the save in the background that is under way on several ranks; returns whether there was one. Not collective. */
  dropBackground(): boolean {
    return this.#background instanceof RankSaves && this.#background.drop();
  }

  /**
   * Runs `work`; saving and loading inside it is an error.
   *
   * @throws {ModelBusyError} when it is under way already, as where a source solves for what it is the source of.
   */
  indivisible<R>(what: string, work: () => R): R {
    if (this.#activities.includes(what)) throw new ModelBusyError(what, "itself");
    this.#activities.push(what);
    try {
      return work();
    } finally {
      this.#activities.pop();
    }
  }

  /**
   * Members must not come or go during the walk: a bearer's `state` is the script's code.
   *
   * @throws {ModelBusyError} when the model is being saved or loaded.
   */
  requireNoWalk(asked: string): void {
    if (this.#walking !== null) throw new ModelBusyError(asked, this.#walking);
  }

  /** Everything, in memory; on all ranks or on none. Collective. */
  token(): Snapshot {
    return new Snapshot(this.#captured(new MemoryBackend(this.#pool)), this.#name);
  }

  /**
   * Everything, in memory, on its way to a file; on all ranks or on none. Collective.
   *
   * @param background Whether a thread is to write the file.
   */
  captureForFile(background: boolean): FileCapture {
    const { comm, payloads } = this.#subject;
    allOrNone(comm, () => {
      const members = payloads.flatMap(({ members }) => [...members.values()]);
      for (const member of members) if (member instanceof Swarm) requirePlaces(member);
    });
    return this.#captured(
      background ? new OutgoingBackend(this.#pool) : new MemoryBackend(this.#pool),
    );
  }

  /**
   * Writes a file: the only way from a model to the disk, for saves by hand and for checkpoints, on one rank and
   * on several, at once and in the background. Captures everything before it returns, unless a checkpoint
   * brings what it has captured.
   */
  save(
    { file, background = false, ...options }: SaveOptions,
    checkpoint?: CheckpointSave,
  ): Promise<string> | BackgroundSave {
    const captured = checkpoint?.captured ?? this.captureForFile(background);
    const { createdAt = new Date(), attributes = {}, layer } = checkpoint ?? {};
    if (captured instanceof OutgoingBackend) {
      const { comm } = this.#subject;
      const background = this.#background ??= comm.size === 1
        ? new BackgroundSaves()
        : new RankSaves(comm);
      const metadata = this.#metadataOf(captured, createdAt, attributes);
      const state = this.#registered.get(captured)?.mark.n;
      const handle = background.start(file, captured, metadata, options);
      this.#transcript.add("save", { file: fileName(file), state });
      return handle;
    }
    return this.#write(file, captured, createdAt, attributes, { ...options, layer });
  }

  /** Everything, from a file. */
  async load(path: string | URL, options: ReadOptions & RestoreOptions): Promise<void> {
    const { missing, extra, ...rest } = options;
    using read = await this.read(path, rest);
    const why = { kind: "load", file: fileName(path) } as const;
    try {
      const how = { missing, extra };
      this.#transcript.takeBack(why, () => this.restoreFrom("loadState", read.entries, how));
    } catch (error) {
      throw explained(error, pathOf(path), "load");
    }
  }

  /** What this rank is to restore from a file; put back by {@link Storage.restoreFrom}. Collective. */
  async read(path: string | URL, options: ReadOptions): Promise<Restorable> {
    const place = anchored(path);
    // It may be the very file that a thread is writing.
    await this.#background?.idle();
    const { readForRestore } = await import("../archive/read_for_restore.ts");
    return await readForRestore(this.#subject, this.#pool, place, options);
  }

  /** @throws {ModelBusyError} when something indivisible is under way. */
  requireIdle(asked: string): void {
    const activity = this.#activities.at(-1);
    if (activity !== undefined) throw new ModelBusyError(asked, activity);
  }

  /** The capture walk, unless something indivisible is under way. */
  captureInto(asked: string, backend: CheckpointBackend): void {
    this.#walk(asked, () => capture(this.#subject, backend));
    this.#registered.set(backend, { rewind: this.#mark(), mark: this.#transcript.mark() });
  }

  /**
   * The restore walk, unless something indivisible is under way. Where the state was captured in this process,
   * what was registered since goes, and what was removed comes back, unless both sides are to be kept.
   */
  restoreFrom(asked: string, backend: CheckpointBackend, how: RestoreOptions = {}): void {
    const captured = this.#registered.get(backend);
    if (how.missing === "keep" || how.extra === "keep") this.#restoreGrown(asked, backend, how);
    else this.#restoreSame(asked, backend, captured);
    this.#transcript.restored(asked, captured?.mark);
  }

  #restoreSame(asked: string, backend: CheckpointBackend, captured?: CaptureTime): void {
    this.#walk(asked, () => {
      if (captured === undefined) return restore(this.#subject, backend, this.#pool);
      const present = this.#mark();
      captured.rewind();
      try {
        restore(this.#subject, backend, this.#pool);
      } catch (error) {
        present();
        throw error;
      }
    });
  }

  #restoreGrown(asked: string, backend: CheckpointBackend, how: RestoreOptions): void {
    this.requireIdle(asked);
    const present = this.#mark();
    const live = new MemoryBackend(this.#pool);
    try {
      if (how.extra === "keep") allOrNone(this.#subject.comm, () => this.#build(backend));
      let entries = backend;
      if (how.missing === "keep") {
        allOrNone(this.#subject.comm, () => this.captureInto(asked, live));
        entries = completedBy(backend, live);
      }
      this.#walk(asked, () => restore(this.#subject, entries, this.#pool));
    } catch (error) {
      present();
      throw error;
    } finally {
      live.release();
    }
  }

  #captured<B extends FileCapture>(backend: B): B {
    try {
      allOrNone(this.#subject.comm, () => this.captureInto("saveState", backend));
      return backend;
    } catch (error) {
      backend.release();
      throw error;
    }
  }

  async #write(
    file: string | URL,
    captured: MemoryBackend,
    createdAt: Date,
    attributes: SnapshotAttributes,
    options: WriteOptions,
  ): Promise<string> {
    const { comm } = this.#subject, begun = performance.now();
    const mark = this.#registered.get(captured)?.mark;
    const place = anchored(file), base = options.base && anchored(options.base);
    try {
      await this.#background?.finish();
      const metadata = this.#metadataOf(captured, createdAt, attributes);
      const write = await import("../archive/write_capture.ts");
      await write.writeCapture(place, captured, metadata, comm, { ...options, base });
      const seconds = Math.round(performance.now() - begun) / 1000;
      this.#transcript.add("save", { file: fileName(file), state: mark?.n, seconds });
      return pathOf(file);
    } finally {
      captured.release();
    }
  }

  #metadataOf(
    captured: FileCapture,
    createdAt: Date,
    attributes: SnapshotAttributes,
  ): SnapshotAttributes {
    const { comm } = this.#subject;
    // The first rank's, the same for all: clocks differ.
    const when = comm.size === 1 ? createdAt : new Date(comm.bcast(createdAt.toISOString()));
    return { ...metadataOf(captured, this.#name, when, comm), ...attributes };
  }

  #walk(asked: string, work: () => void): void {
    this.requireIdle(asked);
    this.#walking = asked;
    try {
      this.indivisible(asked, work);
    } finally {
      this.#walking = null;
    }
  }
}

/** The last part of a path, by which the transcript names a file. */
function fileName(file: string | URL): string {
  return pathOf(file).split("/").at(-1)!;
}
