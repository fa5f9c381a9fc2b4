/**
 * A mesh at another moment of its move.
 *
 * @module
 */
import { Geometry } from "./geometry.ts";

/**
 * The mesh before a share of its last move.
 *
 * @param shift How far nodes have moved, `[nodeCount x dim]`.
 * @param share From 0, where it is now, to 1, where it was.
 */
export function geometryBefore(
  { topology, coordinates }: Geometry,
  shift: Float64Array,
  share = 1,
): Geometry {
  return new Geometry(topology, coordinates.map((x, i) => x - share * shift[i]));
}
