import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { StateSchemaError } from "../../src/errors.ts";
import { philox } from "../../src/model/philox.ts";
import { RandomStream, type RandomStreamState } from "../../src/model/random_stream.ts";

// Known answers published with Random123 (Salmon et al. 2011): counter, key, result.
const known = [
  [[0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

Deno.test("Philox4x32-10 gives the published answers", () => {
  const out = new Uint32Array(4);
  for (const [[a, b, c, d], [k0, k1], answer] of known) {
    philox(a | 0, b | 0, c | 0, d | 0, k0 | 0, k1 | 0, out);
    assertEquals([...out], answer);
  }
});

Deno.test("a stream continues with the same numbers after its state is put back", () => {
  const stream = new RandomStream(11);
  stream.normal();
  const state = stream.state;
  const draw = () => [stream.normal(), stream.next(), stream.int(0, 1000), stream.normal()];
  const first = draw();
  stream.state = state;
  assertEquals(draw(), first);
});

Deno.test("the unused half of a normal pair is state", () => {
  const stream = new RandomStream(1);
  stream.normal();
  assert(stream.state.spare !== null);
  const state = stream.state;
  const spare = stream.normal();
  stream.state = state;
  assertEquals(stream.normal(), spare);
});

Deno.test("keyed numbers depend on seed, draw counter and id, not on order", () => {
  const stream = new RandomStream(5);
  const forward = [1n, 2n, 3n].map((id) => stream.keyed(id).next());
  const backward = [3n, 2n, 1n].map((id) => stream.keyed(id).next()).reverse();
  assertEquals(forward, backward);
  assertEquals(stream.keyed(2).next(), forward[1]);
  stream.advance();
  const later = stream.keyed(1n).next();
  assert(later !== forward[0]);
  assert(new RandomStream(6).keyed(1n).next() !== forward[0]);
  assertEquals(new Set([...forward, later]).size, 4);
});

Deno.test("drawing twice from fresh streams of one id is refused: the numbers would repeat", () => {
  const stream = new RandomStream(5);
  const twice = (id: bigint) => [stream.keyed(id).normal(), stream.keyed(id).normal()];
  assertThrows(() => twice(7n), RangeError, "Keep the stream");
  stream.advance();
  // In a loop over particles the first one shows it.
  assertThrows(() => [7n, 8n].map(twice), RangeError, "keyed(7)");
  stream.advance();
  const first = stream.keyed(7).next();
  assertEquals(stream.keyed(7, { repeat: true }).next(), first);
  // A second pass over all particles, also backwards.
  stream.advance();
  const forward = [1, 2, 3].map((id) => stream.keyed(id).next());
  assertEquals([3, 2, 1].map((id) => stream.keyed(id).next()), forward.reverse());
  // A step done again draws the same.
  stream.advance();
  const state = stream.state, number = stream.keyed(1).next();
  stream.state = state;
  assertEquals(stream.keyed(1).next(), number);
});

Deno.test("a keyed stream has many numbers of its own", () => {
  const keyed = new RandomStream(5).keyed(2n ** 40n);
  const numbers = Array.from({ length: 100 }, () => keyed.next());
  assertEquals(new Set(numbers).size, 100);
});

Deno.test("next is uniform in [0, 1), normal has mean 0 and variance 1, int covers its range", () => {
  for (const seed of [0, -1, 2 ** 40]) {
    const stream = new RandomStream(seed);
    const n = 20000;
    let sum = 0, mean = 0, square = 0;
    const seen = new Set<number>();
    for (let i = 0; i < n; i++) {
      const u = stream.next();
      assert(u >= 0 && u < 1);
      sum += u;
      const z = stream.normal();
      mean += z / n;
      square += z * z / n;
      seen.add(stream.int(-2, 3));
    }
    // Five standard deviations of each estimate.
    assertAlmostEquals(sum / n, 0.5, 5 * Math.sqrt(1 / 12 / n));
    assertAlmostEquals(mean, 0, 5 / Math.sqrt(n));
    assertAlmostEquals(square, 1, 5 * Math.sqrt(2 / n));
    assertEquals([...seen].sort((a, b) => a - b), [-2, -1, 0, 1, 2]);
  }
});

Deno.test("seeds, bounds, ids and states that make no sense are refused", () => {
  assertThrows(() => new RandomStream(0.5), RangeError, "seed");
  const stream = new RandomStream();
  const before = stream.state;
  assertThrows(() => stream.int(3, 3), RangeError, "[lo, hi)");
  assertThrows(() => stream.int(0, NaN), RangeError);
  assertThrows(() => stream.keyed(0.1), RangeError, "whole number");
  const newer = { ...before, schemaVersion: 2 } as RandomStreamState;
  assertThrows(() => stream.state = newer, StateSchemaError, "the snapshot has 2");
  assertEquals(stream.state, before);
});

Deno.test("ids beyond 64 bits are refused, since they would share their numbers with others", () => {
  const random = new RandomStream(1);
  assertThrows(() => random.keyed(2n ** 64n + 5n), RangeError, "64 bits");
  assert(random.keyed(-(2n ** 63n)).next() >= 0);
});
