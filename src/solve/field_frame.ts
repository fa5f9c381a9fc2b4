/**
 * One solve of one field: where, when, from which values, and the linear systems of its components.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { DofMap } from "../mesh/dof_map.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { geometryOf } from "../mesh/mesh.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import { liftFixed } from "./assembly/dirichlet.ts";
import { addLoad } from "./assembly/load.ts";
import { type Reference, referenceOf } from "./assembly/reference.ts";
import { cellPoints } from "./assembly/cell_points.ts";
import {
  type Coefficient,
  type Coefficients,
  sampleAll,
  type SampleContext,
  sampleOne,
  type Samples,
} from "./coefficient.ts";
import {
  BoundaryConditions,
  type ConditionContext,
  type Conditions,
  type Held,
} from "./conditions.ts";
import type { CsrMatrix } from "./linear/csr.ts";
import type { KrylovResult } from "./linear/operator.ts";
import type { LinearSolver } from "./linear_solver.ts";
import { ConstantNullSpace } from "./linear/null_space.ts";
import { Reductions } from "./linear/reductions.ts";
import { addScaled } from "./linear/vectors.ts";
import { removeMean, requireBalance } from "./pure_neumann.ts";
import { RankSpace } from "./ranks/rank_space.ts";
import {
  type FreeSystem,
  looseSystem,
  type OperatorCache,
  type OperatorInputs,
} from "./operator_cache.ts";

/** The operator `massScale M + stiffnessScale (K + R)`, R from Robin conditions. */
export interface OperatorScales {
  readonly massScale: number;
  readonly stiffnessScale: number;
  readonly diffusivity: Samples;
}

/** Who solves linear systems, and when it is done. */
export interface Limits {
  readonly solver: LinearSolver;
  readonly rtol: number;
  readonly maxIterations: number;
}

/** What solving all components gave; nothing of the model is changed by it. */
export interface FieldSolution {
  /** `[count x components]` */
  readonly values: Float64Array;
  readonly iterations: number;
  readonly residual: number;
}

/** A system to solve, and whether constants are in its null space. */
interface Prepared {
  readonly system: FreeSystem;
  readonly isSingular: boolean;
}

/**
 * A field at one time, during one solve.
 *
 * State: none, it lives as long as one solve.
 */
export class FieldFrame implements ConditionContext {
  readonly geometry: Geometry;
  readonly map: DofMap;
  readonly components: number;
  readonly reference: Reference;
  /** The values of the field, `[count x components]`: not to be written. */
  readonly start: Float64Array;
  /** Lets ranks tell each other what they hold; absent where there is one. Collective. */
  readonly share?: (held: Held) => void;
  /** Does work that throws on all ranks where it throws on one; absent where there is one. Collective. */
  readonly agree?: <R>(work: () => R) => R;
  readonly #ranks: RankSpace | null;
  readonly #what: string;

  /**
   * @param variable The field.
   * @param conditions Its boundary conditions.
   * @param cache Where matrices are kept.
   * @param t The time that coefficients see.
   * @param what The solver's name, for errors.
   */
  constructor(
    readonly variable: MeshVariable,
    readonly conditions: Conditions,
    readonly cache: OperatorCache,
    readonly t: number,
    what: string,
  ) {
    this.geometry = geometryOf(variable.mesh);
    // The numbering itself, not the copy that the variable gives out: caches know it by identity.
    this.map = this.geometry.topology.dofMap(variable.degree, variable.continuous);
    this.components = variable.components;
    this.reference = referenceOf(variable.mesh.dim, variable.degree);
    // Reading `data` would take memory, which is state.
    this.start = fieldOf(variable).data ?? new Float64Array(this.map.count * this.components);
    this.#what = what;
    const ranks = this.#ranks = RankSpace.of(variable.mesh, this.map);
    if (ranks !== null) {
      this.share = (held) => ranks.share(held);
      this.agree = (work) => allOrNone(ranks.comm, work);
    }
  }

  /** The same field at another time. */
  at(t: number): FieldFrame {
    return new FieldFrame(this.variable, this.conditions, this.cache, t, this.#what);
  }

  sample = (what: string): SampleContext => ({
    mesh: this.variable.mesh,
    t: this.t,
    what: `${this.#what}: ${what}`,
  });

  /**
   * A diffusivity at the quadrature points.
   *
   * @throws {RangeError} when it is negative or not finite somewhere.
   */
  diffusivity(coefficient: Coefficient): Samples {
    return allOrNone(this.variable.mesh.model.comm, () => {
      const points = () => cellPoints(this.geometry, this.reference);
      const samples = sampleOne(coefficient, points, this.sample("diffusivity"));
      const least = typeof samples === "number"
        ? samples
        : samples.reduce((a, b) => Math.min(a, b), Infinity);
      if (least < 0) {
        throw new RangeError(
          `${this.#what}: the diffusivity is ${least} somewhere; it must be >= 0`,
        );
      }
      return samples;
    });
  }

  /** Degrees of freedom that this rank owns; they come first. */
  get owned(): number {
    return this.#ranks?.owned ?? this.map.count;
  }

  /** Whether something is so on any rank. Collective. */
  any(here: boolean): boolean {
    return this.#ranks?.any(here) ?? here;
  }

  /** The sum over ranks. Collective. */
  total(here: number): number {
    return this.#ranks?.comm.allreduce(here) ?? here;
  }

  /** The largest of some numbers on any rank. Collective. */
  largest(here: number): number {
    return this.variable.mesh.model.comm.allreduce(here, "max");
  }

  /** Sources, fluxes and Robin terms of every component: `[components]` vectors `[count]`. */
  loads(source: Coefficients): Float64Array[] {
    const { components, geometry, reference, map } = this;
    return allOrNone(this.variable.mesh.model.comm, () => {
      const points = () => cellPoints(geometry, reference);
      const samples = sampleAll(source, components, points, this.sample("source"));
      return samples.map((sample, a) => {
        const out = new Float64Array(map.count);
        addLoad(out, geometry, reference, map, sample);
        this.conditions.addLoads(out, a, this);
        return out;
      });
    });
  }

  /** The matrix of one component between all unknowns. */
  inputs(component: number, scales: OperatorScales): OperatorInputs {
    const { geometry, map, conditions } = this;
    return { geometry, map, ...scales, robin: conditions.robin(component, this) };
  }

  /** `right[a] += M u_a` for every component of an interleaved field `u`. */
  addMassProduct(right: readonly Float64Array[], u: Float64Array): void {
    const { geometry, map } = this;
    const unit = { massScale: 1, stiffnessScale: 0, diffusivity: 0, robin: [] };
    const mass = this.cache.matrix({ geometry, map, ...unit });
    const product = new Float64Array(map.count);
    for (let a = 0; a < right.length; a++) {
      mass.multiply(this.column(u, a), product);
      addScaled(right[a], 1, product, map.count);
    }
  }

  /** `right[a] -= (K + R) u_a` for every component of an interleaved field `u`. */
  subtractStiffnessProduct(
    right: readonly Float64Array[],
    diffusivity: Samples,
    u: Float64Array,
  ): void {
    const product = new Float64Array(this.map.count);
    for (let a = 0; a < right.length; a++) {
      const inputs = this.inputs(a, { massScale: 0, stiffnessScale: 1, diffusivity });
      this.cache.matrix(inputs).multiply(this.column(u, a), product);
      addScaled(right[a], -1, product, this.map.count);
    }
  }

  /** One component of an interleaved field, a copy. */
  column(values: Float64Array, component: number): Float64Array {
    const { components, map } = this;
    if (components === 1) return values.slice();
    const out = new Float64Array(map.count);
    for (let i = 0; i < out.length; i++) out[i] = values[i * components + component];
    return out;
  }

  /**
   * Solves `(massScale M + stiffnessScale (K + R)) u = right` for every component, held values held.
   *
   * @param right `[components]` vectors `[count]`; changed.
   * @throws {ConvergenceError} when a component does not converge.
   * @throws {RangeError} when a pure Neumann problem has no solution, or something is not finite.
   */
  solve(scales: OperatorScales, right: readonly Float64Array[], limits: Limits): FieldSolution {
    return this.#solveAll(right, limits, (component, fixed) => {
      const inputs = this.inputs(component, scales);
      const isHeld = fixed.includes(1) || inputs.robin.some(({ transfer }) => !isZero(transfer));
      const isSingular = scales.massScale === 0 && !this.any(isHeld);
      return { system: this.cache.system(inputs, fixed), isSingular };
    });
  }

  /**
   * Solves `A_a u_a = right_a` for every component a with symmetric positive definite matrices, held
   * values held.
   *
   * @param whole Makes the matrix of a component between all unknowns; not kept.
   * @param right `[components]` vectors `[count]`; changed.
   * @throws {ConvergenceError} when a component does not converge.
   */
  solveMatrices(
    whole: (component: number) => CsrMatrix,
    right: readonly Float64Array[],
    limits: Limits,
  ): FieldSolution {
    return this.#solveAll(right, limits, (component, fixed) => {
      return {
        system: looseSystem(whole(component), fixed, this.#ranks?.owned ?? null),
        isSingular: false,
      };
    });
  }

  /** Solves `A u = right` with one matrix for all components and nothing held. */
  project(whole: CsrMatrix, right: readonly Float64Array[], limits: Limits): FieldSolution {
    const nothing = new FieldFrame(
      this.variable,
      new BoundaryConditions(),
      this.cache,
      this.t,
      this.#what,
    );
    return nothing.solveMatrices(() => whole, right, limits);
  }

  #solveAll(
    right: readonly Float64Array[],
    limits: Limits,
    prepare: (component: number, fixed: Uint8Array) => Prepared,
  ): FieldSolution {
    const { components, map } = this;
    const values = new Float64Array(map.count * components);
    let iterations = 0, residual = 0;
    for (let a = 0; a < components; a++) {
      const x = this.column(this.start, a);
      const held = this.conditions.held(a, this);
      const name = components === 1 ? this.#what : `${this.#what}, component ${a}`;
      const prepared = prepare(a, held.fixed);
      const outcome = this.#solveOne(prepared, held, right[a], x, limits, name);
      iterations = Math.max(iterations, outcome.iterations);
      residual = Math.max(residual, outcome.residual);
      for (let i = 0; i < map.count; i++) values[i * components + a] = x[i];
    }
    return { values, iterations, residual };
  }

  #solveOne(
    { system, isSingular }: Prepared,
    { fixed, values: held }: Held,
    b: Float64Array,
    x: Float64Array,
    { solver, ...limits }: Limits,
    what: string,
  ): KrylovResult {
    liftFixed(system.whole, fixed, held, b);
    // Unknowns are what is free; a first guess that is not finite would never go away.
    for (let i = 0; i < x.length; i++) if (fixed[i] === 1 || !Number.isFinite(x[i])) x[i] = 0;
    const ranks = this.#ranks;
    const reductions = new Reductions(ranks?.owned ?? this.map.count, ranks?.comm ?? null);
    const nullSpace = isSingular
      ? new ConstantNullSpace(reductions, ranks?.total ?? this.map.count)
      : null;
    if (nullSpace !== null) requireBalance(b, this.#what, ranks);
    nullSpace?.project(b);
    const options = { ...limits, what, reductions, nullSpace };
    const outcome = solver.solve({ ...system, ranks, isSingular }, b, x, options);
    ranks?.sync(x);
    if (nullSpace !== null) removeMean(x, this.geometry, this.reference, this.map, ranks);
    for (let i = 0; i < x.length; i++) if (fixed[i] === 1) x[i] = held[i];
    return outcome;
  }
}

function isZero(samples: Samples): boolean {
  return typeof samples === "number" ? samples === 0 : samples.every((value) => value === 0);
}
