import type { Comm } from "../comm/comm.ts";
import { SelfComm } from "../comm/self.ts";
import { ModelBusyError } from "../errors.ts";
import type { Mesh } from "../mesh/mesh.ts";
import { capture } from "../snapshot/capture.ts";
import type { MemberKind, ModelHost, Payload, Snapshottable } from "../snapshot/contract.ts";
import { MemoryBackend } from "../snapshot/memory_backend.ts";
import { BufferPool } from "../snapshot/pool.ts";
import { restore } from "../snapshot/restore.ts";
import { open, Snapshot } from "../snapshot/snapshot.ts";
import { classNameOf, type ManagedRecord, type Subject } from "../snapshot/subject.ts";
import type { Swarm } from "../swarm/swarm.ts";
import { Parameters } from "./parameters.ts";
import { RandomStream } from "./random_stream.ts";
import { NameCounter, Registry } from "./registry.ts";
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

  readonly #meshes = new Registry<Mesh>("mesh");
  readonly #swarms = new Registry<Swarm>("swarm");
  readonly #bearers = new Registry<Snapshottable>("bearer");
  readonly #names = new NameCounter();
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
      names: this.#names,
      meshes: this.meshes,
      swarms: this.swarms,
      bearers: this.bearers,
      tracker: recordOf(this.tracker),
      parameters: this.parameters,
      random: this.random,
    };
  }

  /** Meshes by name, in order of construction. */
  get meshes(): ReadonlyMap<string, Mesh> {
    return this.#meshes.members;
  }

  /** Swarms by name, in order of construction. */
  get swarms(): ReadonlyMap<string, Swarm> {
    return this.#swarms.members;
  }

  /** Everything else that has state, by name: histories, solvers, objects of the script's own. */
  get bearers(): ReadonlyMap<string, Snapshottable> {
    return this.#bearers.members;
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
    for (const swarm of this.swarms.values()) {
      if (swarm.mesh === member) {
        throw new RangeError(
          `mesh '${swarm.mesh.name}' carries swarm '${swarm.name}'; unregister the swarm first`,
        );
      }
    }
    const known = this.#meshes.remove(member as Mesh) || this.#swarms.remove(member as Swarm) ||
      this.#bearers.remove(member as Snapshottable);
    if (!known) throw new RangeError("unregister: the object is not registered with this model");
  }

  /** What constructors of meshes, swarms, histories and solvers call; see {@link ModelHost.adopt}. */
  adopt(
    kind: MemberKind,
    member: Payload | Omit<Snapshottable, "name">,
    className: string,
    wanted?: string,
  ): string {
    if (wanted !== undefined && (typeof wanted !== "string" || wanted === "")) {
      throw new TypeError(`a ${kind}'s name is a string that is not empty, got ${String(wanted)}`);
    }
    const name = wanted ?? this.#names.peek(className);
    if (kind === "mesh") this.#meshes.add(name, member as Mesh);
    else if (kind === "swarm") this.#swarms.add(name, member as Swarm);
    else this.#bearers.add(name, member as Snapshottable);
    if (wanted === undefined) this.#names.used(className);
    return name;
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
    this.#requireIdle("saveState");
    const backend = new MemoryBackend(this.#pool);
    try {
      capture(this.#subject, backend);
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
    this.#requireIdle("loadState");
    if (!(snapshot instanceof Snapshot)) {
      throw new TypeError(
        `loadState takes a token from saveState(), got ${
          snapshot === null ? "null" : typeof snapshot
        }`,
      );
    }
    restore(this.#subject, open(snapshot), this.#pool);
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
