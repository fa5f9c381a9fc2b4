/**
 * Periodic meshes in a view. They are drawn as they lie, so that nodes on both sides have points of their own; fields
 * have one value for both.
 *
 * @module
 */
import type { FieldDegree } from "../../mesh/dof_map.ts";
import { dofsPerCell, makeDofMap } from "../../mesh/dof_map.ts";
import { dofIdsPath, meshPaths, storedPartition } from "../../mesh/stored.ts";
import { CellsByVertex, type Twins, verticesOf } from "../../mesh/twins.ts";
import { localEdges } from "../../mesh/simplex.ts";
import { ownedRows } from "../../snapshot/assemble.ts";
import { childKey, type SnapshotEntry } from "../../snapshot/contract.ts";
import type { Collective } from "../lockstep.ts";
import { quadraticOf, type RankCells, type ViewPart } from "./ghosts.ts";

type Entries = ReadonlyMap<string, SnapshotEntry>;

/** The cells of a periodic mesh by their vertices, as one rank has them. */
export interface VertexCells {
  readonly joined: CellsByVertex;
  /** Vertices that this rank owns; they come first. */
  readonly owned: number;
  /** Their global ids; null on one rank. */
  readonly ids: Int32Array | null;
  /** Over all ranks. */
  readonly globalCount: number;
}

/** How continuous fields of a periodic mesh are shown. */
export interface SharedDofs {
  /** Of the cells that are drawn: 1 for straight ones. */
  readonly degree: 1 | 2;
  /** The degrees of freedom of owned cells by the degree of fields, `[ownedCells x perCell]`. */
  readonly dofs: ReadonlyMap<number, Int32Array>;
}

const known = new WeakMap<Int32Array, VertexCells>();

/** The cells by vertices of the mesh below `key`; null where it is not periodic, or no continuous field tells them. */
export function vertexCellsAt(entries: Entries, key: string, dim: 2 | 3): VertexCells | null {
  const list = `${key}/${meshPaths.twins}`, names = entries.get(list)?.keys ?? [];
  const cells = entries.get(`${key}/${meshPaths.cells}`)?.data;
  if (names.length === 0 || !(cells instanceof Int32Array)) return null;
  const before = known.get(cells);
  if (before !== undefined) return before;
  const twins: Twins = new Map(
    names.map((name) => [name, entries.get(childKey(list, name))!.data as Int32Array]),
  );
  const found = divided(entries, key, dim, cells, twins);
  if (found !== null) known.set(cells, found);
  return found;
}

function divided(
  entries: Entries,
  key: string,
  dim: 2 | 3,
  cells: Int32Array,
  twins: Twins,
): VertexCells | null {
  const partition = entries.get(`${key}/${meshPaths.partition}`);
  if (partition === undefined) {
    const nodeCount = entries.get(`${key}/${meshPaths.coordinates}`)!.shape[0];
    const { count, of } = verticesOf(nodeCount, twins);
    const joined = new CellsByVertex(dim, count, cells.map((node) => of[node]));
    return { joined, owned: count, ids: null, globalCount: count };
  }
  const { count, of } = verticesOf(storedPartition(partition).globalNodes, twins);
  const nodes = entries.get(`${key}/${meshPaths.nodeIds}`)!.data as Int32Array;
  const vertices = ([1, 2] as const).map((degree) => idsBelow(entries, key, degree, count))
    .find((found) => found !== null);
  if (vertices === undefined) return null;
  const { ids, owned } = vertices;
  const places = new Map(Array.from(ids, (id, place) => [id, place]));
  const joined = new CellsByVertex(
    dim,
    ids.length,
    cells.map((node) => places.get(of[nodes[node]])!),
  );
  return { joined, owned, ids, globalCount: count };
}

/** The vertices among the degrees of freedom of one kind: owned ones, then ghosts. */
function idsBelow(
  entries: Entries,
  key: string,
  degree: 1 | 2,
  count: number,
): { ids: Int32Array; owned: number } | null {
  const entry = entries.get(`${key}/${dofIdsPath(degree, true)}`);
  if (entry === undefined) return null;
  const all = entry.data as Int32Array, ownedDofs = ownedRows(entry) ?? all.length;
  const owned = all.subarray(0, ownedDofs).filter((id) => id < count).length;
  return { ids: all.filter((id) => id < count), owned };
}

/** The degrees of freedom of the first `ownedCells` cells, `[ownedCells x perCell]`. */
export function* cellDofsOf(
  { joined, owned, ids, globalCount }: VertexCells,
  degree: 1 | 2,
  { ownedCells }: RankCells,
  part: ViewPart | null,
): Collective<Int32Array> {
  const { dim, cells, nodeCount } = joined;
  if (degree === 1) return cells.subarray(0, ownedCells * (dim + 1));
  if (part === null) return makeDofMap(joined, 2, true).cellDofs;
  const corners = { dim, cells, ownedCells, nodeCount, ownedNodes: owned };
  const vertices = { ...part, nodeIds: ids!, globalNodes: globalCount };
  return (yield* quadraticOf(corners, vertices)).connectivity;
}

/** Values at the points of separate cells of degree 1 or 2, `[ownedCells * perCell x components]`. */
export function valuesInCells(
  dim: 2 | 3,
  shown: 1 | 2,
  degree: FieldDegree,
  cellDofs: Int32Array,
  data: Float64Array,
  components: number,
): Float64Array {
  const own = dofsPerCell(dim, degree), perCell = dofsPerCell(dim, shown), corners = dim + 1;
  const edges = localEdges(dim), count = cellDofs.length / own;
  const out = new Float64Array(count * perCell * components);
  let to = 0;
  for (let c = 0; c < count; c++) {
    for (let k = 0; k < perCell; k++) {
      // In the middle of an edge a linear field is the mean of both ends.
      const e = 2 * (k - corners), first = k < own ? k : edges[e];
      const second = k < own ? k : edges[e + 1];
      const a = cellDofs[c * own + first] * components;
      const b = cellDofs[c * own + second] * components;
      for (let j = 0; j < components; j++) {
        out[to++] = a === b ? data[a + j] : (data[a + j] + data[b + j]) / 2;
      }
    }
  }
  return out;
}
