import { messageOf } from "../error_guard.ts";
import type { Comm } from "../comm/comm.ts";
import { beginCollective, closeCollective, endCollective } from "../comm/collective_errors.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** The part of a model that a transaction needs. */
export interface TransactionHost {
  readonly comm: Comm;
  saveState(): Snapshot;
  /** Loads the state, and notes why. */
  putBack(snapshot: Snapshot, why: string): void;
}

/** A transaction in progress. */
interface Open {
  readonly depth: number;
  readonly before: Snapshot;
}

/**
 * Runs work as a whole or not at all. Transactions nest like calls: an inner one that fails goes back to
 * its own start.
 *
 * State: none, a transaction in progress is a place in the script, which a snapshot cannot hold.
 *
 * @example
 * ```ts
 * import { Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * try {
 *   model.transaction(() => {
 *     model.tracker.time = 1;
 *     throw new Error("blew up");
 *   });
 * } catch {
 *   console.log(model.tracker.time); // 0
 * }
 * ```
 * ```ts
 * import { Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * const kept = model.attempt(() => model.tracker.time += 0.5, (time) => time < 0.3);
 * console.log(kept, model.tracker.time); // false 0
 * ```
 */
export class Transactions {
  readonly #host: TransactionHost;
  readonly #open: Open[] = [];

  constructor(host: TransactionHost) {
    this.#host = host;
  }

  /**
   * Runs `work`; if it throws or rejects, everything is put back and the error is passed on. With several
   * ranks, if one throws, all are put back and all throw.
   */
  run<R>(work: () => R): R {
    const own = this.#begin();
    let result: R;
    try {
      result = work();
    } catch (error) {
      return this.#fail(own, error);
    }
    if (!isPromise(result)) {
      this.#succeed(own);
      return result;
    }
    return result.then(
      (value) => {
        this.#succeed(own);
        return value;
      },
      (error) => this.#fail(own, error),
    ) as R;
  }

  /** Runs `work`, passes its result to `accept`, and keeps or undoes it; returns whether it was kept. */
  attempt<R>(
    work: () => R,
    accept: (result: Awaited<R>) => boolean | Promise<boolean>,
  ): boolean | Promise<boolean> {
    const { comm } = this.#host;
    const judged = (verdict: boolean) => requireAccepted(verdict, comm);
    const judge = (result: Awaited<R>) => {
      const verdict = accept(result);
      return isPromise(verdict) ? verdict.then(judged) : judged(verdict);
    };
    try {
      const kept = this.run(() => {
        const result = work();
        return isPromise(result) ? result.then((r) => judge(r as Awaited<R>)) : judge(
          result as Awaited<R>,
        );
      });
      return isPromise(kept) ? kept.catch(refused) : kept;
    } catch (error) {
      return refused(error);
    }
  }

  #begin(): Open {
    const before = this.#host.saveState();
    const depth = beginCollective(this.#host.comm);
    const own = { depth, before };
    this.#open.push(own);
    return own;
  }

  /** The work succeeded on this rank; if it failed on another, this rank is put back too. */
  #succeed(own: Open): void {
    try {
      endCollective(this.#host.comm, { failed: false }, own.depth);
    } catch (error) {
      this.#rollBack(own, error);
      throw error;
    }
    this.#end(own);
  }

  #fail(own: Open, reason: unknown): never {
    let known = reason;
    try {
      endCollective(this.#host.comm, { failed: true, error: reason }, own.depth);
    } catch (error) {
      known = error;
    }
    this.#rollBack(own, known);
    throw known;
  }

  #end(own: Open): void {
    const innermost = this.#open.at(-1) === own;
    this.#close(own);
    if (!innermost) {
      throw new RangeError(
        "a transaction ended while one that began inside it was still open; await inner ones before " +
          "the outer one ends, and do not run two at once",
      );
    }
  }

  /** Closes a transaction and releases its buffers; a second call has no effect. */
  #close(own: Open): void {
    const at = this.#open.indexOf(own);
    if (at >= 0) {
      this.#open.splice(at, 1);
      closeCollective(this.#host.comm);
    }
    own.before.release();
  }

  #rollBack(own: Open, reason: unknown): void {
    try {
      this.#host.putBack(own.before, reason === takenBack ? "not accepted" : messageOf(reason));
      this.#end(own);
    } catch (error) {
      // Both matter: why the work failed, and why it could not be undone.
      throw new AggregateError(
        [reason, error],
        `a transaction failed and could not be undone: ${messageOf(reason)}; then: ${
          messageOf(error)
        }`,
      );
    } finally {
      this.#close(own);
    }
  }
}

/** Thrown and caught only here, when an attempt that is not accepted leaves its transaction. */
const takenBack = Symbol("taken back");

/** With several ranks, all of them have to accept. */
function requireAccepted(verdict: boolean, comm: Comm): true {
  if (typeof verdict !== "boolean") {
    throw new TypeError(`attempt: accept() must return true or false, got ${verdict}`);
  }
  if (comm.allreduce(verdict ? 1 : 0, "min") === 0) throw takenBack;
  return true;
}

function refused(error: unknown): false {
  if (error === takenBack) return false;
  throw error;
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<unknown> | null)?.then === "function";
}
