/**
 * Background saves of several ranks. Each rank's thread plans and writes the file of that rank; only threads have the
 * code for that. What they need from each other to plan, their main threads exchange before the call returns; the
 * writing goes on while the model runs on. The wrapper gets its name when all ranks have come together again: where
 * one of them asks for the result, at the next save, before a load, or at the end of the program.
 *
 * @module
 */
import { allOrNone, type Settled } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import { CommError } from "../errors.ts";
import { atProgramEnd, notAtProgramEnd } from "../comm/program_end.ts";
import type { SnapshotAttributes } from "../snapshot/contract.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import type { OutgoingBackend } from "../snapshot/file/outgoing_backend.ts";
import { absolutePath, pathOf } from "../snapshot/file/paths.ts";
import { temporaryPath } from "../snapshot/file/temporary_names.ts";
import { BackgroundSave } from "./background_save.ts";
import { beginRanks, type BegunSave, discardSave } from "./begin_ranks.ts";
import { agreed, commitWrapper, gatherReports } from "./commit_ranks.ts";
import { answered, type RankRequest } from "./lockstep.ts";
import { nextNumber, Outgoing } from "./outgoing_entries.ts";
import type { PartReport } from "./rank_wrapper.ts";
import { type BackgroundOptions, type SaveWork, sentAnswer } from "./save_messages.ts";
import { SaveThread } from "./save_thread.ts";

/** The background saves of one model on several ranks: one at a time. */
export class RankSaves {
  readonly #comm: Comm;
  #running: RankSave | null = null;
  #unseen: BackgroundSave | null = null;

  constructor(comm: Comm) {
    this.#comm = comm;
  }

  /**
   * Ends the save before this one, and hands a capture to the thread. Collective.
   *
   * @throws {Error} on all ranks: as `writeRanks`, or the failure of the save before that was not looked at.
   * @throws {Deno.errors.NotCapable} when a thread cannot start on some rank.
   */
  start(
    path: string | URL,
    from: OutgoingBackend,
    metadata: SnapshotAttributes,
    options: BackgroundOptions,
  ): BackgroundSave {
    try {
      this.finish();
      const begun = beginRanks(path, from, this.#comm, options, requireThread);
      const save = new RankSave(this.#comm, pathOf(path), begun, metadata, options);
      save.send(from);
      this.#running = save;
      return save.handle;
    } catch (error) {
      from.release();
      throw error;
    }
  }

  /** Ends the save that is under way, whether or not it succeeds. Collective. */
  idle(): void {
    const save = this.#running;
    this.#running = null;
    if (save === null) return;
    save.finish();
    if (save.handle.state === "failed") this.#unseen = save.handle;
  }

  /**
   * The same. Collective.
   *
   * @throws {Error} on all ranks, the failure of a save that some rank has not looked at.
   */
  finish(): void {
    this.idle();
    const failed = this.#unseen;
    this.#unseen = null;
    allOrNone(this.#comm, () => {
      const failure = failed?.takeUnseen() ?? null;
      if (failure !== null) throw failure;
    });
  }

  /** Gives up the save that is under way: the file does not get its name. Not collective. */
  drop(): boolean {
    const save = this.#running;
    this.#running = null;
    return save?.drop() ?? false;
  }
}

/** @throws {Error} when no thread can write this rank's file while the model runs on. */
function requireThread(): void {
  if (Deno.build.os === "windows") {
    throw new RangeError(
      "saveState: several ranks do not save in the background on Windows, where a second handle cannot write " +
        "to a file that is locked; leave background out",
    );
  }
  const missing = SaveThread.missing();
  if (missing === null) return;
  throw new Deno.errors.NotCapable(
    `saveState: the thread that writes in the background needs ${missing} on every rank. Grant that, or leave ` +
      "background out",
  );
}

/** One save. */
class RankSave {
  readonly handle: BackgroundSave;
  readonly #comm: Comm;
  readonly #begun: BegunSave;
  readonly #metadata: SnapshotAttributes;
  readonly #options: BackgroundOptions;
  /** At the end of the program a failure has nowhere else to show. */
  readonly #atEnd = () => {
    this.finish();
    const failure = this.handle.takeUnseen();
    if (failure !== null) throw failure;
  };
  /** How the thread's work ended; null while it runs. */
  #part: Settled<PartReport> | null = null;
  #thread: SaveThread | null = null;
  /** What the thread waits for, or null in it when it only writes any more; null while it computes. */
  #question: { readonly request: RankRequest | null } | null = null;
  readonly #number = nextNumber();
  #ended = false;

  constructor(
    comm: Comm,
    path: string,
    begun: BegunSave,
    metadata: SnapshotAttributes,
    options: BackgroundOptions,
  ) {
    this.#comm = comm;
    this.#begun = begun;
    this.#metadata = metadata;
    this.#options = options;
    this.handle = new BackgroundSave(path, () => this.finish());
  }

  /** Starts the thread's work; returns when the threads of all ranks need nothing more but time. Collective. */
  send(from: OutgoingBackend): void {
    try {
      allOrNone(this.#comm, () => this.#sendToThread(from));
      this.#serveThreads();
    } catch (error) {
      this.#ended = true;
      this.#thread?.answer({ id: this.#number, answer: null });
      if (this.#thread !== null) this.#waitForPart();
      discardSave(this.#begun);
      throw error;
    }
    atProgramEnd(this.#comm, this.#atEnd);
  }

  #sendToThread(from: OutgoingBackend): void {
    const { path, id } = this.#begun, { base, compression, view } = this.#options;
    const thread = SaveThread.forNextSave();
    try {
      const outgoing = new Outgoing(thread.kept);
      const work: SaveWork = {
        kind: "part",
        part: {
          path,
          id,
          rank: this.#comm.rank,
          metadata: this.#metadata,
          base: base && absolutePath(base),
          gzip: compression === "gzip",
        },
        view,
        entries: outgoing.captured(from),
      };
      thread.kept = outgoing.now;
      thread.send({ id: this.#number, work, lent: from.lent }, (error, lent, part) => {
        from.giveBack(lent);
        this.#part = error === null ? { value: part! } : { error };
      }, (request) => this.#question = { request });
      this.#thread = thread;
    } catch (error) {
      thread.giveUp();
      throw error;
    }
  }

  /** Exchanges what the threads of all ranks ask for, until they need nothing more. Collective. */
  #serveThreads(): void {
    const comm = this.#comm;
    for (;;) {
      const request = allOrNone(comm, () => this.#nextRequest());
      if (request === null) return;
      this.#thread!.answer({ id: this.#number, answer: sentAnswer(answered(comm, request)) });
    }
  }

  /** @throws {Error} when the thread has failed. */
  #nextRequest(): RankRequest | null {
    const isThere = () => this.#question !== null || this.#part !== null;
    while (!isThere()) this.#thread!.waitUntil(isThere);
    const question = this.#question, part = this.#part;
    this.#question = null;
    if (question !== null) return question.request;
    if (part !== null && "error" in part) throw explained(part.error, this.#begun.path, "save");
    return null;
  }

  /** Waits for all parts, and gives the file its name, or deletes what was written. Collective. */
  finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    notAtProgramEnd(this.#comm, this.#atEnd);
    const part = this.#waitForPart();
    try {
      this.#complete(part);
      this.handle.settle(null);
    } catch (error) {
      this.handle.settle(error as Error);
    }
  }

  /** Gives it up on this rank; returns whether it was under way. */
  drop(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    notAtProgramEnd(this.#comm, this.#atEnd);
    this.#waitForPart();
    discardSave(this.#begun);
    const error = new CommError(
      this.#comm.rank,
      `"${this.handle.path}" was given up before all ranks had come together to give it its name`,
    );
    this.handle.settle(error);
    // Whoever gives it up says so.
    this.handle.takeUnseen();
    return true;
  }

  #complete(part: Settled<PartReport>): void {
    const comm = this.#comm, { path, id, pending, layer } = this.#begun;
    let committed = false, reports: PartReport[] = [];
    try {
      reports = gatherReports(comm, agreed(comm, part, path));
      const gzip = this.#options.compression === "gzip";
      const plan = { path, metadata: this.#metadata, gzip, reports };
      const wrapper = this.#onFirst(() => {
        this.#perform({ kind: "wrapper", file: temporaryPath(path, id), plan });
        commitWrapper(layer, pending!, plan);
      });
      committed = comm.allreduce(pending?.committed ? 1 : 0, "max") > 0;
      agreed(comm, wrapper, path);
    } finally {
      if (!committed) discardSave(this.#begun);
    }
    if (this.#options.view !== "beside") return;
    const { grids } = reports[0].piece.view;
    agreed(comm, this.#onFirst(() => this.#perform({ kind: "beside", path, grids })), path);
  }

  #onFirst(work: () => void): Settled<void> {
    try {
      return { value: this.#comm.rank === 0 ? work() : undefined };
    } catch (error) {
      return { error };
    }
  }

  #waitForPart(): Settled<PartReport> {
    while (this.#part === null) this.#thread!.waitUntil(() => this.#part !== null);
    return this.#part;
  }

  /** Has the thread do something, and waits for it. */
  #perform(work: SaveWork): void {
    const thread = SaveThread.forNextSave();
    let outcome: { readonly error: Error | null } | null = null;
    try {
      thread.send({ id: nextNumber(), work, lent: [] }, (error) => outcome = { error });
    } catch (error) {
      thread.giveUp();
      throw error;
    }
    const ended = () => outcome as { readonly error: Error | null } | null;
    while (ended() === null) thread.waitUntil(() => ended() !== null);
    const { error } = ended()!;
    if (error !== null) throw error;
  }
}
