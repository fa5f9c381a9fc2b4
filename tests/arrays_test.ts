import { assert, assertEquals } from "@std/assert";
import { freeMemory, putRows, takeRows, wordsOf } from "../src/arrays.ts";

/** A signalling NaN with a payload, which conversions between numbers make quiet. */
const patterns = { float32: [0x7f800001, 0xffa00456], float64: [1, 0x7ff00000, 0x123, 0xfff40000] };

Deno.test("rows are moved bit by bit, whether the loop is compiled or not", () => {
  for (const [like, width] of [[Float32Array, 2], [Float64Array, 2], [Float64Array, 1]] as const) {
    const pattern = like === Float32Array ? patterns.float32 : patterns.float64;
    const table = new like(3 * width) as Float64Array;
    wordsOf(table).forEach((_, i, words) => words[i] = pattern[i % pattern.length]);
    const rows = Int32Array.of(2, 0, 1);
    // Cold, then hot enough to be compiled.
    for (let n = 0; n < 20_000; n++) {
      const taken = new like(4 * width) as Float64Array, back = new like(3 * width) as Float64Array;
      takeRows(table, rows, width, taken, 1);
      putRows(taken, rows, width, back, 1);
      if (n % 19_999 !== 0) continue;
      const row = (from: Float64Array, i: number) => [
        ...wordsOf(from.subarray(i * width, (i + 1) * width)),
      ];
      assertEquals([...wordsOf(back)], [...wordsOf(table)]);
      assertEquals(row(taken, 1), row(table, 2));
      assertEquals(row(taken, 0), row(new like(width) as Float64Array, 0));
    }
  }
});

Deno.test("freed memory is gone at once, from every array over it; small and shared memory stays", () => {
  const before = Deno.memoryUsage().external,
    all = new Float64Array(1 << 20),
    part = all.subarray(9);
  freeMemory([part]);
  assertEquals([all.length, part.length], [0, 0]);
  assert(Deno.memoryUsage().external - before < all.BYTES_PER_ELEMENT * (1 << 19));
  const small = Float64Array.of(1, 2), shared = new Uint8Array(new SharedArrayBuffer(8192));
  freeMemory([small, shared, all]);
  assertEquals([small.length, shared.length], [2, 8192]);
});
