import { ChunkedBackend } from "../snapshot/chunks.ts";
import { display } from "../display.ts";
import type { CheckpointBackend } from "../snapshot/contract.ts";
import { diffEntries, type SnapshotDifference } from "../snapshot/diff.ts";
import { type Moment, Moments } from "./moments.ts";
import { thinnest } from "./thinning.ts";

/** When a timeline keeps a state, and how much memory it may take. */
export interface RecordOptions {
  /** At least so many steps, or so much model time, between two states; each step when left out. */
  readonly every?: { readonly steps?: number; readonly time?: number };
  /** Bytes that all states may take together; no bound when left out. */
  readonly budget?: number;
}

/** Where to rewind to. */
export type RewindTarget =
  | { readonly steps: number }
  | { readonly toStep: number }
  | { readonly toTime: number }
  | { readonly toPin: string };

/** One kept state. */
export interface TimelineEntry {
  /** `tracker.step` of the state. */
  readonly step: number;
  /** `tracker.time` of the state. */
  readonly time: number;
  /** The name it is pinned under, or null. */
  readonly pin: string | null;
}

/** What a timeline needs of its model. */
export interface TimelineHost {
  readonly tracker: { time: number; step: number };
  captureInto(backend: CheckpointBackend): void;
  restoreFrom(backend: CheckpointBackend): void;
}

/** A kept state with the numbers that its tracker held. */
export interface KeptTracker extends TimelineEntry {
  readonly values: Readonly<Record<string, number>>;
}

/** The trackers of all kept states, for the toolkit's own pictures; not part of the public entry. */
export let trackersOf: (timeline: Timeline) => KeptTracker[];

/**
 * `model.timeline`: states kept in memory while the model runs, to rewind to. Neighbouring states share
 * what did not change; under a byte budget old states are thinned, so that their spacing grows with their
 * age. The newest and the pinned ones are never dropped.
 *
 * State: none, it is a record of states and not part of them; rewinding would otherwise forget it.
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
  readonly #moments = new Moments();
  #policy: RecordOptions | null = null;

  static {
    trackersOf = (timeline) =>
      timeline.#moments.all.map(({ step, time, pin, backend }) => ({
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
  }

  /** Bytes of array memory that all kept states take together, each block counted once. */
  get bytes(): number {
    return this.#moments.bytes;
  }

  /** True once `record` was told when to keep states; `advance` then records after each step. */
  get recording(): boolean {
    return this.#policy !== null;
  }

  /**
   * Keeps the present state if one is due. Call it after each step; the options of the last call that gave
   * some hold. Where the model was put back since, later states are forgotten as by `rewind`.
   *
   * @returns the entry, or null when none was due.
   * @throws {RangeError} when an interval or the budget is not a positive number.
   */
  record(options?: RecordOptions): TimelineEntry | null {
    if (options !== undefined) this.#policy = checked(options);
    this.#policy ??= {};
    this.#moments.leaveBehind(({ step }) => step > this.#host.tracker.step);
    return this.#isDue(this.#policy) ? this.#keep() : null;
  }

  /** Stops recording; what is kept stays. */
  stop(): void {
    this.#policy = null;
  }

  /** The kept states, oldest first. */
  entries(): TimelineEntry[] {
    return this.#moments.all.map(entryOf);
  }

  /**
   * Keeps the present state under a name, for as long as the timeline lives.
   *
   * @throws {RangeError} when the name is taken.
   */
  pin(name: string): TimelineEntry {
    if (this.#moments.all.some((moment) => moment.pin === name)) {
      throw new RangeError(`the timeline has a state pinned as '${name}' already`);
    }
    return this.#keep(name);
  }

  /**
   * Lets a pinned state go the way of the others.
   *
   * @throws {RangeError} when no state is pinned under that name.
   */
  unpin(name: string): void {
    const moment = this.#moments.pinned(name);
    moment.pin = null;
    this.#moments.drop((other) => other === moment && other.aside);
  }

  /**
   * Puts the model back to a kept state, the nearest at or before the target, and forgets later ones
   * that are not pinned.
   *
   * @returns the entry that the model is at now.
   * @throws {TypeError} when the target is none of the four.
   * @throws {RangeError} when no state is kept at or before the target.
   */
  rewind(target: RewindTarget): TimelineEntry {
    const moment = this.#find(checkedTarget(target));
    this.#host.restoreFrom(moment.backend);
    moment.aside = false;
    const at = this.#moments.all.indexOf(moment);
    this.#moments.leaveBehind((other, i) => i > at || other.step > moment.step);
    return entryOf(moment);
  }

  /**
   * What differs between two kept states, given by step or by the name of a pin.
   *
   * @throws {RangeError} when there is no such state.
   */
  diff(a: number | string, b: number | string): SnapshotDifference[] {
    return diffEntries(this.#moments.named(a).backend, this.#moments.named(b).backend);
  }

  /**
   * The first kept state at which `holds` is false, found with log2 N restores; the model is put back
   * to where it was. `holds` has to be true up to some state and false from there on.
   *
   * @returns null when it holds at every kept state.
   * @throws {TypeError} when `holds` gives neither true nor false (an async function gives a promise).
   */
  bisect(holds: () => boolean): TimelineEntry | null {
    const present = new ChunkedBackend(this.#moments.all.at(-1)?.backend ?? null);
    this.#host.captureInto(present);
    present.seal();
    try {
      const course = this.#moments.course();
      let good = -1, bad = course.length;
      while (bad - good > 1) {
        const middle = (good + bad) >> 1;
        this.#host.restoreFrom(course[middle].backend);
        const verdict: unknown = holds();
        if (typeof verdict !== "boolean") {
          throw new TypeError(
            `bisect: the predicate gives true or false, got ${Deno.inspect(verdict)}`,
          );
        }
        if (verdict) good = middle;
        else bad = middle;
      }
      return bad < course.length ? entryOf(course[bad]) : null;
    } finally {
      this.#host.restoreFrom(present);
    }
  }

  /** Forgets all states, pinned ones too. */
  clear(): void {
    this.#moments.drop(() => true);
  }

  /** One line for `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    const { all } = this.#moments;
    const steps = all.length === 0 ? "" : `, steps ${all[0].step} to ${all[all.length - 1].step}`;
    return `Timeline(${all.length} states${steps}, ${(this.bytes / 1e6).toFixed(3)} MB)`;
  }

  /** What a notebook shows: its chart. */
  [Symbol.for("Jupyter.display")](): Promise<object> {
    return display(this);
  }

  #isDue({ every = {} }: RecordOptions): boolean {
    const last = this.#moments.course().at(-1);
    const { step, time } = this.#host.tracker;
    if (last === undefined) return true;
    if (every.steps === undefined && every.time === undefined) return step !== last.step;
    // A hair of slack: 0.1 + 0.2 has to count as 0.3.
    const slack = 1e-9;
    return (every.steps !== undefined && step - last.step >= every.steps) ||
      (every.time !== undefined && time - last.time >= every.time * (1 - slack));
  }

  #keep(pin: string | null = null): TimelineEntry {
    const { step, time } = this.#host.tracker;
    const backend = new ChunkedBackend(this.#moments.all.at(-1)?.backend ?? null);
    this.#host.captureInto(backend);
    backend.seal();
    this.#moments.add({ step, time, pin, aside: false, backend });
    this.#thin();
    return { step, time, pin };
  }

  #thin(): void {
    const budget = this.#policy?.budget ?? Infinity;
    while (this.#moments.bytes > budget) {
      const course = this.#moments.course();
      const victim = thinnest(course);
      if (victim < 0) return;
      this.#moments.drop((moment) => moment === course[victim]);
    }
  }

  #find(target: RewindTarget): Moment {
    if ("toPin" in target) return this.#moments.pinned(target.toPin);
    const { step } = this.#host.tracker;
    const before = "toTime" in target
      ? (moment: Moment) => moment.time <= target.toTime
      : (moment: Moment) =>
        moment.step <= ("steps" in target ? step - target.steps : target.toStep);
    const moment = this.#moments.course().findLast(before);
    if (moment !== undefined) return moment;
    const kept = this.#moments.course().map((other) => other.step).join(", ") || "none";
    throw new RangeError(
      `rewind ${
        JSON.stringify(target)
      }: no state is kept at or before that; steps kept are: ${kept}`,
    );
  }
}

function entryOf({ step, time, pin }: Moment): TimelineEntry {
  return { step, time, pin };
}

function checkedTarget(target: RewindTarget): RewindTarget {
  for (const [name, value] of Object.entries(target ?? {})) {
    if (typeof value === "number" && ["steps", "toStep", "toTime"].includes(name)) return target;
    if (typeof value === "string" && name === "toPin") return target;
  }
  throw new TypeError(
    `rewind takes { steps }, { toStep } or { toTime } with a number, or { toPin } with a name; got ${
      Deno.inspect(target)
    }`,
  );
}

function checked(options: RecordOptions): RecordOptions {
  const { every, budget } = options;
  for (
    const [name, value] of [
      ["every.steps", every?.steps],
      ["every.time", every?.time],
      ["budget", budget],
    ] as const
  ) {
    if (value !== undefined && !(value > 0)) {
      throw new RangeError(`timeline.record: ${name} is a positive number, got ${value}`);
    }
  }
  return options;
}
