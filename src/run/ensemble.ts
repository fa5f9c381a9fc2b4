import { allOrNone } from "../comm/collective_errors.ts";
import { StateSchemaError } from "../errors.ts";
import type { Model } from "../model/model.ts";
import { RandomStream } from "../model/random_stream.ts";
import { cloneState } from "../snapshot/clone.ts";
import type { StateValue } from "../snapshot/contract.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { CheckpointLevel } from "./checkpoint_entry.ts";

/** How an {@link Ensemble} is made. */
export interface EnsembleOptions {
  /** How many members, or their names. */
  readonly members: number | readonly string[];
  /** The name of the bearer; `Ensemble_0` when left out. */
  readonly name?: string;
}

/** The member whose turn it is. */
export interface EnsembleMember {
  /** Its place, from 0. */
  readonly index: number;
  /** Its name; its place as text where members have none. */
  readonly name: string;
  /** True when it goes on in the middle, from a checkpoint; false at its start. */
  readonly resumed: boolean;
}

/** What an {@link Ensemble} saves. */
export interface EnsembleState {
  /** Always 1. */
  readonly schemaVersion: number;
  /** The names of all members: another list is another ensemble. */
  readonly members: readonly string[];
  /** The results of the finished members, in order. */
  readonly results: readonly StateValue[];
  /** Whether the next one is under way. */
  readonly begun: boolean;
}

/**
 * The same model run for one member after the other, each from the same start with random numbers of its
 * own. Finished members are kept with their results; a resumed run goes on with the first that is not:
 * in its middle from a checkpoint of level 2, at its start from one of level 0 or 1. With several ranks all run
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
  /** Known in every save, also in those that hold progress only. */
  readonly checkpointLevel: CheckpointLevel = 0;
  readonly #model: Model;
  readonly #members: readonly string[];
  readonly #initial: Snapshot;
  readonly #seed: number;
  #results: StateValue[] = [];
  #begun = false;

  /**
   * Registers the ensemble, and notes the model as it is now: where each member starts. Make it when the
   * model is built, before a run is resumed.
   *
   * @throws {TypeError} when a member's name is no text.
   * @throws {RangeError} when there is no member, or two have one name, or the bearer's name is taken.
   */
  constructor(model: Model, { members, name }: EnsembleOptions) {
    this.#model = model;
    this.#members = namesOf(members);
    this.#seed = model.random.seed;
    this.name = model.adopt("bearer", this, "Ensemble", name);
    this.#initial = model.saveState();
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
   * Runs all members that are not finished. The result of `work` must be a value that state can hold.
   *
   * @param checkpoints of the same model; `work` calls their `afterStep`.
   * @param work runs one member to its end. It begins where the model stands: at the start, or in the
   *   middle after a resume.
   * @returns the results of all members, in order.
   * @throws {TypeError} when `checkpoints` are another model's.
   * @throws {SnapshotSerializationError} when a result cannot be saved.
   * @throws {Error} what `work` throws.
   */
  async run<R extends StateValue>(
    checkpoints: Checkpoints,
    work: (member: EnsembleMember) => R | Promise<R>,
  ): Promise<R[]> {
    if (checkpoints.model !== this.#model) {
      throw new TypeError("ensemble.run takes the Checkpoints of the ensemble's own model");
    }
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

  /** Who is finished, and whether the next one is under way. */
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
      state.schemaVersion === 1 && `${state.members}` === `${this.#members}` &&
      Array.isArray(state.results) && typeof state.begun === "boolean"
    ) return;
    throw new StateSchemaError(
      this.name,
      `${this.name}: the state is of an ensemble of ${state.members?.length} members ` +
        `(${state.members}), this one has ${this.#members.length} (${this.#members})`,
    );
  }

  /** After a restore of progress only: the member that was under way starts anew. */
  restartItem(): void {
    this.#begun = false;
  }

  /** Puts the model to the start, with the member's own random numbers. */
  #start(index: number): void {
    const results = this.#results;
    this.#model.loadState(this.#initial);
    this.#results = results;
    this.#begun = true;
    this.#model.random.state = new RandomStream(seedOf(this.#seed, index)).state;
  }
}

function namesOf(members: number | readonly string[]): readonly string[] {
  const names = typeof members === "number"
    ? Array.from({ length: members }, (_, index) => String(index))
    : [...members];
  for (const name of names) {
    if (typeof name !== "string" || name === "") {
      throw new TypeError("an ensemble's members are a number, or names that are not empty");
    }
  }
  if (names.length > 0 && new Set(names).size === names.length) return names;
  throw new RangeError(
    names.length === 0
      ? `an ensemble has at least one member, got ${members}`
      : `the members ${names} are not all of different names`,
  );
}

/** A seed of its own for each member: drawn from a stream of the ensemble's seed, at the member's id. */
function seedOf(seed: number, index: number): number {
  return new RandomStream(seed).keyed(index).int(0, Number.MAX_SAFE_INTEGER);
}
