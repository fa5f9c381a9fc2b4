/**
 * What a reader of a Gmsh file has to say: what was left out, and what is unusual about the mesh.
 *
 * @module
 */
import { findPieces } from "../pieces.ts";
import type { Cells } from "./cells.ts";
import type { FoundMiddles } from "./middles.ts";
import type { RawMesh } from "./raw_mesh.ts";

/** What is said of a file whose images of nodes are not used. */
export const notPeriodic =
  "the file says that nodes are periodic images of others; the mesh is not periodic";

/** Pieces of which the sizes are told. */
const mostSizes = 5;

/**
 * About nodes, periodicity and how the cells hang together.
 *
 * @param middles The mid-side nodes that are kept; null for none.
 */
export function meshNotes(raw: RawMesh, cells: Cells, middles: FoundMiddles | null): string[] {
  const periodic = raw.periodic ? [notPeriodic] : [];
  return [
    ...nodeNotes(raw, cells, middles?.nodeCount ?? 0),
    ...hangingNotes(middles?.hangingCount ?? 0),
    ...periodic,
    ...doubleNotes(raw, cells),
    ...pieceNotes(cells),
  ];
}

function nodeNotes(raw: RawMesh, cells: Cells, middles: number): string[] {
  const lost = raw.nodes!.count - cells.coordinates.length / cells.dim - middles;
  if (raw.order > 1 && middles === 0) {
    return [
      `elements of order ${raw.order} were read as straight-sided cells; ${lost} nodes that are ` +
      `no corners were left out`,
    ];
  }
  return lost === 0
    ? []
    : [`${lost} of ${raw.nodes!.count} nodes belong to no cell and were left out`];
}

/** A corner in the middle of an edge of order 2. */
function hangingNotes(count: number): string[] {
  return count === 0 ? [] : [
    `${count} nodes are in the middle of an edge of one cell and a corner of another one: cells are not ` +
    "connected there",
  ];
}

/** Two nodes in one place, as along a crack or between pieces that were not merged. */
function doubleNotes(raw: RawMesh, { dim, coordinates: x, newIds }: Cells): string[] {
  const compare = (a: number, b: number): number => {
    for (let d = 0; d < dim; d++) {
      const difference = x[a * dim + d] - x[b * dim + d];
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const order = Int32Array.from({ length: x.length / dim }, (_, node) => node).sort(compare);
  let count = 0, first = -1, second = -1;
  for (let i = 1; i < order.length; i++) {
    if (compare(order[i - 1], order[i]) !== 0) continue;
    if (count++ === 0) [first, second] = [order[i - 1], order[i]];
  }
  if (count === 0) return [];
  const tags = [first, second].map((node) => raw.nodes!.tags[newIds.indexOf(node)]);
  const place = x.subarray(first * dim, (first + 1) * dim).join(", ");
  return [
    `${count} nodes are in the place of another one, as ${
      tags.join(" and ")
    } at (${place}): cells ` +
    "are not connected there (Coherence Mesh in Gmsh merges such nodes)",
  ];
}

function pieceNotes({ dim, nodes, coordinates }: Cells): string[] {
  const { count, sizes } = findPieces(nodes, dim + 1, coordinates.length / dim);
  if (count === 1) return [];
  const shown = [...sizes.subarray(0, mostSizes)].join(", ");
  return [
    `the mesh is in ${count} pieces that share no node, of ${shown}${
      count > mostSizes ? ", .." : ""
    } cells`,
  ];
}
