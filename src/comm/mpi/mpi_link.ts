import { bytesOf } from "../../arrays.ts";
import {
  type AgreementCode,
  CallAgreement,
  type LinkPlan,
  type NeighbourLink,
} from "../message_transport.ts";
import type { MpiLibrary } from "./library.ts";
import { exchangeTag } from "./mpi_mail.ts";
import type { MpiTransport } from "./mpi_transport.ts";
import { statusBytes } from "./table.ts";

/** An exchange between neighbours whose counts are known, so that none are sent. */
export class MpiLink implements NeighbourLink {
  readonly #transport: MpiTransport;
  readonly #library: MpiLibrary;
  readonly #plan: LinkPlan;
  readonly #piece: number;
  readonly #requests: Uint8Array[];
  readonly #allRequests: Uint8Array;
  readonly #statuses: Uint8Array;
  /** What the views below show. */
  #out: Float64Array | null = null;
  #into: Float64Array | null = null;
  #width = 0;
  /** The memory of each neighbour: first where it is received, then what is sent. */
  #views: Uint8Array[] = [];

  constructor(transport: MpiTransport, library: MpiLibrary, plan: LinkPlan, piece: number) {
    this.#transport = transport;
    this.#library = library;
    this.#plan = plan;
    this.#piece = piece;
    const count = plan.from.ranks.length + plan.to.ranks.length;
    const bytes = library.flavour.requestBytes;
    this.#allRequests = new Uint8Array(new ArrayBuffer(Math.max(1, count) * bytes));
    this.#statuses = new Uint8Array(new ArrayBuffer(Math.max(1, count) * statusBytes));
    this.#requests = Array.from(
      { length: count },
      (_, k) => this.#allRequests.subarray(k * bytes, (k + 1) * bytes),
    );
  }

  run(out: Float64Array, into: Float64Array, width: number): AgreementCode {
    const code = this.#transport.meet();
    if (code === CallAgreement.differ || this.#requests.length === 0) return code;
    if (out !== this.#out || into !== this.#into || width !== this.#width) {
      this.#look(out, into, width);
    }
    const views = this.#views, requests = this.#requests;
    if (views.some((view) => view.length > this.#piece)) {
      this.#runInPieces();
      return code;
    }
    const { calls, byte, world } = this.#library;
    const from = this.#plan.from.ranks, to = this.#plan.to.ranks;
    let k = 0;
    for (let i = 0; i < from.length; i++, k++) {
      calls.MPI_Irecv(views[k], views[k].length, byte, from[i], exchangeTag, world, requests[k]);
    }
    for (let i = 0; i < to.length; i++, k++) {
      calls.MPI_Isend(views[k], views[k].length, byte, to[i], exchangeTag, world, requests[k]);
    }
    calls.MPI_Waitall(k, this.#allRequests, this.#statuses);
    return code;
  }

  #look(out: Float64Array, into: Float64Array, width: number): void {
    const { from, to } = this.#plan;
    const view = (memory: Float64Array, starts: Int32Array, k: number) =>
      bytesOf(memory.subarray(starts[k] * width, starts[k + 1] * width));
    this.#views = [
      ...Array.from(from.ranks, (_, k) => view(into, from.starts, k)),
      ...Array.from(to.ranks, (_, k) => view(out, to.starts, k)),
    ];
    this.#out = out;
    this.#into = into;
    this.#width = width;
  }

  /** Messages too long for one call. */
  #runInPieces(): void {
    const { from, to } = this.#plan, batch = this.#transport.mail.batch();
    from.ranks.forEach((rank, k) => batch.receive(rank, this.#views[k]));
    to.ranks.forEach((rank, k) => batch.send(rank, this.#views[from.ranks.length + k]));
    batch.wait();
  }
}
