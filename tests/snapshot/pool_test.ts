import { assert, assertEquals } from "@std/assert";
import { BufferPool } from "../../src/snapshot/pool.ts";

Deno.test("a returned buffer serves the next request of about its size", () => {
  const pool = new BufferPool();
  const first = pool.take(100_000);
  pool.give([first]);
  assert(pool.take(100_500) === first);
  assertEquals(pool.idleBytes, 0);
});

Deno.test("a buffer is large enough, and no more than a quarter larger", () => {
  const pool = new BufferPool();
  for (let bytes = 0; bytes < 3e6; bytes = Math.ceil(bytes * 1.07) + 1) {
    const { byteLength } = pool.take(bytes);
    assert(byteLength >= bytes, `${bytes} asked, ${byteLength} given`);
    assert(byteLength <= Math.max(256, 1.25 * bytes + 8), `${bytes} asked, ${byteLength} given`);
    assertEquals(byteLength % 8, 0);
  }
});

Deno.test("idle memory stays within four of the largest sets returned at once", () => {
  const pool = new BufferPool();
  const sets = Array.from({ length: 10 }, () => [pool.take(4096), pool.take(1024)]);
  for (const set of sets) pool.give(set);
  assert(pool.idleBytes <= 4 * (4096 + 1024), `${pool.idleBytes}`);
  assert(pool.idleBytes >= 3 * (4096 + 1024), `${pool.idleBytes}`);
});

Deno.test("sizes that are no longer asked for make room for those that are", () => {
  const pool = new BufferPool();
  pool.give(Array.from({ length: 4 }, () => pool.take(1000)));
  for (let round = 0; round < 20; round++) pool.give([pool.take(4096)]);
  const wanted = pool.take(4096);
  pool.give([wanted]);
  assert(pool.take(4096) === wanted);
});
