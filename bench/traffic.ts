/**
 * Counts what comes to a rank, and what it reads from files.
 *
 * @module
 */
import type { Comm } from "../src/comm/comm.ts";
import type { LinkPlan, MessageTransport } from "../src/comm/message_transport.ts";
import { MpiTransport } from "../src/comm/mpi/mpi_transport.ts";
import { SharedTransport } from "../src/comm/workers/shared_transport.ts";
import { denoLayer } from "../src/snapshot/file/file_layer.ts";
import type { Arrived } from "./scale_ranks.ts";

const lengths = (rooms: readonly Uint8Array[], except: number) =>
  rooms.reduce((sum, room, rank) => rank === except ? sum : sum + room.length, 0);

/**
 * Counts what other ranks send to this one during some work; on one rank that is nothing.
 *
 * @param prepare Does what is not counted, and returns the work.
 */
export function countTraffic(comm: Comm, prepare: () => () => void): Arrived {
  const counts = { gathered: 0, exchanged: 0 };
  const undo = [SharedTransport.prototype, MpiTransport.prototype].map((transport) =>
    counting(transport, counts)
  );
  try {
    const work = prepare();
    comm.barrier();
    Object.assign(counts, { gathered: 0, exchanged: 0 });
    work();
  } finally {
    for (const each of undo) each();
  }
  return counts;
}

/** The same of work that takes a while. */
export async function countTrafficOf(work: () => Promise<void>): Promise<Arrived> {
  const counts = { gathered: 0, exchanged: 0 };
  const undo = [SharedTransport.prototype, MpiTransport.prototype].map((transport) =>
    counting(transport, counts)
  );
  try {
    await work();
  } finally {
    for (const each of undo) each();
  }
  return counts;
}

/** Counts in all calls of a kind of transport; the result ends that. */
function counting(
  transport: MessageTransport,
  counts: { gathered: number; exchanged: number },
): () => void {
  const { gather, exchange, payloadOf, link } = transport;
  // Some transports gather by looking at payloads, which are then not counted again.
  let isGathering = false;
  transport.gather = function (mine, rooms) {
    counts.gathered += lengths(rooms, this.rank);
    isGathering = true;
    gather.call(this, mine, rooms);
    isGathering = false;
  };
  transport.payloadOf = function (rank, bytes) {
    if (rank !== this.rank && !isGathering) counts.gathered += bytes;
    return payloadOf.call(this, rank, bytes);
  };
  transport.exchange = function (parts, rooms, streams) {
    counts.exchanged += lengths(rooms, this.rank);
    exchange.call(this, parts, rooms, streams);
  };
  transport.link = function (plan: LinkPlan) {
    const inner = link.call(this, plan);
    return {
      run: (out, into, width) => {
        counts.exchanged += into.byteLength;
        return inner.run(out, into, width);
      },
    };
  };
  return () => Object.assign(transport, { gather, exchange, payloadOf, link });
}

/** Counts the bytes that are read from files during some work. */
export async function countReads(work: () => Promise<void>): Promise<number> {
  const { open } = denoLayer;
  let read = 0;
  denoLayer.open = (path, mode) => {
    const file = open(path, mode), inner = file.read.bind(file);
    file.read = (target, position) => {
      const count = inner(target, position);
      read += count;
      return count;
    };
    return file;
  };
  try {
    await work();
  } finally {
    denoLayer.open = open;
  }
  return read;
}
