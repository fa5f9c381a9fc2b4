/**
 * Inertia: the density times the material derivative of the velocity.
 *
 * @module
 */
import { SemiLagrangianDDt } from "../ddt/semi_lagrangian_ddt.ts";
import { StateSchemaError } from "../errors.ts";
import { fieldOf, MeshVariable } from "../mesh/mesh_variable.ts";
import { describe } from "../options.ts";
import { addMass } from "../solve/assembly/mass.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import { sparsityOf } from "../solve/assembly/sparsity.ts";
import { type Coefficient, sampleOne, type Samples } from "../solve/coefficient.ts";
import type { FieldFrame } from "../solve/field_frame.ts";
import { CsrMatrix } from "../solve/linear/csr.ts";
import { addScaled } from "../solve/linear/vectors.ts";
import { orderInForce, type StepResult } from "../solve/time_step.ts";
import { ownHistoryName } from "../solve/transport_scheme.ts";
import { boundaryFrames } from "./boundary_frames.ts";
import { toCartesian, toLocal } from "./rotation.ts";
import type { StokesOptions } from "./stokes_options.ts";

/** A step in time with the past brought along: the acceleration at its end is `rate v + known`. */
export interface InertiaStep extends Pick<StepResult, "dt" | "order" | "reduced"> {
  /** The leading coefficient of the backward differences, 1 / time. */
  readonly rate: number;
  /** `[count x dim]` */
  readonly known: Float64Array;
}

/** Density times rate, as the matrices need it. */
export interface InertiaTerms {
  /** At the quadrature points of the velocity. */
  readonly density: Samples;
  readonly rate: number;
  /** The mass matrix of one component, weighted by the density. */
  readonly mass: CsrMatrix;
}

/**
 * Backward differences along the paths of the fluid, `a = c_0 v + c_1 v*_1 + ...`.
 *
 * State: captured, the acceleration by the mesh, the rest by the history.
 */
export class Inertia {
  readonly history: SemiLagrangianDDt;
  /** The material acceleration at the end of the last step. */
  readonly acceleration: MeshVariable;

  /** Makes the variable `{owner}_acceleration`, and the history `{owner}_history` where none is given. */
  constructor(v: MeshVariable, owner: string, history?: SemiLagrangianDDt) {
    const { mesh, components, degree, transfer } = v;
    this.acceleration = new MeshVariable(mesh, accelerationNameOf(owner), {
      components,
      degree,
      transfer,
    });
    const name = ownHistoryName(owner);
    this.history = history ?? new SemiLagrangianDDt(v, { order: 2, velocity: v, name });
  }

  /**
   * Begins a step.
   *
   * @param frame The velocity at its end.
   */
  begin(frame: FieldFrame, dt: number): InertiaStep {
    const { history } = this;
    history.updatePreSolveTo(dt, arriving(frame));
    const { order, reduced } = orderInForce(history.order, history);
    const rate = history.leadingCoefficient(order);
    return { dt, order, reduced, rate, known: history.historyTerms(order) };
  }

  /** Ends the step with the velocity that was solved for and that is in the field. */
  end({ dt, rate, known }: InertiaStep, velocity: Float64Array): void {
    this.acceleration.data.set(known.map((value, i) => value + rate * velocity[i]));
    this.history.updatePostSolve(dt);
  }
}

/** The name of the variable of the acceleration. */
export function accelerationNameOf(owner: string): string {
  return `${owner}_acceleration`;
}

/**
 * Checks what options say of inertia.
 *
 * @throws {TypeError} when the history is not semi-Lagrangian or there is no density for it, or the elements have no
 *   steps.
 * @throws {RangeError} when the history is that of something other than `v`.
 */
export function requireInertia(
  v: MeshVariable,
  p: MeshVariable,
  { density, history }: StokesOptions,
): void {
  if (history !== undefined) requireVelocityHistory(history, v);
  if (density === undefined) {
    if (history === undefined) return;
    throw new TypeError("Stokes: a history is for inertia, which needs a density");
  }
  if (v.degree === 2 && p.degree === 1 && p.continuous) return;
  throw new TypeError(
    `Stokes: with a density, the velocity has degree 2 and the pressure is continuous of degree 1; '${v.name}' has ` +
      `degree ${v.degree}, and '${p.name}' is ${
        p.continuous ? "" : "dis"
      }continuous of degree ${p.degree}`,
  );
}

function requireVelocityHistory(history: unknown, v: MeshVariable): void {
  if (!(history instanceof SemiLagrangianDDt)) {
    throw new TypeError(
      `Stokes: history is a SemiLagrangianDDt of '${v.name}', got ${describe(history)}`,
    );
  }
  if (history.variable === v) return;
  throw new RangeError(
    `Stokes: '${history.name}' is the history of '${history.variable.name}', not of '${v.name}'`,
  );
}

/**
 * Compares the history that a state names with that of a solver.
 *
 * @throws {StateSchemaError} when they differ.
 */
export function requireSameHistory(
  bearer: string,
  kept: string | undefined,
  inertia: Inertia | null,
): void {
  const live = inertia?.history.name;
  if (kept === live) return;
  const words = (name?: string) => name === undefined ? "no inertia" : `the history '${name}'`;
  throw new StateSchemaError(
    bearer,
    `${bearer}: the state has ${words(kept)}, this solver ${words(live)}`,
  );
}

/** The present velocity with what is prescribed at the end of the step: what flows in. Collective. */
function arriving(frame: FieldFrame): Float64Array {
  const { components: dim } = frame, frames = boundaryFrames(frame), out = frame.start.slice();
  toLocal(frames, dim, out);
  for (let i = 0; i < out.length; i++) if (frames.held[i] === 1) out[i] = frames.values[i];
  toCartesian(frames, dim, out);
  return out;
}

/**
 * The density at the quadrature points of the velocity.
 *
 * @returns One number, or `[cellCount x points]`.
 * @throws {RangeError} when it is not positive or not finite somewhere.
 */
function sampleDensity(frame: FieldFrame, density: Coefficient): Samples {
  return frame.agreed(() => {
    const points = () => cellPoints(frame.geometry, frame.reference);
    const samples = sampleOne(density, points, frame.sample("density"));
    const wrong = typeof samples === "number" ? samples : samples.find((value) => !(value > 0));
    if (wrong === undefined || wrong > 0) return samples;
    throw new RangeError(
      `${frame.what}: the density is ${wrong} somewhere; with inertia it has to be positive`,
    );
  });
}

function massOf({ geometry, map, reference }: FieldFrame, density: Samples): CsrMatrix {
  const sparsity = sparsityOf(map), values = new Float64Array(sparsity.columns.length);
  addMass(values, geometry, reference, sparsity, density);
  return new CsrMatrix(map.count, map.count, sparsity.rowStarts, sparsity.columns, values);
}

/** What a step adds to the matrices. Collective. */
export function inertiaTerms(frame: FieldFrame, density: Coefficient, rate: number): InertiaTerms {
  const samples = sampleDensity(frame, density);
  return { density: samples, rate, mass: massOf(frame, samples) };
}

/** `integral of density phi_a phi_b`, one component. Collective. */
export function densityMatrix(frame: FieldFrame, density: Coefficient): CsrMatrix {
  return massOf(frame, sampleDensity(frame, density));
}

/** `out[d] += factor M u_d` for every component of an interleaved field `u`. */
export function addInertia(
  frame: FieldFrame,
  mass: CsrMatrix,
  factor: number,
  u: Float64Array,
  out: readonly Float64Array[],
): void {
  const product = new Float64Array(mass.rows);
  for (let d = 0; d < out.length; d++) {
    mass.multiply(frame.column(u, d), product);
    addScaled(out[d], factor, product, product.length);
  }
}

/** The acceleration of the last step, `[count x dim]`; null before the first, or after it was taken away. */
export function lastAcceleration({ acceleration }: Inertia): Float64Array | null {
  // Reading `data` would take memory, which is state.
  return fieldOf(acceleration).data;
}
