/**
 * Meshes of which any rank can make any cells, so that nobody has to make them all.
 *
 * @module
 */
import type { MeshData } from "./mesh_data.ts";

/** A mesh whose cells and nodes are known from their numbers. */
export interface MeshBlocks {
  readonly dim: 2 | 3;
  readonly cellCount: number;
  readonly nodeCount: number;
  /** What tells the mesh from others, for ranks to compare. */
  readonly words: string;
  /** The nodes of some cells, `[count x (dim + 1)]`: of those in a list, or of the first `count`. */
  cellsAt(ids: Int32Array | number): Int32Array;
  /** The places of some nodes, `[count x dim]`: of those in a list, or of the first `count`. */
  placesAt(nodes: Int32Array | number): Float64Array;
  /** The centroids of the cells from `first` on, `[count x dim]`, as `centroidsOf` computes them. */
  centresOf(first: number, count: number): Float64Array;
  /** How many cells are around a node inside: around all others there are fewer. */
  readonly cellsAround: number;
  /** Facets by boundary name, `[facets x dim]`; all of them are at the edge of the domain. */
  boundaries(): Map<string, Int32Array>;
}

const known = new WeakMap<MeshData, MeshBlocks>();

/** The blocks that mesh data stand for; null for plain arrays. */
export function blocksOf(data: MeshData): MeshBlocks | null {
  return known.get(data) ?? null;
}

/** Mesh data that are made when somebody reads them. */
export function dataOfBlocks(blocks: MeshBlocks, meshType: string): MeshData {
  const { dim, cellCount, nodeCount } = blocks;
  let coordinates: Float64Array | null = null, cells: Int32Array | null = null;
  let boundaries: Map<string, Int32Array> | null = null;
  const data: MeshData = {
    dim,
    get coordinates() {
      return coordinates ??= blocks.placesAt(nodeCount);
    },
    get cells() {
      return cells ??= blocks.cellsAt(cellCount);
    },
    get boundaries() {
      return boundaries ??= blocks.boundaries();
    },
    regions: new Map(),
    meshType,
    notes: [],
  };
  known.set(data, blocks);
  return data;
}
