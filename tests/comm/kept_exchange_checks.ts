/**
 * Exchanges with the same neighbours every time, against what each rank must get, and ranks in different ones.
 *
 * @module
 */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { sameBytes } from "../../src/arrays.ts";
import { endCollective } from "../../src/comm/collective_errors.ts";
import type { Comm } from "../../src/comm/comm.ts";
import { keptExchange } from "../../src/comm/kept_exchange.ts";
import { type KeptExchange, transferMemory } from "../../src/comm/links.ts";
import type { Neighbours } from "../../src/comm/message_transport.ts";
import { CommError } from "../../src/errors.ts";

/** A bit pattern for each number: quiet and signalling NaN among them, which arithmetic would change. */
function fill(memory: Float64Array, seed: number): void {
  const words = new BigUint64Array(memory.buffer, memory.byteOffset, memory.length);
  for (let i = 0; i < words.length; i++) {
    words[i] = BigInt.asUintN(64, BigInt(seed * 1000003 + i) * 0x9e3779b97f4a7c15n);
    if (i % 5 === 0) words[i] |= 0x7ff0000000000000n;
  }
}

/** How many entries one rank sends another: none between some, also none at all from or to the last of many. */
function countFrom(from: number, to: number, size: number): number {
  const alone = size > 2 && (from === size - 1 || to === size - 1);
  return from === to || alone || (from + 2 * to) % 5 === 4 ? 0 : 1 + 3 * from + to;
}

function neighboursBy(size: number, count: (rank: number) => number): Neighbours {
  const ranks = [], starts = [0];
  for (let r = 0; r < size; r++) {
    if (count(r) === 0) continue;
    starts.push(starts[ranks.length] + count(r));
    ranks.push(r);
  }
  return { ranks: Int32Array.from(ranks), starts: Int32Array.from(starts) };
}

/** What a rank sends in a run. */
function sentBy(rank: number, size: number, width: number, scale: number): Float64Array {
  const { ranks, starts } = neighboursBy(size, (r) => scale * countFrom(rank, r, size));
  const out = transferMemory(starts[ranks.length] * width);
  fill(out, 17 * rank + width);
  return out;
}

function checkRun(comm: Comm, scale: number, widths: readonly number[]): void {
  const { rank, size } = comm;
  const to = neighboursBy(size, (r) => scale * countFrom(rank, r, size));
  const from = neighboursBy(size, (r) => scale * countFrom(r, rank, size));
  const exchange = keptExchange(comm, to, from);
  for (const width of widths) {
    const into = transferMemory(from.starts[from.ranks.length] * width);
    exchange.run(sentBy(rank, size, width, scale), into, width);
    const expected = transferMemory(into.length);
    from.ranks.forEach((other, k) => {
      const all = neighboursBy(size, (r) => scale * countFrom(other, r, size));
      const mine = all.ranks.indexOf(rank);
      const part = sentBy(other, size, width, scale)
        .subarray(all.starts[mine] * width, all.starts[mine + 1] * width);
      expected.set(part, from.starts[k] * width);
    });
    assertEquals(sameBytes(into, expected), true, `width ${width}, scale ${scale}`);
  }
}

/** The same communicator as one of another maker. */
function plain(comm: Comm): Comm {
  const { rank, size } = comm;
  return {
    rank,
    size,
    alltoallv: (parts: readonly Float64Array[]) => comm.alltoallv(parts),
  } as unknown as Comm;
}

/** Ranks in different exchanges, or elsewhere, hear so from each other, and go on. */
function checkDisagreements(comm: Comm): void {
  const { rank, size } = comm, odd = rank === 1;
  const ring = neighboursBy(size, (r) => r === (rank + 1) % size ? 2 : 0);
  const back = neighboursBy(size, (r) => r === (rank + size - 1) % size ? 2 : 0);
  const first = keptExchange(comm, ring, back), second = keptExchange(comm, ring, back);
  const out = transferMemory(4), into = transferMemory(4);
  const run = (exchange: KeptExchange, width: number) => () => exchange.run(out, into, width);
  const calls: [string, () => void][] = [
    ["rank 1: barrier", odd ? () => comm.barrier() : run(first, 1)],
    ["an exchange with neighbours of 2 numbers per entry", run(first, odd ? 2 : 1)],
    ["an exchange with neighbours of 1 numbers per entry", run(odd ? second : first, 1)],
    ["rank 1: allgather", odd ? () => comm.allgather(1) : run(first, 1)],
  ];
  for (const [message, call] of calls) {
    const error = assertThrows(call, CommError, message);
    assertEquals(error.rank, rank);
    assertStringIncludes(error.message, "an exchange with neighbours");
  }
  const wrong = neighboursBy(size, (r) => r === (rank + 1) % size ? (odd ? 3 : 2) : 0);
  assertThrows(() => keptExchange(comm, wrong, back), CommError, "entries");
  fill(out, rank);
  run(second, 2)();
  const expected = transferMemory(4);
  fill(expected, (rank + size - 1) % size);
  assertEquals(sameBytes(into, expected), true);
}

/** A rank that throws while the others exchange: all of them throw its error, and go on together. */
function checkFailing(comm: Comm): void {
  const { rank, size } = comm;
  const ring = neighboursBy(size, (r) => r === (rank + 1) % size ? 2 : 0);
  const back = neighboursBy(size, (r) => r === (rank + size - 1) % size ? 2 : 0);
  const exchange = keptExchange(comm, ring, back),
    out = transferMemory(2),
    into = transferMemory(2);
  const work = () => {
    for (let i = 0; i < 10; i++) {
      if (rank === 1 && i === 3) throw new RangeError("not this one");
      exchange.run(out, into, 1);
    }
  };
  const error = assertThrows(() => {
    let outcome: { failed: boolean; error?: unknown } = { failed: false };
    try {
      work();
    } catch (thrown) {
      outcome = { failed: true, error: thrown };
    }
    endCollective(comm, outcome);
  }, RangeError);
  assertEquals(error.message, `${rank === 1 ? "" : "rank 1: "}not this one`);
  exchange.run(out, into, 1);
}

/** Small, large, and of other makers. Collective. */
export function keptExchanges(comm: Comm): void {
  checkRun(comm, 1, [1, 3, 1]);
  checkRun(comm, 700, [2]);
  checkRun(plain(comm), 1, [2]);
  if (comm.size === 1) return;
  checkDisagreements(comm);
  checkFailing(comm);
}
