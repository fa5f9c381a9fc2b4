import { ChunkedBackend } from "../snapshot/chunks.ts";
import { display } from "../display.ts";
import type { CheckpointBackend } from "../snapshot/contract.ts";
import { diffEntries, type SnapshotDifference } from "../snapshot/diff.ts";
import { BlockLedger } from "./block_ledger.ts";
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

interface Moment {
  readonly step: number;
  readonly time: number;
  pin: string | null;
  readonly backend: ChunkedBackend;
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
  readonly #ledger = new BlockLedger();
  #moments: Moment[] = [];
  #policy: RecordOptions | null = null;

  static {
    trackersOf = (timeline) =>
      timeline.#moments.map(({ step, time, pin, backend }) => ({
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
    return this.#ledger.bytes;
  }

  /** True once `record` was told when to keep states; `advance` then records after each step. */
  get recording(): boolean {
    return this.#policy !== null;
  }

  /**
   * Keeps the present state if one is due. Call it after each step; the options of the last call that gave
   * some hold.
   *
   * @returns the entry, or null when none was due.
   * @throws {RangeError} when an interval or the budget is not a positive number.
   */
  record(options?: RecordOptions): TimelineEntry | null {
    if (options !== undefined) this.#policy = checked(options);
    this.#policy ??= {};
    return this.#isDue(this.#policy) ? this.#keep() : null;
  }

  /** Stops recording; what is kept stays. */
  stop(): void {
    this.#policy = null;
  }

  /** The kept states, oldest first. */
  entries(): TimelineEntry[] {
    return this.#moments.map(({ step, time, pin }) => ({ step, time, pin }));
  }

  /**
   * Keeps the present state under a name, for as long as the timeline lives.
   *
   * @throws {RangeError} when the name is taken.
   */
  pin(name: string): TimelineEntry {
    if (this.#moments.some((moment) => moment.pin === name)) {
      throw new RangeError(`the timeline has a state pinned as '${name}' already`);
    }
    this.#keep();
    const newest = this.#moments[this.#moments.length - 1];
    newest.pin = name;
    return { step: newest.step, time: newest.time, pin: name };
  }

  /** Lets a pinned state go the way of the others. */
  unpin(name: string): void {
    this.#pinned(name).pin = null;
  }

  /**
   * Puts the model back to a kept state, the nearest at or before the target, and forgets later ones
   * that are not pinned.
   *
   * @returns the entry that the model is at now.
   * @throws {RangeError} when no state is kept at or before the target.
   */
  rewind(target: RewindTarget): TimelineEntry {
    const moment = this.#find(target);
    this.#host.restoreFrom(moment.backend);
    const at = this.#moments.indexOf(moment);
    this.#drop((other, i) => i > at && other.pin === null);
    return { step: moment.step, time: moment.time, pin: moment.pin };
  }

  /**
   * What differs between two kept states, given by step or by the name of a pin.
   *
   * @throws {RangeError} when there is no such state.
   */
  diff(a: number | string, b: number | string): SnapshotDifference[] {
    return diffEntries(this.#exactly(a).backend, this.#exactly(b).backend);
  }

  /**
   * The first kept state at which `holds` is false, found with log2 N restores; the model is put back
   * to where it was. `holds` has to be true up to some state and false from there on.
   *
   * @returns null when it holds at every kept state.
   */
  bisect(holds: () => boolean): TimelineEntry | null {
    const present = new ChunkedBackend(this.#moments.at(-1)?.backend ?? null);
    this.#host.captureInto(present);
    present.seal();
    try {
      let good = -1, bad = this.#moments.length;
      while (bad - good > 1) {
        const middle = (good + bad) >> 1;
        this.#host.restoreFrom(this.#moments[middle].backend);
        if (holds()) good = middle;
        else bad = middle;
      }
      return this.entries()[bad] ?? null;
    } finally {
      this.#host.restoreFrom(present);
    }
  }

  /** Forgets all states, pinned ones too. */
  clear(): void {
    this.#drop(() => true);
  }

  /** One line for `console.log`. */
  [Symbol.for("Deno.customInspect")](): string {
    const { length } = this.#moments;
    const steps = length === 0
      ? ""
      : `, steps ${this.#moments[0].step} to ${this.#moments[length - 1].step}`;
    return `Timeline(${length} states${steps}, ${(this.bytes / 1e6).toFixed(3)} MB)`;
  }

  /** What a notebook shows: its chart. */
  [Symbol.for("Jupyter.display")](): Promise<object> {
    return display(this);
  }

  #isDue({ every = {} }: RecordOptions): boolean {
    const last = this.#moments.at(-1);
    const { step, time } = this.#host.tracker;
    if (last === undefined) return true;
    if (every.steps === undefined && every.time === undefined) return step !== last.step;
    // A hair of slack: 0.1 + 0.2 has to count as 0.3.
    const slack = 1e-9;
    return (every.steps !== undefined && step - last.step >= every.steps) ||
      (every.time !== undefined && time - last.time >= every.time * (1 - slack));
  }

  #keep(): TimelineEntry {
    const { step, time } = this.#host.tracker;
    const backend = new ChunkedBackend(this.#moments.at(-1)?.backend ?? null);
    this.#host.captureInto(backend);
    backend.seal();
    this.#ledger.add(backend.blocks());
    this.#moments.push({ step, time, pin: null, backend });
    this.#thin();
    return { step, time, pin: null };
  }

  #thin(): void {
    const budget = this.#policy?.budget ?? Infinity;
    while (this.#ledger.bytes > budget) {
      const victim = thinnest(this.#moments);
      if (victim < 0) return;
      this.#drop((_, i) => i === victim);
    }
  }

  #drop(gone: (moment: Moment, index: number) => boolean): void {
    const kept: Moment[] = [];
    this.#moments.forEach((moment, i) => {
      if (gone(moment, i)) this.#ledger.remove(moment.backend.blocks());
      else kept.push(moment);
    });
    this.#moments = kept;
  }

  #find(target: RewindTarget): Moment {
    if ("toPin" in target) return this.#pinned(target.toPin);
    const { step } = this.#host.tracker;
    const before = "toTime" in target
      ? (moment: Moment) => moment.time <= target.toTime
      : (moment: Moment) =>
        moment.step <= ("steps" in target ? step - target.steps : target.toStep);
    const moment = this.#moments.findLast(before);
    if (moment !== undefined) return moment;
    const kept = this.#moments.map((other) => other.step).join(", ") || "none";
    throw new RangeError(
      `rewind ${
        JSON.stringify(target)
      }: no state is kept at or before that; steps kept are: ${kept}`,
    );
  }

  #pinned(name: string): Moment {
    const moment = this.#moments.find(({ pin }) => pin === name);
    if (moment !== undefined) return moment;
    const pins = this.#moments.flatMap(({ pin }) => pin === null ? [] : [`'${pin}'`]);
    throw new RangeError(`no state is pinned as '${name}'; pins are: ${pins.join(", ") || "none"}`);
  }

  #exactly(which: number | string): Moment {
    if (typeof which === "string") return this.#pinned(which);
    const moment = this.#moments.findLast(({ step }) => step === which);
    if (moment === undefined) throw new RangeError(`the timeline keeps no state of step ${which}`);
    return moment;
  }
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
