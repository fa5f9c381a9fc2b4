import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { Topology } from "../../src/mesh/topology.ts";
import { gmshData } from "../../src/mesh/gmsh/gmsh_data.ts";
import { localEdges, localFacets } from "../../src/mesh/simplex.ts";
import { numberTuples, sortTuples } from "../../src/mesh/tuple_table.ts";
import { assertSameBytes } from "../_helpers.ts";
import { cubeGrid, geometryOfData, squareGrid } from "./_grids.ts";

/** Two triangles that share the edge 1-2. */
function pair() {
  return {
    dim: 2 as const,
    nodeCount: 4,
    cells: Int32Array.of(0, 1, 2, 1, 3, 2),
    boundaries: new Map([["low", Int32Array.of(1, 0)], ["inside", Int32Array.of(2, 1)]]),
    regions: new Map([["all", Int32Array.of(0, 1)]]),
  };
}

Deno.test("neighbours lie across the facet opposite to a vertex", () => {
  assertEquals([...new Topology(pair()).neighbours], [1, -1, -1, -1, 0, -1]);
});

Deno.test("neighbours are mutual and share dim nodes, in 2-D and 3-D", () => {
  for (const { topology } of [squareGrid(4, 3), cubeGrid(2)].map(geometryOfData)) {
    const { neighbours, cells, dim } = topology;
    const width = dim + 1;
    for (let i = 0; i < neighbours.length; i++) {
      const other = neighbours[i];
      if (other < 0) continue;
      const cell = Math.floor(i / width);
      const back = neighbours.subarray(other * width, (other + 1) * width);
      assertEquals(back.includes(cell), true);
      const mine = [...cells.subarray(cell * width, (cell + 1) * width)];
      mine.splice(i % width, 1);
      const theirs = cells.subarray(other * width, (other + 1) * width);
      assertEquals(mine.every((node) => theirs.includes(node)), true);
    }
  }
});

Deno.test("Euler's formula holds: V - E + F = 1 for a square, V - E + F - C = 1 for a cube", () => {
  const square = geometryOfData(squareGrid(4, 3)).topology;
  assertEquals(square.nodeCount - square.edges.count + square.cellCount, 1);
  const cube = geometryOfData(cubeGrid(3)).topology;
  const faces = (4 * cube.cellCount + cube.exteriorFacets.count) / 2;
  assertEquals(cube.nodeCount - cube.edges.count + faces - cube.cellCount, 1);
  assertEquals(cube.exteriorFacets.count, 6 * 9 * 2);
});

Deno.test("edges come in the order of VTK's quadratic cells", () => {
  const { edges } = new Topology({
    ...pair(),
    cells: Int32Array.of(2, 0, 1),
    boundaries: new Map(),
    regions: new Map(),
  });
  assertEquals([...edges.cellEdges], [0, 1, 2]);
  assertEquals([...edges.nodes], [0, 2, 0, 1, 1, 2]);
  const tet = new Topology({
    dim: 3,
    nodeCount: 4,
    cells: Int32Array.of(0, 1, 2, 3),
    boundaries: new Map(),
    regions: new Map(),
  });
  assertEquals([...tet.edges.nodes], [0, 1, 1, 2, 0, 2, 0, 3, 1, 3, 2, 3]);
});

Deno.test("facetsOf finds the cells of a boundary, whatever the order of its nodes", () => {
  const topology = new Topology(pair());
  assertEquals(topology.facetsOf("low"), {
    count: 1,
    cells: Int32Array.of(0),
    locals: Int32Array.of(2),
  });
  assertEquals([...topology.facetsOf("inside").cells], [0]);
  assertStrictEquals(topology.facetsOf("low"), topology.facetsOf("low"));
  assertThrows(() => topology.facetsOf("lid"), RangeError, '"low", "inside"');
});

Deno.test("dof maps count cells, nodes, nodes and edges, or cells times dofs", () => {
  const { topology } = geometryOfData(squareGrid(2, 2));
  const count = (degree: 0 | 1 | 2, continuous: boolean) =>
    topology.dofMap(degree, continuous).count;
  assertEquals([count(0, true), count(1, true), count(2, true)], [8, 9, 25]);
  assertEquals([count(0, false), count(1, false), count(2, false)], [8, 24, 48]);
  const map = topology.dofMap(2, true);
  assertEquals(new Set(map.cellDofs).size, 25);
});

Deno.test("bad topologies are refused, naming what is wrong", () => {
  const make = (change: object) => () => new Topology({ ...pair(), ...change });
  assertThrows(make({ cells: Int32Array.of(0, 1, 9) }), RangeError, "cell 0 names node 9");
  assertThrows(make({ cells: Int32Array.of(0, 1) }), RangeError, "got 2 ids");
  assertThrows(make({ cells: new Int32Array(0) }), RangeError);
  const three = Int32Array.of(0, 1, 2, 1, 3, 2, 1, 0, 2);
  const shared = () => make({ cells: three })().neighbours;
  assertThrows(shared, RangeError, "nodes 1, 2 has more than two cells: 0, 1, 2");
  const fan = Int32Array.of(0, 1, 2, 3, 2, 1, 0, 4, 1, 0, 2, 5);
  const rows = { dim: 3 as const, nodeCount: 6, cells: fan, boundaries: new Map() };
  assertThrows(() => make(rows)().neighbours, RangeError, "nodes 0, 1, 2 has more than two cells");
  const loose = new Map([["cut", Int32Array.of(0, 3)]]);
  assertThrows(make({ boundaries: loose }), RangeError, 'boundary "cut": facet 0 (nodes 0, 3)');
  assertThrows(make({ regions: new Map([["r", Int32Array.of(2)]]) }), RangeError, "cell 2");
});

/** The tables as they were first made: by numbering all tuples of node ids. */
function byTuples({ dim, cells, cellCount }: Topology) {
  const corners = dim + 1;
  const numbered = (local: Uint8Array, width: number) => {
    const per = local.length / width;
    const tuples = new Int32Array(cellCount * per * width);
    tuples.forEach((_, i) => {
      const cell = Math.floor(i / (per * width));
      tuples[i] = cells[cell * corners + local[i % (per * width)]];
    });
    return { tuples: sortTuples(tuples, width), ...numberTuples(tuples, width) };
  };
  const facets = numbered(localFacets(dim), dim), edges = numbered(localEdges(dim), 2);
  const sides: number[][] = Array.from({ length: facets.count }, () => []);
  facets.ids.forEach((id, place) => sides[id].push(Math.floor(place / corners)));
  const neighbours = facets.ids.map((id, place) =>
    sides[id].find((cell) => cell !== Math.floor(place / corners)) ?? -1
  );
  const nodes = Int32Array.from(edges.first, (i) => i).map((i) => edges.tuples[2 * i]);
  const ends = edges.first.map((i) => edges.tuples[2 * i + 1]);
  return { neighbours, cellEdges: edges.ids, nodes, ends };
}

Deno.test("neighbours and edges are those of a table of all tuples, on real meshes too", () => {
  const files = ["annulus.msh", "shell3d.msh"].map((file) =>
    gmshData(Deno.readFileSync(new URL(`../data/${file}`, import.meta.url)), file)
  );
  for (const { topology } of [squareGrid(5, 4), cubeGrid(3), ...files].map(geometryOfData)) {
    const { neighbours, cellEdges, nodes, ends } = byTuples(topology);
    assertSameBytes(topology.neighbours, neighbours, "neighbours");
    assertSameBytes(topology.edges.cellEdges, cellEdges, "edges of cells");
    assertEquals(topology.edges.count, nodes.length);
    assertSameBytes(topology.edges.nodes.filter((_, i) => i % 2 === 0), nodes, "lower nodes");
    assertSameBytes(topology.edges.nodes.filter((_, i) => i % 2 === 1), ends, "higher nodes");
  }
});

Deno.test("numberTuples counts in the order of appearance", () => {
  const { count, ids, first } = numberTuples(Int32Array.of(5, 7, 1, 2, 5, 7, 0, 1), 2);
  assertEquals([count, [...ids], [...first]], [3, [0, 1, 0, 2], [0, 1, 3]]);
});
