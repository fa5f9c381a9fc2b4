/** Does one piece of work after the other, in the order of the calls, whether or not the caller waits. */
export class Turns {
  #last: Promise<void> | null = null;

  /** Whether nothing is under way. */
  get idle(): boolean {
    return this.#last === null;
  }

  /** Begins the work at once if nothing is under way, else after what was asked for before. */
  take<R>(work: () => Promise<R>): Promise<R> {
    const result = this.#last === null ? work() : this.#last.then(work);
    const ended = result.then(() => {}, () => {});
    this.#last = ended;
    ended.then(() => {
      if (this.#last === ended) this.#last = null;
    });
    return result;
  }
}
