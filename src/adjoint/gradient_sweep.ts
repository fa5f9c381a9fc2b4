/**
 * One run of `gradient`, forwards and backwards.
 *
 * @module
 */
import { watchSolves } from "../equation/solve_watch.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import type { Model } from "../model/model.ts";
import { requireModel } from "../run/call_checks.ts";
import { Adjoints, type Wanted } from "./adjoints.ts";
import {
  checkGradient,
  type Gradient,
  type GradientOptions,
  type GradientPlan,
} from "./gradient_options.ts";
import { oneSweep } from "./one_sweep.ts";
import { reverseSweep } from "./reverse_sweep.ts";
import { gradientField } from "./riesz.ts";
import { reverseSolve } from "./solve_adjoint.ts";
import { putBack, StepAudit } from "./step_audit.ts";
import { StepPrints } from "./step_prints.ts";

/** Memory for states where none is given. */
const standardMemory = { bytes: 2 ** 30 };

/** What `gradient` does. */
export async function aloneGradient(model: Model, options: GradientOptions): Promise<Gradient> {
  requireModel("gradient", model);
  return await oneSweep(model, "gradient", () => sweepGradient(model, options));
}

/** The same as a part of another sweep. */
export async function sweepGradient(model: Model, options: GradientOptions): Promise<Gradient> {
  const plan = checkGradient(model, options);
  return await new GradientSweep(model, plan).run();
}

/** One call of `gradient`. */
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
    const report = await reverseSweep(this.#model, {
      steps,
      memory,
      step: (k) => this.#forward(k),
      visit: (k) => this.#visit(k),
      ...(disk && { disk }),
      ...(onSchedule && { onSchedule }),
      ...(progress && { progress }),
    });
    if (report.steps === 0) {
      throw new RangeError(
        "gradient: steps() was false before the first step, so there is no run to differentiate",
      );
    }
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
