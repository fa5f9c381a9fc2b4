import { CommError } from "../errors.ts";
import type { Headers } from "./headers.ts";
import {
  type AgreementCode,
  anyKind,
  CallAgreement,
  CallCode,
  type MessageTransport,
} from "./message_transport.ts";

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
    const code = this.#meet(CallCode.agreement, failed, 0);
    this.#headers.require(code);
    return code === CallAgreement.alikeWithValue;
  }

  /**
   * Whether all ranks pass the same two words, as those of a hash. Collective.
   *
   * @throws {CommError} when other ranks make other calls.
   */
  allPass(first: number, second: number): boolean {
    this.#headers.write(CallCode.comparison, first, second, 0, 0, 0);
    const code = this.#transport.meet();
    if (code !== CallAgreement.differ) return true;
    if (!this.#headers.allMake(CallCode.comparison)) this.#headers.require(code);
    return false;
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
    let code: AgreementCode = CallAgreement.alike;
    for (let straggler = 0; straggler < mostStragglers; straggler++) {
      code = this.#meet(CallCode.ending, failed, depth);
      if (code !== CallAgreement.differ) return code === CallAgreement.alikeWithValue;
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
    headers.require(code);
    return true;
  }

  /** At the end of work a rank also waits for ranks that wait for a message from it. */
  #meet(op: number, failed: boolean, depth: number): AgreementCode {
    this.#headers.write(op, anyKind, depth, 0, 0, failed ? 1 : 0);
    return this.#transport.meet(depth > 0);
  }
}
