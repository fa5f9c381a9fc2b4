/**
 * The Stokes equations with a viscosity that depends on the flow: Picard's and Newton's methods.
 *
 * @module
 */
import { ConvergenceError } from "../errors.ts";
import { fieldOf } from "../mesh/mesh_variable.ts";
import type { LocatedPoints } from "../mesh/located_points.ts";
import { cellPoints } from "../solve/assembly/cell_points.ts";
import type { Samples } from "../solve/coefficient.ts";
import type { CsrMatrix } from "../solve/linear/csr.ts";
import type { BoundaryFrames } from "./boundary_frames.ts";
import { toLocal } from "./rotation.ts";
import { LinearFlow, type StokesLoads, type StokesSolution } from "./solve_stokes.ts";
import {
  makeSystem,
  type OwnedRows,
  type StokesBlocks,
  type StokesTangent,
} from "./stokes_operators.ts";
import type { LawLimits } from "./law_limits.ts";
import type { NonlinearReport } from "./stokes_options.ts";
import { addStressLoads, withElasticLoads, withoutRows } from "./stress_loads.ts";
import { pressureTangent, withRateTangent } from "./tangent.ts";
import {
  type FlowIterate,
  lawAt,
  type LawContext,
  type LawSlopes,
  lawSlopesAt,
  type LawValues,
  notPositive,
} from "./viscosity_law.ts";

/** A flow with a law. */
export interface LawProblem {
  readonly context: LawContext;
  /** The matrices for a viscosity. */
  readonly blocks: (viscosity: Samples) => StokesBlocks;
  readonly owned: OwnedRows;
  /** Body forces, tractions and sources; elastic stresses are not among them. */
  readonly loads: StokesLoads;
}

/** Newton's method begins at once where the residual is below this: a step in time has changed little. */
const nearEnough = 1e-2;

/** Each linear solve reduces the residual by this factor at most, and by the other one at least. */
const forcing = { tightest: 1e-6, loosest: 1e-2 };

/** The tangent keeps this share of the viscosity along the strain rate, so that it stays positive definite. */
const kept = 1e-3;

/** Steps of Newton's method are halved up to so many times. */
const halvings = 6;

/** The share of the decrease that the tangent promises with which a step is content. */
const content = 1e-4;

/**
 * Solves for velocity and pressure. Nothing of an earlier solve has a part in it but the present fields, from which
 * it starts.
 *
 * Sources: Newton's method with such tangents: J. Fraters et al., Geophys. J. Int. 218 (2019) 873-894, DOI
 * 10.1093/gji/ggz183; how accurate linear solves have to be: S. C. Eisenstat, H. F. Walker, SIAM J. Sci. Comput.
 * 17 (1996) 16-32, DOI 10.1137/0917003, choice 2.
 *
 * @throws {ConvergenceError} when the tolerance is not reached, by this iteration or by a linear one.
 * @throws {RangeError} when the viscosity of an iterate is not positive, or forces do not balance.
 */
export function solveLaw(
  problem: LawProblem,
  limits: LawLimits,
): StokesSolution & { readonly nonlinear: NonlinearReport } {
  const iteration = new LawIteration(problem, limits);
  while (!iteration.step());
  return iteration.result();
}

/** Linear equations at an iterate, and how they were made. */
interface Linearised {
  readonly flow: LinearFlow;
  readonly blocks: StokesBlocks;
  readonly isNewton: boolean;
}

/**
 * One solve.
 *
 * State: none, it lives as long as one solve.
 */
class LawIteration {
  readonly #problem: LawProblem;
  readonly #limits: LawLimits;
  readonly #points: LocatedPoints;
  readonly #residuals: number[] = [];
  readonly #methods: ("newton" | "picard")[] = [];
  #flow: FlowIterate;
  #linear: LinearFlow | null = null;
  #linearSteps = 0;
  /** Whether the last step of Newton's method found no smaller residual. */
  #hasStalled = false;

  constructor(problem: LawProblem, limits: LawLimits) {
    this.#problem = problem;
    this.#limits = limits;
    const { frame, pressure } = problem.context;
    this.#points = cellPoints(frame.geometry, frame.reference);
    const p = fieldOf(pressure).data ?? new Float64Array(pressure.dofCount);
    const finite = (values: Float64Array) => values.map((x) => Number.isFinite(x) ? x : 0);
    this.#flow = { velocity: finite(frame.start), pressure: finite(p) };
  }

  /** One step of either method; true where none is needed any more. Collective. */
  step(): boolean {
    const { tolerance, maxSteps, maxIterations } = this.#limits, taken = this.#methods.length;
    const law = this.#lawAt(this.#flow);
    this.#requirePositive(law);
    let linear = this.#linearise(law, taken > 0 && this.#wantsNewton(taken));
    let { relative, x } = this.#residualOf(linear.flow);
    this.#residuals.push(relative);
    this.#linear = linear.flow;
    const holds = taken > 0 || this.#holdsConditions(linear.flow);
    if (holds && relative <= tolerance) return true;
    if (taken === maxSteps) this.#giveUp();
    if (taken === 0 && holds && relative < nearEnough && this.#limits.method === "newton") {
      linear = this.#linearise(law, true);
      ({ relative, x } = this.#residualOf(linear.flow));
    }
    const reduction = linear.isNewton ? this.#forcing() : forcing.loosest;
    const rtol = Math.max(reduction * Math.min(relative, 1), tolerance / 10);
    const before = relative * linear.flow.size;
    const solution = linear.flow.solve(x, { rtol, maxIterations });
    this.#linearSteps += solution.iterations;
    this.#methods.push(linear.isNewton ? "newton" : "picard");
    this.#hasStalled = false;
    if (linear.isNewton) this.#search(linear, solution, before);
    else this.#flow = solution;
    return false;
  }

  /** The fields and how it went. */
  result(): StokesSolution & { readonly nonlinear: NonlinearReport } {
    const residuals = this.#residuals, { velocity, pressure } = this.#flow;
    const { isPressureFree, freeMotions } = this.#linear!;
    return {
      velocity,
      pressure,
      iterations: this.#linearSteps,
      residual: residuals[residuals.length - 1],
      isPressureFree,
      freeMotions,
      nonlinear: { methods: this.#methods, residuals },
    };
  }

  #wantsNewton(taken: number): boolean {
    const { method, picardSteps } = this.#limits;
    if (method === "picard" || this.#hasStalled) return false;
    return taken >= picardSteps || this.#residuals[taken - 1] < nearEnough;
  }

  /** The equations at the iterate: with the viscosity as it is, or with its derivatives. */
  #linearise(law: LawValues, isNewton: boolean): Linearised {
    const { context: { frame, pressure }, blocks: blocksFor, owned, loads } = this.#problem;
    const blocks = blocksFor(law.viscosity);
    const { elasticRate } = this.#problem.context;
    let all = withElasticLoads(loads, frame, law.viscosity, elasticRate);
    let tangent: StokesTangent | undefined;
    if (isNewton) {
      const slopes = frame.agreed(() =>
        lawSlopesAt(this.#problem.context, this.#points, law, this.#flow)
      );
      tangent = this.#tangent(blocks, law, slopes);
      const known = this.#tangentOf(blocks, tangent);
      all = { ...all, forces: withoutRows(all.forces, known.map((value) => -value)) };
    }
    const system = (frames: BoundaryFrames) => makeSystem(blocks, frames, owned, tangent);
    const flow = new LinearFlow(frame, pressure, system, all);
    return { flow, blocks, isNewton };
  }

  #tangent(blocks: StokesBlocks, law: LawValues, slopes: LawSlopes): StokesTangent {
    const { geometry, velocity, pressure, reference } = blocks.inputs;
    const { rates, invariants, viscosity } = law, { byRate, byPressure } = slopes;
    // Along the strain rate the tangent has viscosity + edot d viscosity / d edot: it has to stay positive.
    const factors = byRate?.map((slope, i) =>
      Math.max(slope, -(1 - kept) * viscosity[i] / invariants[i]) / invariants[i]
    );
    return {
      a: factors === undefined
        ? blocks.a
        : withRateTangent(blocks.a, geometry, velocity, reference, rates, factors),
      coupling: byPressure === null ? null : pressureTangent(
        geometry,
        velocity,
        pressure,
        reference,
        rates,
        byPressure.map((slope) => 2 * slope),
      ),
    };
  }

  /** What the tangent makes of the iterate, beyond the viscous block: it is known, and goes to the right. */
  #tangentOf(blocks: StokesBlocks, { a, coupling }: StokesTangent): Float64Array {
    const { velocity, pressure } = this.#flow, out = new Float64Array(velocity.length);
    if (a !== blocks.a) {
      const plain = new Float64Array(out.length);
      a.multiply(velocity, out);
      blocks.a.multiply(velocity, plain);
      for (let i = 0; i < out.length; i++) out[i] -= plain[i];
    }
    if (coupling !== null) addTransposed(coupling, pressure, out);
    return out;
  }

  #residualOf(flow: LinearFlow): { relative: number; x: Float64Array } {
    const x = flow.unknowns(this.#flow.velocity, this.#flow.pressure), { size } = flow;
    const norm = flow.residualAt(x);
    return { relative: size > 0 ? norm / size : norm === 0 ? 0 : Infinity, x };
  }

  /** Whether the present velocity has the prescribed values already, to rounding. Collective. */
  #holdsConditions({ frames }: LinearFlow): boolean {
    const { frame } = this.#problem.context, u = this.#flow.velocity.slice();
    toLocal(frames, frame.components, u);
    let apart = 0, size = 0;
    for (let i = 0; i < u.length; i++) {
      if (frames.held[i] === 0) continue;
      apart = Math.max(apart, Math.abs(u[i] - frames.values[i]));
      size = Math.max(size, Math.abs(frames.values[i]));
    }
    return frame.largest(apart) <= 1e-12 * frame.largest(size);
  }

  /** How far the next linear solve reduces the residual. */
  #forcing(): number {
    const residuals = this.#residuals, n = residuals.length;
    const { tightest, loosest } = forcing;
    if (n < 2) return loosest;
    const ratio = residuals[n - 1] / residuals[n - 2];
    return Math.min(loosest, Math.max(tightest, 0.9 * ratio * ratio));
  }

  /** Goes as far along the step as the residual falls. Collective. */
  #search({ flow, blocks }: Linearised, target: FlowIterate, before: number): void {
    const { velocity: u, pressure: p } = this.#flow;
    const between = (from: Float64Array, to: Float64Array, share: number) =>
      share === 1 ? to : from.map((value, i) => value + share * (to[i] - value));
    for (let k = 0, share = 1; k <= halvings; k++, share /= 2) {
      const trial = {
        velocity: between(u, target.velocity, share),
        pressure: between(p, target.pressure, share),
      };
      const law = this.#lawAt(trial);
      if (this.#worst(law) >= 0) continue;
      if (
        !(flow.normOf(this.#imbalance(blocks, flow, law, trial)) <= (1 - content * share) * before)
      ) {
        continue;
      }
      this.#flow = trial;
      return;
    }
    this.#hasStalled = true;
  }

  /** What is left of the equations at an iterate, own rows in the frames of the nodes. */
  #imbalance(
    { viscous, a, b, c, inputs }: StokesBlocks,
    { frames }: LinearFlow,
    { rates, viscosity }: LawValues,
    { velocity, pressure }: FlowIterate,
  ): Float64Array {
    const { context: { frame }, owned, loads } = this.#problem, { components: dim } = frame;
    const momentum = new Float64Array(velocity.length), width = rates.length / viscosity.length;
    const stress = rates.map((rate, i) => 2 * viscosity[Math.floor(i / width)] * rate);
    addStressLoads(momentum, frame.geometry, frame.map, inputs.reference, stress);
    addTransposed(b, pressure, momentum);
    if (a !== viscous) {
      const all = new Float64Array(momentum.length), plain = new Float64Array(momentum.length);
      a.multiply(velocity, all);
      viscous.multiply(velocity, plain);
      for (let i = 0; i < momentum.length; i++) momentum[i] += all[i] - plain[i];
    }
    for (let i = 0; i < momentum.length; i++) {
      momentum[i] -= loads.forces[i % dim][Math.floor(i / dim)];
    }
    toLocal(frames, dim, momentum);
    const mass = new Float64Array(b.rows),
      out = new Float64Array(owned.velocities + owned.pressures);
    b.multiply(velocity, mass);
    for (let i = 0; i < mass.length; i++) mass[i] += loads.sources[i];
    if (c !== null) {
      const damped = new Float64Array(b.rows);
      c.multiply(pressure, damped);
      for (let i = 0; i < mass.length; i++) mass[i] -= damped[i];
    }
    for (let i = 0; i < owned.velocities; i++) if (frames.held[i] === 0) out[i] = momentum[i];
    out.set(mass.subarray(0, owned.pressures), owned.velocities);
    return out;
  }

  #lawAt(flow: FlowIterate): LawValues {
    const { context } = this.#problem;
    return context.frame.agreed(() => lawAt(context, this.#points, flow));
  }

  /** Where a viscosity is not positive and finite, on any rank: a point of this one, or Infinity; -1 for nowhere. */
  #worst({ viscosity }: LawValues): number {
    const here = viscosity.findIndex((value) => !(value > 0 && value < Infinity));
    if (this.#problem.context.frame.largest(here < 0 ? 0 : 1) === 0) return -1;
    return here < 0 ? Infinity : here;
  }

  #requirePositive(law: LawValues): void {
    const { context: { frame } } = this.#problem, at = this.#worst(law);
    if (at < 0) return;
    frame.agreed(() => {
      if (at < Infinity) throw notPositive(frame, this.#points, law, at);
    });
  }

  #giveUp(): never {
    const residuals = this.#residuals, { what } = this.#problem.context.frame;
    throw new ConvergenceError(
      `${what} did not converge: after ${this.#methods.length} steps (${
        this.#methods.filter((method) => method === "newton").length
      } of Newton's method) the relative residual is ${
        residuals[residuals.length - 1].toExponential(2)
      }, and ${this.#limits.tolerance} is asked for. Try a smaller dt, limit the viscosity, or allow more ` +
        `steps by nonlinear: { maxSteps }`,
      [...residuals],
    );
  }
}

/** `out += B^T p`. */
function addTransposed(
  { rows, rowStarts, columns, values }: CsrMatrix,
  p: Float64Array,
  out: Float64Array,
): void {
  for (let i = 0; i < rows; i++) {
    for (let k = rowStarts[i]; k < rowStarts[i + 1]; k++) out[columns[k]] += values[k] * p[i];
  }
}
