/**
 * Facets that are given by their nodes, found among those of the cells.
 *
 * @module
 */
import type { CellRows } from "./neighbours.ts";
import { localFacets } from "./simplex.ts";
import { numberTuples, sortTuples } from "./tuple_table.ts";

/**
 * Where facets are: cell * (dim + 1) + local facet for each, by name; of a facet with two cells, the side of
 * the lower one.
 *
 * Only facets whose nodes all appear in some list are looked at, which leaves few of a mesh's facets.
 *
 * @param lists Node ids of facets, `[n x dim]`, by name.
 * @param isPart The cells are those of one rank: a facet that none of them has is at -1.
 * @throws {RangeError} when a list names a facet that no cell has, unless `isPart`.
 */
export function findFacets(
  rows: CellRows,
  lists: ReadonlyMap<string, Int32Array>,
  isPart = false,
): Map<string, Int32Array> {
  const { dim } = rows;
  const { places, tuples: known } = candidates(rows, lists);
  const sizes = [...lists.values()].map((nodes) => nodes.length);
  const all = new Int32Array(sizes.reduce((sum, size) => sum + size, known.length));
  all.set(known);
  let end = known.length;
  for (const nodes of lists.values()) {
    all.set(nodes, end);
    end += nodes.length;
  }
  const { ids, first } = numberTuples(sortTuples(all, dim), dim);
  const found = new Map<string, Int32Array>();
  let at = places.length;
  for (const [name, nodes] of lists) {
    const out = new Int32Array(nodes.length / dim);
    for (let i = 0; i < out.length; i++, at++) {
      const place = first[ids[at]];
      const isKnown = place < places.length;
      if (!isKnown && !isPart) throw unknownFacet(name, i, nodes, dim);
      out[i] = isKnown ? places[place] : -1;
    }
    found.set(name, out);
  }
  return found;
}

/** The facets of cells whose nodes are all in one of the lists. */
function candidates(
  { dim, nodeCount, cellCount, cells }: CellRows,
  lists: ReadonlyMap<string, Int32Array>,
) {
  const listed = new Uint8Array(nodeCount);
  for (const nodes of lists.values()) for (const node of nodes) listed[node] = 1;
  const corners = dim + 1, local = localFacets(dim);
  const places: number[] = [], tuples: number[] = [];
  for (let c = 0; c < cellCount; c++) {
    let marked = 0;
    for (let k = 0; k < corners; k++) marked += listed[cells[c * corners + k]];
    if (marked < dim) continue;
    for (let k = 0; k < corners; k++) {
      // One corner without a mark leaves one facet: the one opposite to it.
      if (marked === dim && listed[cells[c * corners + k]] !== 0) continue;
      places.push(c * corners + k);
      for (let j = 0; j < dim; j++) tuples.push(cells[c * corners + local[k * dim + j]]);
    }
  }
  return { places: Int32Array.from(places), tuples: Int32Array.from(tuples) };
}

function unknownFacet(name: string, i: number, nodes: Int32Array, dim: number): RangeError {
  const ids = nodes.subarray(i * dim, (i + 1) * dim).join(", ");
  return new RangeError(`boundary "${name}": facet ${i} (nodes ${ids}) is not a facet of any cell`);
}
