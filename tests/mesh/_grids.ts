/** Small meshes made by hand, so that these tests need no generator. */
import type { MeshData } from "../../src/mesh/mesh_data.ts";
import { Geometry } from "../../src/mesh/geometry.ts";
import { Topology } from "../../src/mesh/topology.ts";

/** Moves a node: reads and writes `x[offset..offset + dim)`. */
export type Warp = (x: Float64Array, offset: number, onBoundary: boolean) => void;

const none: Warp = () => {};

/** n x m squares on [0, 1]^2, each cut into two triangles; boundaries left, right, bottom, top. */
export function squareGrid(n: number, m: number, warp: Warp = none): MeshData {
  const coordinates = new Float64Array((n + 1) * (m + 1) * 2);
  const node = (i: number, j: number) => j * (n + 1) + i;
  const cells: number[] = [];
  for (let j = 0; j <= m; j++) {
    for (let i = 0; i <= n; i++) {
      const o = 2 * node(i, j);
      coordinates[o] = i / n;
      coordinates[o + 1] = j / m;
      warp(coordinates, o, i === 0 || j === 0 || i === n || j === m);
      if (i === n || j === m) continue;
      const a = node(i, j), b = node(i + 1, j), c = node(i + 1, j + 1), d = node(i, j + 1);
      if ((i + j) % 2 === 0) cells.push(a, b, c, a, c, d);
      else cells.push(a, b, d, b, c, d);
    }
  }
  const along = (count: number, at: (k: number) => number) =>
    Int32Array.from({ length: 2 * count }, (_, k) => at((k >> 1) + (k & 1)));
  return {
    dim: 2,
    coordinates,
    cells: Int32Array.from(cells),
    boundaries: new Map([
      ["left", along(m, (k) => node(0, k))],
      ["right", along(m, (k) => node(n, k))],
      ["bottom", along(n, (k) => node(k, 0))],
      ["top", along(n, (k) => node(k, m))],
    ]),
    regions: new Map([["first", Int32Array.of(0, 1)]]),
    meshType: "box",
    notes: [],
  };
}

/** The six tetrahedra of Kuhn's cut of a cube, as corners in bits xyz. */
const kuhn = [[0, 1, 3, 7], [0, 3, 2, 7], [0, 2, 6, 7], [0, 6, 4, 7], [0, 4, 5, 7], [0, 5, 1, 7]];

/** n^3 cubes on [0, 1]^3, each cut into six tetrahedra; boundaries bottom and top. */
export function cubeGrid(n: number, warp: Warp = none): MeshData {
  const coordinates = new Float64Array((n + 1) ** 3 * 3);
  const node = (i: number, j: number, k: number) => (k * (n + 1) + j) * (n + 1) + i;
  const cells: number[] = [], bottom: number[] = [], top: number[] = [];
  for (let k = 0; k <= n; k++) {
    for (let j = 0; j <= n; j++) {
      for (let i = 0; i <= n; i++) {
        const o = 3 * node(i, j, k);
        coordinates.set([i / n, j / n, k / n], o);
        warp(coordinates, o, [i, j, k].some((v) => v === 0 || v === n));
        if (i === n || j === n || k === n) continue;
        const corner = (bits: number) =>
          node(i + (bits & 1), j + ((bits >> 1) & 1), k + ((bits >> 2) & 1));
        for (const tet of kuhn) cells.push(...tet.map(corner));
        if (k === 0) bottom.push(...[0, 1, 3, 0, 3, 2].map(corner));
        if (k === n - 1) top.push(...[4, 5, 7, 4, 7, 6].map(corner));
      }
    }
  }
  return {
    dim: 3,
    coordinates,
    cells: Int32Array.from(cells),
    boundaries: new Map([["bottom", Int32Array.from(bottom)], ["top", Int32Array.from(top)]]),
    regions: new Map(),
    meshType: "box",
    notes: [],
  };
}

/** Topology and geometry of mesh data, without a model. */
export function geometryOfData(data: MeshData): Geometry {
  const topology = new Topology({
    dim: data.dim,
    nodeCount: data.coordinates.length / data.dim,
    cells: data.cells.slice(),
    boundaries: new Map([...data.boundaries].map(([k, v]) => [k, v.slice()])),
    regions: new Map([...data.regions].map(([k, v]) => [k, v.slice()])),
  });
  return new Geometry(topology, data.coordinates.slice());
}

/** Numbers in [0, 1) that are the same in every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    let h = state ^ (state >>> 16);
    h = Math.imul(h, 0x45d9f3b);
    h ^= h >>> 15;
    return (h >>> 0) / 2 ** 32;
  };
}
