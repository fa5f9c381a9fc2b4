import { ModelBusyError } from "../errors.ts";

/** Lets one thing at a time go through the particles of a swarm. */
export class Exclusive {
  #busy: string | null = null;
  readonly #owner: () => string;

  /** @param owner What is busy, for messages. */
  constructor(owner: () => string) {
    this.#owner = owner;
  }

  /**
   * Runs `work`, which calls functions of the script: one that changed the population meanwhile would leave
   * half of each.
   *
   * @throws {ModelBusyError} when something goes through the particles already.
   */
  run<R>(asked: string, work: () => R): R {
    this.require(asked);
    this.#busy = asked;
    try {
      return work();
    } finally {
      this.#busy = null;
    }
  }

  /** @throws {ModelBusyError} when something goes through the particles already. */
  require(asked: string): void {
    if (this.#busy !== null) throw new ModelBusyError(asked, `${this.#busy} of ${this.#owner()}`);
  }
}
