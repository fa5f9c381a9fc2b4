/**
 * The Crank-Nicolson scheme along the paths of the material.
 *
 * @module
 */
import { SemiLagrangianDDt } from "../ddt/semi_lagrangian_ddt.ts";
import type { MeshMotion } from "../mesh/mesh_motion.ts";
import { MeshVariable } from "../mesh/mesh_variable.ts";
import type { VectorFunction } from "../mesh/points.ts";
import type { Conditions, Constraints } from "./conditions.ts";
import { FieldFrame, prescribedEnd } from "./field_frame.ts";
import { type FieldSolution, solveField } from "./field_system.ts";
import { massProduct } from "./step_fluxes.ts";
import type { StepResult } from "./time_step.ts";
import { ownHistoryName, type TransportScheme, type TransportStep } from "./transport_scheme.ts";

/**
 * `(u - u*) / dt = (R + R*) / 2` with `R = div(k grad u) + f`, u* and R* being the values at the departure
 * point. R is projected onto a field of the kind of u and carried along by the history.
 *
 * Where u is constrained the equation does not determine R: there it is `(u - u*) / dt`, of first order on
 * one row of cells, which leaves u of second order.
 *
 * Source: A. Staniforth, J. Cote, Mon. Weather Rev. 119 (1991) 2206-2223, section 4,
 * DOI 10.1175/1520-0493(1991)119<2206:SLISFA>2.0.CO;2.
 *
 * State: captured, the rate by the mesh, `started` by the solver, the rest by the history.
 */
export class CrankNicolson implements TransportScheme {
  readonly name = "crank-nicolson";
  readonly order = 2;
  readonly history: SemiLagrangianDDt;
  /** Holds the rate. */
  readonly rate: MeshVariable;
  /** Whether the rate at the beginning of the next step is known. */
  started = false;

  /** Makes the variable `{u}_{owner}_rate` and the history `{owner}_history`. */
  constructor(
    u: MeshVariable,
    owner: string,
    velocity: MeshVariable | VectorFunction,
    motion?: MeshMotion,
  ) {
    const { mesh, components, degree, continuous, transfer } = u;
    this.rate = new MeshVariable(mesh, rateNameOf(u, owner), {
      components,
      degree,
      continuous,
      transfer,
    });
    const name = ownHistoryName(owner);
    const options = { velocity, name, forcingHistory: this.rate };
    this.history = new SemiLagrangianDDt(
      u,
      motion === undefined ? options : { ...options, motion },
    );
  }

  /** Takes one step. */
  step(step: TransportStep): StepResult {
    const { frame, t, dt, accept } = step;
    if (!this.started) {
      const change = constrainedChange(frame, dt);
      this.rate.data.set(this.#rates({ ...step, frame: frame.at(t) }, frame.start, change));
    }
    this.history.updatePreSolveTo(dt, prescribedEnd(frame));
    const solution = this.#solve(step);
    // With one past level the known part of the derivative is -u* / dt.
    const change = this.history.historyTerms().map((h, i) => solution.values[i] / dt + h);
    const rates = this.#rates(step, solution.values, change);
    const result = accept({ ...solution, reactions: this.#reactions(step, solution, change) });
    this.rate.data.set(rates);
    this.history.updatePostSolve(dt);
    this.started = true;
    return { ...result, dt, order: 2, reduced: null };
  }

  /** `(M + dt/2 K) u = M (u* + dt/2 R*) + dt/2 F`. */
  #solve({ frame, dt, coefficients, limits }: TransportStep): FieldSolution {
    const { history } = this.history.relax(Infinity);
    const right = frame.loads(coefficients.source).map((load) => load.map((f) => f * dt / 2));
    frame.addMassProduct(right, history);
    const diffusivity = frame.diffusivity(coefficients.diffusivity);
    const scales = { massScale: 1, stiffnessScale: dt / 2, diffusivity };
    return solveField(frame, scales, right, limits);
  }

  /**
   * `M w + K u - F` at the end of the step, from the residuals of the equation of half a step, in which
   * `w = 2 (u - u*) / dt - R*`. Where u is constrained both are rates in the middle of a step, and are
   * extrapolated to its end.
   */
  #reactions(
    { frame, dt }: TransportStep,
    { reactions, values }: FieldSolution,
    change: Float64Array,
  ): Float64Array {
    const { components } = frame, [, before = dt] = this.history.stepSizes;
    const { forcing } = this.history.carriedLevels;
    const excess = new Float64Array(values.length);
    for (let a = 0; a < components; a++) {
      const { constrained } = frame.conditions.constraints(a, frame);
      for (let i = a, dof = 0; i < excess.length; i += components, dof++) {
        if (constrained[dof] === 1) excess[i] = (change[i] - forcing![i]) * before / (dt + before);
      }
    }
    const product = massProduct(frame, excess);
    return reactions.map((rest, i) => 2 * rest / dt - product[i]);
  }

  /** `M R = F - K u` where u is free; `change` where it is constrained. */
  #rates(
    { frame, coefficients: { diffusivity, source }, limits }: TransportStep,
    values: Float64Array,
    change: Float64Array,
  ): Float64Array {
    const right = frame.loads(source);
    frame.subtractStiffnessProduct(right, frame.diffusivity(diffusivity), values);
    const conditions: Conditions = {
      list: [],
      constraints: (component): Constraints => ({
        constrained: frame.conditions.constraints(component, frame).constrained,
        values: frame.column(change, component),
      }),
      robin: () => [],
      addLoads: () => {},
    };
    const rates = new FieldFrame(this.rate, conditions, frame.cache, frame.t, this.rate.name);
    const scales = { massScale: 1, stiffnessScale: 0, diffusivity: 0 };
    return solveField(rates, scales, right, limits).values;
  }
}

/** The name of the variable that holds the rate of `u`. */
export function rateNameOf(u: MeshVariable, owner: string): string {
  return `${u.name}_${owner}_rate`;
}

/** How fast constrained values change at their places; 0 elsewhere. */
function constrainedChange(frame: FieldFrame, dt: number): Float64Array {
  const { components, start } = frame;
  const out = new Float64Array(start.length);
  for (let a = 0; a < components; a++) {
    const { constrained, values } = frame.conditions.constraints(a, frame);
    for (let i = 0; i < constrained.length; i++) {
      const at = i * components + a;
      if (constrained[i] === 1) out[at] = (values[i] - start[at]) / dt;
    }
  }
  return out;
}
