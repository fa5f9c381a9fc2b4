import type { Comm } from "../comm/comm.ts";
import { allOrNone, requireSame } from "../comm/collective_errors.ts";
import { ChunkedBackend } from "../snapshot/chunks.ts";
import { displayAs, printAs } from "../display.ts";
import type { CheckpointBackend } from "../snapshot/contract.ts";
import { diffEntries, type SnapshotDifference } from "../archive/diff.ts";
import { type KeptState, KeptStates, thinnest } from "./kept_states.ts";
import { heldByAll } from "./step_verdict.ts";
import { bisected, type BisectOptions, firstOf } from "./bisection.ts";
import {
  checkBisect,
  checkedRecordOptions,
  checkedTarget,
  requirePinName,
  type TimelineRecordOptions,
  type TimelineTarget,
} from "./timeline_options.ts";
import { fixFields } from "../fixed_fields.ts";

/** One kept state. */
export interface TimelineEntry {
  /** `tracker.step` of the state. */
  readonly step: number;
  /** `tracker.time` of the state. */
  readonly time: number;
  /** The name it is pinned under, or null. */
  readonly pin: string | null;
}

/** The part of a model that its timeline needs. */
export interface TimelineHost {
  readonly comm: Comm;
  readonly tracker: { time: number; step: number };
  /** The units of a parameter; empty where there is none of that name. */
  unitsOf(name: string): string;
  captureInto(backend: CheckpointBackend): void;
  restoreFrom(backend: CheckpointBackend): void;
}

/** A kept state with the numbers that its tracker held. */
export interface KeptTracker extends TimelineEntry {
  readonly values: Readonly<Record<string, number>>;
}

/** The trackers of all kept states, for the toolkit's plots; not public. */
export let trackersOf: (timeline: Timeline) => KeptTracker[];

/** The units of a quantity of the timeline's model, for the toolkit's plots; not public. */
export let unitsInModel: (timeline: Timeline, name: string) => string;

/**
 * `model.timeline`: states kept in memory while the model runs, to rewind to. Consecutive states share what
 * did not change. Under a byte budget, old states are thinned so that their spacing grows with their age; the
 * newest and the pinned ones are never dropped. With several ranks, each keeps its own part of every state;
 * all keep the same states, and the budget counts all parts together.
 *
 * State: none, it records states and is not part of them; otherwise a rewind would erase it.
 *
 * @example
 * ```ts
 * import { Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * for (let step = 0; step < 5; step++) {
 *   model.timeline.record({ every: { steps: 1 }, budget: 1e8 });
 *   model.tracker.step += 1;
 * }
 * model.timeline.rewind({ toStep: 2 });
 * console.log(model.tracker.step); // 2
 * ```
 */
export class Timeline {
  readonly #host: TimelineHost;
  readonly #states = new KeptStates();
  #policy: TimelineRecordOptions | null = null;

  static {
    unitsInModel = (timeline, name) => timeline.#host.unitsOf(name);
    trackersOf = (timeline) =>
      timeline.#states.all.map(({ step, time, pin, backend }) => ({
        step,
        time,
        pin,
        values: Object.fromEntries(
          Object.entries(backend.get("tracker")?.attributes ?? {})
            .filter((entry): entry is [string, number] => typeof entry[1] === "number"),
        ),
      }));
  }

  /** Made by the model. */
  constructor(host: TimelineHost) {
    this.#host = host;
    fixFields(this, new.target, Timeline);
  }

  /** The bytes of array memory of all kept states on this rank, each block counted once. */
  get bytes(): number {
    return this.#states.bytes;
  }

  /** Whether `record` has been called since the last `stop`; then `advance` records after each step. */
  get recording(): boolean {
    return this.#policy !== null;
  }

  /**
   * Keeps the current state if one is due. Call it after each step; without options, those of the last call
   * apply. If the model has been put back since, later states are dropped as by `rewind`. Collective.
   *
   * @returns the entry, or null if no state was due.
   * @throws {RangeError} when an interval or the budget is not a positive number, or when ranks pass different
   *   options or are at different steps.
   */
  record(options?: TimelineRecordOptions): TimelineEntry | null {
    const { comm } = this.#host;
    const policy = allOrNone(
      comm,
      () => options ? checkedRecordOptions(options) : this.#policy ?? {},
    );
    this.#requireSame("record", { ...this.#now, ...policy });
    this.#policy = policy;
    this.#states.leaveBehind(({ step }) => step > this.#host.tracker.step);
    return this.#isDue(this.#policy) ? this.#keep() : null;
  }

  /** Stops recording; the kept states stay. Call it on all ranks. */
  stop(): void {
    this.#policy = null;
  }

  /** The kept states, oldest first. */
  entries(): TimelineEntry[] {
    return this.#states.all.map(entryOf);
  }

  /**
   * Keeps the current state under a name, for as long as the timeline lives. Collective.
   *
   * @throws {TypeError} when the name is not a string, or is empty.
   * @throws {RangeError} when the name is taken, or when ranks pass different names or are at different steps.
   */
  pin(name: string): TimelineEntry {
    requirePinName("pin", name);
    this.#requireSame("pin", { ...this.#now, name });
    if (this.#states.all.some((kept) => kept.pin === name)) {
      throw new RangeError(`the timeline has a state pinned as '${name}' already`);
    }
    return this.#keep(name);
  }

  /**
   * Removes a pin, so that the state may be dropped like the others. Collective.
   *
   * @throws {RangeError} when no state is pinned under that name, or when ranks pass different names.
   */
  unpin(name: string): void {
    requirePinName("unpin", name);
    this.#requireSame("unpin", { name });
    const kept = this.#states.pinned(name);
    kept.pin = null;
    this.#states.drop((other) => other === kept && other.aside);
  }

  /**
   * Puts the model back to a kept state, the latest at or before the target, and drops later states that are
   * not pinned. Collective.
   *
   * @returns the entry of that state.
   * @throws {TypeError} when the target is not one of the four kinds.
   * @throws {RangeError} when no state is kept at or before the target, or when ranks pass different targets.
   */
  rewind(target: TimelineTarget): TimelineEntry {
    const { comm } = this.#host;
    const kept = allOrNone(comm, () => this.#find(checkedTarget(target)));
    this.#requireSame("rewind", entryOf(kept));
    this.#host.restoreFrom(kept.backend);
    kept.aside = false;
    const at = this.#states.all.indexOf(kept);
    this.#states.leaveBehind((other, i) => i > at || other.step > kept.step);
    return entryOf(kept);
  }

  /**
   * The differences between two kept states, each given by its step or the name of its pin.
   *
   * @throws {RangeError} when such a state is not kept.
   */
  diff(a: number | string, b: number | string): SnapshotDifference[] {
    return diffEntries(this.#states.named(a).backend, this.#states.named(b).backend);
  }

  /**
   * The first kept state at which `holds` is false, found with log2 N + 1 restores; afterwards the model is put
   * back to where it was. `holds` has to be true up to some state and false from there on. Collective; with
   * several ranks it has to be true on all of them, and it may communicate.
   *
   * @param options With `exhaustive: true` every state is examined from the first one on, which also finds a
   *   fault that comes and goes.
   * @returns null if it is true at the last state and at every other one that was examined.
   * @throws {TypeError} when `holds` returns neither true nor false (an async function returns a promise).
   * @throws {RangeError} when it is true at the last state and false before it, unless `exhaustive`.
   */
  bisect(holds: () => boolean, options: BisectOptions = {}): TimelineEntry | null {
    checkBisect(holds, options);
    const { exhaustive = false } = options;
    this.#requireSame("bisect", { exhaustive });
    const present = this.#captured();
    try {
      const course = this.#states.course();
      const holdsAt = (at: number) => {
        this.#host.restoreFrom(course[at].backend);
        return heldByAll(this.#host.comm, holds);
      };
      const found = exhaustive ? firstOf(course.length, holdsAt) : bisected(course.length, holdsAt);
      const last = course.length - 1;
      if (!exhaustive && found < last && holdsAt(last)) {
        throw new RangeError(
          `bisect: the state of step ${
            course[found].step
          } does not hold and the last one, of step ` +
            `${course[last].step}, does, so there is not one change to find; ` +
            `{ exhaustive: true } looks at every state`,
        );
      }
      return found <= last ? entryOf(course[found]) : null;
    } finally {
      this.#host.restoreFrom(present);
    }
  }

  /**
   * Puts the model back to kept states, one after the other, and calls `look` at each; afterwards the model is as it
   * was. Nothing is dropped, and what `look` changes in the model is undone. Collective.
   *
   * @param look What to do at a state; it must not wait for anything.
   * @param steps Which states, by their steps; defaults to all of them, oldest first.
   * @returns what `look` returned, in that order.
   * @throws {TypeError} when `look` is not a function.
   * @throws {RangeError} when no state of a step is kept, or when ranks keep different states.
   * @throws {Error} what `look` throws.
   */
  visit<R>(look: (entry: TimelineEntry) => R, steps?: readonly number[]): R[] {
    if (typeof look !== "function") {
      throw new TypeError("timeline.visit takes a function, which is called at each state");
    }
    this.#requireSame("visit", { steps });
    const states = steps?.map((step) => this.#states.named(step)) ?? this.#states.course();
    const present = this.#captured();
    try {
      return states.map((kept) => {
        this.#host.restoreFrom(kept.backend);
        return look(entryOf(kept));
      });
    } finally {
      this.#host.restoreFrom(present);
    }
  }

  /** Drops all states, also pinned ones. Call it on all ranks. */
  clear(): void {
    this.#states.drop(() => true);
  }

  static {
    printAs(this, function () {
      const { all } = this.#states;
      const steps = all.length === 0 ? "" : `, steps ${all[0].step} to ${all[all.length - 1].step}`;
      return `Timeline(${all.length} states${steps}, ${(this.bytes / 1e6).toFixed(3)} MB)`;
    });
    displayAs(this);
  }

  get #now(): { step: number; time: number } {
    const { step, time } = this.#host.tracker;
    return { step, time };
  }

  #isDue({ every = {} }: TimelineRecordOptions): boolean {
    const last = this.#states.course().at(-1);
    const { step, time } = this.#now;
    if (last === undefined) return true;
    if (every.steps === undefined && every.time === undefined) return step !== last.step;
    // A little slack, so that 0.1 + 0.2 counts as 0.3.
    const slack = 1e-9;
    return (every.steps !== undefined && step - last.step >= every.steps) ||
      (every.time !== undefined && time - last.time >= every.time * (1 - slack));
  }

  #keep(pin: string | null = null): TimelineEntry {
    const { step, time } = this.#now;
    this.#states.add({ step, time, pin, aside: false, backend: this.#captured() });
    this.#thin();
    return { step, time, pin };
  }

  /** Captures the current state, on all ranks or on none. */
  #captured(): ChunkedBackend {
    const backend = new ChunkedBackend(this.#states.all.at(-1)?.backend ?? null);
    allOrNone(this.#host.comm, () => this.#host.captureInto(backend));
    backend.seal();
    return backend;
  }

  /** Throws if ranks ask for different things, or keep different states. */
  #requireSame(what: string, asked: unknown): void {
    const { comm } = this.#host;
    if (comm.size === 1) return;
    const words = `${JSON.stringify(asked)}, ${this.#states.all.length} states kept`;
    requireSame(comm, `timeline.${what}`, words);
  }

  #thin(): void {
    const budget = this.#policy?.budget;
    if (budget === undefined) return;
    while (this.#bytesOfAll() > budget) {
      const course = this.#states.course();
      const victim = thinnest(course);
      if (victim < 0) return;
      this.#states.drop((kept) => kept === course[victim]);
    }
  }

  #bytesOfAll(): number {
    const { comm } = this.#host;
    return comm.size === 1 ? this.bytes : comm.allreduce(this.bytes);
  }

  #find(target: TimelineTarget): KeptState {
    if ("toPin" in target) return this.#states.pinned(target.toPin);
    const { step } = this.#host.tracker;
    const before = "toTime" in target
      ? (kept: KeptState) => kept.time <= target.toTime
      : (kept: KeptState) => kept.step <= ("steps" in target ? step - target.steps : target.toStep);
    const kept = this.#states.course().findLast(before);
    if (kept !== undefined) return kept;
    const steps = this.#states.course().map((other) => other.step).join(", ") || "none";
    throw new RangeError(
      `rewind ${
        JSON.stringify(target)
      }: no state is kept at or before that; steps kept are: ${steps}`,
    );
  }
}

function entryOf({ step, time, pin }: KeptState): TimelineEntry {
  return { step, time, pin };
}
