import { allOrNone } from "../comm/collective_errors.ts";
import { ModelBusyError, StateSchemaError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { RandomStream } from "../model/random_stream.ts";
import { describe, type OptionNames, requireOptions } from "../options.ts";
import { requireFunction, requireModel } from "./call_checks.ts";
import { cloneState } from "../snapshot/clone.ts";
import type { StateValue } from "../snapshot/contract.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { CheckpointLevel } from "./checkpoint_entry.ts";
import { fixFields } from "../fixed_fields.ts";

/** Options of an {@link Ensemble}. */
export interface EnsembleOptions {
  /** The number of members, or their names. */
  readonly members: number | readonly string[];
  /** The name of the bearer; defaults to `Ensemble_0`. */
  readonly name?: string;
}

const ensembleOptionNames: OptionNames<EnsembleOptions> = { members: true, name: true };

/** The current member of an ensemble. */
export interface EnsembleMember {
  /** Its index, from 0. */
  readonly index: number;
  /** Its name; by default its index as text. */
  readonly name: string;
  /** Whether it continues from a checkpoint in its middle. */
  readonly resumed: boolean;
}

/** The state of an {@link Ensemble}. */
export interface EnsembleState {
  /** Always 1. */
  readonly schemaVersion: number;
  /** The names of all members; with another list it is another ensemble. */
  readonly members: readonly string[];
  /** The results of the finished members, in order. */
  readonly results: readonly StateValue[];
  /** Whether the next member has begun. */
  readonly begun: boolean;
}

/**
 * Runs the same model for one member after another, each from the same start with its own random numbers.
 * Finished members are kept with their results. A resumed run continues with the first unfinished member: in
 * its middle from a checkpoint of level 2, at its start from one of level 0 or 1. With several ranks, all run
 * each member together, and its result is the same on all of them.
 *
 * @example
 * ```ts
 * import { Checkpoints, Ensemble, Model, resumeOrStart } from "@timestash/timestash";
 *
 * const folder = Deno.makeTempDirSync();
 * const model = new Model({ name: "walks", seed: 3 });
 * model.tracker.x = 0;
 * const ensemble = new Ensemble(model, { members: 4 });
 * const checkpoints = new Checkpoints(model, folder, { every: { steps: 50 } });
 * await resumeOrStart(model, checkpoints);
 * const ends = await ensemble.run(checkpoints, async () => {
 *   while (model.tracker.step < 100) {
 *     model.tracker.x += model.random.normal();
 *     model.tracker.step++;
 *     await checkpoints.afterStep();
 *   }
 *   return model.tracker.x;
 * });
 * console.log(ends.length); // 4
 * await checkpoints.complete();
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export class Ensemble {
  /** The name under which the model keeps it. */
  readonly name: string;
  /** It is part of every save, also of those that hold the least. */
  readonly checkpointLevel: CheckpointLevel = 0;
  readonly #model: Model;
  readonly #members: readonly string[];
  readonly #initial: Snapshot;
  readonly #seed: number;
  #results: StateValue[] = [];
  #begun = false;
  /** Two runs at once would take turns in one model. It is a place in the script, not state. */
  #isRunning = false;

  /**
   * Registers the ensemble, and saves the model as it is now, which is where each member starts. Make it when
   * the model is built, before a run is resumed.
   *
   * @throws {TypeError} when a member's name is not a text.
   * @throws {RangeError} when the list is empty, two members have one name, or the bearer's name is taken.
   */
  constructor(model: Model, options: EnsembleOptions) {
    requireModel("new Ensemble", model);
    requireOptions("new Ensemble", options, ensembleOptionNames);
    const { members, name } = options;
    this.#model = model;
    this.#members = namesOf(members);
    this.#seed = model.random.seed;
    this.name = model.adopt("bearer", this, "Ensemble", name);
    this.#initial = model.saveState();
    fixFields(this, new.target, Ensemble);
  }

  /** The names of all members. */
  get members(): readonly string[] {
    return this.#members;
  }

  /** The results of the finished members, in order. */
  get results(): readonly StateValue[] {
    return this.#results;
  }

  /**
   * Runs all unfinished members. The result of `work` must be a value that state can hold.
   *
   * @param checkpoints of the same model; `work` calls their `afterStep`.
   * @param work runs one member to its end. It begins with the model as it is: at the start, or in the middle
   *   after a resume.
   * @returns the results of all members, in order.
   * @throws {TypeError} when `checkpoints` are another model's.
   * @throws {RangeError} when the ensemble was unregistered.
   * @throws {ModelBusyError} when it runs already.
   * @throws {SnapshotSerializationError} when a result cannot be saved.
   * @throws {Error} what `work` throws.
   */
  async run<R extends StateValue>(
    checkpoints: Checkpoints,
    work: (member: EnsembleMember) => R | Promise<R>,
  ): Promise<R[]> {
    requireFunction("ensemble.run: work", work);
    if (checkpoints?.model !== this.#model) {
      throw new TypeError("ensemble.run takes the Checkpoints of the ensemble's own model");
    }
    this.#model.requireMember("ensemble.run", this);
    if (this.#isRunning) throw new ModelBusyError("ensemble.run", "ensemble.run");
    this.#isRunning = true;
    try {
      return await this.#runMembers(checkpoints, work);
    } finally {
      this.#isRunning = false;
    }
  }

  async #runMembers<R extends StateValue>(
    checkpoints: Checkpoints,
    work: (member: EnsembleMember) => R | Promise<R>,
  ): Promise<R[]> {
    while (this.#results.length < this.#members.length) {
      const index = this.#results.length, name = this.#members[index];
      const resumed = this.#begun;
      if (!resumed) this.#start(index);
      checkpoints.item = name;
      const result = await work({ index, name, resumed });
      const path = `${this.name}.results.${index}`;
      const own = allOrNone(this.#model.comm, () => cloneState(result, path));
      this.#results = [...this.#results, own];
      this.#begun = false;
      checkpoints.item = null;
      await checkpoints.afterItem();
    }
    return this.#results as R[];
  }

  /** The finished members, and whether the next one has begun. */
  get state(): EnsembleState {
    const { length } = this.#results;
    return {
      schemaVersion: 1,
      members: [...this.#members],
      results: this.#results.slice(0, length),
      begun: this.#begun,
    };
  }

  set state(state: EnsembleState) {
    this.checkState(state);
    this.#results = [...state.results];
    this.#begun = state.begun;
  }

  /**
   * Refuses what the setter would.
   *
   * @throws {StateSchemaError} when the state is of another schema version, or of other members.
   */
  checkState(state: EnsembleState): void {
    if (
      state?.schemaVersion === 1 && `${state.members}` === `${this.#members}` &&
      Array.isArray(state.results) && typeof state.begun === "boolean"
    ) return;
    throw new StateSchemaError(
      this.name,
      `${this.name}: the state belongs to an ensemble of ${state?.members?.length} members ` +
        `(${state?.members}), but this one has ${this.#members.length} (${this.#members})`,
    );
  }

  /** Restarts the unfinished member after a restore of less than everything. */
  restartItem(): void {
    this.#begun = false;
  }

  /** Puts the model back to the start, with the member's own random numbers. */
  #start(index: number): void {
    const results = this.#results;
    this.#model.loadState(this.#initial);
    this.#results = results;
    this.#begun = true;
    this.#model.random.state = new RandomStream(seedOf(this.#seed, index)).state;
  }
}

/** Every snapshot names them all. */
const MOST_MEMBERS = 1e6;

function namesOf(members: number | readonly string[]): readonly string[] {
  if (typeof members === "number" && !(Number.isSafeInteger(members) && members >= 0)) {
    throw new RangeError(`ensemble: the number of members must be a whole number, got ${members}`);
  }
  if (typeof members === "number" && members > MOST_MEMBERS) {
    throw new RangeError(`ensemble: there are at most ${MOST_MEMBERS} members, got ${members}`);
  }
  if (typeof members !== "number" && !Array.isArray(members)) {
    throw new TypeError(
      `ensemble: members must be a number, or a list of names, got ${describe(members)}`,
    );
  }
  const names = typeof members === "number"
    ? Array.from({ length: members }, (_, index) => String(index))
    : [...members];
  for (const name of names) {
    if (typeof name !== "string" || name === "") {
      throw new TypeError(
        "ensemble: members must be a number, or a list of names that are not empty",
      );
    }
  }
  if (names.length > 0 && new Set(names).size === names.length) return names;
  throw new RangeError(
    names.length === 0
      ? `ensemble: there must be at least one member, got ${members}`
      : `ensemble: the names of members must differ, got ${names}`,
  );
}

/** The seed of a member, drawn from a stream with the ensemble's seed at the member's index. */
function seedOf(seed: number, index: number): number {
  return new RandomStream(seed).keyed(index).int(0, Number.MAX_SAFE_INTEGER);
}
