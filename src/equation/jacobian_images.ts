/**
 * What a Jacobian makes of given motions of the unknowns, for questions about its null space.
 *
 * @module
 */
import type { Mesh } from "../mesh/mesh.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import type { LinearOperator } from "../solve/linear/operator.ts";
import type { Reductions } from "../solve/linear/reductions.ts";
import { firstRows } from "../solve/ranks/rank_space.ts";
import type { RankUnknowns } from "./rank_unknowns.ts";
import type { UnknownSpace } from "./unknown_space.ts";

/** What is looked at. */
export interface MotionContext {
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

/** Images of motions; collective. */
export interface JacobianImages {
  /** `J x` in free rows. */
  image(x: Float64Array): Float64Array;
  /** `|J| |x|` in free rows: as large as the image would be, if nothing cancelled. */
  scale(x: Float64Array): Float64Array;
}

/** The two operators, each made on first use. */
export function imagesOf({ matrix, ranks, constrained }: MotionContext): JacobianImages {
  const { rows, cols, rowStarts, columns, values } = matrix;
  const operator = (entries: Float64Array) => {
    const all = new CsrMatrix(rows, cols, rowStarts, columns, entries);
    return ranks === null ? all : ranks.operator(firstRows(all, ranks.owned));
  };
  let jacobian: LinearOperator | null = null, absolute: LinearOperator | null = null;
  const applied = (operator: LinearOperator, x: Float64Array) => {
    const y = new Float64Array(x.length);
    operator.multiply(x, y);
    return keptWhere(y, constrained, 0);
  };
  return {
    image: (x) => applied(jacobian ??= operator(values), x),
    scale: (x) => applied(absolute ??= operator(values.map(Math.abs)), x.map(Math.abs)),
  };
}

/** A copy with 0 where the flag of an unknown is another one. */
export function keptWhere(x: Float64Array, flags: Uint8Array, flag: number): Float64Array {
  return x.map((value, i) => flags[i] === flag ? value : 0);
}
