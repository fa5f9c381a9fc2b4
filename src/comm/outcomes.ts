import { CommError } from "../errors.ts";
import type { Headers } from "./headers.ts";
import { anyKind, CallCode, type MessageTransport } from "./message_transport.ts";

/** How many more calls a rank may make after others have failed, before the program counts as out of step. */
const mostStragglers = 1000;

/**
 * Tells every rank whether something failed on any of them. These are separate kinds of calls, which cannot
 * be mistaken for a call of the program: a rank that continues must never answer one that failed.
 */
export class Outcomes {
  readonly #transport: MessageTransport;
  readonly #headers: Headers;

  constructor(transport: MessageTransport, headers: Headers) {
    this.#transport = transport;
    this.#headers = headers;
  }

  /** Whether work without communication failed on any rank. Collective. */
  anyFailed(failed: boolean): boolean {
    this.#enter(CallCode.agreement, failed, 0);
    this.#headers.agree();
    return this.#headers.anyValue();
  }

  /**
   * Whether work that may have communicated failed on any rank, once all have reached its end. Ranks that are
   * still in a call of the work get a `CommError` there, which has to bring them here.
   *
   * @param depth How deeply the work is nested in other work that ends like this; the outermost has depth 1.
   * @throws {CommError} when another rank has left the work that encloses this one.
   */
  anyFailedAtEnd(failed: boolean, depth: number): boolean {
    const headers = this.#headers;
    for (let straggler = 0; straggler < mostStragglers; straggler++) {
      this.#enter(CallCode.ending, failed, depth);
      if (headers.alike()) return headers.anyValue();
      // A rank at the end of its program makes no more calls.
      if (headers.anyLeft()) break;
      const outermost = headers.leastRoot(CallCode.ending);
      if (outermost < depth) {
        throw new CommError(
          this.#transport.rank,
          "another rank has failed and left the work that encloses this one",
        );
      }
      failed = true;
    }
    headers.agree();
    return true;
  }

  /** At the end of work a rank also waits for ranks that wait for a message from it. */
  #enter(op: number, failed: boolean, depth: number): void {
    this.#headers.write(op, anyKind, depth, 0, 0, failed ? 1 : 0);
    this.#transport.enter(null, depth > 0);
  }
}
