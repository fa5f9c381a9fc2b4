import { assert, assertEquals } from "@std/assert";
import { bisection, type Reduction } from "../../src/mesh/bisection.ts";
import { centroidsOf, partitionCells } from "../../src/mesh/partition_cells.ts";
import { RowOwners, runsOfRank } from "../../src/mesh/row_division.ts";
import { rowGridOf } from "../../src/mesh/row_grid.ts";
import { boxData } from "../../src/mesh/shapes/box.ts";
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

/** Cells sorted along the longest side, and cut where the share of the first half ends. */
function sorted(dim: 2 | 3, centres: Float64Array, ranks: number, weights: Float64Array | null) {
  const owners = new Int32Array(centres.length / dim), weightOf = (c: number) => weights?.[c] ?? 1;
  const bisect = (list: number[], rank: number, share: number): void => {
    if (share === 1) return list.forEach((c) => owners[c] = rank);
    let axis = 0, longest = -Infinity;
    for (let d = 0; d < dim; d++) {
      const along = list.map((c) => centres[c * dim + d]);
      const side = Math.max(...along) - Math.min(...along);
      if (side > longest * (1 + 1e-9)) [axis, longest] = [d, side];
    }
    list.sort((a, b) => centres[a * dim + axis] - centres[b * dim + axis] || a - b);
    const left = share >> 1;
    const target = list.reduce((sum, c) => sum + weightOf(c), 0) * left / share;
    let before = 0, middle = 0;
    while (middle < list.length && before + weightOf(list[middle]) / 2 <= target) {
      before += weightOf(list[middle++]);
    }
    if (weights === null) assertEquals(middle, Math.round(list.length * left / share));
    bisect(list.slice(0, middle), rank, left);
    bisect(list.slice(middle), rank + left, share - left);
  };
  bisect([...owners.keys()], 0, ranks);
  return owners;
}

/** Bisection with every fourth cell on one of four ranks that run in step, each with its cells in another order. */
function spread(dim: 2 | 3, centres: Float64Array, ranks: number, weights: Float64Array | null) {
  const count = centres.length / dim, owners = new Int32Array(count);
  const lists = [0, 1, 2, 3].map((rank) =>
    Int32Array.from([...owners.keys()].filter((c) => (c * 7 + (c >> 3)) % 4 === rank)).reverse()
  );
  const runs = lists.map((ids) => {
    const own = Float64Array.from([...ids].flatMap((c) => [
      ...centres.subarray(c * dim, (c + 1) * dim),
    ]));
    const heavy = weights && Float64Array.from(ids, (c) => weights[c]);
    return bisection({ dim, centres: own, ids, weights: heavy }, ranks, 20);
  });
  let steps: IteratorResult<Reduction, Int32Array>[] = runs.map((run) => run.next());
  while (steps[0].done !== true) {
    const asked = steps.map(({ value }) => value as Reduction);
    const all = asked[0].values.map((_, i) => {
      const values = asked.map((one) => one.values[i]);
      return asked[0].op === "min" ? Math.min(...values) : values.reduce((a, b) => a + b);
    });
    steps = runs.map((run) => run.next(all));
  }
  lists.forEach((ids, rank) => {
    const own = steps[rank].value as Int32Array;
    ids.forEach((c, i) => owners[c] = own[i]);
  });
  return owners;
}

Deno.test("counting over ranks gives cells the owners that sorting gives them, ties and signs included", () => {
  const square = boxData({ min: [-1, -1], max: [1, 1], cells: [16, 16] });
  const cube = boxData({ min: [-1, 0, -3], max: [1, 1, 0], cells: [4, 3, 5] });
  const hexagons = boxData({ min: [0, 0], max: [2, 1], cellSize: 0.1 });
  for (const { dim, cells, coordinates } of [square, cube, hexagons]) {
    const centres = centroidsOf(dim, cells, coordinates), count = centres.length / dim;
    // Along one axis all are at one place, and along another at few: ids decide.
    const flat = centres.map((x, i) => i % dim === 0 ? Math.round(2 * x) + 0 : 0.5);
    const heavy = Float64Array.from({ length: count }, (_, c) => 1 + (c * 37 % 11) ** 2);
    for (const ranks of [2, 7, 1024]) {
      for (const places of [centres, flat]) {
        for (const weights of [null, heavy]) {
          const wanted = sorted(dim, places, ranks, weights);
          assertEquals(spread(dim, places, ranks, weights), wanted, `${dim}-D, ${ranks} ranks`);
        }
      }
      assertEquals(
        partitionCells(dim, cells, coordinates, ranks),
        sorted(dim, centres, ranks, null),
      );
    }
  }
});

Deno.test("rows of cells are cut into the runs of each rank that has these cells when all are divided one by one", () => {
  const boxes = [
    { min: [0, 0], max: [1, 1], cells: [9, 7] },
    { min: [-1, 0], max: [1, 1], cells: [1, 30] },
    // Steps so small that centroids of neighbours round to the same number.
    { min: [1, 0], max: [1 + 2e-14, 1], cells: [40, 3] },
    { min: [-1, 0, -3], max: [1, 1, 0], cells: [4, 3, 5] },
  ];
  for (const options of boxes) {
    const data = boxData(options), grid = rowGridOf(data)!, { rowLength, kinds } = grid;
    for (const ranks of [1, 2, 3, 7, 100]) {
      const owners = partitionCells(data.dim, data.cells, data.coordinates, ranks);
      const parts = Array.from({ length: ranks }, (_, rank) => runsOfRank(grid, rank, ranks));
      const found = new Int32Array(owners.length).fill(-1);
      parts.forEach(({ own: { rows, low, high } }, rank) => {
        low.forEach((from, i) => {
          const first = rows[Math.floor(i / kinds)] * rowLength + i % kinds;
          for (let p = from; p < high[i]; p++) found[first + p * kinds] = rank;
        });
      });
      assertEquals(found, owners, `${grid.words} on ${ranks} ranks`);
      const asked = new RowOwners(grid, parts.map(({ cuts }) => cuts));
      assertEquals(owners.map((_, cell) => asked.ownerOf(cell)), owners);
    }
  }
});
