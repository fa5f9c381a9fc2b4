import { assertEquals, assertThrows } from "@std/assert";
import { SnapshotInvalidatedError } from "../../src/errors.ts";
import type { SnapshotEntry } from "../../src/snapshot/contract.ts";
import { MergedRanks } from "../../src/archive/merge_ranks.ts";

Deno.test("parts of ranks that do not belong together are refused, whatever is wrong with them", () => {
  const part = (ids: number[], particles: bigint[], values = ids): Map<string, SnapshotEntry> => {
    const owned = ids.length, array = { kind: "array" as const, attributes: { owned } };
    const group = { kind: "group" as const, data: null, shape: [] };
    return new Map<string, SnapshotEntry>([
      ["meshes/M/partition", { ...group, attributes: { global_nodes: 3, global_cells: 0 } }],
      ["meshes/M/partition/node_ids", { ...array, data: Int32Array.from(ids), shape: [owned] }],
      ["meshes/M/coordinates", { ...array, data: Float64Array.from(values), shape: [owned] }],
      ["swarms/S/ids", {
        ...array,
        data: BigInt64Array.from(particles),
        shape: [particles.length],
      }],
    ]);
  };
  const merged = (...parts: Map<string, SnapshotEntry>[]) =>
    new MergedRanks(parts, parts[0].keys());
  const whole = merged(part([1], [4n], [10]), part([0, 2], [3n, 9n], [20, 30]));
  assertEquals([...whole.keys()], ["meshes/M/coordinates", "swarms/S/ids"]);
  assertEquals(whole.get("meshes/M/coordinates")!.data, Float64Array.of(20, 10, 30));
  assertEquals(whole.get("swarms/S/ids")!.data, BigInt64Array.of(3n, 4n, 9n));
  const twice = merged(part([1], [4n]), part([0, 1], [4n]));
  const short = merged(part([1], []), part([0], [], []));
  const lacking = merged(part([1], []), new Map());
  for (const wrong of [twice, short, lacking]) {
    assertThrows(() => wrong.get("meshes/M/coordinates"), SnapshotInvalidatedError, "together");
  }
  assertThrows(() => twice.get("swarms/S/ids"), SnapshotInvalidatedError, "particle 4");
});
