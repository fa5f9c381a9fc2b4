import { messageOf } from "../error_guard.ts";
import type { Comm } from "../comm/comm.ts";
import { beginCollective, closeCollective, endCollective } from "../comm/collective_errors.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** What a transaction needs of its model. */
export interface TransactionHost {
  readonly comm: Comm;
  saveState(): Snapshot;
  loadState(snapshot: Snapshot): void;
  /** Remembers which objects are registered; the result makes it so again. */
  markMembers(): () => void;
}

/** One transaction that is under way. */
interface Open {
  readonly depth: number;
  readonly before: Snapshot;
  readonly rewindMembers: () => void;
}

/**
 * Work that holds as a whole or not at all. Transactions nest like calls: an inner one that fails goes
 * back to its own start.
 *
 * State: none, a transaction under way is a place in the script, which no snapshot can hold.
 */
export class Transactions {
  readonly #host: TransactionHost;
  readonly #open: Open[] = [];

  constructor(host: TransactionHost) {
    this.#host = host;
  }

  /**
   * Runs `work`; on a throw or a rejection everything is as before, and the error goes on. With several ranks
   * one that throws takes all of them back, and all throw.
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

  /** Runs `work`, shows its result to `accept`, and keeps or takes back; true when kept. */
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
    const own = { depth, before, rewindMembers: this.#host.markMembers() };
    this.#open.push(own);
    return own;
  }

  /** Here all went well; where it did not on another rank, this one goes back too. */
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

  /** Forgets it and gives its buffers back; a second time changes nothing. */
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
      own.rewindMembers();
      this.#host.loadState(own.before);
      this.#end(own);
    } catch (error) {
      // Both are news: why the work failed, and why it could not be taken back.
      throw new AggregateError(
        [reason, error],
        `a transaction failed and could not be taken back: ${messageOf(reason)}; then: ${
          messageOf(error)
        }`,
      );
    } finally {
      this.#close(own);
    }
  }
}

/** Thrown and caught here only: how an attempt that is not accepted leaves its transaction. */
const takenBack = Symbol("taken back");

/** With several ranks all of them have to accept. */
function requireAccepted(verdict: boolean, comm: Comm): true {
  if (typeof verdict !== "boolean") {
    throw new TypeError(`attempt: accept() gives true or false, got ${verdict}`);
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
