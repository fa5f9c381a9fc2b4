import { checkOptions } from "../options.ts";
import type { Comm } from "../comm/comm.ts";
import { SelfComm } from "../comm/self.ts";
import { displayAs, printAs } from "../display.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { MemberKind, ModelHost } from "../mesh/model_host.ts";
import type { SnapshotPayload, Snapshottable } from "../snapshot/contract.ts";
import { readSnapshot } from "../archive/disk.ts";
import type { LoadOptions } from "../archive/file_options.ts";
import type { BackgroundSave } from "../archive/background_save.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import { anchored, pathOf } from "../snapshot/file/paths.ts";
import { open, Snapshot } from "../snapshot/snapshot.ts";
import { payloadsOf } from "../archive/payloads.ts";
import { classNameOf, type Subject } from "../snapshot/subject.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { Parameters } from "./parameters.ts";
import { RandomStream } from "./random_stream.ts";
import type { AdvanceOptions, AdvanceReport } from "./advance_options.ts";
import { Binding, type BindSchema } from "./bind_state.ts";
import { ModelBusyError } from "../errors.ts";
import { fixFields, fixWithAdvice } from "../fixed_fields.ts";
import { buildMembers, buildMissing } from "./from_snapshot.ts";
import { checkTokenOptions, type RestoreOptions } from "./grown_restore.ts";
import { Members } from "./members.ts";
import {
  type FromSnapshotOptions,
  modelOptionNames,
  type ModelOptions,
  type Registrable,
  requireFile,
  requireModelOptions,
  requirePath,
  requireWork,
  withoutComm,
} from "./model_options.ts";
import { StepControl } from "./step_control.ts";
import { type SaveOptions, Storage } from "./storage.ts";
import { Timeline } from "./timeline.ts";
import { Transactions } from "./transactions.ts";
import { keeperOf, Transcript } from "./transcript.ts";
import { newTracker, type Tracker, trackerRecord } from "./tracker.ts";

/** The fields that a script may not replace, and what it can do instead. */
const fixed = {
  name: "give it to the constructor, as new Model({ name })",
  comm: "give it to the constructor, as new Model({ comm })",
  tracker: "assign its values, as in model.tracker.energy = 1",
  parameters: "define and set its values, as in model.parameters.set('kappa', 1)",
  random: "give a seed to the constructor, as new Model({ seed }), or set model.random.state",
  timeline: "call its methods",
  transcript: "call its methods",
};

/** Where the states of a model go and come from; for the toolkit's own floors. */
export let storageOf: (model: Model) => Storage;

/**
 * Meshes, fields, particles, histories and numbers that belong together, and whose state can be put back.
 *
 * State: captured, by the one walk over everything it holds by name.
 *
 * @example
 * ```ts
 * import { boxMesh, MeshVariable, Model } from "@timestash/timestash";
 *
 * const model = new Model({ name: "heat" });
 * const mesh = boxMesh(model, { min: [0, 0], max: [1, 1], cells: [8, 8] });
 * const T = new MeshVariable(mesh, "T");
 * T.set((x, y) => x * y);
 *
 * using before = model.saveState();
 * T.set(NaN); // a step that went wrong
 * model.loadState(before);
 * console.log(T.max()); // 1
 * ```
 */
export class Model implements ModelHost {
  /** The name of the run in files and messages. */
  readonly name: string;
  /** The ranks that share the model. */
  readonly comm: Comm;
  /** Time, step and dt, and every value that the script assigns. */
  readonly tracker: Tracker;
  /** Named values, with the history of their changes. */
  readonly parameters: Parameters;
  /** The seeded stream of random numbers. */
  readonly random: RandomStream;
  /** States kept in memory while the model runs, to rewind to. */
  readonly timeline: Timeline;
  /** What happened so far: steps, solves, saves, and what was taken back; it is not state. */
  readonly transcript: Transcript;

  readonly #members = new Members();
  readonly #stepControl = new StepControl();
  readonly #transactions: Transactions;
  /** Calls of `advance` that are under way: a place in the script, not state. */
  #advancing = 0;
  readonly #storage: Storage;

  /**
   * An empty model at time 0, step 0.
   *
   * @throws {TypeError} when `name` is not a string.
   * @throws {RangeError} when `seed` is not a whole number.
   */
  constructor(options: ModelOptions = {}) {
    checkOptions("new Model", options, modelOptionNames);
    const { name = "model", comm = new SelfComm(), seed = 0 } = options;
    requireModelOptions(name, comm);
    this.name = name;
    this.comm = comm;
    this.tracker = newTracker();
    this.parameters = new Parameters(() => this.tracker);
    this.random = new RandomStream(seed);
    const subject: Subject = {
      comm,
      names: this.#members.names,
      payloads: payloadsOf(this),
      bearers: this.bearers,
      tracker: trackerRecord(this.tracker),
      parameters: this.parameters,
      random: this.random,
      stepControl: this.#stepControl,
    };
    this.transcript = new Transcript(this.tracker, comm.size);
    const keeper = keeperOf(this.transcript);
    this.#storage = new Storage(
      name,
      subject,
      keeper,
      () => this.#members.mark(),
      (entries) => buildMissing(this, entries),
    );
    this.#transactions = new Transactions({
      comm,
      saveState: () => this.saveState(),
      putBack: (snapshot, why) =>
        keeper.takeBack({ kind: "rollback", why }, () => this.loadState(snapshot)),
    });
    this.timeline = new Timeline({
      comm,
      tracker: this.tracker,
      unitsOf: (name) => this.parameters.has(name) ? this.parameters.units(name) : "",
      captureInto: (backend) => this.#storage.captureInto("timeline", backend),
      restoreFrom: (backend) => this.#storage.restoreFrom("timeline", backend),
    });
    fixWithAdvice<Model>(this, "model", fixed);
    fixFields(this, new.target, Model);
  }

  /** The meshes by name, in order of construction. */
  get meshes(): ReadonlyMap<string, Mesh> {
    return this.#members.meshes.all;
  }

  /** The swarms by name, in order of construction. */
  get swarms(): ReadonlyMap<string, Swarm> {
    return this.#members.swarms.all;
  }

  /** All other objects with state, by name: histories, solvers, the script's own objects. */
  get bearers(): ReadonlyMap<string, Snapshottable> {
    return this.#members.bearers.all;
  }

  /**
   * Makes an object's `state` part of every snapshot from now on.
   *
   * @param bearer has a `state` that can be read and set; without a `name` it is called `${Class}_${n}`.
   * @returns the name under which it is registered.
   * @throws {TypeError} when `bearer` does not have a `state`, or its name is not a string.
   * @throws {RangeError} when it is registered already, or another bearer of that name is.
   * @throws {ModelBusyError} while the model is being saved or loaded.
   */
  register(bearer: Registrable): string {
    if (typeof bearer !== "object" || bearer === null || !("state" in bearer)) {
      throw new TypeError(
        "register takes an object with a `state` that can be read and set; see docs/state.md",
      );
    }
    return this.adopt("bearer", bearer, classNameOf(bearer), bearer.name);
  }

  /**
   * Removes a mesh, a swarm or a bearer from the model and from all later snapshots.
   *
   * What it made for itself goes with it. It refuses to work afterwards.
   *
   * @throws {RangeError} when it is not registered with this model, is the mesh of a swarm, or was made by another
   *   member for itself.
   */
  unregister(member: object): void {
    this.#storage.requireIdle("unregister");
    this.#members.remove(member);
  }

  /**
   * Makes the model as new: without meshes, swarms, solvers and parameters, at time 0, with the random stream at its
   * seed and an empty timeline. In a notebook it stands first in the cell that builds the model, so that the cell
   * can be run again. The objects that were registered before must not be used any more. Collective.
   *
   * @throws {ModelBusyError} inside a solve, or while `advance` is under way.
   */
  reset(): void {
    const { name, comm, random: { seed } } = this, present = this.#members.mark();
    this.#storage.requireIdle("reset");
    if (this.#advancing > 0) throw new ModelBusyError("reset", "advance");
    using empty = new Model({ name, comm, seed }).saveState();
    this.#members.clear();
    try {
      const why = { kind: "restore", why: "reset" } as const;
      keeperOf(this.transcript).takeBack(why, () => this.loadState(empty));
    } catch (error) {
      present();
      throw error;
    }
    this.timeline.stop();
    this.timeline.clear();
  }

  /** Called by the constructors of meshes, swarms, histories and solvers; see {@link ModelHost.adopt}. */
  adopt(
    kind: MemberKind,
    member: SnapshotPayload | Omit<Snapshottable, "name">,
    className: string,
    wanted?: string,
  ): string {
    this.#storage.requireNoWalk("register");
    return this.#members.adopt(kind, member, className, wanted);
  }

  /** Throws where a mesh, a swarm or a bearer was forgotten; see {@link ModelHost.requireMember}. */
  requireMember(asked: string, member: { readonly name: string }): void {
    this.#members.require(asked, member, this.name);
  }

  /** Throws where a bearer made `part` for itself; see {@link ModelHost.requireUnowned}. */
  requireUnowned(part: { readonly name: string }): void {
    this.#members.requireUnowned(part);
  }

  /** Runs `work` without allowing saves and loads inside it; see {@link ModelHost.indivisible}. */
  indivisible<R>(what: string, work: () => R, isNoted = true): R {
    if (!isNoted) return this.#storage.indivisible(what, work);
    return keeperOf(this.transcript).timed(what, () => this.#storage.indivisible(what, work));
  }

  /** Throws inside of something indivisible; see {@link ModelHost.requireIdle}. */
  requireIdle(asked: string): void {
    this.#storage.requireIdle(asked);
  }

  /**
   * Saves everything that can change the future, to memory or to a file. Collective: with several ranks all
   * save their part, or none does.
   *
   * Without options the result is a token that shares nothing with the live model; `using` releases its
   * buffers. With `file`, the state is captured before the promise is returned, so the model can continue at
   * once; the file gets its name in one step, when all of it is on the disk. With `background`, the caller
   * waits for the copy only; a failure shows on the handle, or else at the next save. With several ranks the file
   * then gets its name when they come together again: where all of them ask for `finished`, at the next save or
   * load, or at the end of the program.
   *
   * @returns a token; or a promise of the path; or a handle with the promise `finished`.
   * @throws {SnapshotSerializationError} when a value cannot be saved; it names the value's path.
   * @throws {ModelBusyError} inside a solve.
   * @throws {TypeError} when options are given without `file`.
   */
  saveState(): Snapshot;
  /** Saves to a file in a thread; the result is a handle. */
  saveState(options: SaveOptions & { readonly background: true }): BackgroundSave;
  /** Saves to a file; resolves to its path. */
  saveState(options: SaveOptions & { readonly background?: false }): Promise<string>;
  saveState(options?: SaveOptions): Snapshot | Promise<string> | BackgroundSave {
    return options === undefined ? this.#storage.token() : this.#storage.save(requireFile(options));
  }

  /**
   * Puts everything back as it was when the snapshot was taken, or throws and changes nothing. A file is first
   * read and verified as a whole; then all of it is put back at once. Collective: with several ranks each
   * passes its own token of the same state, and if one refuses, all do.
   *
   * A token of this very model also takes back what was registered, unregistered or made since, conditions and
   * coefficients of solvers included; a file, or a token of another model, has to find the same objects.
   *
   * @param from a token, or the path or `file:` URL of a snapshot file.
   * @param options for a model that is not the one that was saved: `missing: "keep"` leaves what the snapshot lacks
   *   as it is, `extra: "keep"` takes over what the model lacks; by default both are refused. For a file also
   *   `verify`.
   * @throws {TypeError} when `from` is neither, or an option does not exist.
   * @throws {SnapshotInvalidatedError} when it does not fit this model, or was released.
   * @throws {SnapshotFormatError} when the file is not a snapshot.
   * @throws {SnapshotCorruptError} when the file is damaged.
   * @throws {StateSchemaError} when a bearer cannot take its state.
   * @throws {ModelBusyError} inside a solve.
   */
  loadState(from: Snapshot, options?: RestoreOptions): void;
  /** Loads from a file. */
  loadState(from: string | URL, options?: LoadOptions & RestoreOptions): Promise<void>;
  loadState(
    from: Snapshot | string | URL,
    options: LoadOptions & RestoreOptions = {},
  ): void | Promise<void> {
    if (from instanceof Snapshot) {
      checkTokenOptions(options);
      const entries = allOrNone(this.comm, () => open(from));
      return this.#storage.restoreFrom("loadState", entries, options);
    }
    return this.#storage.load(requirePath(from, options), options);
  }

  /**
   * Runs `work` as a whole or not at all: if it throws, the state is put back, objects created in it are
   * unregistered, and the error is passed on. Transactions nest; an inner one that fails goes back to its own
   * start.
   *
   * @returns what `work` returns, which is a promise to await if `work` is async.
   * @throws {Error} what `work` throws.
   */
  transaction<R>(work: () => R): R {
    requireWork("transaction", work);
    return this.#transactions.run(work);
  }

  /**
   * Runs `work`, passes its result to `accept`, and keeps or undoes what was done.
   *
   * @returns whether it was kept; a promise of that if `work` or `accept` is async.
   * @throws {Error} what `work` or `accept` throws, after the state has been put back.
   */
  attempt<R>(
    work: () => R,
    accept: (result: Awaited<R>) => boolean | Promise<boolean>,
  ): boolean | Promise<boolean> {
    requireWork("attempt", work);
    requireWork("attempt", accept);
    return this.#transactions.attempt(work, accept);
  }

  /**
   * Advances to `until` with an adaptive step size. A step is rejected, undone and repeated with a smaller size
   * if it is not accepted, does not converge, tangles the mesh, or makes a field non-finite; the last step ends
   * exactly at `until`. `advance` updates `tracker.time`, `step` and `dt`, and records on the timeline if it is recording.
   *
   * @returns the accepted steps, the number of rejected attempts, and the reasons.
   * @throws {StepSizeError} when a step would have to be smaller than `minDt`, or took `maxRetries` attempts.
   * @throws {TypeError} when an option has a wrong type, or the step moves `tracker.time` itself.
   * @throws {ModelBusyError} inside another `advance`, a solve, a save or a load.
   * @throws {RangeError} when an option is out of range.
   * @throws {Error} what `step` throws, other than a ConvergenceError or a MeshTangledError; the model is then at the
   *   last good state.
   */
  async advance(options: AdvanceOptions): Promise<AdvanceReport> {
    this.#storage.requireIdle("advance");
    const { advance } = await import("./advance.ts");
    this.#advancing++;
    try {
      return await advance(this, this.#stepControl, options);
    } finally {
      this.#advancing--;
    }
  }

  /**
   * Makes fields of a plain object part of every snapshot: they are read at capture and assigned at restore.
   *
   * @returns the name under which it is registered.
   * @throws {TypeError} when `holder` is not an object or lacks a field.
   * @throws {RangeError} when the name is taken.
   */
  bindState(holder: object, schema: BindSchema = {}): string {
    const binding = new Binding(holder, schema);
    return this.adopt("bearer", binding, binding.stateClass, schema.name);
  }

  /**
   * Builds a model from a snapshot alone, without the script that made it: meshes, variables, swarms, parameters,
   * tracker and random stream. Histories, solvers and the script's own objects are kept as plain state.
   *
   * With `comm` it is a model on these ranks, made from a file; collective.
   *
   * @param from a token, or the path or `file:` URL of a snapshot file.
   * @throws {SnapshotFormatError} when the file is not a snapshot.
   * @throws {SnapshotCorruptError} when the file is damaged.
   * @throws {SnapshotInvalidatedError} when the snapshot is incomplete.
   */
  static async fromSnapshot(
    from: Snapshot | string | URL,
    options?: FromSnapshotOptions,
  ): Promise<Model> {
    if (from instanceof Snapshot) {
      checkOptions("fromSnapshot of a token", options, {});
      return Model.#builtFrom(from);
    }
    const { comm, loading } = withoutComm(options), path = anchored(requirePath(from, loading));
    try {
      if (comm === undefined || comm.size === 1) {
        return Model.#builtFrom(await readSnapshot(path, loading), comm);
      }
      const { readForBuilding } = await import("../archive/read_for_building.ts");
      const { name, entries } = await readForBuilding(comm, path, { verify: loading?.verify });
      const model = new Model({ name, comm });
      buildMembers(model, entries);
      await model.loadState(path, loading);
      return model;
    } catch (error) {
      throw explained(error, pathOf(path), "load");
    }
  }

  static #builtFrom(snapshot: Snapshot, comm: Comm = new SelfComm()): Model {
    const model = new Model({ name: snapshot.modelName, comm });
    buildMembers(model, open(snapshot));
    model.loadState(snapshot);
    return model;
  }

  static {
    printAs(this, function () {
      const { time, step } = this.tracker;
      const members = [...this.meshes.keys(), ...this.swarms.keys(), ...this.bearers.keys()];
      return `Model(${this.name}, step ${step}, time ${time}: ${
        members.join(", ") || "nothing yet"
      })`;
    });
    displayAs(this);
  }

  static {
    storageOf = (model) => model.#storage;
  }
}
