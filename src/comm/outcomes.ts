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
    this.#enter(Op.agreement, failed, false);
    this.#headers.agree();
    return this.#headers.anyValue();
  }

  /**
   * Whether work that may have communicated failed on any rank, when all have come to its end. Ranks that are
   * in a call of the work still get a `CommError` there, which has to lead them here.
   */
  anyFailedAtEnd(failed: boolean): boolean {
    const headers = this.#headers;
    for (let straggler = 0; straggler < mostStragglers; straggler++) {
      this.#enter(Op.ending, failed, true);
      if (headers.alike()) return headers.anyValue();
      // Nobody comes from the end of the program.
      if (headers.anyLeft()) break;
      failed = true;
    }
    headers.agree();
    return true;
  }

  #enter(op: number, failed: boolean, patient: boolean): void {
    this.#headers.write(op, anyKind, 0, 0, 0, failed ? 1 : 0);
    this.#transport.enter(null, patient);
  }
}
