import { CommError } from "../errors.ts";
import type { Comm } from "./comm.ts";
import type { Headers } from "./headers.ts";
import {
  CallCode,
  type MessageTransport,
  type NeighbourLink,
  type Neighbours,
} from "./message_transport.ts";

/** An exchange with the same neighbours and counts every time. */
export interface KeptExchange {
  /**
   * Sends and receives. Collective among all ranks, also those without neighbours.
   *
   * @param out The entries for the neighbours, `[entries x width]`, from {@link transferMemory}.
   * @param into Receives entries in the order of the neighbours; likewise.
   * @param width Numbers per entry, the same on all ranks.
   * @throws {CommError} when other ranks make other calls.
   */
  run(out: Float64Array, into: Float64Array, width: number): void;
}

/** Memory for exchanges, which garbage collection does not move while a library reads or writes it. */
export function transferMemory(length: number): Float64Array<ArrayBuffer> {
  return new Float64Array(new ArrayBuffer(8 * length));
}

/** Prepares exchanges of one communicator, and numbers them so that ranks in different ones notice. */
export class Links {
  readonly #comm: Comm;
  readonly #transport: MessageTransport;
  readonly #headers: Headers;
  #next = 1;

  constructor(comm: Comm, transport: MessageTransport, headers: Headers) {
    this.#comm = comm;
    this.#transport = transport;
    this.#headers = headers;
  }

  /**
   * Prepares an exchange. Collective.
   *
   * @throws {CommError} on all ranks, when one of them sends another number of entries than is expected.
   */
  make(to: Neighbours, from: Neighbours): KeptExchange {
    const comm = this.#comm;
    const parts: Int32Array[] = new Array(comm.size).fill(new Int32Array(0));
    to.ranks.forEach((rank, k) => {
      parts[rank] = Int32Array.of(to.starts[k], to.starts[k + 1] - to.starts[k]);
    });
    const announced = comm.alltoallv(parts);
    const counts = new Int32Array(comm.size);
    from.ranks.forEach((rank, k) => counts[rank] = from.starts[k + 1] - from.starts[k]);
    const misfit = announced.findIndex((part, rank) => (part[1] ?? 0) !== counts[rank]);
    const [most, id, failed] = comm.allreduce(
      Float64Array.of(to.starts[to.ranks.length], this.#next, misfit + 1),
      "max",
    );
    // Ranks that prepared fewer exchanges because one of them failed catch up here.
    this.#next = id + 1;
    if (failed > 0) {
      throw new CommError(
        comm.rank,
        misfit < 0
          ? `rank ${failed - 1} sends another number of entries than its neighbour expects`
          : `rank ${misfit} sends ${announced[misfit][1] ?? 0} entries to rank ${comm.rank}, ` +
            `which expects ${counts[misfit]}`,
      );
    }
    const places = from.ranks.map((rank) => announced[rank][0]);
    return new Link(this.#transport.link({ to, from, places, most }), this.#headers, id);
  }
}

class Link implements KeptExchange {
  readonly #link: NeighbourLink;
  readonly #headers: Headers;
  readonly #id: number;

  constructor(link: NeighbourLink, headers: Headers, id: number) {
    this.#link = link;
    this.#headers = headers;
    this.#id = id;
  }

  run(out: Float64Array, into: Float64Array, width: number): void {
    this.#headers.write(CallCode.neighbours, this.#id, width, 0, 0, 0);
    this.#headers.require(this.#link.run(out, into, width));
  }
}
