import type { Comm } from "../comm/comm.ts";
import { allOrNone, allOrNoneAsync } from "../comm/collective_errors.ts";
import { ModelBusyError, StepSizeError } from "../errors.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { FiniteWatch, type Watched } from "./finite_watch.ts";
import type { StepControl, StepControlOptions } from "./step_control.ts";
import {
  agreedVerdict,
  attemptedStep,
  type StepFailure,
  type StepVerdict,
} from "./step_verdict.ts";

/** What `model.advance` is told. */
export interface AdvanceOptions {
  /**
   * The first step size. A run that was put back in the middle, or is called again with the same first
   * size, goes on with the size it had; with another one the control starts anew.
   */
  readonly dt: number;
  /** The time to land on, exactly. */
  readonly until: number;
  /** One step of the model by `dt`; `tracker.time` is still the old time, and moves on by itself. */
  readonly step: (dt: number) => unknown;
  /** Whether the step just taken holds. Not together with `error`. */
  readonly accept?: (dt: number) => boolean | Promise<boolean>;
  /** An estimate of the error of the step just taken. Not together with `accept`. */
  readonly error?: (dt: number) => number | Promise<number>;
  /** The largest `error` that holds; 1 when left out. */
  readonly tolerance?: number;
  /** Order of the scheme that `error` measures; 1 when left out. */
  readonly order?: number;
  /** How far below the tolerance to aim; 0.9 when left out. */
  readonly safety?: number;
  /** The smallest factor between steps; 0.2 with `error`, otherwise 0.5. */
  readonly shrink?: number;
  /** The largest factor between steps; 2 with `error`, otherwise 1.2. */
  readonly grow?: number;
  /** Below this the loop gives up; 0 when left out. */
  readonly minDt?: number;
  /** No step is longer; without `accept` and `error` it is `dt`, otherwise there is no bound. */
  readonly maxDt?: number;
  /** Tries of one step before giving up; 30 when left out. */
  readonly maxRetries?: number;
  /** Called after each accepted step, when the tracker has moved on. */
  readonly onStep?: (step: AcceptedStep) => unknown;
}

/** One step that held. */
export interface AcceptedStep {
  /** `tracker.step` after it. */
  readonly step: number;
  /** `tracker.time` after it. */
  readonly time: number;
  /** Its size. */
  readonly dt: number;
  /** Why earlier tries of it were taken back, oldest first. */
  readonly takenBack: readonly string[];
}

/** What `model.advance` did. */
export interface AdvanceReport {
  /** How many steps held. */
  readonly accepted: number;
  /** How many were taken back. */
  readonly rejected: number;
  /** Every step that held, with why earlier tries did not. */
  readonly steps: readonly AcceptedStep[];
}

/** What the loop needs of a model. */
export interface Steppable extends Watched {
  readonly tracker: { time: number; step: number; dt: number | null };
  readonly stepControl: StepControl;
  readonly comm: Comm;
  saveState(): Snapshot;
  loadState(snapshot: Snapshot): void;
}

/** Options with nothing left open. */
interface ResolvedAdvanceOptions extends StepControlOptions {
  readonly tolerance: number;
  readonly minDt: number;
  readonly maxDt: number;
  readonly maxRetries: number;
}

/** After this many milliseconds the loop lets timers and signals run. */
const YIELD_AFTER = 250;

/** Relative slack with which a step that nearly reaches the end lands on it. */
const LANDING = 1e-9;

/** Whose loop runs: two at once would move one clock. A place in the script, not state. */
const running = new WeakSet<StepControl>();

/** The adaptive loop behind `model.advance`. */
export async function advance(
  model: Steppable,
  options: AdvanceOptions,
): Promise<AdvanceReport> {
  const settled = allOrNone(model.comm, () => resolveAdvanceOptions(model, options));
  if (running.has(model.stepControl)) throw new ModelBusyError("advance", "another advance");
  running.add(model.stepControl);
  try {
    return await loop(model, options, settled);
  } finally {
    running.delete(model.stepControl);
  }
}

async function loop(
  model: Steppable,
  options: AdvanceOptions,
  settled: ResolvedAdvanceOptions,
): Promise<AdvanceReport> {
  const { tracker } = model;
  const watch = new FiniteWatch(model);
  const steps: AcceptedStep[] = [];
  let rejected = 0, rested = performance.now();
  while (tracker.time < options.until) {
    const takenBack: string[] = [];
    await oneStep(model, options, settled, watch, takenBack);
    rejected += takenBack.length;
    const done = { step: tracker.step, time: tracker.time, dt: tracker.dt!, takenBack };
    steps.push(done);
    await allOrNoneAsync(model.comm, () => options.onStep?.(done));
    if (performance.now() - rested > YIELD_AFTER) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      rested = performance.now();
    }
  }
  return { accepted: steps.length, rejected, steps };
}

/** Tries one step until it holds. */
async function oneStep(
  model: Steppable,
  options: AdvanceOptions,
  settled: ResolvedAdvanceOptions,
  watch: FiniteWatch,
  takenBack: string[],
): Promise<void> {
  const { tracker, stepControl } = model;
  using before = model.saveState();
  stepControl.begin(options.dt);
  const planned = Math.min(stepControl.nextDt!, settled.maxDt);
  for (let dt = planned;; dt = Math.min(stepControl.nextDt!, settled.maxDt)) {
    const left = options.until - tracker.time;
    const why = whyNot(dt, tracker.time, settled, takenBack);
    if (why !== null) {
      model.loadState(before);
      throw giveUp(why, dt, takenBack);
    }
    const lands = left <= dt * (1 + LANDING);
    if (lands) dt = left;
    const verdict = await tryStep(model, options, settled, watch, dt);
    if ("thrown" in verdict) {
      model.loadState(before);
      throw verdict.thrown;
    }
    if (verdict.holds) {
      const clipped = lands && dt < planned;
      if (verdict.error !== null) stepControl.acceptedWith(verdict.error, dt, settled);
      else stepControl.accepted(dt, settled);
      // The step was cut to land; that says nothing against the size that was planned.
      if (clipped && takenBack.length === 0) stepControl.keep(planned);
      tracker.time = lands ? options.until : tracker.time + dt;
      tracker.step += 1;
      watch.accept();
      return;
    }
    takenBack.push(`dt ${shown(dt)}: ${verdict.reason}`);
    model.loadState(before);
    stepControl.rejected(dt, verdict.error, settled);
  }
}

async function tryStep(
  model: Steppable,
  options: AdvanceOptions,
  settled: ResolvedAdvanceOptions,
  watch: FiniteWatch,
  dt: number,
): Promise<StepVerdict | StepFailure> {
  const { time } = model.tracker;
  model.tracker.dt = dt;
  // A field that blew up makes others stumble over it: advect refuses a velocity that is not finite.
  const stepped = await attemptedStep(async () => {
    await options.step(dt);
    if (model.tracker.time !== time) {
      throw new TypeError(
        `advance moves tracker.time by itself, and the step moved it from ${time} to ` +
          `${model.tracker.time}; leave it to advance`,
      );
    }
    const wild = watch.firstNonFinite();
    return { holds: wild === null, reason: `${wild} is not finite`, error: null };
  }, () => watch.firstNonFinite());
  // What judges may ask all ranks, so either all of them come to it or none.
  const verdict = agreedVerdict(model.comm, stepped);
  if ("thrown" in verdict || !verdict.holds) return verdict;
  return agreedVerdict(
    model.comm,
    await attemptedStep(() => judge(options, settled, dt), () => watch.firstNonFinite()),
  );
}

async function judge(
  options: AdvanceOptions,
  settled: ResolvedAdvanceOptions,
  dt: number,
): Promise<StepVerdict> {
  if (options.error !== undefined) {
    const found = await options.error(dt);
    if (typeof found !== "number" || found < 0) {
      throw new TypeError(`advance: error(dt) gives a number from 0 up, got ${found}`);
    }
    const error = found / settled.tolerance;
    return {
      holds: error <= 1,
      reason: `the error ${shown(found)} is above the tolerance ${settled.tolerance}`,
      error,
    };
  }
  const holds = options.accept === undefined || await options.accept(dt);
  if (typeof holds !== "boolean") {
    throw new TypeError(`advance: accept(dt) gives true or false, got ${holds}`);
  }
  return { holds, reason: "not accepted", error: null };
}

/** A number for people: messages need no seventeen digits. */
function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Why a try with `dt` makes no sense, or null. */
function whyNot(
  dt: number,
  time: number,
  { minDt, maxRetries }: ResolvedAdvanceOptions,
  takenBack: readonly string[],
): string | null {
  if (takenBack.length > 0 && dt < minDt) return `the next step, ${dt}, is below minDt ${minDt}`;
  if (time + dt === time) return `a step of ${dt} does not move the clock at time ${time}`;
  if (takenBack.length < maxRetries) return null;
  return `${takenBack.length} tries of one step were taken back (maxRetries)`;
}

function giveUp(why: string, dt: number, takenBack: readonly string[]): StepSizeError {
  const last = takenBack.slice(-5).map((reason) => `\n  ${reason}`).join("");
  return new StepSizeError(
    `advance gives up: ${why}; the model is at the last good state. The last tries:${
      last || " none"
    }`,
    dt,
    takenBack,
  );
}

function resolveAdvanceOptions(model: Steppable, options: AdvanceOptions): ResolvedAdvanceOptions {
  const { dt, until, accept, error } = options;
  if (typeof options.step !== "function") throw new TypeError("advance needs step: (dt) => …");
  if (accept !== undefined && error !== undefined) {
    throw new TypeError("advance takes accept or error, not both: one of them decides");
  }
  requirePositive("dt", dt);
  if (!Number.isFinite(until) || until < model.tracker.time) {
    throw new RangeError(
      `advance: until is ${until}, and the model is at time ${model.tracker.time}; time runs forward`,
    );
  }
  const free = accept !== undefined || error !== undefined;
  const settled = {
    tolerance: options.tolerance ?? 1,
    order: options.order ?? 1,
    safety: options.safety ?? 0.9,
    shrink: options.shrink ?? (error === undefined ? 0.5 : 0.2),
    grow: options.grow ?? (error === undefined ? 1.2 : 2),
    minDt: options.minDt ?? 0,
    maxDt: options.maxDt ?? (free ? Number.MAX_VALUE : dt),
    maxRetries: options.maxRetries ?? 30,
  };
  for (const name of ["tolerance", "order", "safety", "maxDt", "maxRetries"] as const) {
    requirePositive(name, settled[name]);
  }
  if (!(settled.shrink > 0 && settled.shrink < 1 && settled.grow >= 1 && settled.minDt >= 0)) {
    throw new RangeError(
      `advance: shrink is in (0, 1), grow from 1 up, minDt from 0 up; got ${settled.shrink}, ` +
        `${settled.grow}, ${settled.minDt}`,
    );
  }
  return settled;
}

function requirePositive(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new RangeError(`advance: ${name} is a positive number, got ${value}`);
}
