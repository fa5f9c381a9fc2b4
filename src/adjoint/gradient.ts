/**
 * The gradient of a run.
 *
 * @module
 */
import { watchSolves } from "../equation/solve_watch.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Model } from "../model/model.ts";
import { Adjoints, type Wanted } from "./adjoints.ts";
import {
  checkGradient,
  type Control,
  type Gradient,
  type GradientOptions,
  type GradientPlan,
} from "./gradient_options.ts";
import { reverse } from "./reverse.ts";
import { gradientField } from "./riesz.ts";
import { reverseSolve } from "./solve_adjoint.ts";
import { putBack, StepAudit } from "./step_audit.ts";
import { StepPrints } from "./step_prints.ts";

/** Memory for states where none is given. */
const standardMemory = { bytes: 2 ** 30 };

/**
 * The gradient of a number that a run ends with, by initial fields, sources, coefficients, boundary values and
 * parameters, in one run backwards however many controls there are.
 *
 * It is the gradient of the discrete run, exact but for the tolerances of the solves: for every solve of an `Equation`,
 * `R(u, past, m) = 0`, the adjoint `lambda` solves `(dR/du)^T lambda = -dJ/du`, and `dJ/dm` and `dJ/d(past)` grow by
 * `lambda . dR/dm` and `lambda . dR/d(past)`. Schemes (backward differences of order 1 to 3, theta), steps of any sizes, several
 * equations, linear and nonlinear ones are all the same to it. States come from {@link reverse}, so that memory
 * is bounded.
 *
 * The objective is a formula of `integral(f)`, `integral(f, "boundary")` and `at(f, [x, y])`, where f is any formula of
 * variables of the mesh and of their gradients: `"integral((T - seen)^2) + 1e-3 * integral(dot(grad(m), grad(m)))"`.
 * It is taken at the end, or at times at which steps end.
 *
 * A step consists of solves of `Equation`. The sizes of steps, and what is in the tracker, are constants. Whatever
 * else a step changes is refused by name: a field by another solver or by `set`, particles, parameters, random
 * numbers; so are Dirichlet values that are functions, `frozen(...)`, and problems that are decided up to a constant.
 * A step that does something else when it is taken again (`Math.random`, a clock) is found out.
 *
 * In the end the model is in the state in which it began; gradients by variables are in variables `${name}_gradient`,
 * `[dofCount x components]`. Collective.
 *
 * Source: A. Griewank, A. Walther, Evaluating Derivatives, 2nd ed., SIAM 2008, DOI 10.1137/1.9780898717761.
 *
 * @param model The model, in the state before the first step.
 * @param options The run, the objective and the controls.
 * @returns The objective, and the gradient by each control.
 * @throws {TypeError} when an option does not exist or is of a wrong type, or a Dirichlet value is a function.
 * @throws {RangeError} when a formula cannot be read, a number is out of range, a step changes something by other
 *   means than the solve of an `Equation`, or no step ends at a time of the objective.
 * @throws {ConvergenceError} when a solve or its adjoint does not converge.
 * @throws {ReplayError} when a step does not give the same when it is taken again.
 * @throws {Error} what `step` throws.
 *
 * @example
 * ```ts
 * import { boxMesh, Equation, gradient, MeshVariable, Model } from "@timestash/timestash";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = new Model();
 * const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] });
 * const T = new MeshVariable(mesh, "T");
 * T.set((x) => x);
 * model.parameters.define("decay", 2);
 * const heat = new Equation(T, { test: "v", weak: "dt(T) * v + decay * T * v" });
 * const { value, gradients: [byStart, byDecay] } = await gradient(model, {
 *   steps: 10,
 *   step: () => model.tracker.time += heat.solve({ dt: 0.1 }).dt,
 *   objective: "integral(T)",
 *   controls: [T, "decay"],
 * });
 * assertAlmostEquals(value, 0.5 * 1.2 ** -10, 1e-8);
 * assertAlmostEquals(byStart.max(), 1.2 ** -10, 1e-8); // everywhere
 * assertAlmostEquals(byDecay, -0.5 * 1.2 ** -11, 1e-8);
 * ```
 */
export async function gradient<const C extends readonly Control[]>(
  model: Model,
  options: GradientOptions<C>,
): Promise<Gradient<C>> {
  const plan = checkGradient(model, options);
  return await new GradientSweep(model, plan).run() as Gradient<C>;
}

/** One call of {@link gradient}. */
class GradientSweep {
  readonly #model: Model;
  readonly #plan: GradientPlan;
  readonly #adjoints = new Adjoints();
  readonly #prints: StepPrints;
  /** Controls, and unknowns with their earlier values as solves show them. */
  readonly #wanted: Wanted & { readonly variables: Set<MeshVariable> };
  /** Which times were met, by objective. */
  readonly #met: readonly Set<number>[];
  #isAtEnd = true;
  #isFirstStep = true;
  #value = 0;

  constructor(model: Model, plan: GradientPlan) {
    this.#model = model;
    this.#plan = plan;
    const { variables, parameters } = plan;
    this.#wanted = { variables: new Set(variables), parameters };
    this.#met = plan.objectives.map(() => new Set());
    this.#prints = new StepPrints(model.comm, this.#wanted.variables);
  }

  async run(): Promise<Gradient> {
    const { options, parameters, riesz } = this.#plan;
    const { steps, memory = standardMemory, disk, onSchedule, progress } = options;
    const report = await reverse(this.#model, {
      steps,
      memory,
      step: (k) => this.#forward(k),
      visit: (k) => this.#visit(k),
      ...(disk && { disk }),
      ...(onSchedule && { onSchedule }),
      ...(progress && { progress }),
    });
    this.#requireTimes();
    const sums = Float64Array.from(parameters, (name) => this.#adjoints.parameter(name));
    const byParameter = sums.length === 0 ? sums : this.#model.comm.allreduce(sums);
    const gradients = options.controls.map((control) =>
      typeof control === "string"
        ? byParameter[parameters.indexOf(control)]
        : gradientField(control, this.#adjoints.of(control), riesz)
    );
    return { value: this.#value, gradients, riesz, report };
  }

  /** A step on the way to a state; the first one is looked at closely, so that what is refused is so early. */
  async #forward(k: number): Promise<void> {
    if (k === 0 && this.#isFirstStep) {
      this.#isFirstStep = false;
      await this.#audited(k);
    } else await this.#watched(k, this.#prints.begin(k));
  }

  async #watched(k: number, watcher: Parameters<typeof watchSolves>[1]): Promise<void> {
    watchSolves(this.#model, watcher);
    try {
      await this.#plan.options.step(k);
    } finally {
      watchSolves(this.#model, null);
    }
    this.#prints.end();
  }

  /** Takes a step with all that is needed to take it back. */
  async #audited(k: number): Promise<StepAudit> {
    const audit = new StepAudit(this.#model, k), print = this.#prints.begin(k);
    await audit.run(() =>
      this.#watched(k, {
        before: (equation) => {
          print.before(equation);
          audit.before(equation);
        },
        after: (solve) => {
          audit.after(solve);
          print.after(solve);
        },
      })
    );
    return audit;
  }

  /** In the state before step k. */
  async #visit(k: number): Promise<void> {
    const atStart = new Adjoints();
    if (k === 0) this.#look(atStart, false);
    const audit = await this.#audited(k);
    this.#look(this.#adjoints, this.#isAtEnd);
    this.#isAtEnd = false;
    for (const { solve, before } of audit.solves.toReversed()) {
      putBack(before);
      reverseSolve(solve, this.#adjoints, this.#wanted);
    }
    this.#adjoints.merge(atStart);
  }

  /** Adds what the objectives are in the state that the model has. */
  #look(adjoints: Adjoints, isAtEnd: boolean): void {
    const { time } = this.#model.tracker;
    this.#plan.objectives.forEach(({ objective, times }, k) => {
      if (times === null) {
        if (isAtEnd) this.#value += objective.evaluate(adjoints, this.#wanted);
        return;
      }
      times.forEach((wanted, j) => {
        if (Math.abs(wanted - time) > 1e-9 * Math.max(Math.abs(wanted), Math.abs(time))) return;
        if (this.#met[k].has(j)) {
          throw new RangeError(
            `gradient: more than one state has the time ${wanted} of the objective "${objective.text}"; does the ` +
              `step advance tracker.time?`,
          );
        }
        this.#met[k].add(j);
        this.#value += objective.evaluate(adjoints, this.#wanted);
      });
    });
  }

  #requireTimes(): void {
    this.#plan.objectives.forEach(({ objective: { text }, times }, k) => {
      const missed = times?.find((_, j) => !this.#met[k].has(j));
      if (missed === undefined) return;
      throw new RangeError(
        `gradient: no state has the time ${missed} of the objective "${text}"; a step has to end there, and to ` +
          `leave it in tracker.time`,
      );
    });
  }
}
