import type { Comm } from "../comm/comm.ts";
import { SelfComm } from "../comm/self.ts";
import { ModelBusyError } from "../errors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { capture } from "../snapshot/capture.ts";
import type {
  CheckpointBackend,
  MemberKind,
  ModelHost,
  Payload,
  Snapshottable,
} from "../snapshot/contract.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { BufferPool } from "../snapshot/pool.ts";
import { restore } from "../snapshot/restore.ts";
import { open, Snapshot } from "../snapshot/snapshot.ts";
import { classNameOf, type ManagedRecord, type Subject } from "../snapshot/subject.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { Parameters } from "./parameters.ts";
import { RandomStream } from "./random_stream.ts";
import { advance, type AdvanceOptions, type AdvanceReport } from "./advance.ts";
import { Binding, type BindSchema } from "./bind_state.ts";
import { Members } from "./members.ts";
import { StepControl } from "./step_control.ts";
import { Timeline } from "./timeline.ts";
import { Transactions } from "./transactions.ts";
import { newTracker, type Tracker } from "./tracker.ts";

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
  readonly #pool = new BufferPool();
  readonly #subject: Subject;
  /** What runs that must not be interrupted, innermost last. */
  readonly #activities: string[] = [];

  /**
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
    this.#subject = {
      names: this.#members.names,
      meshes: this.meshes,
      swarms: this.swarms,
      bearers: this.bearers,
      tracker: recordOf(this.tracker),
      parameters: this.parameters,
      random: this.random,
      stepControl: this.#stepControl,
    };
    this.#transactions = new Transactions({
      saveState: () => this.saveState(),
      loadState: (snapshot) => this.loadState(snapshot),
      markMembers: () => this.#members.mark(),
    });
    this.timeline = new Timeline({
      tracker: this.tracker,
      captureInto: (backend) => this.#capture("timeline", backend),
      restoreFrom: (backend) => this.#restore("timeline", backend),
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
   * @throws {RangeError} when a bearer of that name is registered.
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
    this.#members.remove(member);
  }

  /** What constructors of meshes, swarms, histories and solvers call; see {@link ModelHost.adopt}. */
  adopt(
    kind: MemberKind,
    member: Payload | Omit<Snapshottable, "name">,
    className: string,
    wanted?: string,
  ): string {
    return this.#members.adopt(kind, member, className, wanted);
  }

  /** Runs `work` as one indivisible thing; see {@link ModelHost.indivisible}. */
  indivisible<R>(what: string, work: () => R): R {
    this.#activities.push(what);
    try {
      return work();
    } finally {
      this.#activities.pop();
    }
  }

  /**
   * Takes everything that can change the future into memory.
   *
   * @returns a token that shares nothing with the live model; `using` it gives its buffers back.
   * @throws {SnapshotSerializationError} when a value cannot be saved; it names the value's path.
   * @throws {ModelBusyError} inside a solve.
   */
  saveState(): Snapshot {
    const backend = new MemoryBackend(this.#pool);
    try {
      this.#capture("saveState", backend);
    } catch (error) {
      backend.release();
      throw error;
    }
    return new Snapshot(backend, this.name);
  }

  /**
   * Puts everything back as it was when the snapshot was taken, or throws and changes nothing.
   *
   * @throws {TypeError} when `snapshot` is not a snapshot.
   * @throws {SnapshotInvalidatedError} when it does not fit this model, or was released.
   * @throws {StateSchemaError} when a bearer cannot take its state.
   * @throws {ModelBusyError} inside a solve.
   */
  loadState(snapshot: Snapshot): void {
    if (!(snapshot instanceof Snapshot)) {
      throw new TypeError(
        `loadState takes a token from saveState(), got ${
          snapshot === null ? "null" : typeof snapshot
        }`,
      );
    }
    this.#restore("loadState", open(snapshot));
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
    return this.adopt("bearer", binding, binding.className, schema.name);
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

  #capture(asked: string, backend: CheckpointBackend): void {
    this.#requireIdle(asked);
    capture(this.#subject, backend);
  }

  #restore(asked: string, backend: CheckpointBackend): void {
    this.#requireIdle(asked);
    restore(this.#subject, backend, this.#pool);
  }

  #requireIdle(asked: string): void {
    const activity = this.#activities.at(-1);
    if (activity !== undefined) throw new ModelBusyError(asked, activity);
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
  };
}
