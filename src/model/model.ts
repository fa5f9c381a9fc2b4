import type { Comm } from "../comm/comm.ts";
import { SelfComm } from "../comm/self.ts";
import { display } from "../display.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import type { MemberKind, ModelHost } from "../mesh/model_host.ts";
import type { Payload, Snapshottable } from "../snapshot/contract.ts";
import { type LoadOptions, readSnapshot } from "../archive/disk.ts";
import type { BackgroundSave } from "../archive/background.ts";
import { open, Snapshot } from "../snapshot/snapshot.ts";
import { payloadsOf } from "../archive/payloads.ts";
import { classNameOf, type ManagedRecord, type Subject } from "../snapshot/subject.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { Parameters } from "./parameters.ts";
import { RandomStream } from "./random_stream.ts";
import { advance, type AdvanceOptions, type AdvanceReport } from "./advance.ts";
import { Binding, type BindSchema } from "./bind_state.ts";
import { buildMembers } from "./from_snapshot.ts";
import { Members } from "./members.ts";
import { StepControl } from "./step_control.ts";
import { type SaveOptions, Storage } from "./storage.ts";
import { Timeline } from "./timeline.ts";
import { Transactions } from "./transactions.ts";
import { checkTracker, newTracker, type Tracker } from "./tracker.ts";

/** How a {@link Model} is made. */
export interface ModelOptions {
  /** Names the run in files and messages; `"model"` when left out. */
  readonly name?: string;
  /** The ranks that share the model; one rank when left out. */
  readonly comm?: Comm;
  /** Starts `model.random`; 0 when left out. */
  readonly seed?: number;
}

/** A bearer as users write it: a name is optional, the model makes one from the class. */
export type Registrable = { readonly name?: string } & Omit<Snapshottable, "name">;

/**
 * Meshes, fields, particles, histories and numbers that belong together, and can be put back.
 *
 * State: captured, by the one walk over everything it knows by name.
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
  /** Names the run in files and messages. */
  readonly name: string;
  /** The ranks that share the model. */
  readonly comm: Comm;
  /** Time, step, dt, and whatever the script assigns. */
  readonly tracker: Tracker;
  /** Named values with the history of their changes. */
  readonly parameters: Parameters;
  /** The seeded stream of random numbers. */
  readonly random: RandomStream;
  /** States kept while the model runs, to rewind to. */
  readonly timeline: Timeline;

  readonly #members = new Members();
  readonly #stepControl = new StepControl();
  readonly #transactions: Transactions;
  readonly #storage: Storage;

  /**
   * An empty model: no meshes, time 0, step 0.
   *
   * @throws {TypeError} when `name` is not a string.
   * @throws {RangeError} when `seed` is not a whole number.
   */
  constructor(options: ModelOptions = {}) {
    const { name = "model", comm = new SelfComm(), seed = 0 } = options;
    if (typeof name !== "string") {
      throw new TypeError(`a model's name is a string, got ${typeof name}`);
    }
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
      tracker: recordOf(this.tracker),
      parameters: this.parameters,
      random: this.random,
      stepControl: this.#stepControl,
    };
    this.#storage = new Storage(name, subject);
    this.#transactions = new Transactions({
      comm,
      saveState: () => this.saveState(),
      loadState: (snapshot) => this.loadState(snapshot),
      markMembers: () => this.#members.mark(),
    });
    this.timeline = new Timeline({
      comm,
      tracker: this.tracker,
      captureInto: (backend) => this.#storage.captureInto("timeline", backend),
      restoreFrom: (backend) => this.#storage.restoreFrom("timeline", backend),
    });
  }

  /** Meshes by name, in order of construction. */
  get meshes(): ReadonlyMap<string, Mesh> {
    return this.#members.meshes.all;
  }

  /** Swarms by name, in order of construction. */
  get swarms(): ReadonlyMap<string, Swarm> {
    return this.#members.swarms.all;
  }

  /** Everything else that has state, by name: histories, solvers, objects of the script's own. */
  get bearers(): ReadonlyMap<string, Snapshottable> {
    return this.#members.bearers.all;
  }

  /**
   * Makes an object's `state` part of every snapshot from now on.
   *
   * @param bearer has a `state` accessor, and a `name` or none: then it gets `${Class}_${n}`.
   * @returns the name under which it is kept.
   * @throws {TypeError} when `bearer` has no `state`, or its name is not a string.
   * @throws {RangeError} when a bearer of that name, or this one, is registered.
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
   * Forgets a mesh, a swarm or a bearer: snapshots from now on are without it.
   *
   * @throws {RangeError} when it is not registered here, or is a mesh that swarms still live on.
   */
  unregister(member: object): void {
    this.#storage.requireNoWalk("unregister");
    this.#members.remove(member);
  }

  /** What constructors of meshes, swarms, histories and solvers call; see {@link ModelHost.adopt}. */
  adopt(
    kind: MemberKind,
    member: Payload | Omit<Snapshottable, "name">,
    className: string,
    wanted?: string,
  ): string {
    this.#storage.requireNoWalk("register");
    return this.#members.adopt(kind, member, className, wanted);
  }

  /** Runs `work` as one indivisible thing; see {@link ModelHost.indivisible}. */
  indivisible<R>(what: string, work: () => R): R {
    return this.#storage.indivisible(what, work);
  }

  /**
   * Takes everything that can change the future, into memory or into a file. Collective: with several ranks
   * all take theirs, or none does.
   *
   * Without options the result is a token that shares nothing with the live model; `using` it gives its
   * buffers back. With `file` the state is captured before the promise is returned, so the model may move
   * on at once; the file takes its name in one step when all of it is on the disk. With `background` the
   * caller pays for the copy only; a failure shows on the handle, and at the next save if nobody looked.
   *
   * @returns a token; or a promise of the path; or a handle with the promise `finished`.
   * @throws {SnapshotSerializationError} when a value cannot be saved; it names the value's path.
   * @throws {ModelBusyError} inside a solve.
   * @throws {TypeError} when options are given without `file`.
   */
  saveState(): Snapshot;
  /** Into a file, by a thread; the result is a handle. */
  saveState(options: SaveOptions & { readonly background: true }): BackgroundSave;
  /** Into a file; resolves to its path. */
  saveState(options: SaveOptions & { readonly background?: false }): Promise<string>;
  saveState(options?: SaveOptions): Snapshot | Promise<string> | BackgroundSave {
    return options === undefined ? this.#storage.token() : this.#storage.save(requireFile(options));
  }

  /**
   * Puts everything back as it was when the snapshot was taken, or throws and changes nothing. A file is
   * read and verified whole; then all of it is put back at once. Collective: with several ranks each
   * gives its own token of the same moment, and what one refuses, all refuse.
   *
   * @param from a token, or the path or `file:` URL of a snapshot file.
   * @throws {TypeError} when `from` is neither.
   * @throws {SnapshotInvalidatedError} when it does not fit this model, or was released.
   * @throws {SnapshotFormatError} when the file is no snapshot.
   * @throws {SnapshotCorruptError} when the file is damaged.
   * @throws {StateSchemaError} when a bearer cannot take its state.
   * @throws {ModelBusyError} inside a solve.
   */
  loadState(from: Snapshot): void;
  /** From a file. */
  loadState(from: string | URL, options?: LoadOptions): Promise<void>;
  loadState(from: Snapshot | string | URL, options: LoadOptions = {}): void | Promise<void> {
    if (from instanceof Snapshot) {
      return this.#storage.restoreFrom("loadState", allOrNone(this.comm, () => open(from)));
    }
    if (typeof from !== "string" && !(from instanceof URL)) {
      throw new TypeError(
        "loadState takes a token from saveState(), or the path or URL of a snapshot file; got " +
          (from === null ? "null" : typeof from),
      );
    }
    return this.#storage.load(from, options);
  }

  /**
   * Runs `work` as a whole or not at all: when it throws, everything is as before, what was created in
   * it is unregistered, and the error goes on. Transactions nest; an inner one that fails goes back to
   * its own start.
   *
   * @param work sync or async; an async one is awaited by awaiting the result.
   * @returns what `work` returns.
   * @throws {Error} what `work` throws.
   *
   * @example
   * ```ts
   * import { Model } from "@timestash/timestash";
   *
   * const model = new Model();
   * try {
   *   model.transaction(() => {
   *     model.tracker.time = 1;
   *     throw new Error("blew up");
   *   });
   * } catch {
   *   console.log(model.tracker.time); // 0
   * }
   * ```
   */
  transaction<R>(work: () => R): R {
    return this.#transactions.run(work);
  }

  /**
   * Runs `work`, shows its result to `accept`, and keeps what was done or takes it back.
   *
   * @returns true when kept; a promise of it when `work` or `accept` is async.
   * @throws {Error} what `work` or `accept` throws; everything is as before then.
   *
   * @example
   * ```ts
   * import { Model } from "@timestash/timestash";
   *
   * const model = new Model();
   * const kept = model.attempt(() => model.tracker.time += 0.5, (time) => time < 0.3);
   * console.log(kept, model.tracker.time); // false 0
   * ```
   */
  attempt<R>(
    work: () => R,
    accept: (result: Awaited<R>) => boolean | Promise<boolean>,
  ): boolean | Promise<boolean> {
    return this.#transactions.attempt(work, accept);
  }

  /**
   * Steps to `until` with a step size that adapts: takes a step, takes it back when it does not hold (not
   * accepted, no convergence, a field became non-finite), and lands on `until` exactly. It keeps
   * `tracker.time`, `step` and `dt`, and records on the timeline where that is recording.
   *
   * @returns the steps that held, how many were taken back, and why.
   * @throws {StepSizeError} when a step would have to go below `minDt` or took `maxRetries` tries.
   * @throws {TypeError} when an option has another type, or the step moves `tracker.time` itself.
   * @throws {RangeError} when an option is out of range.
   * @throws {Error} what `step` throws, when it is not a ConvergenceError; the model is at the last good
   *   state then.
   *
   * @example
   * ```ts
   * import { Model } from "@timestash/timestash";
   *
   * const model = new Model();
   * model.tracker.u = 1;
   * const { accepted, rejected } = await model.advance({
   *   dt: 0.5,
   *   until: 1,
   *   step: (dt) => model.tracker.u *= Math.exp(-dt),
   *   accept: (dt) => dt < 0.2,
   * });
   * console.log(accepted, rejected, model.tracker.time); // 7 3 1
   * ```
   */
  advance(options: AdvanceOptions): Promise<AdvanceReport> {
    const onStep: AdvanceOptions["onStep"] = async (step) => {
      if (this.timeline.recording) this.timeline.record();
      await options.onStep?.(step);
    };
    const { tracker, meshes, swarms } = this;
    return advance(
      {
        tracker,
        meshes,
        swarms,
        stepControl: this.#stepControl,
        comm: this.comm,
        saveState: () => this.saveState(),
        loadState: (snapshot) => this.loadState(snapshot),
      },
      { ...options, onStep },
    );
  }

  /**
   * Makes fields of a plain object part of every snapshot: they are read at capture and assigned at
   * restore.
   *
   * @returns the name under which it is kept.
   * @throws {TypeError} when `holder` is not an object or lacks a field.
   * @throws {RangeError} when the name is taken.
   *
   * @example
   * ```ts
   * import { Model } from "@timestash/timestash";
   *
   * const model = new Model();
   * const counters = { yields: 0 };
   * model.bindState(counters, { name: "counters" });
   * using before = model.saveState();
   * counters.yields = 5;
   * model.loadState(before);
   * console.log(counters.yields); // 0
   * ```
   */
  bindState(holder: object, schema: BindSchema = {}): string {
    const binding = new Binding(holder, schema);
    return this.adopt("bearer", binding, binding.stateClass, schema.name);
  }

  /**
   * A model from a snapshot alone, without the script that made it: meshes, variables, swarms, parameters,
   * tracker and random stream. Histories, solvers and the script's own objects are kept as plain state.
   *
   * @param from a token, or the path or `file:` URL of a snapshot file.
   * @throws {SnapshotFormatError} when the file is no snapshot.
   * @throws {SnapshotCorruptError} when the file is damaged.
   * @throws {SnapshotInvalidatedError} when the snapshot is not whole.
   */
  static async fromSnapshot(
    from: Snapshot | string | URL,
    options: LoadOptions = {},
  ): Promise<Model> {
    const snapshot = from instanceof Snapshot ? from : await readSnapshot(from, options);
    const model = new Model({ name: snapshot.modelName });
    buildMembers(model, open(snapshot));
    model.loadState(snapshot);
    return model;
  }

  /** The inventory, for `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    const { time, step } = this.tracker;
    const members = [
      ...this.meshes.keys(),
      ...this.swarms.keys(),
      ...this.bearers.keys(),
    ].join(", ") || "nothing yet";
    return `Model(${this.name}, step ${step}, time ${time}: ${members})`;
  }

  /** What a notebook shows: the inventory. */
  [Symbol.for("Jupyter.display")](): Promise<object> {
    return display(this);
  }
}

/** The tracker as the walk sees it: every name but `state` is the script's, so it has none of its own. */
function recordOf(tracker: Tracker): ManagedRecord {
  return {
    name: "tracker",
    get state() {
      return tracker.state;
    },
    set state(state) {
      tracker.state = state;
    },
    checkState: checkTracker,
  };
}

function requireFile(options: SaveOptions): SaveOptions {
  const file = (options as SaveOptions | null)?.file;
  if (typeof file === "string" || file instanceof URL) return options;
  throw new TypeError(
    "saveState takes no argument for a token in memory, or { file: path } for a file; got " +
      `${options === null ? "null" : typeof options}${file === undefined ? " without file" : ""}`,
  );
}
