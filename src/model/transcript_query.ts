/**
 * Events of a transcript that are asked for, and what they say together.
 *
 * @module
 */
import { checkOptions, describe, nearest, type OptionNames, requireNumber } from "../options.ts";
import {
  addToSums,
  leftBehind,
  noSums,
  type TranscriptEvent,
  type TranscriptKind,
  transcriptKinds,
  type TranscriptSums,
} from "./transcript_event.ts";

/** Which events to list; without options all of them. */
export interface TranscriptFilter {
  /** Only these kinds. */
  readonly kinds?: readonly TranscriptKind[] | undefined;
  /** Only what this solver, mesh or run did. */
  readonly name?: string | undefined;
  /** Only from this step on. */
  readonly fromStep?: number | undefined;
  /** Only up to this step. */
  readonly toStep?: number | undefined;
  /** Only what was left behind when the model was put back, with true; only what counts on, with false. */
  readonly leftBehind?: boolean | undefined;
  /** Only the last so many of the events that are left. */
  readonly last?: number | undefined;
}

const filterNames: OptionNames<TranscriptFilter> = {
  kinds: true,
  name: true,
  fromStep: true,
  toStep: true,
  leftBehind: true,
  last: true,
};

/** One event, and whether it still counts. */
export interface TranscriptEntry extends TranscriptEvent {
  /** Whether the model was put back to before it. */
  readonly leftBehind: boolean;
}

/** What one solver did. */
export interface SolverSummary {
  /** How often it solved. */
  readonly solves: number;
  /** How often it did not converge. */
  readonly failed: number;
  /** Iterations of all its solves. */
  readonly iterations: number;
  /** The largest number of iterations of one solve. */
  readonly mostIterations: number;
  /** The largest relative residual that it reached. */
  readonly worstResidual: number;
  /** Wall seconds of all its solves. */
  readonly seconds: number;
}

/** What a transcript says as a whole. */
export interface TranscriptSummary extends TranscriptSums {
  /** Steps that were taken and then left behind, as far as the events are still there. */
  readonly stepsLeftBehind: number;
  /** The last step and time; 0 without events. */
  readonly step: number;
  /** The model time of the last event. */
  readonly time: number;
  /** The solvers by name, as far as the events are still there. */
  readonly solvers: Readonly<Record<string, SolverSummary>>;
  /** How often each reason took an attempt back, without numbers, the most frequent first. */
  readonly reasons: Readonly<Record<string, number>>;
}

/**
 * The events that a filter lets through.
 *
 * @throws {TypeError} when an option does not exist or has a wrong type.
 * @throws {RangeError} when there is no such kind, a step is NaN, or `last` is not a whole number of at least 0.
 */
export function selectEvents(
  events: readonly TranscriptEvent[],
  filter: TranscriptFilter = {},
): TranscriptEntry[] {
  checkFilter(filter);
  const { kinds, name, fromStep = -Infinity, toStep = Infinity, last } = filter;
  const left = leftBehind(events);
  const chosen = events.flatMap((event, i): TranscriptEntry[] => {
    const fits = (kinds === undefined || kinds.includes(event.kind)) &&
      (name === undefined || event.name === name) &&
      event.step >= fromStep && event.step <= toStep &&
      (filter.leftBehind === undefined || filter.leftBehind === left[i]);
    return fits ? [{ ...event, leftBehind: left[i] }] : [];
  });
  return last === undefined ? chosen : chosen.slice(Math.max(0, chosen.length - last));
}

function checkFilter(filter: TranscriptFilter): void {
  checkOptions("transcript.events", filter, filterNames);
  const { kinds, name, fromStep, toStep, last, leftBehind } = filter;
  if (kinds !== undefined && !Array.isArray(kinds)) {
    throw new TypeError(`transcript.events: kinds is a list of kinds, got ${describe(kinds)}`);
  }
  for (const kind of kinds ?? []) requireKind(kind);
  if (name !== undefined && typeof name !== "string") {
    throw new TypeError(`transcript.events: name is a string, got ${describe(name)}`);
  }
  if (leftBehind !== undefined && typeof leftBehind !== "boolean") {
    throw new TypeError(
      `transcript.events: leftBehind is true or false, got ${describe(leftBehind)}`,
    );
  }
  for (const [what, value] of Object.entries({ fromStep, toStep, last })) {
    if (value === undefined) continue;
    requireNumber(`transcript.events: ${what}`, value);
    if (Number.isNaN(value)) throw new RangeError(`transcript.events: ${what} is NaN`);
  }
  if (last !== undefined && !(Number.isInteger(last) && last >= 0)) {
    throw new RangeError(
      `transcript.events: last is a whole number of at least 0, got ${last}`,
    );
  }
}

/**
 * Requires that there is such a kind of events.
 *
 * @throws {RangeError} when there is not; the message names the nearest.
 */
export function requireKind(kind: string): asserts kind is TranscriptKind {
  if (transcriptKinds.includes(kind as TranscriptKind)) return;
  const meant = nearest(String(kind), transcriptKinds);
  throw new RangeError(
    `there is no kind of events ${describe(kind)}; ` +
      (meant === null ? "" : `did you mean '${meant}'? `) +
      `The kinds are ${transcriptKinds.join(", ")}`,
  );
}

/** What events say together; `sums` where they are known from all events, also from those that are gone. */
export function transcriptSummary(
  events: readonly TranscriptEvent[],
  sums: TranscriptSums = sumsOf(events),
): TranscriptSummary {
  const left = leftBehind(events);
  const solvers: Record<string, Mutable<SolverSummary>> = Object.create(null);
  const reasons = new Map<string, number>();
  let stepsLeftBehind = 0;
  events.forEach((event, i) => {
    if (event.kind === "step" && left[i]) stepsLeftBehind += event.steps ?? 1;
    if (event.kind === "solve") addSolve(solvers[event.name ?? ""] ??= newSolver(), event);
    if (event.kind === "reject" || event.kind === "rollback") {
      const reason = withoutNumbers(event.why ?? "");
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
  });
  const { step = 0, time = 0 } = events.at(-1) ?? {};
  const sorted = [...reasons].sort((a, b) => b[1] - a[1]);
  return { ...sums, stepsLeftBehind, step, time, solvers, reasons: Object.fromEntries(sorted) };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The sums of all events. */
export function sumsOf(events: readonly TranscriptEvent[]): TranscriptSums {
  const sums = noSums();
  for (const event of events) addToSums(sums, event);
  return sums;
}

function newSolver(): Mutable<SolverSummary> {
  return { solves: 0, failed: 0, iterations: 0, mostIterations: 0, worstResidual: 0, seconds: 0 };
}

function addSolve(solver: Mutable<SolverSummary>, event: TranscriptEvent): void {
  const { iterations = 0, residual = 0, seconds = 0, failed = false } = event;
  if (failed) solver.failed++;
  else solver.solves++;
  solver.iterations += iterations;
  solver.mostIterations = Math.max(solver.mostIterations, iterations);
  // A residual that is not a number is the worst there is.
  if (!failed) {
    solver.worstResidual = Number.isNaN(residual) ? NaN : Math.max(solver.worstResidual, residual);
  }
  solver.seconds += seconds;
}

/** Reasons that differ in their numbers only are one. */
function withoutNumbers(why: string): string {
  return why.replace(/-?\d+(\.\d+)?(e[+-]?\d+)?/gi, "#").slice(0, 120);
}
