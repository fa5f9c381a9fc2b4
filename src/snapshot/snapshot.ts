import { SnapshotInvalidatedError } from "../errors.ts";
import { displayAs, printAs } from "../display.ts";
import type { TypedArray } from "../arrays.ts";
import type { CheckpointBackend } from "./contract.ts";
import type { MemoryBackend } from "./memory_backend.ts";
import { fixFields } from "../fixed_fields.ts";
import { describe } from "../options.ts";

/**
 * The read-only entries behind a token; for internal use by the toolkit.
 *
 * @throws {SnapshotInvalidatedError} when the token was released.
 */
export let open: (snapshot: Snapshot) => CheckpointBackend & {
  readonly bytes: number;
  readonly ownBytes: number;
};

/**
 * One moment of a model in memory: typed arrays, numbers and strings, without handles to live
 * objects.
 *
 * `using token = model.saveState()` returns its buffers to the model's pool at the end of the
 * block. A token that is dropped without being released is garbage-collected like any other object,
 * but more slowly.
 *
 * @example
 * ```ts
 * import { Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * {
 *   using token = model.saveState();
 *   model.tracker.time = 3;
 *   model.loadState(token);
 * }
 * console.log(model.tracker.time); // 0
 * ```
 */
export class Snapshot {
  #backend: MemoryBackend | null;
  /** The name of the model it was taken from. */
  readonly modelName: string;
  readonly #createdAt: number;

  /** Called by `model.saveState()` and `readSnapshot`. */
  constructor(backend: MemoryBackend, modelName: string, createdAt: Date = new Date()) {
    this.#backend = backend;
    this.modelName = modelName;
    this.#createdAt = createdAt.getTime();
    fixFields(this, new.target, Snapshot);
  }

  /** When it was taken. */
  get createdAt(): Date {
    return new Date(this.#createdAt);
  }

  /** True once the buffers have been returned; the token can then no longer be loaded. */
  get released(): boolean {
    return this.#backend === null;
  }

  /** The size of the array data in bytes. */
  get bytes(): number {
    return this.#backend?.bytes ?? 0;
  }

  /** `tracker.time` at the moment of capture. */
  get time(): number {
    return this.#trackerNumber("time");
  }

  /** `tracker.step` at the moment of capture. */
  get step(): number {
    return this.#trackerNumber("step");
  }

  /** The keys of all entries. */
  keys(): string[] {
    return [...open(this).keys()];
  }

  /** A copy of one entry's numbers, row-major; null if the entry does not exist or has none. */
  read(key: string): TypedArray | null {
    return open(this).get(key)?.data?.slice() ?? null;
  }

  /** Returns the buffers to their pool. Calling it again has no effect. */
  release(): void {
    const backend = this.#backend;
    this.#backend = null;
    backend?.release();
  }

  /** The same as {@link Snapshot.release}, for `using`. */
  [Symbol.dispose](): void {
    this.release();
  }

  static {
    printAs(this, function () {
      if (this.#backend === null) return `Snapshot(${this.modelName}, released)`;
      const megabytes = (this.bytes / 1e6).toFixed(3);
      return `Snapshot(${this.modelName}, step ${this.step}, time ${this.time}, ${megabytes} MB)`;
    });
    displayAs(this);
  }

  #trackerNumber(name: "time" | "step"): number {
    const value = this.#backend?.get("tracker")?.attributes[name];
    return typeof value === "number" ? value : NaN;
  }

  static {
    open = (snapshot) => {
      if (!(snapshot instanceof Snapshot)) {
        throw new TypeError(
          `a snapshot is needed, as from model.saveState() or readSnapshot(path), got ${
            describe(snapshot)
          }`,
        );
      }
      if (snapshot.#backend !== null) return snapshot.#backend;
      throw new SnapshotInvalidatedError(
        "this snapshot was released and its buffers serve others now; take a new one, or release later",
      );
    };
  }
}
