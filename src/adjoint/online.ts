/**
 * Which states to keep while the number of steps is not known, so that no step has to be taken more often
 * than necessary afterwards.
 *
 * Q. Wang, P. Moin, G. Iaccarino, Minimal repetition dynamic checkpointing algorithm for unsteady adjoint
 * calculation, SIAM J. Sci. Comput. 31 (2009), DOI 10.1137/080727890, algorithm 1.
 *
 * @module
 */

/** A kept state, and how long it is worth keeping. */
interface Kept {
  readonly step: number;
  readonly level: number;
}

/** The states that are kept, ascending by step. */
export class OnlineStates {
  readonly #kept: Kept[] = [{ step: 0, level: Infinity }];

  /** The steps before which states are kept, ascending. */
  get steps(): number[] {
    return this.#kept.map(({ step }) => step);
  }

  /**
   * Takes the state before `step`, which follows the last one that was taken.
   *
   * @param room how many states can be kept, at least 1.
   * @returns the step whose state goes; null where there is room; `step` itself where nothing else can go.
   */
  add(step: number, room: number): number | null {
    const kept = this.#kept;
    if (kept.length < room) {
      kept.push({ step, level: 0 });
      return null;
    }
    const spare = this.#spare();
    if (spare > 0) {
      const [gone] = kept.splice(spare, 1);
      kept.push({ step, level: 0 });
      return gone.step;
    }
    if (kept.length === 1) return step;
    const last = kept.pop()!;
    kept.push({ step, level: last.level + 1 });
    return last.step;
  }

  /** Takes back the last {@link OnlineStates.add}: its state could not be kept. */
  forgetLast(): void {
    this.#kept.pop();
  }

  /** One that is earlier than another of a higher level, the first kept state excepted; -1 where there is none. */
  #spare(): number {
    let highest = -1, found = -1;
    for (let i = this.#kept.length - 1; i > 0; i--) {
      const { level } = this.#kept[i];
      if (level < highest) found = i;
      highest = Math.max(highest, level);
    }
    return found;
  }
}
