import { printAs } from "../display.ts";
import { ConvergenceError } from "../errors.ts";
import { version } from "../version.ts";
import {
  addToSums,
  lastKnownTo,
  noSums,
  type TranscriptDetails,
  type TranscriptEvent,
  type TranscriptHead,
  type TranscriptKind,
} from "./transcript_event.ts";
import {
  selectEvents,
  sumsOf,
  type TranscriptEntry,
  type TranscriptFilter,
  type TranscriptSummary,
  transcriptSummary,
} from "./transcript_query.ts";
import { fixFields } from "../fixed_fields.ts";

/** Taken once, because `verifyReplay` watches whether a step looks at the clock, and this is not the step. */
const clock = Date.now;

/** The number of events that stay in memory; up to twice as many stand there for a while. */
const KEPT = 10_000;

/** Receives every event as it happens. */
export type TranscriptSink = (event: TranscriptEvent) => void;

/** An event of this process, which gets another number when the run that it belongs to is known. */
type Noted = { -readonly [K in keyof TranscriptEvent]: TranscriptEvent[K] };

/** What a state knows of: the last event before it was captured. */
export type TranscriptMark = Noted;

/** The hands of the toolkit on a transcript; not public. */
export interface TranscriptKeeper {
  /** The last event now. */
  mark(): TranscriptMark;
  /** Notes a step that a loop of the script has taken since the last event. */
  notice(): void;
  /** Notes an event. */
  add(kind: TranscriptKind, details?: TranscriptDetails): void;
  /** Notes a step of `advance`. */
  stepped(dt: number): void;
  /** Notes that the model was put back to a state that was captured at `mark`. */
  restored(asked: string, mark: TranscriptMark | undefined): void;
  /** Runs work that puts the model back, and says why. */
  takeBack<R>(why: TranscriptHead, work: () => R): R;
  /** Runs something indivisible, and notes what it returns where it is a solve or a change of a mesh. */
  timed<R>(what: string, work: () => R): R;
  /**
   * Makes this process part of a run, whose earlier events stand before its own: sends its own to `sink`, and
   * every one to come; the result ends that.
   */
  join(earlier: readonly TranscriptEvent[], head: TranscriptHead, sink: TranscriptSink): () => void;
}

/** Gives the toolkit's own floors the means to write a transcript. */
export let keeperOf: (transcript: Transcript) => TranscriptKeeper;

/**
 * `model.transcript`: what happened in a run, noted as it goes: steps taken and taken back and why, solves with
 * iterations and residuals, changes of meshes, saves, loads and warnings, with wall times. In memory the last
 * 10,000 events stay; `Checkpoints` writes all of them beside the checkpoints, as lines of JSON, and continues
 * them when the run is resumed. An event that was left behind when the model was put back stays, and says so.
 *
 * State: none, it tells what was done, also what was undone; a restore that took it back would erase that.
 *
 * @example
 * ```ts
 * import { Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * await model.advance({ dt: 0.5, until: 1, step: () => {}, accept: (dt) => dt < 0.3 });
 * const { steps, rejected, reasons } = model.transcript.summary();
 * console.log(steps, rejected, reasons); // 5 1 { "not accepted": 1 }
 * console.log(model.transcript.events({ kinds: ["reject"] })[0].dt); // 0.5
 * ```
 */
export class Transcript {
  readonly #position: { readonly time: number; readonly step: number };
  readonly #events: Noted[] = [];
  readonly #sinks = new Set<TranscriptSink>();
  readonly #sums = noSums();
  #count = 0;
  /** `tracker.step` when it was last looked at. */
  #step = 0;
  /** When the last step or attempt ended, in milliseconds. */
  #since = performance.now();
  #takingBack: TranscriptHead | null = null;
  /** Whether the events of this process belong to a run. */
  #joined = false;

  /** Made by the model. */
  constructor(position: { readonly time: number; readonly step: number }, ranks: number) {
    this.#position = position;
    this.#add("start", { toolkit: version, deno: Deno.version.deno, ranks });
    fixFields(this, new.target, Transcript);
  }

  /** The number of events so far, also of those that are no longer in memory. */
  get count(): number {
    this.#notice();
    return this.#count;
  }

  /**
   * The events in memory, oldest first, with a mark on those that were left behind.
   *
   * @throws {TypeError} when an option does not exist or has a wrong type.
   * @throws {RangeError} when there is no such kind, a step is NaN, or `last` is not a whole number of at least 0.
   */
  events(filter: TranscriptFilter = {}): TranscriptEntry[] {
    this.#notice();
    return selectEvents(this.#events, filter);
  }

  /** The sums of all events, the solvers, and the reasons for which attempts were taken back. */
  summary(): TranscriptSummary {
    this.#notice();
    return transcriptSummary(this.#events, { ...this.#sums });
  }

  /**
   * Writes a line of your own.
   *
   * @throws {TypeError} when the text is not a string.
   */
  note(text: string): void {
    if (typeof text !== "string") {
      throw new TypeError(`transcript.note takes a text, got ${Deno.inspect(text)}`);
    }
    this.#add("note", { why: text });
  }

  static {
    printAs(this, function () {
      this.#notice();
      const { steps, rejected, solves, saves } = this.#sums;
      return `Transcript(${this.#count} events: ${steps} steps, ${rejected} rejected, ` +
        `${solves} solves, ${saves} saves)`;
    });
  }

  static {
    keeperOf = (transcript) => transcript.#keeper;
  }

  readonly #keeper: TranscriptKeeper = {
    mark: () => (this.#notice(), this.#events.at(-1)!),
    notice: () => this.#notice(),
    add: (kind, details) => this.#add(kind, details),
    stepped: (dt) => this.#stepped(dt),
    restored: (asked, mark) => this.#restored(asked, mark),
    takeBack: (why, work) => this.#takeBack(why, work),
    timed: (what, work) => this.#timed(what, work),
    join: (earlier, head, sink) => this.#join(earlier, head, sink),
  };

  #add(kind: TranscriptKind, details?: TranscriptDetails): void {
    this.#notice();
    this.#push(kind, details);
  }

  #push(kind: TranscriptKind, details?: TranscriptDetails): void {
    const { step, time } = this.#position;
    const event: Noted = { n: ++this.#count, kind, at: clock(), step, time, ...details };
    this.#events.push(event);
    if (this.#events.length >= 2 * KEPT) this.#events.splice(0, KEPT);
    addToSums(this.#sums, event);
    for (const sink of this.#sinks) sink(event);
  }

  #notice(): void {
    const { step } = this.#position;
    const taken = step - this.#step;
    if (taken === 0) return;
    this.#step = step;
    if (taken > 0) {
      const { dt } = this.#position as { dt?: unknown };
      this.#pushStep(typeof dt === "number" ? dt : undefined, taken);
    }
  }

  #stepped(dt: number): void {
    this.#step = this.#position.step;
    this.#pushStep(dt, 1);
  }

  #pushStep(dt: number | undefined, taken: number): void {
    const details: { -readonly [K in keyof TranscriptDetails]: TranscriptDetails[K] } = {};
    if (dt !== undefined) details.dt = dt;
    if (taken !== 1) details.steps = taken;
    details.seconds = this.#lap();
    this.#push("step", details);
  }

  /** The seconds since the last step or attempt. */
  #lap(): number {
    const now = performance.now(), seconds = roundedSeconds(now - this.#since);
    this.#since = now;
    return seconds;
  }

  #restored(asked: string, mark: TranscriptMark | undefined): void {
    const { kind, ...why } = this.#takingBack ??
      { kind: asked === "timeline" ? "rewind" as const : "restore" as const };
    const { step } = this.#position;
    this.#step = step;
    const seconds = this.#lap();
    const since = mark?.n ?? lastKnownTo(this.#events, why.file, step);
    this.#push(kind, { ...why, since, seconds });
  }

  #takeBack<R>(why: TranscriptHead, work: () => R): R {
    this.#notice();
    this.#takingBack = why;
    try {
      return work();
    } finally {
      this.#takingBack = null;
    }
  }

  #timed<R>(what: string, work: () => R): R {
    // A loop's own step ends before the next solve begins.
    this.#notice();
    const begun = performance.now();
    try {
      const result = work();
      if (typeof result === "object" && result !== null) this.#noteResult(what, result, begun);
      return result;
    } catch (error) {
      if (error instanceof ConvergenceError) {
        const { iterations, residual, message: why } = error;
        const seconds = roundedSeconds(performance.now() - begun);
        this.#add("solve", {
          name: nameIn(what),
          iterations,
          residual,
          seconds,
          failed: true,
          why,
        });
      }
      throw error;
    }
  }

  #noteResult(what: string, result: object, begun: number): void {
    const { iterations, residual, cellCount, changed } = result as Record<string, unknown>;
    const seconds = roundedSeconds(performance.now() - begun);
    if (typeof iterations === "number" && typeof residual === "number") {
      this.#add("solve", { name: nameIn(what), iterations, residual, seconds });
    } else if (typeof cellCount === "number" && changed === true) {
      this.#add("adapt", { name: what, cells: cellCount, seconds });
    }
  }

  #join(
    earlier: readonly TranscriptEvent[],
    { kind, ...details }: TranscriptHead,
    sink: TranscriptSink,
  ): () => void {
    const last = earlier.at(-1)?.n ?? 0;
    if (this.#joined) {
      // These events are those of another run, or of the same one before.
      this.#count = Math.max(this.#count, last);
      this.#sinks.add(sink);
      this.#add(kind, details);
    } else {
      this.#joined = true;
      this.#notice();
      Object.assign(this.#events[0], details, { kind });
      if (last > 0) this.#continueFrom(earlier, last);
      for (const event of this.#events) {
        if (event.n > last) sink(event);
      }
      this.#sinks.add(sink);
    }
    return () => void this.#sinks.delete(sink);
  }

  #continueFrom(earlier: readonly TranscriptEvent[], shift: number): void {
    this.#count += shift;
    for (const event of this.#events) {
      event.n += shift;
      if (event.state !== undefined) event.state += shift;
      if (event.since === undefined) continue;
      event.since = event.kind === "load"
        ? lastKnownTo(earlier, event.file, event.step)
        : event.since + shift;
    }
    const own = this.#events.splice(0);
    this.#events.push(...earlier.slice(-KEPT), ...own);
    // Of a long time before the run began, only the sums are left.
    const before = sumsOf(earlier);
    for (const name of Object.keys(before) as (keyof typeof before)[]) {
      this.#sums[name] += before[name];
    }
  }
}

/** Microseconds are enough, and shorter in a file. */
function roundedSeconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1e6;
}

/** The solver of `Poisson_0.solve`. */
function nameIn(what: string): string {
  return what.endsWith(".solve") ? what.slice(0, -6) : what;
}
