/**
 * What can be asked of a flow: forces on boundaries, strain rates, stresses, the next step in time.
 *
 * @module
 */
import type { Expression } from "../expression/contract.ts";
import { checkOptions, type OptionNames, requireOptions } from "../options.ts";
import type { LocatedPoints } from "../mesh/located_points.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import { requirePresent } from "../mesh/registered.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import {
  type Coefficient,
  type Coefficients,
  sampleOne,
  type Samples,
} from "../solve/coefficient.ts";
import { flowTime } from "../solve/crossing_time.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { FieldSolver } from "../solve/field_solver.ts";
import { relativeTolerance } from "../solve/solver_limits.ts";
import { nearestField } from "./cell_samples.ts";
import { type ElementPair, elementPair } from "./element_pair.ts";
import {
  dissipatedPower,
  effectiveRates,
  secondInvariants,
  strainRates,
  stressesAt,
  tensorComponents,
} from "./flow_tensors.ts";
import { densityMatrix, type Inertia, type InertiaTerms, lastAcceleration } from "./inertia.ts";
import { boundaryMean, type BoundaryValues, normalStresses } from "./normal_stress.ts";
import { type LawLimits, lawLimits } from "./law_limits.ts";
import { type StokesBlocks, StokesOperators } from "./stokes_operators.ts";
import { type StokesOptions, topographyNames, type TopographyOptions } from "./stokes_options.ts";
import { boundaryForce, type FlowState, nodalForces } from "./tractions.ts";
import { sampleViscosity, type ViscosityAveraging } from "./viscosity.ts";
import { isLaw, lawAt, type LawContext, notPositive } from "./viscosity_law.ts";

const courantNames: OptionNames<{ readonly courant?: number }> = { courant: true };

/**
 * The base of solvers for velocity and pressure.
 *
 * State: inherited, it consists of conditions and coefficients.
 */
export abstract class FlowSolver<V extends MeshVariable = MeshVariable> extends FieldSolver<V> {
  /** The pressure. */
  readonly pressure: MeshVariable;
  readonly #pair: ElementPair;
  readonly #averaging: ViscosityAveraging | undefined;
  /** @internal */
  protected readonly lawLimits: LawLimits;
  readonly #operators = new StokesOperators();
  /** The time of a step that is under way; null for the present. */
  #time: number | null = null;

  /**
   * A subclass calls `adopt` of the model last in its own constructor.
   *
   * @throws {TypeError} when the variables do not make a known pair, or a coefficient is of no known kind.
   * @throws {RangeError} when a number is out of range.
   */
  protected constructor(v: V, p: MeshVariable, className: string, options: StokesOptions) {
    const pair = elementPair(v, p, className);
    const { viscosity, bodyForce = 0, divergence = 0, averaging, elasticRate = null, density } =
      options;
    const { tolerance: _, ...rest } = options, rtol = relativeTolerance(options, className, 1e-8);
    const elastic = elasticRate === null ? {} : { elasticRate };
    const heavy = density === undefined ? {} : { density };
    const coefficients = { viscosity, divergence, ...elastic, ...heavy, source: bodyForce };
    super(v, className, coefficients, { ...rest, rtol });
    this.#pair = pair;
    this.pressure = p;
    this.#averaging = averaging;
    this.lawLimits = Object.freeze(lawLimits(options.nonlinear, this.limits, className));
  }

  /** What elastic stress adds to the strain rate; null where nothing does. */
  get elasticRate(): MeshVariable | null {
    return (this.coefficient("elasticRate") ?? null) as MeshVariable | null;
  }

  /** @internal */
  override get uses(): readonly unknown[] {
    return [...super.uses, this.pressure];
  }

  /**
   * What makes steps in time; null for flow without inertia.
   *
   * @internal
   */
  protected abstract readonly inertia: Inertia | null;

  /** The viscosity, or the law that it follows. Assigning one replaces it. */
  get viscosity(): Coefficient {
    return this.coefficient("viscosity") as Coefficient;
  }

  set viscosity(value: Coefficient) {
    this.setCoefficient("viscosity", value, this.name);
  }

  /** The force per volume. Assigning one replaces it. */
  get bodyForce(): Coefficients {
    return this.source;
  }

  set bodyForce(value: Coefficients) {
    this.source = value;
  }

  /** The divergence of the velocity. Assigning one replaces it. */
  get divergence(): Coefficient {
    return this.coefficient("divergence") as Coefficient;
  }

  set divergence(value: Coefficient) {
    this.setCoefficient("divergence", value, this.name);
  }

  /**
   * The step in which the fastest fluid crosses `courant` times the smallest cell: `courant 2 r / |v|`, r the radius
   * of the smallest inscribed circle or sphere; Infinity where nothing flows. Collective.
   *
   * @throws {RangeError} when `courant` is not positive, or the velocity not finite.
   */
  estimateDt(options: { readonly courant?: number } = {}): number {
    checkOptions(`${this.name}.estimateDt`, options, courantNames);
    const { courant = 1 } = options;
    if (!(courant > 0 && courant < Infinity)) {
      throw new RangeError(`${this.name}: courant is ${courant}; it has to be positive and finite`);
    }
    const frame = this.present();
    return courant * flowTime(frame, this.variable);
  }

  /**
   * The force on the fluid through a boundary: `integral of sigma n`, n outwards, after a solve. With the body force
   * the forces on all boundaries balance to the tolerance of the solver. Collective.
   *
   * @returns `[dim]`
   * @throws {RangeError} when there is no such boundary, or it lies inside of the domain.
   */
  traction(boundary: string): number[] {
    return boundaryForce(this.#flow(), boundary);
  }

  /** The force on a boundary: {@link Stokes.traction}, the flux of momentum. */
  override flux(boundary: string): ReturnType<V["integrate"]> {
    return Float64Array.from(this.traction(boundary)) as ReturnType<V["integrate"]>;
  }

  /**
   * The normal stress `n . sigma n` on a boundary after a solve, positive in tension. Collective.
   *
   * @returns Values at the nodes of the boundary, `[n]`; on several ranks at those that this rank owns.
   * @throws {RangeError} when there is no such boundary, or it lies inside of the domain.
   */
  normalStress(boundary: string): BoundaryValues {
    const flow = this.#flow();
    return normalStresses(flow.frame, boundary, nodalForces(flow, boundary));
  }

  /**
   * The height to which the normal stress holds a boundary up: `h = -(n . sigma n - mean) / (density gravity)`, for
   * small slopes. The mean over the boundary is 0. Collective.
   *
   * @param options The difference of densities across the boundary, and the gravity.
   * @returns Heights at the nodes of the boundary, `[n]`; on several ranks at those that this rank owns.
   * @throws {RangeError} when there is no such boundary, or a number is not positive.
   */
  dynamicTopography(boundary: string, options: TopographyOptions): BoundaryValues {
    requireOptions(`${this.name}.dynamicTopography`, options, topographyNames);
    const { density, gravity } = options, weight = density * gravity;
    if (!(density > 0 && gravity > 0 && weight < Infinity)) {
      throw new RangeError(
        `${this.name}: density ${density} and gravity ${gravity} have to be positive and finite`,
      );
    }
    const { points, values } = this.normalStress(boundary);
    const mean = boundaryMean(this.present(), boundary, values);
    return { points, values: values.map((value) => (mean - value) / weight) };
  }

  /**
   * Writes the strain rate `(grad v + grad v^T) / 2` into a field: xx, yy, xy; or xx, yy, zz, yz, xz, xy.
   *
   * @param into 3 or 6 components, of any degree; continuous fields get means over cells.
   * @throws {RangeError} when `into` lives on another mesh or has other components.
   */
  strainRate(into: MeshVariable): void {
    this.#write(into, tensorComponents(this.#dim), strainRates(this.present()));
  }

  /**
   * Writes the stress `2 viscosity (strainRate + elasticRate) - p` into a field, in the order of {@link Stokes.strainRate}.
   *
   * @param into 3 or 6 components, of any degree; continuous fields get means over cells.
   * @throws {RangeError} when `into` lives on another mesh or has other components.
   */
  stress(into: MeshVariable): void {
    this.#write(into, tensorComponents(this.#dim), this.#stresses());
  }

  /**
   * Writes the second invariant `sqrt(e : e / 2)` of the strain rate or of the stress without the pressure, or the
   * viscosity itself, into a field.
   *
   * @param into One component, of any degree; continuous fields get means over cells.
   * @throws {RangeError} when `of` is none of these, or `into` lives on another mesh or has several components.
   */
  invariant(of: "strainRate" | "stress" | "viscosity", into: MeshVariable): void {
    if (of !== "strainRate" && of !== "stress" && of !== "viscosity") {
      throw new RangeError(
        `${this.name}: there are invariants of "strainRate", "stress" and "viscosity", not of ${
          JSON.stringify(of)
        }`,
      );
    }
    const frame = this.present(), rates = of === "stress" ? this.#rates(frame) : strainRates(frame);
    const samples = secondInvariants(rates, this.#dim);
    const viscosity = of === "strainRate" ? 0.5 : this.#viscosity(frame);
    for (let i = 0; i < samples.length; i++) {
      const factor = typeof viscosity === "number" ? viscosity : viscosity[i];
      samples[i] = of === "viscosity" ? factor : 2 * factor * samples[i];
    }
    this.#write(into, 1, samples);
  }

  /**
   * The power that the flow turns into heat: `integral of 2 viscosity rate : rate`, the rate being that of strain and
   * of elastic stress together. Collective.
   */
  dissipation(): number {
    const frame = this.present();
    return dissipatedPower(frame, this.#viscosity(frame), this.#rates(frame));
  }

  get #dim(): 2 | 3 {
    return this.variable.mesh.dim;
  }

  /**
   * The velocity at the present time.
   *
   * @internal
   */
  protected present(): FieldFrame {
    return this.frame(this.#time ?? this.variable.mesh.model.tracker.time);
  }

  /**
   * Runs `work` as if it were another time, such as the end of a step that is under way.
   *
   * @internal
   */
  atTime<R>(time: number, work: () => R): R {
    const before = this.#time;
    this.#time = time;
    try {
      return work();
    } finally {
      this.#time = before;
    }
  }

  /**
   * The velocity at the present time, or at that of {@link FlowSolver.atTime}.
   *
   * @internal
   */
  get frameNow(): FieldFrame {
    return this.present();
  }

  /**
   * The strain rate that counts, `[cellCount x points x components]`, and the viscosity at the quadrature points.
   *
   * @internal
   */
  atPoints(): { rates: Float64Array; viscosity: Samples } {
    const frame = this.present();
    return { rates: this.#rates(frame), viscosity: this.#viscosity(frame) };
  }

  /**
   * The largest value at the quadrature points of a formula that may have the names of viscosity laws. Collective.
   *
   * @internal
   */
  largestOf(formula: Expression): number {
    const frame = this.present(), { pressure, elasticRate } = this;
    const points = cellPoints(frame.geometry, frame.reference);
    const { viscosity: values } = frame.agreed(() =>
      lawAt({ frame, pressure, law: formula, elasticRate }, points)
    );
    return frame.largest(values.reduce((most, value) => Math.max(most, value), -Infinity));
  }

  /**
   * The law that the viscosity follows; null where it does not depend on the flow.
   *
   * @throws {RangeError} when an average over cells was asked for as well.
   * @internal
   */
  protected law(frame: FieldFrame): LawContext | null {
    const { viscosity, pressure, elasticRate } = this;
    if (!isLaw(viscosity, pressure)) return null;
    if (this.#averaging !== undefined && this.#averaging !== "none") {
      throw new RangeError(
        `${this.name}: the viscosities of a law are not averaged over cells; leave out averaging: ` +
          `"${this.#averaging}"`,
      );
    }
    return { frame, pressure, law: viscosity, elasticRate };
  }

  #viscosity(frame: FieldFrame): Samples {
    const { geometry, reference } = frame;
    if (this.law(frame) !== null) return this.#viscosityAt(frame, cellPoints(geometry, reference));
    return sampleViscosity(frame, this.viscosity, this.#averaging ?? "harmonic");
  }

  #viscosityAt(frame: FieldFrame, points: LocatedPoints): Samples {
    const law = this.law(frame);
    if (law === null) return sampleOne(this.viscosity, () => points, frame.sample("viscosity"));
    return frame.agreed(() => {
      const values = lawAt(law, points), { viscosity } = values;
      const wrong = viscosity.findIndex((value) => !(value > 0 && value < Infinity));
      if (wrong >= 0) throw notPositive(frame, points, values, wrong);
      return viscosity;
    });
  }

  #rates(frame: FieldFrame): Float64Array {
    return effectiveRates(frame, this.elasticRate, cellPoints(frame.geometry, frame.reference));
  }

  #stresses(): Float64Array {
    const frame = this.present(), points = cellPoints(frame.geometry, frame.reference);
    return stressesAt(frame, this.pressure, this.elasticRate, points, this.#viscosity(frame));
  }

  #flow(): FlowState {
    const frame = this.present(), { pressure, elasticRate, bodyForce } = this;
    const viscosity = this.#viscosity(frame), blocks = this.blocks(frame, viscosity);
    const viscosityAt = (points: LocatedPoints) => this.#viscosityAt(frame, points);
    const acceleration = this.inertia === null ? null : lastAcceleration(this.inertia);
    const momentum = acceleration === null
      ? null
      : { mass: densityMatrix(frame, this.coefficient("density") as Coefficient), acceleration };
    return { frame, pressure, blocks, viscosity, viscosityAt, elasticRate, bodyForce, momentum };
  }

  #write(into: MeshVariable, components: number, samples: Float64Array): void {
    if (!(into instanceof MeshVariable) || into.mesh !== this.variable.mesh) {
      throw new RangeError(
        `${this.name} writes into variables of mesh '${this.variable.mesh.name}'`,
      );
    }
    requirePresent(this.name, into);
    if (into.components !== components) {
      throw new RangeError(
        `${this.name}: '${into.name}' has ${into.components} components, ${components} are needed`,
      );
    }
    into.data.set(nearestField(into, this.present().reference.quadrature, samples));
    into.syncGhosts();
  }

  /**
   * The matrices between all unknowns.
   *
   * @param viscosity Defaults to the present one.
   * @param inertia Defaults to none.
   * @internal
   */
  protected blocks(
    frame: FieldFrame,
    viscosity: Samples = this.#viscosity(frame),
    inertia: InertiaTerms | null = null,
  ): StokesBlocks {
    const { geometry, map, reference, components, conditions } = frame;
    const { degree, continuous } = this.pressure;
    return this.#operators.blocks({
      geometry,
      velocity: map,
      pressure: geometry.topology.dofMap(degree, continuous),
      reference,
      viscosity,
      inertia,
      robin: Array.from({ length: components }, (_, a) => conditions.robin(a, frame)),
      isStabilised: this.#pair === "P1-P1",
    });
  }

  /**
   * Where matrices are kept.
   *
   * @internal
   */
  protected get operators(): StokesOperators {
    return this.#operators;
  }
}
