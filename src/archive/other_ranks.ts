import type { Collective } from "./lockstep.ts";
import {
  receivedAnswer,
  type SaveAnswer,
  type SaveQuestion,
  sentRequest,
} from "./save_messages.ts";

/** The other ranks as the thread of one reaches them: its main thread communicates, and brings the answers. */
export class OtherRanks {
  readonly #id: number;
  readonly #send: (question: SaveQuestion) => void;
  /** What waits for an answer. */
  #waiting: ((answer: SaveAnswer["answer"]) => void) | null = null;
  #isGivenUp = false;

  /** @param id the number of the save. */
  constructor(id: number, send: (question: SaveQuestion) => void) {
    this.#id = id;
    this.#send = send;
  }

  /** Runs this rank's share of collective work; the threads of all ranks do so. */
  async run<R>(work: Collective<R>): Promise<R> {
    let step = work.next();
    while (!step.done) {
      const { promise, resolve } = Promise.withResolvers<SaveAnswer["answer"]>();
      this.#waiting = resolve;
      if (this.#isGivenUp) this.receive(null);
      else this.#send({ id: this.#id, request: sentRequest(step.value) });
      const answer = await promise;
      if (answer === null) throw new Error("the save was given up, because another rank failed");
      step = work.next(receivedAnswer(answer));
    }
    return step.value;
  }

  /** Says that this save needs nothing more from them. */
  leave(): void {
    this.#send({ id: this.#id, request: null });
  }

  /** Takes an answer; null when there will be none. */
  receive(answer: SaveAnswer["answer"]): void {
    this.#isGivenUp ||= answer === null;
    this.#waiting?.(answer);
    this.#waiting = null;
  }
}
