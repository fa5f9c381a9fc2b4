import { assert, assertEquals } from "@std/assert";
import { partitionCells } from "../../src/mesh/partition_cells.ts";
import { squareGrid } from "./_grids.ts";

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
