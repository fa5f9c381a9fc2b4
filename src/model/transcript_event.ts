/**
 * What a transcript holds: events, which of them still count, and their sums.
 *
 * @module
 */

/**
 * What happened: a process began or continued a run (`start`, `resume`), a step was taken (`step`), an attempt
 * of `advance` was rejected (`reject`), a transaction failed (`rollback`), the model was put back to a state in
 * memory (`restore`), on the timeline (`rewind`) or in a file (`load`), a solver solved (`solve`), a mesh
 * changed (`adapt`), a file was saved (`save`), a checkpoint was copied to the archive (`archive`), checkpoints were removed (`prune`), something was reported
 * (`warning`) or written by the script (`note`), the run ended (`end`). `carried` holds the sums of older events
 * that a bounded file no longer has.
 */
export type TranscriptKind =
  | "start"
  | "resume"
  | "step"
  | "reject"
  | "rollback"
  | "restore"
  | "rewind"
  | "load"
  | "solve"
  | "adapt"
  | "save"
  | "archive"
  | "prune"
  | "warning"
  | "note"
  | "end"
  | "carried";

/** All kinds, in the order in which they are listed. */
export const transcriptKinds: readonly TranscriptKind[] = [
  "start",
  "resume",
  "step",
  "reject",
  "rollback",
  "restore",
  "rewind",
  "load",
  "solve",
  "adapt",
  "save",
  "archive",
  "prune",
  "warning",
  "note",
  "end",
  "carried",
];

/** What some kinds of events have and others do not. */
export interface TranscriptDetails {
  /** The size of a step or of a rejected attempt. */
  readonly dt?: number | undefined;
  /** How many steps were taken since the last one that was noted, where that is not 1. */
  readonly steps?: number | undefined;
  /** Why an attempt was taken back, a solve failed or a run ended; the text of a warning or a note. */
  readonly why?: string | undefined;
  /** The solver, what was done to a mesh, or the run. */
  readonly name?: string | undefined;
  /** Iterations of a solve. */
  readonly iterations?: number | undefined;
  /** The relative residual that a solve reached. */
  readonly residual?: number | undefined;
  /** Whether a solve did not converge. */
  readonly failed?: boolean | undefined;
  /** The cells of a mesh after it changed. */
  readonly cells?: number | undefined;
  /** A file that was saved or loaded. */
  readonly file?: string | undefined;
  /** The checkpoints that were removed. */
  readonly files?: readonly string[] | undefined;
  /** Wall seconds that it took; for a step and whatever was taken back, since the one before. */
  readonly seconds?: number | undefined;
  /** For a save: the last event that its state knows of. */
  readonly state?: number | undefined;
  /** Where the model was put back: the last event that counts on; what stands between the two was left behind. */
  readonly since?: number | undefined;
  /** The version of the toolkit. */
  readonly toolkit?: string | undefined;
  /** The file name of the main script. */
  readonly script?: string | undefined;
  /** The XXH64 of its text, as far as it may be read. */
  readonly scriptHash?: string | undefined;
  /** The version of Deno. */
  readonly deno?: string | undefined;
  /** The number of ranks. */
  readonly ranks?: number | undefined;
  /** The sums of events that are gone. */
  readonly sums?: TranscriptSums | undefined;
}

/** One event. */
export interface TranscriptEvent extends TranscriptDetails {
  /** Its number, counted from 1; a resumed run counts on. */
  readonly n: number;
  /** What happened. */
  readonly kind: TranscriptKind;
  /** When, in milliseconds since 1970, UTC. */
  readonly at: number;
  /** `tracker.step` at that moment. */
  readonly step: number;
  /** `tracker.time` at that moment. */
  readonly time: number;
}

/** An event without what is known of every one. */
export interface TranscriptHead extends TranscriptDetails {
  /** What happened. */
  readonly kind: TranscriptKind;
}

/** How often things happened, and how long they took. Work that was left behind counts as well. */
export interface TranscriptSums {
  /** Steps taken. */
  readonly steps: number;
  /** Attempts of `advance` that were rejected. */
  readonly rejected: number;
  /** Transactions that failed. */
  readonly rollbacks: number;
  /** How often the model was put back to a state in memory or on the timeline. */
  readonly restores: number;
  /** Solves that converged. */
  readonly solves: number;
  /** Solves that did not converge. */
  readonly failedSolves: number;
  /** Iterations of all solves. */
  readonly iterations: number;
  /** Wall seconds of all solves. */
  readonly solveSeconds: number;
  /** Changes of meshes. */
  readonly adaptations: number;
  /** Files saved. */
  readonly saves: number;
  /** Files loaded. */
  readonly loads: number;
  /** Checkpoints removed. */
  readonly pruned: number;
  /** Warnings. */
  readonly warnings: number;
  /** Processes that continued the run. */
  readonly resumes: number;
  /** Wall seconds of all that was done: of steps, of what was taken back, and of solves since the last of these. */
  readonly seconds: number;
  /** How many of `seconds` are those of solves since the last step, attempt or restore. */
  readonly openSeconds: number;
}

/** Sums that can be added to. */
type Sums = { -readonly [K in keyof TranscriptSums]: number };

/** The sums of nothing. */
export function noSums(): Sums {
  return {
    steps: 0,
    rejected: 0,
    rollbacks: 0,
    restores: 0,
    solves: 0,
    failedSolves: 0,
    iterations: 0,
    solveSeconds: 0,
    adaptations: 0,
    saves: 0,
    loads: 0,
    pruned: 0,
    warnings: 0,
    resumes: 0,
    seconds: 0,
    openSeconds: 0,
  };
}

/** Adds one event. */
export function addToSums(sums: Sums, event: TranscriptEvent): void {
  switch (event.kind) {
    case "carried":
      Object.assign(sums, noSums(), event.sums);
      break;
    case "step":
      sums.steps += event.steps ?? 1;
      addLap(sums, event);
      break;
    case "reject":
      sums.rejected++;
      addLap(sums, event);
      break;
    case "rollback":
      sums.rollbacks++;
      addLap(sums, event);
      break;
    case "restore":
    case "rewind":
      sums.restores++;
      addLap(sums, event);
      break;
    case "load":
      sums.loads++;
      addLap(sums, event);
      break;
    case "solve":
      if (event.failed) sums.failedSolves++;
      else sums.solves++;
      sums.iterations += event.iterations ?? 0;
      sums.solveSeconds += event.seconds ?? 0;
      sums.seconds += event.seconds ?? 0;
      sums.openSeconds += event.seconds ?? 0;
      break;
    case "prune":
      sums.pruned += event.files?.length ?? 0;
      break;
    default:
      addPlain(sums, event.kind);
  }
}

/** The seconds since the lap before; the solves in them were counted when they were made. */
function addLap(sums: Sums, { seconds = 0 }: TranscriptEvent): void {
  sums.seconds += Math.max(0, seconds - sums.openSeconds);
  sums.openSeconds = 0;
}

function addPlain(sums: Sums, kind: TranscriptKind): void {
  if (kind === "adapt") sums.adaptations++;
  else if (kind === "save") sums.saves++;
  else if (kind === "warning") sums.warnings++;
  else if (kind === "resume") sums.resumes++;
}

/**
 * Which events belong to the course that led to the present state; the others were left behind when the model
 * was put back. From the end backwards, an event that put the model back is followed by the last one that its
 * state knew of.
 *
 * @param events In order, as numbered.
 * @returns for each event whether it was left behind.
 */
export function leftBehind(events: readonly TranscriptEvent[]): boolean[] {
  const left = new Array<boolean>(events.length).fill(true);
  let until = Infinity;
  for (let i = events.length - 1; i >= 0; i--) {
    const { n, since } = events[i];
    if (n > until) continue;
    left[i] = false;
    if (since !== undefined) until = Math.min(until, since);
  }
  return left;
}

/**
 * The last event that the state in a file knows of; where no save of it is among the events, the last one up to
 * its step.
 */
export function lastKnownTo(
  events: readonly TranscriptEvent[],
  file: string | undefined,
  step: number,
): number {
  const at = events.findLastIndex((event) => event.kind === "save" && event.file === file);
  if (at < 0) {
    const before = events.findLast((event) => event.kind === "step" && event.step <= step);
    return (before ?? events[0]).n;
  }
  const { state = 0, n } = events[at];
  // What was noted between capture and file belongs to a later state, unless it is about files only.
  const others = events.slice(0, at).some((event) => event.n > state && !isAside(event));
  return others ? state : n;
}

/** Whether an event is about files, and not about the model. */
function isAside({ kind }: TranscriptEvent): boolean {
  return kind === "save" || kind === "archive" || kind === "prune" || kind === "warning" ||
    kind === "note";
}
