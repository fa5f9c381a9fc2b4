/**
 * The JavaScript of one exchange of ghosts among any number of ranks, with a transport that moves nothing.
 *
 * @module
 */
import { CollectiveComm } from "../src/comm/collective_comm.ts";
import {
  CallAgreement,
  headerBytes,
  type MessageTransport,
} from "../src/comm/message_transport.ts";
import { Halo } from "../src/mesh/halo.ts";

/** A communicator on which all ranks do what this one does. */
function mirror(size: number, rank: number): CollectiveComm {
  const memory = new ArrayBuffer(headerBytes);
  let payload = new Uint8Array(0);
  const transport: MessageTransport = {
    rank,
    size,
    eager: 1 << 20,
    words: new Int32Array(memory),
    numbers: new Float64Array(memory),
    ownHeader: () => 0,
    headerOf: () => 0,
    meet: () => CallAgreement.alike,
    enter: (bytes) => {
      payload = bytes?.slice() ?? payload;
      return CallAgreement.alike;
    },
    payloadOf: (_, bytes) => payload.subarray(0, bytes),
    enterCounts: (counts, agree) => {
      agree(CallAgreement.alike);
      return { bytes: counts, starts: counts, longest: 0 };
    },
    gather: (mine, rooms) => rooms.forEach((room) => room.set(mine)),
    bcast: () => {},
    exchange: (parts, rooms) => parts.forEach((part, other) => rooms[other].set(part)),
    link: () => ({ run: () => CallAgreement.alike }),
    post: () => {},
    take: () => {
      throw new Error("nobody sends messages here");
    },
  };
  return new CollectiveComm(transport);
}

/** Microseconds of a `halo.sync` with eight neighbours that have 100 values each. */
export function syncTime(ranks: number): number {
  const rank = Math.floor(ranks / 2), count = 100;
  const incoming: Int32Array[] = new Array(ranks).fill(new Int32Array(0));
  const outgoing = incoming.slice();
  for (let k = 0; k < 8; k++) {
    const other = (rank + k + 1) % ranks;
    incoming[other] = Int32Array.from({ length: count }, (_, i) => 4000 + 7 * (count * k + i));
    outgoing[other] = Int32Array.from({ length: count }, (_, i) => (31 * (count * k + i)) % 4000);
  }
  const halo = new Halo(incoming, outgoing, mirror(ranks, rank)), data = new Float64Array(10000);
  let best = Infinity;
  for (let round = 0; round < 1500; round++) {
    const start = performance.now();
    for (let i = 0; i < 50; i++) halo.sync(data, 1);
    best = Math.min(best, (performance.now() - start) / 50);
  }
  return 1000 * best;
}
