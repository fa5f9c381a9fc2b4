import { CommError } from "../errors.ts";
import type { KindCode } from "./codec.ts";
import {
  type AgreementCode,
  CallAgreement,
  CallCode,
  describeHeader,
  type MessageTransport,
} from "./message_transport.ts";

/** Writes this rank's header of each call, and looks at those of all ranks where they matter. */
export class Headers {
  readonly #transport: MessageTransport;
  readonly #words: Int32Array;
  readonly #numbers: Float64Array;
  #calls = 0;

  constructor(transport: MessageTransport) {
    this.#transport = transport;
    this.#words = transport.words;
    this.#numbers = transport.numbers;
  }

  /** Writes which call this rank makes; `value` is a number that is sent with the header. */
  write(
    op: number,
    agreed: KindCode,
    root: number,
    own: KindCode,
    bytes: number,
    value: number,
  ): void {
    this.#calls++;
    const at = this.#transport.ownHeader(), words = this.#words, numbers = this.#numbers;
    words[2 * at] = op;
    words[2 * at + 1] = agreed;
    words[2 * at + 2] = root;
    words[2 * at + 3] = own;
    numbers[at + 2] = bytes;
    numbers[at + 3] = value;
  }

  /** Requires that all ranks make the same call; every rank has the same code, so all throw or none does. */
  require(code: AgreementCode): void {
    if (code === CallAgreement.differ) this.#disagree("the ranks make different calls");
  }

  /** Whether all ranks make a certain call, also with different roots or kinds; after a `meet` that differed. */
  allMake(op: number): boolean {
    const transport = this.#transport;
    for (let r = 0; r < transport.size; r++) {
      if (this.#words[2 * transport.headerOf(r)] !== op) return false;
    }
    return true;
  }

  /** Whether a rank is at the end of its program. */
  anyLeft(): boolean {
    const transport = this.#transport;
    for (let r = 0; r < transport.size; r++) {
      if (this.#words[2 * transport.headerOf(r)] === CallCode.leave) return true;
    }
    return false;
  }

  /** The smallest `root` among the ranks that make a certain call. */
  leastRoot(op: number): number {
    const words = this.#words, transport = this.#transport;
    let least = Infinity;
    for (let r = 0; r < transport.size; r++) {
      const at = 2 * transport.headerOf(r);
      if (words[at] === op) least = Math.min(least, words[at + 2]);
    }
    return least;
  }

  /** Requires that the messages of all ranks have the same length. */
  sameLengths(): void {
    const numbers = this.#numbers, transport = this.#transport;
    const mine = numbers[transport.headerOf(this.#transport.rank) + 2];
    for (let r = 0; r < this.#transport.size; r++) {
      if (numbers[transport.headerOf(r) + 2] !== mine) {
        this.#disagree("the ranks pass arrays of different lengths");
      }
    }
  }

  #disagree(what: string): never {
    const groups = new Map<string, number[]>();
    for (let r = 0; r < this.#transport.size; r++) {
      const call = describeHeader(this.#words, this.#numbers, this.#transport.headerOf(r));
      const ranks = groups.get(call);
      if (ranks) ranks.push(r);
      else groups.set(call, [r]);
    }
    const calls = [...groups].map(([call, ranks]) =>
      `${ranks.length > 1 ? "ranks" : "rank"} ${ranks.join(", ")}: ${call}`
    );
    throw new CommError(
      this.#transport.rank,
      `${what} (call ${this.#calls} of rank ${this.#transport.rank}): ${calls.join("; ")}. ` +
        `Every rank must make the same calls in the same order`,
    );
  }
}
