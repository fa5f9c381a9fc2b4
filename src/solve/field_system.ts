/**
 * The linear systems of all components of a field, and the check for steps so long that what is kept of the past is
 * lost among rounding errors of the stiffness matrix.
 *
 * @module
 */
import { liftConstrained } from "./assembly/dirichlet.ts";
import type { Samples } from "./coefficient.ts";
import { BoundaryConditions, type Constraints } from "./conditions.ts";
import { FieldFrame, type OperatorScales } from "./field_frame.ts";
import type { CsrMatrix } from "./linear/csr.ts";
import type { LinearSolver, LinearSystem } from "./linear/linear_solver.ts";
import { ConstantNullSpace } from "./linear/null_space.ts";
import type { KrylovResult } from "./linear/operator.ts";
import { Reductions } from "./linear/reductions.ts";
import { shift } from "./linear/vectors.ts";
import { type FreeSystem, looseSystem } from "./operator_cache.ts";
import { removeMean, requireBalance } from "./pure_neumann.ts";
import { requireDetermined } from "./undetermined_pieces.ts";
import { addLoad } from "./assembly/load.ts";

/** Who solves linear systems, and when the iteration ends. */
export interface SolverLimits {
  readonly solver: LinearSolver;
  readonly rtol: number;
  readonly maxIterations: number;
}

/** What solving all components gave; nothing of the model is changed by it. */
export interface FieldSolution {
  /** `[count x components]` */
  readonly values: Float64Array;
  /**
   * What is left of the equations of constrained unknowns, `A u - right` before Dirichlet values were imposed,
   * `[count x components]`; 0 for unknowns that are free or of other ranks.
   */
  readonly reactions: Float64Array;
  readonly iterations: number;
  readonly residual: number;
}

/** A system to solve. */
interface Prepared {
  readonly system: FreeSystem & Pick<LinearSystem, "near">;
  /** Whether constants are in its null space, but for rounding. */
  readonly isSingular: boolean;
  /** The factor of the mass matrix where that alone determines the mean; 0 for a steady field. */
  readonly massOfMean?: number;
}

/**
 * Solves `(massScale M + stiffnessScale (K + R)) u = right` for every component, with Dirichlet values imposed.
 *
 * @param right `[components]` vectors `[count]`; changed.
 * @throws {ConvergenceError} when a component does not converge.
 * @throws {RangeError} when a pure Neumann problem has no solution, nothing determines the field on a piece of
 *   the mesh, a step is too long for double precision, or something is not finite.
 */
export function solveField(
  frame: FieldFrame,
  scales: OperatorScales,
  right: readonly Float64Array[],
  limits: SolverLimits,
): FieldSolution {
  // In a long step a constant is as undetermined as in a steady problem.
  const isLoose = scales.massScale === 0 || isLongStep(frame, scales);
  return solveAll(frame, right, limits, (component, constrained) => {
    const inputs = frame.inputs(component, scales);
    const isDetermined = constrained.includes(1) ||
      inputs.robin.some(({ transfer }) => !isZero(transfer));
    if (isLoose) {
      const { geometry, map, what, ranks } = frame;
      requireDetermined(what, { geometry, map, constrained, robin: inputs.robin }, ranks);
    }
    const isSingular = isLoose && !frame.any(isDetermined);
    const { massScale } = scales, system = frame.cache.system(inputs, constrained);
    if (!isSingular || massScale === 0) return { system, isSingular };
    // The levels of the stiffness alone have constants in their null space to rounding; with a little mass they would
    // amplify them by a pivot that is nothing but rounding.
    const { free: near, preconditioner } = frame.cache.system(
      { ...inputs, massScale: 0 },
      constrained,
    );
    return { system: { ...system, preconditioner, near }, isSingular, massOfMean: massScale };
  });
}

/**
 * Solves `A_a u_a = right_a` for every component a with symmetric positive definite matrices, with Dirichlet
 * values imposed.
 *
 * @param whole Makes the matrix of a component between all unknowns; not kept.
 * @param right `[components]` vectors `[count]`; changed.
 * @throws {ConvergenceError} when a component does not converge.
 */
export function solveFieldMatrices(
  frame: FieldFrame,
  whole: (component: number) => CsrMatrix,
  right: readonly Float64Array[],
  limits: SolverLimits,
): FieldSolution {
  return solveAll(frame, right, limits, (component, constrained) => {
    const system = looseSystem(whole(component), constrained, frame.ranks?.owned ?? null);
    return { system, isSingular: false };
  });
}

/**
 * Solves `A u = right` with one matrix for all components and no boundary conditions.
 *
 * @param right `[components]` vectors `[count]`; changed.
 * @throws {ConvergenceError} when a component does not converge.
 */
export function solveUnconstrained(
  { variable, cache, t, what }: FieldFrame,
  whole: CsrMatrix,
  right: readonly Float64Array[],
  limits: SolverLimits,
): FieldSolution {
  const frame = new FieldFrame(variable, new BoundaryConditions(), cache, t, what);
  return solveFieldMatrices(frame, () => whole, right, limits);
}

function solveAll(
  frame: FieldFrame,
  right: readonly Float64Array[],
  limits: SolverLimits,
  prepare: (component: number, constrained: Uint8Array) => Prepared,
): FieldSolution {
  const { components, map, what } = frame;
  const values = new Float64Array(map.count * components);
  const reactions = new Float64Array(map.count * components);
  let iterations = 0, residual = 0;
  for (let a = 0; a < components; a++) {
    const x = frame.column(frame.start, a);
    const constraints = frame.conditions.constraints(a, frame);
    const name = components === 1 ? what : `${what}, component ${a}`;
    const prepared = prepare(a, constraints.constrained);
    const load = constraints.constrained.includes(1) ? right[a].slice() : null;
    const outcome = solveOne(frame, prepared, constraints, right[a], x, limits, name);
    iterations = Math.max(iterations, outcome.iterations);
    residual = Math.max(residual, outcome.residual);
    for (let i = 0; i < map.count; i++) values[i * components + a] = x[i];
    if (load === null) continue;
    for (let i = 0; i < frame.owned; i++) {
      if (constraints.constrained[i] === 0) continue;
      reactions[i * components + a] = prepared.system.whole.rowProduct(i, x) - load[i];
    }
  }
  return { values, reactions, iterations, residual };
}

function solveOne(
  frame: FieldFrame,
  { system, isSingular, massOfMean = 0 }: Prepared,
  { constrained, values: imposed }: Constraints,
  b: Float64Array,
  x: Float64Array,
  { solver, ...limits }: SolverLimits,
  name: string,
): KrylovResult {
  const { ranks, map, geometry, reference, what } = frame;
  liftConstrained(system.whole, constrained, imposed, b);
  // Only free unknowns are solved for; a first guess that is not finite would never go away.
  for (let i = 0; i < x.length; i++) if (constrained[i] === 1 || !Number.isFinite(x[i])) x[i] = 0;
  const reductions = new Reductions(ranks?.owned ?? map.count, ranks?.comm ?? null);
  const nullSpace = isSingular
    ? new ConstantNullSpace(reductions, ranks?.total ?? map.count)
    : null;
  const hasMean = isSingular && massOfMean > 0;
  const mean = hasMean ? takeOutMean(frame, massOfMean, b) : 0;
  // The past is no first guess any more: its rounding errors are larger than what is left of it.
  if (hasMean) x.fill(0);
  if (nullSpace !== null && massOfMean === 0) requireBalance(b, what, ranks);
  nullSpace?.project(b);
  const options = { ...limits, what: name, reductions, nullSpace };
  const outcome = solver.solve({ ...system, ranks, isSingular }, b, x, options);
  ranks?.sync(x);
  if (nullSpace !== null) removeMean(x, geometry, reference, map, ranks);
  if (hasMean) shift(x, mean, x.length);
  for (let i = 0; i < x.length; i++) if (constrained[i] === 1) x[i] = imposed[i];
  return outcome;
}

function isZero(samples: Samples): boolean {
  return typeof samples === "number" ? samples === 0 : samples.every((value) => value === 0);
}

/** The ratio of mass to stiffness on the smallest cell below which a step is long. */
const LONG = 1e-8;

/** Solvers take squares of entries: below this one nothing would be left of them. */
const SMALLEST_ENTRY = 1e-146;

/**
 * Whether nothing but rounding would tell a constant from 0: `massScale (2 r)^2` is below 1e-8 of
 * `stiffnessScale k`, r the smallest inscribed radius and k the greatest diffusivity. Collective.
 */
export function isLongStep(
  frame: FieldFrame,
  { massScale, stiffnessScale, diffusivity }: OperatorScales,
): boolean {
  if (massScale === 0 || stiffnessScale === 0) return false;
  const width = 2 * frame.variable.mesh.minRadius;
  const most = typeof diffusivity === "number"
    ? diffusivity
    : frame.largest(diffusivity.reduce((a, b) => Math.max(a, b), 0));
  return massScale * width ** 2 < LONG * stiffnessScale * most;
}

/**
 * Splits the solution of `(massScale M + stiffnessScale K) u = b` without boundary values into its mean and a field
 * of mean 0. Constants are in the null space of K, so that the mean is `sum(b) / (massScale |domain|)` whatever K is,
 * and no rounding error of K gets into it.
 *
 * @param b `[count]`; the part of the mean is taken out of it, which leaves entries of sum 0.
 * @returns the mean. Collective.
 * @throws {RangeError} when double precision cannot hold the step.
 */
export function takeOutMean(frame: FieldFrame, massScale: number, b: Float64Array): number {
  const { geometry, map, reference, owned } = frame;
  const { minRadius, dim } = frame.variable.mesh, smallest = massScale * (2 * minRadius) ** dim;
  if (smallest < SMALLEST_ENTRY) {
    throw new RangeError(
      `${frame.what}: the step is so long that the mass matrix, ${
        smallest.toPrecision(3)
      } on the smallest ` +
        "cell, is lost in double precision; take a shorter step, or the steady solver Poisson",
    );
  }
  const weights = new Float64Array(map.count);
  addLoad(weights, geometry, reference, map, 1);
  const sums = new Float64Array(2);
  for (let i = 0; i < owned; i++) {
    sums[0] += b[i];
    sums[1] += weights[i];
  }
  const [total, volume] = frame.totals(sums);
  const share = total / volume;
  for (let i = 0; i < b.length; i++) b[i] -= share * weights[i];
  return share / massScale;
}
