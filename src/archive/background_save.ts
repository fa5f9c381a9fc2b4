/**
 * The handle of a save that runs in the background.
 *
 * @module
 */

import { printAs } from "../display.ts";
import { failureSeen, noteFailure } from "../comm/unseen_failures.ts";

/**
 * A save that runs in the background. A failure shows in {@link BackgroundSave.finished}; if nobody looks at it,
 * it shows at the model's next save, or else when the program ends, which is then with a message and code 1.
 *
 * @hideconstructor
 */
export class BackgroundSave {
  /** Where the file will be. */
  readonly path: string;
  #state: "running" | "done" | "failed" = "running";
  #error: Error | null = null;
  #seen = false;
  readonly #finished: Promise<string>;
  readonly #bringAbout: () => void;
  readonly #settle: { resolve: (path: string) => void; reject: (error: Error) => void };

  /**
   * Constructed by `model.saveState({ file, background: true })`.
   *
   * @param bringAbout Ends the save; called where its end is asked for.
   */
  constructor(path: string, bringAbout: () => void = () => {}) {
    this.path = path;
    this.#bringAbout = bringAbout;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#finished = promise;
    this.#settle = { resolve, reject };
    // A failure that the caller does not await surfaces at the next save, or when the program ends,
    // and not as an unhandled rejection.
    promise.catch(() => {});
  }

  /**
   * `running`, `done` once the file has its name, or `failed`. With several ranks it is `running` until they come
   * together for `finished`, the next save or a load.
   */
  get state(): "running" | "done" | "failed" {
    return this.#state;
  }

  /** The reason for the failure; null while the save is running or after it succeeded. */
  get error(): Error | null {
    if (this.#error !== null) this.#look();
    return this.#error;
  }

  /**
   * Resolves to the path once the file has been written; rejects with the error if the save fails. With several
   * ranks it is collective: it waits until all of them have written their parts, and then the file gets its name.
   */
  get finished(): Promise<string> {
    this.#look();
    this.#bringAbout();
    return this.#finished;
  }

  /** Resolves when the save has ended, whether or not it succeeded. */
  get ended(): Promise<void> {
    this.#bringAbout();
    return this.#finished.then(() => {}, () => {});
  }

  /** Returns the failure if it has not been looked at yet, and marks it as seen. */
  takeUnseen(): Error | null {
    if (this.#seen) return null;
    this.#look();
    return this.#error;
  }

  #look(): void {
    this.#seen = true;
    failureSeen(this);
  }

  static {
    printAs(this, function () {
      return `BackgroundSave(${this.path}, ${this.#state})`;
    });
  }

  /** Ends the save; called once. */
  settle(error: Error | null): void {
    this.#state = error === null ? "done" : "failed";
    this.#error = error;
    if (error === null) this.#settle.resolve(this.path);
    else {
      this.#settle.reject(error);
      if (!this.#seen) {
        noteFailure(this, `"${this.path}" was not saved in the background: ${error.message}`);
      }
    }
  }
}
