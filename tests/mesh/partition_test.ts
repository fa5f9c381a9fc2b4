import { assert, assertEquals } from "@std/assert";
import { runRanks } from "../../src/comm/workers/run_ranks.ts";
import { partitionCells } from "../../src/mesh/partition.ts";
import { squareGrid } from "./_grids.ts";

const program = new URL("./partition_ranks.ts", import.meta.url);

for (const count of [1, 2, 3, 4]) {
  Deno.test(`${count} workers: a divided mesh is the mesh of one rank, in parts`, async () => {
    assertEquals(await runRanks(count, program), new Array(count).fill(3));
  });
}

Deno.test("bisection gives equal shares, whatever the number of ranks, and nothing where there is nothing", () => {
  const { dim, cells, coordinates } = squareGrid(9, 4);
  for (const ranks of [1, 2, 3, 5, 7, 8, 100]) {
    const owners = partitionCells(dim, cells, coordinates, ranks);
    const shares = new Array(ranks).fill(0);
    for (const owner of owners) shares[owner]++;
    const mean = owners.length / ranks;
    assert(shares.every((share) => Math.abs(share - mean) < 2), `${shares}`);
    assertEquals(owners, partitionCells(dim, cells, coordinates, ranks));
  }
});
