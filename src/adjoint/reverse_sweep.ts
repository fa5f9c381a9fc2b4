/**
 * One sweep of `reverse`: the schedule is carried out.
 *
 * @module
 */
import { bytesText } from "../bytes_text.ts";
import { requireSame } from "../comm/collective_errors.ts";
import type { Model } from "../model/model.ts";
import { type ProgressTask, silentReporter } from "../run/progress.ts";
import { oneSweep } from "./one_sweep.ts";
import { OnlineStates } from "./online.ts";
import { checkReverse, type ReverseOptions, type ReverseReport } from "./reverse_options.ts";
import { type ReverseSchedule, reverseSchedule } from "./schedule.ts";
import { sweep, type SweepStart } from "./sweep.ts";
import { SweepRecord } from "./sweep_record.ts";
import { ownBytesOf, SweepStates } from "./sweep_states.ts";

/** What `reverse` does. */
export async function aloneReverse(model: Model, options: ReverseOptions): Promise<ReverseReport> {
  checkReverse(model, options);
  return await oneSweep(model, "reverse", () => reverseSweep(model, options));
}

/** The same as a part of another sweep. */
export async function reverseSweep(model: Model, options: ReverseOptions): Promise<ReverseReport> {
  checkReverse(model, options);
  const kept = new SweepStates(model, options.disk?.folder ?? "");
  try {
    const record = SweepRecord.open(model, options.record);
    return await new Sweep(model, options, kept, record).run();
  } finally {
    await kept.restoreFirst();
    await kept.clear();
  }
}

/** One call of `reverse`. */
class Sweep {
  readonly #options: ReverseOptions;
  readonly #kept: SweepStates;
  readonly #record: SweepRecord | null;
  readonly #model: Model;
  #forwardSteps = 0;
  #task: ProgressTask = silentReporter.begin("", 0);

  constructor(
    model: Model,
    options: ReverseOptions,
    kept: SweepStates,
    record: SweepRecord | null,
  ) {
    this.#model = model;
    this.#options = options;
    this.#kept = kept;
    this.#record = record;
  }

  async run(): Promise<ReverseReport> {
    const { steps } = this.#options, before = await this.#record?.read() ?? null;
    if (before === null && typeof steps === "function") return await this.#untilTold(steps);
    const known = before?.end ?? steps as number, total = before?.steps ?? known;
    if (known > 0) await this.#planned(known, total, before === null);
    return this.#report(total, known);
  }

  /** Visits the states before `steps` steps of `total`, whose number is known. */
  async #planned(steps: number, total: number, whole: boolean): Promise<void> {
    const { disk, onSchedule, progress = silentReporter } = this.#options;
    const schedule = reverseSchedule(steps, this.#statesInMemory(), disk?.states);
    const end = whole ? this.#options.end : undefined;
    onSchedule?.(schedule);
    this.#task = progress.begin("reverse", schedule.forwardSteps + (end === undefined ? 0 : 1));
    try {
      await this.#kept.keep(0, schedule.onDisk.has(0));
      const start = { kept: [0], position: 0, steps };
      await this.#sweep(start, total, this.#room(schedule), schedule, end);
    } finally {
      this.#task.end();
    }
  }

  /** Takes steps as long as `goesOn`, then visits the states before them. */
  async #untilTold(goesOn: (k: number) => boolean): Promise<ReverseReport> {
    const { comm } = this.#model, states = new OnlineStates();
    const atStart = this.#statesInMemory();
    await this.#kept.keep(0, false);
    const room = this.#room({ states: { memory: atStart, disk: 0 } });
    let steps = 0;
    for (;;) {
      const answer = goesOn(steps);
      requireSame(comm, "reverse: steps", String(answer));
      if (!answer) break;
      if (steps > 0) await this.#keepOnline(states, steps, room());
      await this.#step(steps++);
    }
    await this.#options.end?.(steps);
    if (steps > 0) await this.#sweep({ kept: states.steps, position: null, steps }, steps, room);
    return this.#report(steps, steps);
  }

  /** Keeps the state before a step that is to be taken, instead of another one where there is no room. */
  async #keepOnline(states: OnlineStates, step: number, room: number): Promise<void> {
    const gone = states.add(step, this.#fits() ? room : this.#kept.count);
    if (gone === step) return;
    if (gone !== null) await this.#kept.drop(gone);
    // It may still be too large, where it is larger than the one that went.
    if (this.#fits()) await this.#kept.keep(step, false);
    else states.forgetLast();
  }

  async #sweep(
    start: SweepStart,
    total: number,
    room: () => number,
    schedule?: ReverseSchedule,
    end?: ReverseOptions["end"],
  ): Promise<void> {
    for (const action of sweep(start, room, () => this.#fits())) {
      const { kind } = action;
      if (kind === "advance") {
        for (let k = action.from; k < action.to; k++) await this.#step(k);
      } else if (kind === "keep") {
        await this.#kept.keep(action.step, schedule?.onDisk.has(action.level) ?? false);
      } else if (kind === "restore") await this.#kept.restore(action.step);
      else if (kind === "drop") await this.#kept.drop(action.step);
      else {
        if (end !== undefined && action.step === total - 1) await this.#toEnd(action.step, end);
        await this.#options.visit(action.step);
        await this.#record?.write({ steps: total, end: action.step }, action.step === 0);
      }
    }
  }

  /** Takes the last step, has its result looked at, and takes it back. */
  async #toEnd(last: number, end: NonNullable<ReverseOptions["end"]>): Promise<void> {
    using before = this.#model.saveState();
    await this.#step(last);
    await end(last + 1);
    this.#model.loadState(before);
  }

  async #step(k: number): Promise<void> {
    await this.#options.step(k);
    this.#task.done(++this.#forwardSteps);
  }

  /** How many states memory has room for, all of them as large as the one that the model has. */
  #statesInMemory(): number {
    const { memory, disk } = this.#options;
    if (typeof memory === "number") return memory;
    using state = this.#model.saveState();
    const bytes = Math.max(1, ownBytesOf(state));
    const room = this.#model.comm.allreduce(Math.floor(memory.bytes / bytes), "min");
    if (room > 0 || disk !== undefined) return room;
    throw new RangeError(
      `reverse: a state has ${bytesText(bytes)}, and memory.bytes is ${
        bytesText(memory.bytes)
      }: not one fits; give more, or keep states on disk`,
    );
  }

  /** How many states there is room for at any moment: fewer than planned where later ones are larger. */
  #room({ states }: Pick<ReverseSchedule, "states">): () => number {
    const { memory } = this.#options, planned = states.memory + states.disk;
    if (typeof memory === "number") return () => planned;
    return () => Math.min(planned, this.#kept.roomIn(memory.bytes) + states.disk);
  }

  /** Whether the state that the model has can be kept: it may be larger than all before. */
  #fits(): boolean {
    const { memory, disk } = this.#options;
    return typeof memory === "number" || disk !== undefined || this.#kept.fitsIn(memory.bytes);
  }

  #report(steps: number, visited: number): ReverseReport {
    const { peakBytes } = this.#kept;
    return { steps, visited, forwardSteps: this.#forwardSteps, peakBytes };
  }
}
