/**
 * Matrices and multigrid hierarchies, kept between solves while nothing they are made of changes.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import type { DofMap } from "../mesh/dof_map.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { addFacetMass } from "./assembly/facets.ts";
import { addMass } from "./assembly/mass.ts";
import { withoutConstrained } from "./assembly/dirichlet.ts";
import { referenceOf } from "./assembly/reference.ts";
import { sparsityOf } from "./assembly/sparsity.ts";
import { addStiffness } from "./assembly/stiffness.ts";
import { isRegular } from "./cell_stretch.ts";
import { sameSamples, type Samples } from "./coefficient.ts";
import type { RobinTerm } from "./conditions.ts";
import { CsrMatrix } from "./linear/csr.ts";
import { Jacobi } from "./linear/jacobi.ts";
import { SmoothedAggregation } from "./linear/multigrid/smoothed_aggregation.ts";
import type { Preconditioner } from "./linear/operator.ts";
import { p1InP2 } from "./p1_in_p2.ts";
import { firstRows } from "./ranks/rank_space.ts";

/** Everything that a matrix is made of: `massScale M + stiffnessScale (K + R)`. */
export interface OperatorInputs {
  readonly geometry: Geometry;
  readonly map: DofMap;
  readonly massScale: number;
  readonly stiffnessScale: number;
  readonly diffusivity: Samples;
  readonly robin: readonly RobinTerm[];
}

/** A matrix with its constrained unknowns, and a preconditioner for the free ones. */
export interface FreeSystem {
  /** Between all unknowns. */
  readonly whole: CsrMatrix;
  /** 1 where the value is constrained. */
  readonly constrained: Uint8Array;
  /** Between free unknowns; constrained ones keep their diagonal; the rows of this rank, and all columns. */
  readonly free: CsrMatrix;
  /** Whether it is a mass matrix alone. */
  readonly isMass: boolean;
  /** Whether it is kept here. */
  readonly isKept: boolean;
  /** Made on first use; null where the ranks make one together. */
  readonly preconditioner: (() => Preconditioner) | null;
}

/** How many are kept, the last used first: steps that take turns between a few sizes find theirs again. */
const matrixCapacity = 5, systemCapacity = 3;

/**
 * Builds matrices and hierarchies, or finds them again.
 *
 * State: none, everything is a function of its inputs, compared by value; with or without it, the same bytes.
 */
export class OperatorCache {
  readonly #matrices: { inputs: OperatorInputs; matrix: CsrMatrix }[] = [];
  readonly #systems: FreeSystem[] = [];

  /** `massScale M + stiffnessScale (K + R)` between all unknowns. */
  matrix(inputs: OperatorInputs): CsrMatrix {
    const known = this.#matrices.find((entry) => sameInputs(entry.inputs, inputs));
    const entry = known ?? { inputs, matrix: assemble(inputs) };
    remember(this.#matrices, entry, matrixCapacity);
    return entry.matrix;
  }

  /** The system for the free unknowns. */
  system(inputs: OperatorInputs, constrained: Uint8Array): FreeSystem {
    const whole = this.matrix(inputs);
    const known = this.#systems.find((s) =>
      s.whole === whole && sameBytes(s.constrained, constrained)
    );
    const system = known ?? makeSystem(whole, constrained, inputs);
    remember(this.#systems, system, systemCapacity);
    return system;
  }
}

function makeSystem(whole: CsrMatrix, constrained: Uint8Array, inputs: OperatorInputs): FreeSystem {
  const { geometry, map, stiffnessScale } = inputs, { rankMesh } = geometry.topology;
  const owned = rankMesh?.dofs(map.degree, map.continuous).owned ?? null;
  const free = freeRows(whole, constrained, owned);
  const isMass = stiffnessScale === 0;
  const preconditioner = isMass
    // Well conditioned once it is divided by its diagonal.
    ? once(() => new Jacobi(free))
    : rankMesh === null
    ? once(() => fieldMultigrid(free, constrained, geometry, map))
    : null;
  return { whole, constrained, free, isMass, isKept: true, preconditioner };
}

/** Makes something on the first call, and returns it again on the others. */
function once<R>(make: () => R): () => R {
  let made: R | null = null;
  return () => made ??= make();
}

/**
 * A system that is not kept, for a matrix of any origin.
 *
 * @param owned Rows of this rank; null for one rank.
 */
export function looseSystem(
  whole: CsrMatrix,
  constrained: Uint8Array,
  owned: number | null,
): FreeSystem {
  const free = freeRows(whole, constrained, owned);
  const preconditioner = owned === null ? () => new SmoothedAggregation(free) : null;
  return { whole, constrained, free, isMass: false, isKept: false, preconditioner };
}

function freeRows(whole: CsrMatrix, constrained: Uint8Array, owned: number | null): CsrMatrix {
  const free = constrained.includes(1) ? withoutConstrained(whole, constrained) : whole;
  return owned === null ? free : firstRows(free, owned);
}

/**
 * Multigrid for one component of a field on one rank. On cells that are not stretched the first coarse level
 * of P2 is P1.
 */
export function fieldMultigrid(
  free: CsrMatrix,
  constrained: Uint8Array,
  geometry: Geometry,
  map: DofMap,
): Preconditioner {
  const isNested = map.degree === 2 && isRegular(geometry, null);
  const first = isNested ? p1InP2(geometry.topology, map, constrained) : null;
  return new SmoothedAggregation(free, { first });
}

function sameInputs(a: OperatorInputs, b: OperatorInputs): boolean {
  return a.geometry === b.geometry && a.map === b.map && a.massScale === b.massScale &&
    a.stiffnessScale === b.stiffnessScale && sameSamples(a.diffusivity, b.diffusivity) &&
    a.robin.length === b.robin.length &&
    a.robin.every((term, i) =>
      term.boundary === b.robin[i].boundary && sameSamples(term.transfer, b.robin[i].transfer)
    );
}

function assemble(inputs: OperatorInputs): CsrMatrix {
  const { geometry, map, massScale, stiffnessScale, diffusivity, robin } = inputs;
  const sparsity = sparsityOf(map);
  const reference = referenceOf(geometry.topology.dim, map.degree);
  const values = new Float64Array(sparsity.columns.length);
  if (stiffnessScale !== 0) {
    addStiffness(values, geometry, reference, sparsity, diffusivity);
    for (const { rule, transfer } of robin) addFacetMass(values, rule, map, sparsity, transfer);
    if (stiffnessScale !== 1) {
      for (let k = 0; k < values.length; k++) values[k] *= stiffnessScale;
    }
  }
  if (massScale !== 0) addMass(values, geometry, reference, sparsity, massScale);
  return new CsrMatrix(map.count, map.count, sparsity.rowStarts, sparsity.columns, values);
}

/** Puts an entry first and drops the one that was not used for longest. */
export function remember<T>(list: T[], entry: T, capacity: number): void {
  const at = list.indexOf(entry);
  if (at >= 0) list.splice(at, 1);
  list.unshift(entry);
  list.length = Math.min(list.length, capacity);
}
