/**
 * The sides of boxes that are cut into equal boxes.
 *
 * @module
 */

/** A side of a box, and in which order its facets come. */
interface Side {
  readonly name: string;
  readonly axis: number;
  /** Whether it is at the lower or the upper end of the axis, 0 or 1. */
  readonly end: number;
  /** The axis along which squares, or in 2-D edges, follow each other. */
  readonly u: number;
  /** In 3-D the axis of rows of squares; u, v and the outward normal are right-handed. */
  readonly v: number;
  /** In 2-D: whether edges follow each other from the upper end on, to have the box on their left. */
  readonly isBack: boolean;
}

const side = (name: string, axis: number, end: number, u: number, v: number, isBack = false) => (
  { name, axis, end, u, v, isBack } as Side
);

const edges = [
  side("left", 0, 0, 1, -1, true),
  side("right", 0, 1, 1, -1),
  side("bottom", 1, 0, 0, -1),
  side("top", 1, 1, 0, -1, true),
];

const faces = [
  side("left", 0, 0, 2, 1),
  side("right", 0, 1, 1, 2),
  side("bottom", 2, 0, 1, 0),
  side("top", 2, 1, 0, 1),
  side("front", 1, 0, 0, 2),
  side("back", 1, 1, 2, 0),
];

/** The sides of a rectangle or a block. */
export function sidesOf(dim: 2 | 3): readonly Side[] {
  return dim === 2 ? edges : faces;
}

/** Steps from a node to the next one along each axis. */
export function strides([nx, ny]: readonly number[]): number[] {
  return [1, nx + 1, (nx + 1) * (ny + 1)];
}

/**
 * The facets of all sides by their nodes, `[facets x dim]`: edges run with the box on their left, squares are cut
 * along the diagonal from lowest to highest and turn outwards.
 */
export function sideFacets(counts: readonly number[]): Map<string, Int32Array> {
  const step = strides(counts);
  return new Map(
    sidesOf(counts.length === 2 ? 2 : 3).map(({ name, axis, end, u, v, isBack }) => {
      const start = end * counts[axis] * step[axis], du = step[u], dv = step[v];
      const nodes: number[] = [];
      for (let j = 0; j < (counts[v] ?? 1); j++) {
        for (let i = 0; i < counts[u]; i++) {
          const a = start + (isBack ? counts[u] - i : i) * du + (v < 0 ? 0 : j * dv);
          if (v < 0) nodes.push(a, isBack ? a - du : a + du);
          else nodes.push(a, a + du, a + du + dv, a, a + du + dv, a + dv);
        }
      }
      return [name, Int32Array.from(nodes)];
    }),
  );
}

/**
 * Which facet of a side that is.
 *
 * @param place of the box that has it, along each axis.
 * @param half In 3-D, which half of the square: 0 for the one that has the node along `u`.
 */
export function sideRow(
  { u, v, isBack }: Side,
  counts: readonly number[],
  place: Int32Array,
  half: number,
): number {
  if (v >= 0) return 2 * (place[v] * counts[u] + place[u]) + half;
  return isBack ? counts[u] - 1 - place[u] : place[u];
}
