import { assertEquals, assertThrows } from "@std/assert";
import { rowsById } from "../../src/snapshot/rows_by_id.ts";
import { fc } from "../_fast_check.ts";

const never = (id: bigint) => new Error(`${id} twice`);

Deno.test("rows of several ranks come by ascending id, in whatever order each rank has them", () => {
  const lists = fc.uniqueArray(fc.bigInt({ min: 0n, max: 1n << 52n }), { maxLength: 30 })
    .chain((ids) =>
      fc.array(fc.nat(3), { minLength: ids.length, maxLength: ids.length })
        .map((owners) => [0, 1, 2, 3].map((r) => ids.filter((_, i) => owners[i] === r)))
    );
  fc.assert(fc.property(lists, fc.boolean(), (lists, sorts) => {
    const ids = lists.map((list) => BigInt64Array.from(list));
    if (sorts) ids.forEach((list) => list.sort());
    const { ranks, rows } = rowsById(ids, never);
    const found = Array.from(rows, (row, i) => ids[ranks[i]][row]);
    assertEquals(found, lists.flat().sort((a, b) => (a < b ? -1 : 1)));
  }));
});

Deno.test("an id that two rows have is an error that names it", () => {
  const [a, b] = [[1n, 5n], [2n, 5n]].map((list) => BigInt64Array.from(list));
  assertThrows(() => rowsById([a, b], never), Error, "5 twice");
  assertThrows(() => rowsById([BigInt64Array.of(7n, 3n, 7n)], never), Error, "7 twice");
});
