/**
 * Fingerprints of steps: one that is taken again has to give the same.
 *
 * @module
 */
import { bytesOf } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import type { SolveWatcher, WatchedEquation, WatchedSolve } from "../equation/solve_watch.ts";
import { ReplayError } from "../errors.ts";
import type { MeshVariable } from "../mesh/mesh_variable.ts";
import { hexOf, newXxh64, updateWith } from "../xxh64.ts";

/** The solves of all steps of a run, and the variables that they solve for. */
export class StepPrints {
  readonly #comm: Comm;
  readonly #variables: Set<MeshVariable>;
  readonly #known = new Map<number, string>();
  #step = 0;
  #solves: string[] = [];

  /** @param variables Takes the unknowns that are solved for, and where their earlier values are. */
  constructor(comm: Comm, variables: Set<MeshVariable>) {
    this.#comm = comm;
    this.#variables = variables;
  }

  /** A step begins; the result looks on. */
  begin(step: number): SolveWatcher {
    this.#step = step;
    this.#solves = [];
    return {
      before: ({ unknowns, levels }: WatchedEquation) => {
        for (const one of [...unknowns, ...levels.flatMap((list) => list ?? [])]) {
          this.#variables.add(one);
        }
      },
      after: ({ equation: { name }, x, rates }: WatchedSolve) => {
        const hash = newXxh64();
        updateWith(hash, bytesOf(x));
        this.#solves.push(`${name} ${rates?.end} ${hexOf(hash.digest())}`);
      },
    };
  }

  /**
   * The step ended.
   *
   * @throws {ReplayError} when it solved something else before. Collective.
   */
  end(): void {
    const step = this.#step, solves = this.#solves.join("; ");
    const before = this.#known.get(step);
    this.#known.set(step, solves);
    allOrNone(this.#comm, () => {
      if (before === undefined || before === solves) return;
      throw new ReplayError(
        `gradient: step ${step} did not solve the same when it was taken again from the same state, so it depends on ` +
          `something that is not state; verifyReplay(model, step) finds out on what`,
        "",
        [],
      );
    });
  }
}
