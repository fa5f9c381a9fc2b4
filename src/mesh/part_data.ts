/**
 * One rank's part of a mesh as plain arrays, which can be sent.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import type { Forest } from "./adapt/forest.ts";
import { IndexMap } from "./index_map.ts";
import { type BoundaryPart, RankMesh } from "./rank_mesh.ts";
import type { FacetList } from "./topology.ts";
import type { Twins } from "./twins.ts";

/** What a rank has of a set of things; see {@link IndexMap}. */
export interface IndexData {
  readonly ids: Int32Array;
  readonly ghostOwners: Int32Array;
  readonly globalCount: number;
}

/** The facets of a named boundary that a rank has, and their nodes, `[count x dim]`, in local numbers. */
export interface BoundaryData extends BoundaryPart {
  readonly nodes: Int32Array;
}

/** A rank's part of a mesh, in local numbers but for `twins`. */
export interface PartData {
  readonly dim: 2 | 3;
  readonly cells: IndexData;
  readonly nodes: IndexData;
  /** `[cells x (dim + 1)]`. */
  readonly cellNodes: Int32Array;
  /** Of the vertices of a periodic mesh; null for others. */
  readonly vertices: { readonly index: IndexData; readonly cellVertices: Int32Array } | null;
  readonly boundaries: ReadonlyMap<string, BoundaryData>;
  readonly regions: ReadonlyMap<string, Int32Array>;
  readonly forest: Forest | null;
  readonly exterior: FacetList;
  readonly rim: FacetList;
  readonly twins: Twins | null;
  readonly fingerprint: Uint32Array | null;
}

/** What a rank has of a mesh. */
export function rankMeshOf(part: PartData, comm: Comm): RankMesh {
  const { dim, cellNodes, regions, forest, exterior, rim, twins, fingerprint } = part;
  const mapOf = ({ ids, ghostOwners, globalCount }: IndexData) =>
    new IndexMap(ids, ghostOwners, globalCount, comm);
  const cells = mapOf(part.cells), nodes = mapOf(part.nodes);
  const vertices = part.vertices && {
    indexMap: mapOf(part.vertices.index),
    cellVertices: part.vertices.cellVertices,
  };
  const boundaries = new Map<string, BoundaryPart>(), facets = new Map<string, Int32Array>();
  for (const [name, { nodes, ...list }] of part.boundaries) {
    boundaries.set(name, list);
    facets.set(name, nodes);
  }
  const nodeCount = nodes.count;
  const data = { dim, nodeCount, cells: cellNodes, boundaries: facets, regions, forest };
  const rest = { boundaries, exterior, rim, twins, fingerprint };
  return new RankMesh({ data, cells, nodes, vertices, ...rest }, comm);
}
