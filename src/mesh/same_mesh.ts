/**
 * Whether two meshes are the same in every byte, however they are divided among ranks, and rows that go from the one to
 * the other then. No rank puts a whole mesh together.
 *
 * @module
 */
import { sameBytes, takeRows } from "../arrays.ts";
import type { Comm } from "../comm/comm.ts";
import { RowRoutes } from "../snapshot/row_routes.ts";
import type { Geometry } from "./geometry.ts";
import type { IndexMap } from "./index_map.ts";
import { storedMiddles } from "./stored_middles.ts";
import { sameTwins, type Twins } from "./twins.ts";

/** The arrays of a mesh that is here as a whole. */
export interface WholeArrays {
  /** `[cellCount x (dim + 1)]`. */
  readonly cells: Int32Array;
  /** `[nodeCount x dim]`. */
  readonly coordinates: Float64Array;
  /** Nodes that are one place, of a periodic mesh. */
  readonly twins: Twins | null;
  /** Mid-side nodes of cells of degree 2, `[edges x dim]`. */
  readonly middles: Float64Array | null;
}

/** Numbers of things in rows. */
type Rows = Float64Array | Int32Array;

/** What of a mesh is compared: things by global id with their rows. */
interface Table {
  /** Of what this rank has; null where it has all of them in order. */
  readonly indexMap: IndexMap | null;
  /** Rows of what this rank owns, or of all. */
  readonly rows: Rows;
  readonly width: number;
}

/** Whether a mesh, or this rank's part of it, is that of a whole mesh. */
export function isPartOfSame(whole: WholeArrays, geometry: Geometry): boolean {
  if (!sameTwins(whole.twins, geometry.topology.twins)) return false;
  const own = tablesOf(geometry);
  const all = [whole.cells, whole.coordinates, ...whole.middles === null ? [] : [whole.middles]];
  return own.length === all.length &&
    own.every(({ indexMap, rows, width }, i) => {
      if (indexMap === null) return sameBytes(rows, all[i]);
      const { ids, owned, globalCount } = indexMap;
      return globalCount * width === all[i].length &&
        sameBytes(rows, rowsOf(all[i], ids.subarray(0, owned), width));
    });
}

/** Whether two meshes are the same, of which at least one is divided. Collective. */
export function isSameMesh(one: Geometry, other: Geometry, comm: Comm): boolean {
  const [a, b] = one.topology.rankMesh === null ? [other, one] : [one, other];
  const wanted = tablesOf(a), held = tablesOf(b);
  const isLike = wanted.length === held.length && sameTwins(a.topology.twins, b.topology.twins) &&
    wanted.every(({ indexMap, width }, i) =>
      indexMap!.globalCount === countOf(held[i]) && width === held[i].width
    );
  if (comm.allreduce(isLike ? 1 : 0, "min") === 0) return false;
  let isSame = true;
  wanted.forEach(({ indexMap, rows, width }, i) => {
    const { ids, owned } = indexMap!;
    const bring = bringer(held[i].indexMap, ids.slice(0, owned), comm);
    isSame = sameBytes(bring(held[i].rows, width), rows) && isSame;
  });
  return comm.allreduce(isSame ? 1 : 0, "min") > 0;
}

/**
 * Brings rows of the same things from one division to another. Collective where they are divided now.
 *
 * @param from Which rows ranks have now; null where each has all of them in order.
 * @param to Global ids of the rows that this rank wants.
 */
export function bringer(
  from: IndexMap | null,
  to: Int32Array,
  comm: Comm,
): <T extends Rows>(rows: T, width: number) => T {
  if (from === null) return (rows, width) => rowsOf(rows, to, width);
  const { ids, owned, globalCount } = from;
  const routes = RowRoutes.of(comm, ids.slice(0, owned), to, globalCount)!;
  return (rows, width) => routes.bring(rows.slice(0, owned * width) as typeof rows, width);
}

/** Cells, nodes and, where there are any, mid-side nodes. */
function tablesOf(geometry: Geometry): Table[] {
  const { topology, coordinates, middles } = geometry, { dim, cells, rankMesh } = topology;
  const tables: Table[] = [
    { indexMap: rankMesh?.cells ?? null, rows: globalRows(geometry), width: dim + 1 },
    { indexMap: rankMesh?.nodes ?? null, rows: coordinates, width: dim },
  ];
  if (rankMesh === null) tables[0] = { ...tables[0], rows: cells };
  if (middles !== null) {
    tables.push({ indexMap: rankMesh?.edges ?? null, rows: storedMiddles(geometry), width: dim });
  }
  return tables.map((table) => {
    const { indexMap, rows, width } = table;
    return indexMap === null ? table : { ...table, rows: rows.subarray(0, indexMap.owned * width) };
  });
}

/** The nodes of owned cells by global id. */
function globalRows({ topology: { cells, dim, rankMesh } }: Geometry): Int32Array {
  if (rankMesh === null) return cells;
  const { ids } = rankMesh.nodes, rows = cells.slice(0, rankMesh.cells.owned * (dim + 1));
  for (let i = 0; i < rows.length; i++) rows[i] = ids[rows[i]];
  return rows;
}

function countOf({ indexMap, rows, width }: Table): number {
  return indexMap?.globalCount ?? rows.length / width;
}

/** Rows by number, with their exact bits. */
function rowsOf<T extends Rows>(table: T, rows: Int32Array, width: number): T {
  if (table instanceof Float64Array) {
    const out = new Float64Array(rows.length * width);
    takeRows<Float64Array>(table, rows, width, out);
    return out as Rows as T;
  }
  const out = new Int32Array(rows.length * width);
  for (let i = 0; i < out.length; i++) out[i] = table[rows[(i / width) | 0] * width + i % width];
  return out as Rows as T;
}
