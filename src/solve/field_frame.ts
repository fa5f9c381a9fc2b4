/**
 * One field at one time: what is assembled from its coefficients and boundary conditions.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
import type { DofMap } from "../mesh/dof_map.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { geometryOf } from "../mesh/mesh.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import { cellPoints } from "./assembly/cell_points.ts";
import { addLoad } from "./assembly/load.ts";
import { type Reference, referenceOf } from "./assembly/reference.ts";
import {
  type Coefficient,
  type Coefficients,
  sampleAll,
  type SampleContext,
  sampleOne,
  type Samples,
} from "./coefficient.ts";
import type { ConditionContext, Conditions, Constraints } from "./conditions.ts";
import { addScaled } from "./linear/vectors.ts";
import type { OperatorCache, OperatorInputs } from "./operator_cache.ts";
import { RankSpace } from "./ranks/rank_space.ts";

/** The operator `massScale M + stiffnessScale (K + R)`, R from Robin conditions. */
export interface OperatorScales {
  readonly massScale: number;
  readonly stiffnessScale: number;
  readonly diffusivity: Samples;
}

/**
 * A field at one time, during one solve.
 *
 * State: none, it lives as long as one solve.
 */
export class FieldFrame implements ConditionContext {
  readonly variable: MeshVariable;
  readonly conditions: Conditions;
  readonly cache: OperatorCache;
  readonly t: number;
  readonly what: string;
  readonly geometry: Geometry;
  readonly map: DofMap;
  readonly components: number;
  readonly reference: Reference;
  /** The values of the field, `[count x components]`: not to be written. */
  readonly start: Float64Array;
  /** Gives ghosts the Dirichlet values of their owners; absent on one rank. Collective. */
  readonly share?: (constraints: Constraints) => void;
  /** Does work that throws on all ranks where it throws on one; absent on one rank. Collective. */
  readonly agree?: <R>(work: () => R) => R;
  /** Who has the other unknowns; null for one rank. */
  readonly ranks: RankSpace | null;

  /**
   * @param variable The field.
   * @param conditions Its boundary conditions.
   * @param cache Where matrices are kept.
   * @param t The time that coefficients see.
   * @param what The solver's name, for errors.
   */
  constructor(
    variable: MeshVariable,
    conditions: Conditions,
    cache: OperatorCache,
    t: number,
    what: string,
  ) {
    this.variable = variable;
    this.conditions = conditions;
    this.cache = cache;
    this.t = t;
    this.what = what;
    this.geometry = geometryOf(variable.mesh);
    // The numbering itself, not the copy that the variable gives out: caches know it by identity.
    this.map = this.geometry.topology.dofMap(variable.degree, variable.continuous);
    this.components = variable.components;
    this.reference = referenceOf(variable.mesh.dim, variable.degree);
    // Reading `data` would take memory, which is state.
    this.start = fieldOf(variable).data ?? new Float64Array(this.map.count * this.components);
    const ranks = this.ranks = RankSpace.of(variable.mesh, this.map);
    if (ranks !== null) {
      this.share = (constraints) => ranks.share(constraints);
      this.agree = (work) => allOrNone(ranks.comm, work);
    }
  }

  /** The same field at another time. */
  at(t: number): FieldFrame {
    return new FieldFrame(this.variable, this.conditions, this.cache, t, this.what);
  }

  sample = (what: string): SampleContext => ({
    mesh: this.variable.mesh,
    t: this.t,
    what: `${this.what}: ${what}`,
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
          `${this.what}: the diffusivity is ${least} somewhere; it must be >= 0`,
        );
      }
      return samples;
    });
  }

  /** Degrees of freedom that this rank owns; they come first. */
  get owned(): number {
    return this.ranks?.owned ?? this.map.count;
  }

  /** Whether something is so on any rank. Collective. */
  any(here: boolean): boolean {
    return this.ranks?.any(here) ?? here;
  }

  /** The sum over ranks. Collective. */
  total(here: number): number {
    return this.ranks?.comm.allreduce(here) ?? here;
  }

  /** Several sums over ranks. Collective. */
  totals(here: Float64Array): Float64Array {
    return this.ranks?.comm.allreduce(here) ?? here;
  }

  /** Does work that throws on all ranks where it throws on one. Collective. */
  agreed<R>(work: () => R): R {
    return allOrNone(this.variable.mesh.model.comm, work);
  }

  /** The largest of some numbers on any rank. Collective. */
  largest(here: number): number {
    return this.variable.mesh.model.comm.allreduce(here, "max");
  }

  /** Sources, fluxes and Robin terms of every component: `[components]` vectors `[count]`. */
  loads(source: Coefficients, what = "source"): Float64Array[] {
    const { components, geometry, reference, map } = this;
    return allOrNone(this.variable.mesh.model.comm, () => {
      const points = () => cellPoints(geometry, reference);
      const samples = sampleAll(source, components, points, this.sample(what));
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
}

/** The present values with the Dirichlet values of the frame's time, `[count x components]`. Collective. */
export function prescribedEnd(frame: FieldFrame): Float64Array {
  const { components } = frame, out = frame.start.slice();
  for (let a = 0; a < components; a++) {
    const { constrained, values } = frame.conditions.constraints(a, frame);
    for (let i = 0; i < constrained.length; i++) {
      if (constrained[i] === 1) out[i * components + a] = values[i];
    }
  }
  return out;
}
