import type { Comm } from "../comm/comm.ts";
import { allOrNone, allOrNoneAsync } from "../comm/collective_errors.ts";
import { messageOf } from "../error_guard.ts";
import { ModelBusyError, StepSizeError } from "../errors.ts";
import { StepErrors } from "../ddt/step_errors.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { FiniteWatch, type Watched } from "./finite_watch.ts";
import {
  type AcceptedStep,
  type AdvanceOptions,
  type AdvanceReport,
  askedSize,
  resolveAdvanceOptions,
  type ResolvedAdvanceOptions,
  roundingOfClock,
} from "./advance_options.ts";
import { embeddedError } from "./embedded_error.ts";
import type { StepControl } from "./step_control.ts";
import { keeperOf, type Transcript } from "./transcript.ts";
import {
  agreedVerdict,
  attemptedStep,
  type StepFailure,
  type StepVerdict,
} from "./step_verdict.ts";

/** The part of a model that the loop needs. */
export interface AdvanceHost extends Watched {
  readonly tracker: { time: number; step: number; dt: number | null };
  readonly timeline: { readonly recording: boolean; record(): unknown };
  readonly comm: Comm;
  readonly transcript: Transcript;
  saveState(): Snapshot;
  loadState(snapshot: Snapshot): void;
}

/** One call of `advance`. */
interface AdvanceRun {
  readonly model: AdvanceHost;
  readonly control: StepControl;
  readonly options: AdvanceOptions;
  readonly resolved: ResolvedAdvanceOptions;
  readonly watch: FiniteWatch;
}

/** The time in milliseconds after which the loop lets timers and signals run. */
const YIELD_AFTER = 250;

/** The relative slack within which a step that nearly reaches the end is extended to it. */
const LANDING = 1e-9;

/** With fewer steps than this left, two of equal length are taken: none is a tenth of the one before it. */
const SLIVER = 1.1;

/** The models whose loop is running: two loops would move one clock. It is a place in the script, not state. */
const running = new WeakSet<StepControl>();

/** The adaptive loop behind `model.advance`. */
export async function advance(
  model: AdvanceHost,
  control: StepControl,
  options: AdvanceOptions,
): Promise<AdvanceReport> {
  const { comm, tracker } = model;
  const resolved = allOrNone(comm, () => resolveAdvanceOptions(options, tracker.time));
  if (running.has(control)) throw new ModelBusyError("advance", "another advance");
  running.add(control);
  try {
    return await loop({ model, control, options, resolved, watch: new FiniteWatch(model) });
  } finally {
    running.delete(control);
  }
}

async function loop(run: AdvanceRun): Promise<AdvanceReport> {
  const { model: { comm, timeline, tracker }, options: { until, onStep } } = run;
  const steps: AcceptedStep[] = [];
  let rejected = 0, rested = performance.now();
  for (;;) {
    const asked = agreedSize(comm, run.options);
    const planned = plannedSize(run, asked);
    if (until - tracker.time <= roundingOfClock(tracker.time, until, planned)) break;
    const takenBack: string[] = [];
    await oneStep(run, asked, takenBack);
    rejected += takenBack.length;
    const done = { step: tracker.step, time: tracker.time, dt: tracker.dt!, takenBack };
    steps.push(done);
    await allOrNoneAsync(comm, async () => {
      if (timeline.recording) timeline.record();
      await onStep?.(done);
    });
    if (performance.now() - rested > YIELD_AFTER) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      rested = performance.now();
    }
  }
  return { accepted: steps.length, rejected, steps };
}

/** Attempts one step until it is accepted. */
async function oneStep(run: AdvanceRun, asked: number, takenBack: string[]): Promise<void> {
  const { model, control, options, resolved, watch } = run, { dt: first, until } = options;
  const { tracker } = model, keeper = keeperOf(model.transcript);
  using before = model.saveState();
  const planned = plannedSize(run, asked);
  control.begin(typeof first === "number" ? asked : null, planned);
  for (let dt = planned;; dt = Math.min(control.nextDt!, resolved.maxDt)) {
    const left = until - tracker.time;
    const why = whyNot(dt, tracker.time, resolved, takenBack);
    if (why !== null) {
      model.loadState(before);
      throw giveUp(why, dt, takenBack);
    }
    const slack = LANDING * dt + roundingOfClock(tracker.time, until, dt);
    const lands = left <= dt + slack;
    if (lands) dt = left;
    // Two steps of equal length instead of one of `dt` and a sliver, with which BDF would lose its order.
    else if (left < SLIVER * dt) dt = left / 2;
    const verdict = await tryStep(run, dt);
    if ("thrown" in verdict) {
      const thrown = { kind: "rollback", dt, why: messageOf(verdict.thrown) } as const;
      keeper.takeBack(thrown, () => model.loadState(before));
      throw verdict.thrown;
    }
    const judged = { ...resolved, order: verdict.order ?? resolved.order };
    if (verdict.holds) {
      const clipped = dt < planned;
      if (verdict.error !== null) control.acceptedWith(verdict.error, dt, judged);
      else if (options.error === undefined) control.accepted(dt, resolved);
      else control.keep(dt);
      // The step was shortened to end at `until`, which is not a reason against the planned size.
      if (clipped && takenBack.length === 0) control.keep(planned);
      tracker.time = lands ? until : tracker.time + dt;
      tracker.step += 1;
      watch.accept();
      keeper.stepped(dt);
      return;
    }
    takenBack.push(`dt ${shown(dt)}: ${verdict.reason}`);
    const reject = { kind: "reject", dt, why: verdict.reason } as const;
    keeper.takeBack(reject, () => model.loadState(before));
    control.rejected(dt, verdict.error, judged);
  }
}

/** The size that `dt` asks for, the same on all ranks. Collective. */
function agreedSize(comm: Comm, options: AdvanceOptions): number {
  if (typeof options.dt === "number") return options.dt;
  const own = allOrNone(comm, () => askedSize(options));
  return comm.size === 1 ? own : comm.allreduce(own, "min");
}

/** The size that the next step is first tried with. */
function plannedSize(run: AdvanceRun, asked: number): number {
  const { control, options: { dt }, resolved: { maxDt, prescribed } } = run;
  if (typeof dt === "number") return Math.min(control.proposed(asked), maxDt);
  const free = prescribed && !control.isHeldBack;
  return Math.min(free ? asked : Math.min(control.nextDt ?? asked, asked), maxDt);
}

async function tryStep(
  { model, options, resolved, watch }: AdvanceRun,
  dt: number,
): Promise<StepVerdict | StepFailure> {
  using estimates = options.error === "embedded" ? new StepErrors(model) : null;
  const { tracker } = model, { time } = tracker;
  const wildNow = () => watch.firstNonFinite();
  tracker.dt = dt;
  // A field that blew up makes other calls fail: advect, for example, refuses a velocity that is not finite.
  const stepped = await attemptedStep(async () => {
    await options.step(dt);
    if (tracker.time !== time) {
      throw new TypeError(
        `advance: the step moved tracker.time from ${time} to ${tracker.time}; leave that to advance, ` +
          "which moves it after each accepted step",
      );
    }
    const wild = wildNow();
    return { holds: wild === null, reason: `${wild} is not finite`, error: null };
  }, wildNow);
  // accept() and error() may communicate, so either all ranks call them or none does.
  const verdict = agreedVerdict(model.comm, stepped);
  if ("thrown" in verdict || !verdict.holds) return verdict;
  return agreedVerdict(
    model.comm,
    await attemptedStep(() => judge(options, resolved, dt, estimates), wildNow),
  );
}

/** Asks the script whether a step is accepted. */
async function judge(
  options: AdvanceOptions,
  { tolerance }: ResolvedAdvanceOptions,
  dt: number,
  estimates: StepErrors | null,
): Promise<StepVerdict> {
  if (estimates !== null) {
    const worst = embeddedError(estimates.all);
    if (worst === null) return { holds: true, reason: "", error: null };
    return { ...verdictOn(worst.error, tolerance, ` of '${worst.name}'`), order: worst.order };
  }
  if (typeof options.error === "function") {
    const found = await options.error(dt);
    if (typeof found !== "number" || found < 0) {
      throw new TypeError(`advance: error(dt) must return a number of at least 0, got ${found}`);
    }
    return verdictOn(found, tolerance);
  }
  const holds = options.accept === undefined || await options.accept(dt);
  if (typeof holds !== "boolean") {
    throw new TypeError(`advance: accept(dt) must return true or false, got ${holds}`);
  }
  return { holds, reason: "not accepted", error: null };
}

/** The verdict on an error; `whose` is for the reason. */
function verdictOn(found: number, tolerance: number, whose = ""): StepVerdict {
  const error = found / tolerance;
  const reason = `the error ${shown(found)}${whose} is above the tolerance ${tolerance}`;
  return { holds: error <= 1, reason, error };
}

/** A number with four digits, for messages. */
function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Why `dt` should not be attempted, or null. */
function whyNot(
  dt: number,
  time: number,
  { minDt, maxRetries }: ResolvedAdvanceOptions,
  takenBack: readonly string[],
): string | null {
  if (takenBack.length > 0 && dt < minDt) return `the next step, ${dt}, is below minDt ${minDt}`;
  if (time + dt === time) return `a step of ${dt} does not move the clock at time ${time}`;
  if (takenBack.length < maxRetries) return null;
  return `${takenBack.length} attempts at one step were rejected (maxRetries)`;
}

function giveUp(why: string, dt: number, takenBack: readonly string[]): StepSizeError {
  const last = takenBack.slice(-5).map((reason) => `\n  ${reason}`).join("");
  return new StepSizeError(
    `advance gives up: ${why}; the model is at the last good state. The last attempts:${
      last || " none"
    }`,
    dt,
    takenBack,
  );
}
