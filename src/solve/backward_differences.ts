/**
 * Backward differences along the paths of the material.
 *
 * @module
 */
import { SemiLagrangianDDt } from "../ddt/semi_lagrangian_ddt.ts";
import type { MeshMotion } from "../mesh/mesh_motion.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import { prescribedEnd } from "./field_frame.ts";
import { type FieldSolution, solveField } from "./field_system.ts";
import { particleStep } from "./particle_step.ts";
import type { SolveResult } from "./solver_types.ts";
import { orderInForce, type StepResult } from "./time_step.ts";
import {
  type FieldTransportHistory,
  isOfParticles,
  type ParticleTransportHistory,
  type TransportHistory,
} from "./transport_history.ts";
import { ownHistoryName, type TransportScheme, type TransportStep } from "./transport_scheme.ts";

/**
 * `c_0 u + c_1 u*_1 + ... + c_k u*_k = div(k grad u) + f` at the new time, u*_j being the value of the same
 * material j steps ago. Where steps keep growing faster than BDF stays stable with, the order drops.
 *
 * Source: D. Xiu, G. E. Karniadakis, J. Comput. Phys. 172 (2001) 658-684, DOI 10.1006/jcph.2001.6847.
 */
export class BackwardDifferences implements TransportScheme {
  readonly name = "bdf";
  readonly order: number;
  readonly history: TransportHistory;

  /** Makes the history `{owner}_history` where none is given. */
  constructor(
    u: MeshVariable,
    owner: string,
    velocity: MeshVariable | VectorFunction,
    order: number,
    history?: TransportHistory,
    motion?: MeshMotion,
  ) {
    this.order = order;
    const options = { order, velocity, name: ownHistoryName(owner) };
    this.history = history ??
      new SemiLagrangianDDt(u, motion === undefined ? options : { ...options, motion });
  }

  /** Takes one step. */
  step(step: TransportStep): StepResult {
    const { history } = this, { dt } = step;
    if (history instanceof SemiLagrangianDDt) {
      history.updatePreSolveTo(dt, prescribedEnd(step.frame));
    } else history.updatePreSolve(dt);
    const { order, reduced } = orderInForce(this.order, history);
    const result = isOfParticles(history)
      ? onParticles(step, history, order)
      : step.accept(onField(step, history, order));
    history.updatePostSolve(dt);
    return { ...result, dt, order, reduced };
  }
}

/** `(c_0 M + K) u = F - M (c_1 u*_1 + c_2 u*_2 + ...)`. */
function onField(
  { frame, coefficients, limits }: TransportStep,
  history: FieldTransportHistory,
  order: number,
): FieldSolution {
  const terms = history.historyTerms(order);
  const right = frame.loads(coefficients.source);
  frame.addMassProduct(right, terms.map((value) => -value));
  const diffusivity = frame.diffusivity(coefficients.diffusivity);
  const massScale = history.leadingCoefficient(order);
  return solveField(frame, { massScale, stiffnessScale: 1, diffusivity }, right, limits);
}

/** The particles get what the solve changed. */
function onParticles(
  { frame, coefficients, limits, accept }: TransportStep,
  history: ParticleTransportHistory,
  order: number,
): SolveResult {
  const { solution, changes } = particleStep(frame, history, order, coefficients, limits);
  const { data } = history.variable;
  for (let i = 0; i < data.length; i++) data[i] += changes[i];
  return accept(solution);
}
