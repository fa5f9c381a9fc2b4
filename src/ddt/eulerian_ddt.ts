import { checkOptions, type OptionNames } from "../options.ts";
import { copyInto } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Geometry } from "../mesh/geometry.ts";
import { type Field, gradientInto } from "../mesh/interpolate.ts";
import { geometryOf, haloOf } from "../mesh/mesh.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import type { StateValue } from "../snapshot/contract.ts";
import { readVelocity } from "../swarm/velocity.ts";
import { locatedDofs } from "../mesh/located_dofs.ts";
import { extrapolationCoefficients } from "./coefficients.ts";
import { FieldDDt, givenWords } from "./field_ddt.ts";
import { shiftLevels, valuesOf } from "./level_variables.ts";
import { recoveredGradients } from "./nodal_gradients.ts";
import { timeHistoryOptionNames, type TimeHistoryOptions } from "./time_steps.ts";
import { fixFields } from "../fixed_fields.ts";

/** How an {@link EulerianDDt} is made. */
export interface EulerianDDtOptions extends TimeHistoryOptions {
  /**
   * Makes the derivative a material one. A mesh variable of `dim` components on the same
   * mesh, or a function `(x, y, z, out, t) => void`, which is code and not state.
   */
  readonly velocity?: MeshVariable | VectorFunction;
}

const optionNames: OptionNames<EulerianDDtOptions> = {
  ...timeHistoryOptionNames,
  velocity: true,
};

/**
 * The time derivative of a mesh variable at fixed places.
 *
 * Without a velocity `bdf()` is `c0 u + c1 u*_1 + ... + ck u*_k` with the values that the variable had.
 * With one it is the material derivative: the advection term `v . grad u` of past levels, carried on to
 * the new time by extrapolation of the same order, joins the history terms. That is explicit in the
 * advection (IMEX-BDF), so steps are limited by the Courant number. The velocity of a level is the one
 * at `updatePreSolve`; gradients are recovered, of second order on P1 and P2.
 *
 * Past values are in the mesh variables `${name}_psi_star_1`, ..., past advection terms in
 * `${name}_advection_1`, ...
 *
 * Source: U. M. Ascher, S. J. Ruuth, B. T. R. Wetton, SIAM J. Numer. Anal. 32 (1995) 797-823,
 * doi:10.1137/0732037.
 *
 * @example
 * ```ts
 * import { boxMesh, EulerianDDt, MeshVariable, Model } from "@timestash/timestash";
 *
 * const mesh = boxMesh(new Model(), { min: [0, 0], max: [1, 1], cells: [4, 4] });
 * const T = new MeshVariable(mesh, "T");
 * T.set(1);
 * const ddt = new EulerianDDt(T, { order: 2 });
 * ddt.updatePreSolve(0.5);
 * T.set(2); // what a solver does
 * console.log(ddt.bdf()[0]); // 2
 * ddt.updatePostSolve(0.5);
 * ```
 */
export class EulerianDDt extends FieldDDt {
  readonly #velocity: MeshVariable | VectorFunction | null;

  /**
   * Registers the history with the model of the mesh; past values take memory with the first step.
   *
   * @throws {TypeError} when `variable` is not a mesh variable or the velocity is neither a variable nor a
   *   function.
   * @throws {RangeError} when the order, theta or the name does not fit, the velocity lives elsewhere, or
   *   the variable has degree 0 and a velocity.
   */
  constructor(variable: MeshVariable, options: EulerianDDtOptions = {}) {
    checkOptions("EulerianDDt", options, optionNames);
    const velocity = options.velocity ?? null;
    super("EulerianDDt", variable, options, ({ order }) => {
      if (velocity === null) return [];
      readVelocity(velocity, variable.mesh, undefined, "EulerianDDt");
      if (variable.degree === 0) {
        throw new RangeError(
          `EulerianDDt: '${variable.name}' has degree 0, so that it has no gradient to be advected with`,
        );
      }
      return [{ label: "advection", count: order, like: variable }];
    });
    this.#velocity = velocity;
    fixFields(this, new.target, EulerianDDt);
  }

  /** @internal */
  override get uses(): readonly unknown[] {
    return [...super.uses, this.#velocity];
  }

  /** @internal */
  protected override get given(): Readonly<Record<string, StateValue>> {
    return { velocity: givenWords(this.#velocity) };
  }

  /**
   * The known part of the time derivative; with a velocity, the advection term at the new time is included.
   *
   * @param order At most the order of the history; the ramp may lower it further. Defaults to that order.
   * @returns `[dofCount x components]`, new memory.
   * @throws {RangeError} when `order` is not 1, 2 or 3, or above that of the history.
   * @throws {StepOrderError} when there was no step yet.
   */
  override historyTerms(order?: number): Float64Array {
    const out = super.historyTerms(order);
    if (this.#velocity === null) return out;
    const k = Math.min(order ?? this.order, this.effectiveOrder);
    const weights = extrapolationCoefficients(k, this.stepSizes);
    const terms = this.companions("advection").map(valuesOf);
    // Between steps the newest term is not stored yet.
    if (this.steps.phase === "between") terms[0] = this.#advection(this.#velocity, this.levels[0]);
    for (let j = 0; j < k; j++) {
      const term = terms[j];
      for (let i = 0; i < out.length; i++) out[i] += weights[j] * term[i];
    }
    return out;
  }

  /** @internal */
  protected override carried(): readonly Float64Array[] {
    return this.levels.map(valuesOf);
  }

  /** @internal */
  protected override prepare(_dt: number): () => void {
    if (this.#velocity === null) return () => {};
    const term = this.#advection(this.#velocity, this.levels[0]);
    return () => copyInto(this.companions("advection")[0].data, term);
  }

  /** @internal */
  protected override beforeShift(): void {
    if (this.#velocity !== null) shiftLevels(this.companions("advection"));
  }

  /**
   * All terms are those of past values with the present velocity.
   *
   * @internal
   */
  protected override started(): void {
    const velocity = this.#velocity;
    if (velocity === null) return;
    const terms = this.levels.map((level) => this.#advection(velocity, level));
    this.companions("advection").forEach((variable, j) => copyInto(variable.data, terms[j]));
  }

  /** `v . grad u` at the degrees of freedom, with the present velocity. */
  #advection(velocity: MeshVariable | VectorFunction, level: MeshVariable): Float64Array {
    const { mesh, components } = this.variable;
    const geometry = geometryOf(mesh);
    const { count, coordinates, cells, barycentric } = locatedDofs(geometry, level);
    const { dim } = mesh;
    const v = new Float64Array(count * dim);
    allOrNone(mesh.model.comm, () => {
      const { time } = mesh.model.tracker;
      readVelocity(velocity, mesh).at(coordinates, cells, barycentric, count, time, v);
      const bad = v.findIndex((one) => !Number.isFinite(one));
      if (bad < 0) return;
      const dof = Math.floor(bad / dim);
      throw new RangeError(`${this.name}: the velocity at degree of freedom ${dof} is ${v[bad]}`);
    });
    const slopes = nodalGradients(level);
    const out = new Float64Array(count * components);
    for (let i = 0; i < count; i++) {
      for (let a = 0; a < components; a++) {
        let sum = 0;
        for (let d = 0; d < dim; d++) {
          sum += v[i * dim + d] * slopes[(i * components + a) * dim + d];
        }
        out[i * components + a] = sum;
      }
    }
    return out;
  }
}

/** Gradients at the degrees of freedom, `[dofCount x components x dim]`. Collective. */
function nodalGradients(variable: MeshVariable): Float64Array {
  const { degree, continuous } = variable;
  return degree === 1 && continuous
    ? recoveredGradients(variable, valuesOf(variable))
    : averagedGradients(variable);
}

/** Means over the cells around, weighted by volume. A rank has all cells around the nodes that it owns. */
function averagedGradients(variable: MeshVariable): Float64Array {
  const { mesh, degree, continuous, components, dofCount } = variable;
  const geometry = geometryOf(mesh), { rankMesh } = geometry.topology;
  const size = components * mesh.dim;
  const out = new Float64Array(dofCount * size);
  if (rankMesh === null) {
    averageGradients(geometry, fieldOf(variable), null, out);
    return out;
  }
  const halo = haloOf(mesh, rankMesh.dofs(degree, continuous));
  const data = valuesOf(variable).slice();
  halo.sync(data, components);
  averageGradients(geometry, { ...fieldOf(variable), data }, rankMesh.cellOrder, out);
  halo.sync(out, size);
  return out;
}

/** @param order In which cells are added up; null for the order of their numbers. */
function averageGradients(
  geometry: Geometry,
  field: Field,
  order: Int32Array | null,
  out: Float64Array,
): void {
  const { perCell, nodes } = field.element;
  const size = field.components * geometry.topology.dim;
  const volumes = geometry.volumes, weight = new Float64Array(out.length / size);
  const cell = new Int32Array(perCell), inCell = new Float64Array(perCell * size);
  for (let n = 0; n < geometry.topology.cellCount; n++) {
    const c = order === null ? n : order[n];
    cell.fill(c);
    gradientInto(field, geometry, cell, nodes, perCell, inCell);
    for (let k = 0; k < perCell; k++) {
      const dof = field.cellDofs[c * perCell + k];
      weight[dof] += volumes[c];
      for (let s = 0; s < size; s++) out[dof * size + s] += volumes[c] * inCell[k * size + s];
    }
  }
  for (let i = 0; i < weight.length; i++) {
    for (let s = 0; s < size; s++) out[i * size + s] /= weight[i];
  }
}
