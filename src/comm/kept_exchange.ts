import { CollectiveComm } from "./collective_comm.ts";
import type { Comm } from "./comm.ts";
import type { KeptExchange } from "./links.ts";
import type { Neighbours } from "./message_transport.ts";

/**
 * Prepares an exchange with the same neighbours and counts every time, so that a run of it costs what its
 * neighbours cost, however many ranks there are. Collective.
 *
 * @throws {CommError} on all ranks, when one of them sends another number of entries than is expected.
 */
export function keptExchange(comm: Comm, to: Neighbours, from: Neighbours): KeptExchange {
  if (comm instanceof CollectiveComm) return comm.links.make(to, from);
  return comm.size === 1 ? { run() {} } : new PlainExchange(comm, to, from);
}

/** The same by the public calls, for communicators of other makers. */
class PlainExchange implements KeptExchange {
  readonly #comm: Comm;
  readonly #to: Neighbours;
  readonly #from: Neighbours;

  constructor(comm: Comm, to: Neighbours, from: Neighbours) {
    this.#comm = comm;
    this.#to = to;
    this.#from = from;
  }

  run(out: Float64Array, into: Float64Array, width: number): void {
    const { ranks, starts } = this.#to;
    const parts: Float64Array[] = new Array(this.#comm.size).fill(new Float64Array(0));
    ranks.forEach((rank, k) => {
      parts[rank] = out.subarray(starts[k] * width, starts[k + 1] * width);
    });
    const arrived = this.#comm.alltoallv(parts);
    this.#from.ranks.forEach((rank, k) => into.set(arrived[rank], this.#from.starts[k] * width));
  }
}
