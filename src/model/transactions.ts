import type { Snapshot } from "../snapshot/snapshot.ts";

/** What a transaction needs of its model. */
export interface TransactionHost {
  saveState(): Snapshot;
  loadState(snapshot: Snapshot): void;
  /** Remembers which objects are registered; the result makes it so again. */
  markMembers(): () => void;
}

/** One transaction that is under way. */
interface Open {
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

  /** Runs `work`; on a throw or a rejection everything is as before, and the error goes on. */
  run<R>(work: () => R): R {
    const own = this.#begin();
    let result: R;
    try {
      result = work();
    } catch (error) {
      this.#rollBack(own);
      throw error;
    }
    if (!isPromise(result)) {
      this.#end(own);
      return result;
    }
    return result.then(
      (value) => {
        this.#end(own);
        return value;
      },
      (error) => {
        this.#rollBack(own);
        throw error;
      },
    ) as R;
  }

  /** Runs `work`, shows its result to `accept`, and keeps or takes back; true when kept. */
  attempt<R>(
    work: () => R,
    accept: (result: Awaited<R>) => boolean | Promise<boolean>,
  ): boolean | Promise<boolean> {
    const judge = (result: Awaited<R>) => {
      const verdict = accept(result);
      return isPromise(verdict) ? verdict.then(requireAccepted) : requireAccepted(verdict);
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
    const own = { before: this.#host.saveState(), rewindMembers: this.#host.markMembers() };
    this.#open.push(own);
    return own;
  }

  #end(own: Open): void {
    if (this.#open.at(-1) !== own) {
      this.#open.splice(this.#open.indexOf(own), 1);
      own.before.release();
      throw new RangeError(
        "a transaction ended while one that began inside it was still open; await inner ones before " +
          "the outer one ends, and do not run two at once",
      );
    }
    this.#open.pop();
    own.before.release();
  }

  #rollBack(own: Open): void {
    own.rewindMembers();
    this.#host.loadState(own.before);
    this.#end(own);
  }
}

/** Thrown and caught here only: how an attempt that is not accepted leaves its transaction. */
const takenBack = Symbol("taken back");

function requireAccepted(verdict: boolean): true {
  if (typeof verdict !== "boolean") {
    throw new TypeError(`attempt: accept() gives true or false, got ${verdict}`);
  }
  if (!verdict) throw takenBack;
  return true;
}

function refused(error: unknown): false {
  if (error === takenBack) return false;
  throw error;
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<unknown> | null)?.then === "function";
}
