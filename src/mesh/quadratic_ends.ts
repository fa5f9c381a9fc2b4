import type { RankMesh } from "./rank_mesh.ts";

/**
 * The vertices that decide a linear function at the degrees of freedom of degree 2 that this rank owns, as such degrees
 * of freedom, `[owned x 2]`: of the middle of an edge both ends, the one with the lower id first; of a vertex itself,
 * twice. Collective when edges are first asked for.
 */
export function quadraticEnds(part: RankMesh): Int32Array {
  const { vertices, sharedEdges: { indexMap: edges, ends } } = part;
  const out = new Int32Array(2 * (vertices.owned + edges.owned));
  for (let v = 0; v < vertices.owned; v++) out[2 * v] = out[2 * v + 1] = v;
  for (let k = 0; k < 2 * edges.owned; k++) {
    // Ghost vertices come after the middles of owned edges.
    out[2 * vertices.owned + k] = ends[k] < vertices.owned ? ends[k] : ends[k] + edges.owned;
  }
  return out;
}
