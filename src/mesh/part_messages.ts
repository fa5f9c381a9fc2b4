/**
 * One rank's part of a mesh as a message: lists of numbers one behind the other, with what they are in words.
 *
 * @module
 */
import type { BoundaryData, IndexData, PartData } from "./part_data.ts";
import type { FacetList } from "./topology.ts";

/** What is the same for all parts of a mesh. */
export interface PartHead {
  readonly dim: 2 | 3;
  readonly boundaries: readonly string[];
  readonly regions: readonly string[];
  /** The directions of a periodic mesh; null for others. */
  readonly twins: readonly string[] | null;
  readonly hasForest: boolean;
  readonly hasFingerprint: boolean;
}

/** What is to be known of a part before its lists can be read. */
export function partHeadOf(
  { dim, boundaries, regions, twins, forest, fingerprint }: PartData,
): PartHead {
  return {
    dim,
    boundaries: [...boundaries.keys()],
    regions: [...regions.keys()],
    twins: twins && [...twins.keys()],
    hasForest: forest !== null,
    hasFingerprint: fingerprint !== null,
  };
}

/** The numbers of a part but for labels and levels: how many lists, how long each is, and all of them. */
export function partNumbers(part: PartData): Int32Array {
  const { cells, nodes, cellNodes, vertices, boundaries, regions, exterior, rim, twins } = part;
  const { fingerprint } = part,
    of = (index: IndexData) => [
      index.ids,
      index.ghostOwners,
      Int32Array.of(index.globalCount),
    ];
  const lists = [...of(cells), ...of(nodes), cellNodes, exterior.cells, exterior.locals];
  for (const { rows, cells, locals, nodes } of boundaries.values()) {
    lists.push(rows, cells, locals, nodes);
  }
  lists.push(...regions.values());
  if (vertices !== null) {
    lists.push(...of(vertices.index), vertices.cellVertices, rim.cells, rim.locals);
  }
  lists.push(...twins?.values() ?? []);
  if (fingerprint !== null) {
    lists.push(new Int32Array(fingerprint.buffer, fingerprint.byteOffset, 2));
  }
  let at = 1 + lists.length;
  const out = new Int32Array(lists.reduce((sum, { length }) => sum + length, at));
  out[0] = lists.length;
  lists.forEach((list, i) => {
    out[1 + i] = list.length;
    out.set(list, at);
    at += list.length;
  });
  return out;
}

/** Labels, and then levels, of the cells of a part that was adapted; none for others. */
export function partBytes({ forest, cells: { ids } }: PartData): Uint8Array {
  const out = new Uint8Array(forest === null ? 0 : 2 * ids.length);
  if (forest === null) return out;
  out.set(forest.labels);
  out.set(forest.levels, ids.length);
  return out;
}

/** The part that was sent. */
export function partOf(head: PartHead, numbers: Int32Array, bytes: Uint8Array): PartData {
  const [count] = numbers;
  let list = 0, at = 1 + count;
  // Each in memory of its own: captures share these arrays, one by one.
  const next = () => numbers.slice(at, at += numbers[1 + list++]);
  const index = (): IndexData => {
    const ids = next(), ghostOwners = next(), [globalCount] = next();
    return { ids, ghostOwners, globalCount };
  };
  const facets = (): FacetList => {
    const cells = next(), locals = next();
    return { count: cells.length, cells, locals };
  };
  const cells = index(), nodes = index(), cellNodes = next(), exterior = facets();
  const boundaries = new Map<string, BoundaryData>();
  for (const name of head.boundaries) {
    const rows = next();
    boundaries.set(name, { rows, ...facets(), nodes: next() });
  }
  const regions = new Map(head.regions.map((name) => [name, next()]));
  const vertices = head.twins && { index: index(), cellVertices: next() };
  const rim = head.twins === null ? exterior : facets();
  const twins = head.twins && new Map(head.twins.map((name) => [name, next()]));
  const fingerprint = head.hasFingerprint ? new Uint32Array(next().buffer) : null;
  const half = bytes.length / 2;
  const forest = head.hasForest
    ? { labels: bytes.slice(0, half), levels: bytes.slice(half) }
    : null;
  const shared = { cells, nodes, cellNodes, vertices, boundaries, regions };
  return { dim: head.dim, ...shared, forest, exterior, rim, twins, fingerprint };
}
