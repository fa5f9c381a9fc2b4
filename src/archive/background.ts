/**
 * Background saves: the caller pays only for copying the model, and a worker thread writes the
 * file.
 *
 * @module
 */
import type { SnapshotAttributes } from "../snapshot/contract.ts";
import type { OutgoingBackend } from "../snapshot/file/outgoing_backend.ts";
import { absolutePath, pathOf } from "../snapshot/file/paths.ts";
import { beforeEnd } from "../comm/unseen_failures.ts";
import { BackgroundSave } from "./background_save.ts";
import { checkFileOptions } from "./file_options.ts";
import { nextNumber, Outgoing } from "./outgoing_entries.ts";
import type { BackgroundOptions } from "./save_messages.ts";
import { SaveThread } from "./save_thread.ts";

/** The number of saves of a model that may run at once; the next one waits until one is done. */
export const MOST_IN_FLIGHT = 2;

/** The models whose saves are under way in the thread. */
const going = new Set<BackgroundSaves>();

/** A program that ends, by `Deno.exit` too, ends what it has been told is being saved. */
function endAll(): void {
  for (const saves of going) saves.waitHere();
}

/** The background saves of one model. */
export class BackgroundSaves {
  readonly #running = new Map<BackgroundSave, SaveThread | null>();
  #unseen: BackgroundSave[] = [];
  /** The saves that this thread writes itself, one after the other. */
  #own: Promise<void> = Promise.resolve();

  /** The number of saves under way. */
  get inFlight(): number {
    this.#drain();
    return this.#running.size;
  }

  /**
   * Sends a capture to the thread. Blocks, without running the event loop, while too many saves are
   * under way. Where the thread cannot start, this thread writes the file when it is next free.
   *
   * @throws {TypeError} when an option is not one of those allowed.
   * @throws {Error} the failure of an earlier save that was not looked at; no save is started then.
   * @throws {Deno.errors.NotCapable} when too many saves are under way and no thread writes them.
   */
  start(
    path: string | URL,
    from: OutgoingBackend,
    metadata: SnapshotAttributes,
    options: BackgroundOptions = {},
  ): BackgroundSave {
    const { layout, compression, base, view } = options;
    let target: string, absolute: BackgroundOptions;
    try {
      checkFileOptions(options);
      // Paths are absolute because the working folder may have changed when the file is written.
      target = absolutePath(path);
      absolute = { layout, compression, view, base: base && absolutePath(base) };
      this.#makeRoom(pathOf(path));
    } catch (error) {
      from.release();
      throw error;
    }
    const save = new BackgroundSave(pathOf(path));
    if (SaveThread.missing() !== null) {
      this.#writeHere(save, target, from, metadata, absolute);
      return save;
    }
    const thread = SaveThread.forNextSave();
    try {
      const outgoing = new Outgoing(thread.kept);
      const entries = outgoing.captured(from);
      const work = {
        kind: "whole",
        path: target,
        metadata,
        options: absolute,
        entries,
      } as const;
      thread.kept = outgoing.now;
      thread.send({ id: nextNumber(), work, lent: from.lent }, (error, lent) => {
        from.giveBack(lent);
        this.#ended(save, error);
      });
    } catch (error) {
      thread.giveUp();
      from.release();
      throw error;
    }
    this.#running.set(save, thread);
    going.add(this);
    beforeEnd(endAll);
    return save;
  }

  /** Resolves when no save is under way, whether or not the saves succeeded. */
  async idle(): Promise<void> {
    this.#drain();
    while (this.#running.size > 0) {
      const [save] = this.#running.keys();
      await save.ended;
    }
  }

  /**
   * Waits until no save is under way.
   *
   * @throws {Error} the failure of a save that was not looked at.
   */
  async finish(): Promise<void> {
    await this.idle();
    const failure = this.#takeFailure();
    if (failure !== null) throw failure;
  }

  /** Ends the thread after the saves under way, if no other model is saving. */
  async close(): Promise<void> {
    try {
      await this.finish();
    } finally {
      await SaveThread.end();
    }
  }

  /** Blocks until the thread has ended its saves. */
  waitHere(): void {
    const isDone = () => ![...this.#running.values()].some((thread) => thread !== null);
    while (!isDone()) [...this.#running.values()].find((it) => it !== null)!.waitUntil(isDone);
  }

  /** Waits until another save may start. */
  #makeRoom(path: string): void {
    this.#drain();
    while (this.#running.size >= MOST_IN_FLIGHT) {
      const thread = [...this.#running.values()].find((thread) => thread !== null);
      if (thread === undefined) {
        throw new Deno.errors.NotCapable(
          `"${path}" was not saved: ${MOST_IN_FLIGHT} saves are under way, and the thread that ` +
            `writes them in the background needs ${SaveThread.missing()}. Grant that, or await ` +
            "a save before the next one, so that this thread can write it",
        );
      }
      thread.waitUntil(() => this.#running.size < MOST_IN_FLIGHT);
    }
    const failure = this.#takeFailure();
    if (failure !== null) throw failure;
  }

  /** Writes a file in this thread, after those before it. */
  #writeHere(
    save: BackgroundSave,
    path: string,
    from: OutgoingBackend,
    metadata: SnapshotAttributes,
    options: BackgroundOptions,
  ): void {
    this.#running.set(save, null);
    this.#own = this.#own.then(async () => {
      let failure: Error | null = null;
      try {
        const { writeEntries } = await import("./write_entries.ts");
        await writeEntries(path, from, metadata, options);
      } catch (error) {
        failure = error as Error;
      }
      from.release();
      this.#ended(save, failure);
    });
  }

  #drain(): void {
    for (const thread of new Set(this.#running.values())) thread?.drain();
  }

  #ended(save: BackgroundSave, error: Error | null): void {
    this.#running.delete(save);
    if (this.#running.size === 0) going.delete(this);
    save.settle(error);
    if (error !== null) this.#unseen.push(save);
  }

  #takeFailure(): Error | null {
    const failures = this.#unseen.map((save) => save.takeUnseen()).filter((e) => e !== null);
    this.#unseen = [];
    return failures[0] ?? null;
  }
}
