import { CommError } from "../errors.ts";
import type { Headers } from "./headers.ts";
import { anyKind, Op, type Transport } from "./transport.ts";

/** Calls in which a rank may still be when others have failed; a program that goes on past more is lost. */
const mostStragglers = 1000;

/**
 * Where ranks learn whether something failed on any of them. These are calls of their own, which no call
 * of a program can be taken for: a rank that failed must never be answered by one that goes on.
 */
export class Outcomes {
  readonly #transport: Transport;
  readonly #headers: Headers;

  constructor(transport: Transport, headers: Headers) {
    this.#transport = transport;
    this.#headers = headers;
  }

  /** Whether work without communication failed on any rank. Collective. */
  anyFailed(failed: boolean): boolean {
    this.#enter(Op.agreement, failed, 0);
    this.#headers.agree();
    return this.#headers.anyValue();
  }

  /**
   * Whether work that may have communicated failed on any rank, when all have come to its end. Ranks that are
   * in a call of the work still get a `CommError` there, which has to lead them here.
   *
   * @param level How deep the work is in other work that ends like this, from 1.
   * @throws {CommError} when another rank has left the work around this one.
   */
  anyFailedAtEnd(failed: boolean, level: number): boolean {
    const headers = this.#headers;
    for (let straggler = 0; straggler < mostStragglers; straggler++) {
      this.#enter(Op.ending, failed, level);
      if (headers.alike()) return headers.anyValue();
      // Nobody comes from the end of the program.
      if (headers.anyLeft()) break;
      const outermost = headers.leastRoot(Op.ending);
      if (outermost < level) {
        throw new CommError(
          this.#transport.rank,
          "another rank has failed and left the work around this one",
        );
      }
      failed = true;
    }
    headers.agree();
    return true;
  }

  /** A rank at the end of work waits also for one that waits for a message of its own. */
  #enter(op: number, failed: boolean, level: number): void {
    this.#headers.write(op, anyKind, level, 0, 0, failed ? 1 : 0);
    this.#transport.enter(null, level > 0);
  }
}
