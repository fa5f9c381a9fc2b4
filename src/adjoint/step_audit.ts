/**
 * Looks at one step of a run: which equations it solves, and that nothing else changes.
 *
 * @module
 */
import { sameBytes } from "../arrays.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import { diffSnapshots } from "../archive/diff.ts";
import type { SolveWatcher, WatchedEquation, WatchedSolve } from "../equation/solve_watch.ts";
import { fieldOf, type MeshVariable } from "../mesh/mesh_variable.ts";
import type { Model } from "../model/model.ts";
import { reportingSuspects } from "../model/suspects.ts";
import { refuseFunctions } from "./condition_adjoint.ts";

/** The values of variables at one moment; null where one has none. The arrays are never written. */
export type FieldValues = ReadonlyMap<MeshVariable, Float64Array | null>;

/** A solve with the values that variables had when it began. */
export interface AuditedSolve {
  readonly solve: WatchedSolve;
  readonly before: FieldValues;
}

/** What a gradient cannot see through. */
const remedy =
  "a gradient sees through the solves of Equation alone. Set what is constant before the run, write " +
  "what changes in time as a formula of t, and leave out of the step what the objective does not need";

/** One step. What changes by anything but solves is refused by name. */
export class StepAudit implements SolveWatcher {
  /** The solves in order. */
  readonly solves: AuditedSolve[] = [];
  readonly #model: Model;
  readonly #what: string;
  readonly #solved = new Set<string>();
  #values: FieldValues;

  /** @param k The step that is about to be taken. */
  constructor(model: Model, k: number) {
    this.#model = model;
    this.#what = `gradient: step ${k}`;
    this.#values = valuesOfFields(model);
  }

  /**
   * @throws {TypeError} when a Dirichlet value is a function.
   * @throws {RangeError} when a variable was changed by anything but a solve.
   */
  before(equation: WatchedEquation): void {
    allOrNone(this.#model.comm, () => refuseFunctions(equation));
    this.#requireUnchanged();
  }

  /** @throws {RangeError} when a constant may be added to the solution. */
  after(solve: WatchedSolve): void {
    const { equation: { name, unknowns, levels }, frame } = solve;
    if (frame.isSingular) {
      throw new RangeError(
        `${this.#what}: ${name} decides its unknown up to a constant; gradients of such problems are not offered. ` +
          `Hold a value, or add a term that decides it`,
      );
    }
    this.solves.push({ solve, before: this.#values });
    this.#solved.add(name);
    const values = new Map(this.#values);
    for (const variable of [...unknowns, ...levels.flatMap((list) => list ?? [])]) {
      values.set(variable, fieldOf(variable).data?.slice() ?? null);
    }
    this.#values = values;
  }

  /**
   * Takes the step with this audit looking on.
   *
   * @throws {RangeError} when anything but tracker and solved equations is changed by it.
   */
  async run(step: () => unknown): Promise<void> {
    const suspects = new Set<string>();
    using before = this.#model.saveState();
    await reportingSuspects(suspects, async () => void await step());
    this.#requireUnchanged();
    using after = this.#model.saveState();
    const changes = diffSnapshots(before, after).filter(({ key }) => !this.#isSeen(key));
    allOrNone(this.#model.comm, () => {
      suspects.delete("Date.now");
      if (suspects.size > 0) {
        throw new RangeError(
          `${this.#what} uses ${[...suspects].join(" and ")}, which is not state: ${remedy}`,
        );
      }
      if (changes.length === 0) return;
      const list = changes.slice(0, 3).map(({ key, what }) => `${key} (${what})`).join(", ");
      throw new RangeError(`${this.#what} changes ${list}: ${remedy}`);
    });
  }

  /** The tracker is constant for derivatives; variables are looked at solve by solve. */
  #isSeen(key: string): boolean {
    if (key === "tracker" || key.startsWith("tracker/")) return true;
    if (/^meshes\/[^/]+\/variables\//.test(key)) return true;
    return [...this.#solved].some((name) => key.startsWith(`state/${name}/history/`));
  }

  #requireUnchanged(): void {
    allOrNone(this.#model.comm, () => this.#requireUnchangedHere());
  }

  #requireUnchangedHere(): void {
    const now = valuesNow(this.#model);
    for (const [variable, before] of this.#values) {
      const data = now.get(variable);
      const isSame = before === null || data === null || data === undefined
        ? (before ?? null) === (data ?? null)
        : sameBytes(before, data);
      if (isSame) continue;
      throw new RangeError(
        `${this.#what} changes variable '${variable.name}' by something that is not the solve of an Equation (another ` +
          `solver, set, transport): ${remedy}`,
      );
    }
  }
}

function valuesNow(model: Model): Map<MeshVariable, Float64Array | null> {
  const all = [...model.meshes.values()].flatMap((mesh) => [...mesh.variables.values()]);
  return new Map(all.map((variable) => [variable, fieldOf(variable).data]));
}

/** Copies of the values of all variables. */
export function valuesOfFields(model: Model): FieldValues {
  return new Map(
    [...valuesNow(model)].map(([variable, data]) => [variable, data?.slice() ?? null]),
  );
}

/** Gives variables the values of an earlier moment. */
export function putBack(values: FieldValues): void {
  for (const [variable, data] of values) {
    if (data !== null) variable.data.set(data);
    else if (variable.allocated) variable.data.fill(0);
  }
}
