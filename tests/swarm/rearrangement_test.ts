import { assertEquals } from "@std/assert";
import { Rearrangement } from "../../src/swarm/rearrangement.ts";
import { fc } from "../_fast_check.ts";

/** The same by a list: what goes is left out, what comes is put in its place. */
function byList(sorted: number, gone: number[], coming: Int32Array, before: Int32Array): number[] {
  const out: number[] = [];
  for (let i = 0; i <= sorted; i++) {
    coming.forEach((k, c) => before[c] === i && out.push(sorted + k));
    if (i < sorted && !gone.includes(i)) out.push(i);
  }
  return out;
}

Deno.test("rows that go and come leave the others in order, whatever the width", () => {
  const cases = fc.record({
    sorted: fc.nat(12),
    goes: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    places: fc.array(fc.nat(12), { maxLength: 8 }),
    shuffle: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
    width: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(fc.property(cases, ({ sorted, goes, places, shuffle, width }) => {
    const gone = [...goes.slice(0, sorted).keys()].filter((i) => goes[i]);
    const before = Int32Array.from(places, (place) => Math.min(place, sorted)).sort();
    const coming = Int32Array.from(places.keys()).sort((a, b) => shuffle[a] - shuffle[b] || a - b);
    for (const kind of [Int32Array, Uint8Array]) {
      const table = new kind((sorted + places.length) * width).map((_, i) => i);
      const rows = new Rearrangement(sorted, gone, coming, before);
      const expected = byList(sorted, gone, coming, before)
        .flatMap((row) => Array.from({ length: width }, (_, k) => row * width + k));
      rows.apply(table, width);
      assertEquals(rows.count, expected.length / width);
      assertEquals([...table.subarray(0, expected.length)], expected);
    }
  }));
});
