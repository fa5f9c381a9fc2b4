/**
 * Every collective against the obvious result, on any number of ranks. Runs on workers in
 * `tests/ranks_test.ts` and under MPI by `deno task test:mpi`.
 *
 * @module
 */
import { assertEquals, assertThrows } from "@std/assert";
import { allocate, arrayKinds, sameBytes, type TypedArray } from "../../src/arrays.ts";
import type { Comm, CommMessage, JsonValue } from "../../src/comm/comm.ts";
import { CommError } from "../../src/errors.ts";
import { runChecks } from "../_rank_checks.ts";
import { keptExchanges } from "./kept_exchange_checks.ts";

/** Runs all checks; the number of checks, the same on every rank. */
export function main(comm: Comm): number {
  const checks = [
    numbers,
    broadcasts,
    gathers,
    exchanges,
    reductions,
    orderOfSums,
    payloads,
    jsonValues,
    largeMessages,
    messagesBetweenTwo,
    freshMemory,
    disagreements,
    keptExchanges,
  ];
  return runChecks(comm, checks);
}

/** A pattern that depends on who made it. */
function pattern(kind: (typeof arrayKinds)[number], length: number, seed: number): TypedArray {
  const array = allocate(kind, length);
  const big = array instanceof BigInt64Array || array instanceof BigUint64Array;
  for (let i = 0; i < length; i++) {
    const value = (i * 7 + seed * 13) % 50;
    if (big) array[i] = BigInt(value);
    else (array as Float64Array)[i] = value;
  }
  return array;
}

function same(actual: TypedArray, expected: TypedArray, what: string): void {
  if (!sameBytes(actual, expected)) {
    throw new Error(
      `${what}: got ${actual.constructor.name}[${actual.length}] ${actual.slice(0, 8)}, ` +
        `expected ${expected.constructor.name}[${expected.length}] ${expected.slice(0, 8)}`,
    );
  }
}

function ranksOf(comm: Comm): number[] {
  return Array.from({ length: comm.size }, (_, r) => r);
}

function numbers(comm: Comm): void {
  const { rank, size } = comm;
  comm.barrier();
  assertEquals(comm.allreduce(rank + 1), size * (size + 1) / 2);
  assertEquals(comm.allreduce(rank + 1, "min"), 1);
  assertEquals(comm.allreduce(rank + 1, "max"), size);
  assertEquals(comm.allreduce(rank === size - 1 ? NaN : 1, "min"), NaN);
  assertEquals(Object.is(comm.allreduce(-0), -0), true);
  assertEquals(comm.exscan(rank + 1), rank * (rank + 1) / 2);
}

function broadcasts(comm: Comm): void {
  for (const root of ranksOf(comm)) {
    for (const kind of arrayKinds) {
      for (const length of [0, 1, 17]) {
        const value = comm.rank === root ? pattern(kind, length, root) : pattern("int8", 3, 9);
        same(comm.bcast(value, root), pattern(kind, length, root), `bcast ${kind}`);
      }
    }
    assertEquals(comm.bcast<CommMessage>(comm.rank === root ? 0.1 : "unused", root), 0.1);
    assertEquals(comm.bcast(comm.rank === root ? { a: [1] } : null, root), { a: [1] });
  }
}

function gathers(comm: Comm): void {
  for (const kind of arrayKinds) {
    for (const base of [0, 3]) {
      const mine = pattern(kind, base + comm.rank, comm.rank);
      const parts = comm.allgather(mine);
      assertEquals(parts.length, comm.size);
      parts.forEach((part, r) => same(part, pattern(kind, base + r, r), `allgather ${kind}`));
      const whole = comm.allgatherv(mine);
      const expected = ranksOf(comm).map((r) => pattern(kind, base + r, r));
      assertEquals(whole.length, expected.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of expected) {
        same(whole.subarray(at, at += part.length), part, `allgatherv ${kind}`);
      }
    }
  }
  same(comm.allgatherv(new Int32Array(0)), new Int32Array(0), "allgatherv of nothing");
  assertEquals(comm.allgather(comm.rank), ranksOf(comm));
}

function exchanges(comm: Comm): void {
  const length = (from: number, to: number) => (from * 3 + to * 5) % 4;
  for (const kind of arrayKinds) {
    const parts = ranksOf(comm).map((to) => pattern(kind, length(comm.rank, to), to));
    comm.alltoallv(parts).forEach((part, from) =>
      same(part, pattern(kind, length(from, comm.rank), comm.rank), `alltoallv ${kind}`)
    );
  }
  const one = ranksOf(comm).map((to) => new Float64Array(to === 0 ? 5 : 0).fill(comm.rank));
  comm.alltoallv(one).forEach((part, from) =>
    same(part, new Float64Array(comm.rank === 0 ? 5 : 0).fill(from), "alltoallv to one")
  );
}

function reductions(comm: Comm): void {
  for (const kind of arrayKinds) {
    for (const length of [0, 1, 5, 40]) {
      const all = ranksOf(comm).map((r) => pattern(kind, length, r));
      for (const op of ["sum", "min", "max"] as const) {
        const expected = pattern(kind, length, 0);
        for (const part of all.slice(1)) {
          for (let i = 0; i < length; i++) {
            const a = Number(expected[i]), b = Number(part[i]);
            const value = op === "sum" ? a + b : op === "min" ? Math.min(a, b) : Math.max(a, b);
            if (typeof expected[i] === "bigint") expected[i] = BigInt(value);
            else expected[i] = value;
          }
        }
        same(comm.allreduce(all[comm.rank], op), expected, `allreduce ${op} ${kind}`);
      }
    }
  }
}

/** Numbers whose sum depends on the order in which they are added. */
function awkward(rank: number, i: number): number {
  return (rank % 2 === 0 ? 1e16 : -1e16) / (rank + 1) + 0.1 * (i + 1) * (rank + 1);
}

function orderOfSums(comm: Comm): void {
  for (const length of [1, 4, 100, 5000, 20011]) {
    const mine = Float64Array.from({ length }, (_, i) => awkward(comm.rank, i));
    const expected = Float64Array.from({ length }, (_, i) => awkward(0, i));
    for (let r = 1; r < comm.size; r++) {
      for (let i = 0; i < length; i++) expected[i] += awkward(r, i);
    }
    same(comm.allreduce(mine), expected, `rank order, ${length} elements`);
    assertEquals(comm.allreduce(mine[0]), expected[0]);
  }
  let before = comm.rank === 0 ? 0 : awkward(0, 0);
  for (let r = 1; r < comm.rank; r++) before += awkward(r, 0);
  assertEquals(comm.exscan(awkward(comm.rank, 0)), before);
}

/** NaN payloads, signalling ones among them, and -0 move as bytes. */
function payloads(comm: Comm): void {
  const bits = BigUint64Array.of(0x7ff0000000000001n, 0xfff8dead0000beefn, 0x8000000000000000n);
  const values = new Float64Array(bits.buffer.slice(0));
  same(comm.bcast(values), values, "bcast of NaN payloads");
  for (const part of comm.allgather(values)) same(part, values, "allgather of NaN payloads");
  const parts = ranksOf(comm).map(() => values);
  for (const part of comm.alltoallv(parts)) same(part, values, "alltoallv of NaN payloads");
  comm.send(values, (comm.rank + 1) % comm.size);
  same(comm.recv((comm.rank + comm.size - 1) % comm.size), values, "recv of NaN payloads");
}

function jsonValues(comm: Comm): void {
  const values: JsonValue[] = [
    null,
    true,
    "text with ä and \u0001NaN",
    "",
    [],
    { nested: { list: [1, -0, NaN, -Infinity, 0.1 + 0.2, "\u0001"], none: null } },
    "long ".repeat(100),
  ];
  for (const value of values) {
    const back = comm.allgather(value);
    for (const one of back) assertEquals(one, value);
  }
  const zero = comm.bcast([-0])[0];
  assertEquals(Object.is(zero, -0), true);
  assertEquals(comm.allgather("r" + comm.rank), ranksOf(comm).map((r) => "r" + r));
  assertThrows(() => comm.bcast({ a: [undefined] } as never, comm.rank), TypeError, "a[0]");
  assertThrows(() => comm.bcast({ f: main } as never, comm.rank), TypeError, "f: function");
  assertThrows(() => comm.bcast({ at: new Date(0) } as never, comm.rank), TypeError, "Date");
  assertThrows(() => comm.bcast(1, comm.size), RangeError, "does not exist");
}

function largeMessages(comm: Comm): void {
  const n = 70_001, waves = new Float64Array(n + comm.size).map((_, i) => Math.sin(i));
  const made = (rank: number) => waves.subarray(0, n + rank).map((wave) => wave + rank);
  same(comm.bcast(made(comm.rank), comm.size - 1), made(comm.size - 1), "large bcast");
  comm.allgather(made(comm.rank)).forEach((part, r) => same(part, made(r), "large allgather"));
  const uneven = comm.rank === 0 ? made(0) : new Float64Array(1).fill(comm.rank);
  const whole = comm.allgatherv(uneven);
  assertEquals(whole.length, n + comm.size - 1);
  same(whole.slice(0, n), made(0), "large allgatherv, uneven");
  if (comm.size > 1) assertEquals(whole[whole.length - 1], comm.size - 1);
  const parts = ranksOf(comm).map((to) => made(comm.rank).subarray(to * 5, n - to));
  comm.alltoallv(parts).forEach((part, from) =>
    same(part, made(from).slice(comm.rank * 5, n - comm.rank), "large alltoallv")
  );
  const odd = new Uint8Array(600_003).fill(comm.rank + 1);
  const offset = odd.subarray(1, 599_998);
  assertEquals(comm.allreduce(offset, "max")[599_996], comm.size);
}

function messagesBetweenTwo(comm: Comm): void {
  const { rank, size } = comm;
  const next = (rank + 1) % size, previous = (rank + size - 1) % size;
  // All send before anybody receives, more than fits on the way.
  comm.send(new Float64Array(100_000).fill(rank), next, 5);
  comm.send("second", next, 5);
  comm.send({ from: rank }, next, -7);
  comm.send(new Int16Array(0), next);
  comm.barrier();
  assertEquals(comm.recv<JsonValue>(previous, -7), { from: previous });
  same(comm.recv(previous, 5), new Float64Array(100_000).fill(previous), "recv in order");
  assertEquals(comm.recv<string>(previous, 5), "second");
  same(comm.recv(previous), new Int16Array(0), "recv of nothing");
  if (rank === 0) {
    for (let r = 1; r < size; r++) for (let k = 0; k < 20; k++) comm.send(k * r, r, k % 3);
  } else {
    for (let tag = 2; tag >= 0; tag--) {
      for (let k = tag; k < 20; k += 3) assertEquals(comm.recv<number>(0, tag), k * rank);
    }
  }
  assertThrows(() => comm.recv(rank, 99), CommError, "waits for itself");
}

/** What a call returns belongs to the caller: later calls do not change it, and it changes nothing. */
function freshMemory(comm: Comm): void {
  const mine = Float64Array.of(comm.rank, 1);
  const first = [comm.bcast(mine), comm.allreduce(mine), comm.allgatherv(mine)];
  const parts = comm.allgather(mine);
  const kept = [...first, ...parts].map((array) => array.slice());
  mine.fill(99);
  for (let k = 0; k < 4; k++) comm.allgather(new Float64Array(300).fill(-1));
  [...first, ...parts].forEach((array, i) => same(array, kept[i], "kept result"));
  for (const array of [...first, ...parts]) {
    assertEquals(array.buffer.byteLength, array.byteLength);
    assertEquals(array.buffer instanceof ArrayBuffer, true);
  }
}

/** All ranks find out in the same call, and may go on. */
function disagreements(comm: Comm): void {
  if (comm.size === 1) return;
  const odd = comm.rank === 1;
  const calls: [string, () => unknown][] = [
    ["rank 1: barrier", () => odd ? comm.barrier() : comm.allreduce(1)],
    ["bcast from rank 1", () => comm.bcast(1, odd ? 1 : 0)],
    ['allreduce("max")', () => comm.allreduce(1, odd ? "max" : "sum")],
    ["of a int32", () => comm.allreduce(odd ? new Int32Array(2) : new Float64Array(2))],
    ["different lengths", () => comm.allreduce(new Float64Array(odd ? 20000 : 2))],
    [
      "allgatherv of float32",
      () => comm.allgatherv(odd ? new Float32Array(0) : new Float64Array(0)),
    ],
    [
      "alltoallv of uint8",
      () => comm.alltoallv(ranksOf(comm).map(() => odd ? new Uint8Array(1) : new Int8Array(1))),
    ],
  ];
  for (const [message, call] of calls) {
    const error = assertThrows(call, CommError, message);
    assertEquals(error.rank, comm.rank);
  }
  assertEquals(comm.allreduce(1), comm.size);
}
