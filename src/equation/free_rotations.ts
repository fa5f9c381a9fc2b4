/**
 * Bodies that can turn: where nothing holds a rotation, the Jacobian of an elastic body is singular, though every
 * component is held somewhere.
 *
 * @module
 */
import type { Mesh } from "../mesh/mesh.ts";
import { geometryOf } from "../mesh/mesh.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import type { LinearOperator } from "../solve/linear/operator.ts";
import type { Reductions } from "../solve/linear/reductions.ts";
import { firstRows } from "../solve/ranks/rank_space.ts";
import type { RankUnknowns } from "./rank_unknowns.ts";
import type { SpaceField, UnknownSpace } from "./unknown_space.ts";

/** What is left of a motion below this share is rounding. */
const rounding = 1e-9;

/** What is looked at. */
export interface RotationContext {
  readonly mesh: Mesh;
  readonly space: UnknownSpace;
  readonly ranks: RankUnknowns | null;
  /** `[unknowns]`, 1 where there is a Dirichlet value. */
  readonly constrained: Uint8Array;
  readonly reductions: Reductions;
  /** The Jacobian between all unknowns. */
  readonly matrix: CsrMatrix;
  /** The equation's name, for errors. */
  readonly what: string;
}

/**
 * Refuses vector unknowns that may move as a rigid body without being held, and without the Jacobian seeing it.
 * Collective.
 *
 * @throws {RangeError} when there is one.
 */
export function requireHeld(context: RotationContext): void {
  const { mesh, space, constrained, matrix, reductions, ranks, what } = context;
  const { rows, cols, rowStarts, columns, values } = matrix;
  const kept = (x: Float64Array, flag: number) =>
    x.map((value, i) => constrained[i] === flag ? value : 0);
  const operator = (entries: Float64Array) => {
    const all = new CsrMatrix(rows, cols, rowStarts, columns, entries);
    return ranks === null ? all : ranks.operator(firstRows(all, ranks.owned));
  };
  const applied = (operator: LinearOperator, x: Float64Array) => {
    const y = new Float64Array(x.length);
    operator.multiply(x, y);
    return kept(y, 0);
  };
  for (const field of space.fields) {
    if (field.shape.components !== mesh.dim) continue;
    const motions = rigidMotions(mesh, space, field);
    const loose = vanishing(motions, reductions, (x) => kept(x, 1), (x) => x);
    if (loose.length === 0) continue;
    const jacobian = operator(values), absolute = operator(values.map(Math.abs));
    const unseen = vanishing(
      loose,
      reductions,
      (x) => applied(jacobian, x),
      (x) => applied(absolute, x.map(Math.abs)),
    );
    if (unseen.length === 0) continue;
    throw new RangeError(
      `${what}: ${field.shape.name} may turn as a rigid body, and nothing holds or resists it, so that any ` +
        `rotation could be added to it. Hold it on a boundary, or hold one more component`,
    );
  }
}

/**
 * The combinations of some vectors whose images vanish: by Gram-Schmidt on the images, the largest one first.
 *
 * @param scaleOf A vector as large as the image would be, if nothing cancelled.
 */
function vanishing(
  vectors: readonly Float64Array[],
  reductions: Reductions,
  imageOf: (x: Float64Array) => Float64Array,
  scaleOf: (x: Float64Array) => Float64Array,
): Float64Array[] {
  const rest = vectors.map((x) => ({ x, image: imageOf(x) }));
  const scale = Math.max(0, ...vectors.map((x) => reductions.norm(scaleOf(x))));
  while (rest.length > 0) {
    const norms = rest.map(({ image }) => reductions.norm(image));
    const largest = norms.indexOf(Math.max(...norms));
    if (norms[largest] <= rounding * scale) return rest.map(({ x }) => x);
    const [pivot] = rest.splice(largest, 1), square = norms[largest] ** 2;
    rest.forEach(({ x, image }, k) => {
      const share = reductions.dot(image, pivot.image) / square;
      rest[k] = {
        x: x.map((value, i) => value - share * pivot.x[i]),
        image: image.map((value, i) => value - share * pivot.image[i]),
      };
    });
  }
  return [];
}

/** Translations, then rotations about the middle of the mesh, with values of about 1. */
function rigidMotions(mesh: Mesh, space: UnknownSpace, field: SpaceField): Float64Array[] {
  const { dim } = mesh, places = space.placesOf(field);
  const at = geometryOf(mesh).dofCoordinates(field.degree, true);
  const { middle, extent } = bounds(mesh);
  const translations = Array.from({ length: dim }, (_, k) => {
    const motion = new Float64Array(space.count);
    for (const place of places) motion[place + k] = 1;
    return motion;
  });
  const planes = dim === 2 ? [[0, 1]] : [[0, 1], [0, 2], [1, 2]];
  const rotations = planes.map(([a, b]) => {
    const motion = new Float64Array(space.count);
    for (let i = 0; i < places.length; i++) {
      motion[places[i] + a] = (middle[b] - at[i * dim + b]) / extent;
      motion[places[i] + b] = (at[i * dim + a] - middle[a]) / extent;
    }
    return motion;
  });
  return [...translations, ...rotations];
}

/** The middle of the box around the mesh, and half of its largest side. Collective. */
function bounds(mesh: Mesh): { middle: Float64Array; extent: number } {
  const { dim, model: { comm } } = mesh, { coordinates } = geometryOf(mesh);
  const own = new Float64Array(dim).fill(Infinity), top = new Float64Array(dim).fill(-Infinity);
  for (let i = 0; i < coordinates.length; i++) {
    own[i % dim] = Math.min(own[i % dim], coordinates[i]);
    top[i % dim] = Math.max(top[i % dim], coordinates[i]);
  }
  const low = comm.allreduce(own, "min"), high = comm.allreduce(top, "max");
  const extent = Math.max(...high.map((value, d) => value - low[d])) / 2;
  return { middle: low.map((value, d) => (value + high[d]) / 2), extent };
}
