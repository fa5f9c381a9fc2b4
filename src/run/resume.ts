import type { Comm } from "../comm/comm.ts";
import { allOrNoneAsync } from "../comm/collective_errors.ts";
import type { Model } from "../model/model.ts";
import { type Checkpoints, isOverwriting, requireSameRun } from "./checkpoints.ts";
import type { CheckpointEntry } from "./checkpoint_entry.ts";
import { checkOptions, type OptionNames } from "../options.ts";
import { requireOneOf, requireTerms } from "./call_checks.ts";
import { RunCompletedError, RunIdentityError } from "../errors.ts";
import { CheckpointCatalog } from "./checkpoint_catalog.ts";
import type { ResumeHow } from "./resume_terms.ts";
import { fromFirstRank } from "./first_rank.ts";
import type { RunRecord } from "./run_record.ts";

/** A run of the folder, with its checkpoints. */
export interface StoredRun {
  /** The run. */
  readonly run: RunRecord;
  /** Its checkpoints, oldest first; empty if it ended before the first. */
  readonly entries: readonly CheckpointEntry[];
}

/** How {@link resumeOrStart} chooses. */
export interface ResumeOptions extends ResumeHow {
  /**
   * Which of several runs to continue: `latest` (the default); `ask`, which asks on a terminal and takes the
   * latest elsewhere; or a function that gets the runs, newest first, and returns one of them, one of their
   * checkpoints, or null to start a new run.
   */
  readonly select?:
    | "latest"
    | "ask"
    | ((
      runs: readonly StoredRun[],
    ) =>
      | StoredRun
      | CheckpointEntry
      | null
      | Promise<StoredRun | CheckpointEntry | null>);
  /** What to do if all runs have another identity: `refuse` (the default), `start` a new one, or `resume`. */
  readonly onMismatch?: "refuse" | "start" | "resume";
  /**
   * What to do when the run has completed and no other one can be continued: `resume` (or true) continues
   * completed runs, too; `start` begins a new run. By default it is an error, so that a script that is started
   * once too often does not compute everything again.
   */
  readonly completed?: boolean | "resume" | "start";
}

const resumeOptionNames: OptionNames<ResumeOptions> = {
  select: true,
  onMismatch: true,
  completed: true,
  numbers: true,
  missing: true,
  extra: true,
};

/** The result of {@link resumeOrStart}. */
export interface ResumeReport {
  /** Whether the model was put back to a checkpoint. */
  readonly resumed: boolean;
  /** The run. */
  readonly run: RunRecord;
  /** The checkpoint, or null. */
  readonly entry: CheckpointEntry | null;
  /** Newer checkpoints that could not be loaded, one sentence each. */
  readonly skipped: readonly string[];
  /** A summary in a sentence or two. */
  readonly message: string;
}

/**
 * Continues the newest run of this script that did not complete, or starts a new one. Call it when the model
 * is built, before the first step. Collective: all ranks do the same, whatever number of ranks wrote the
 * checkpoint.
 *
 * @param model the model, built as for a new run.
 * @param checkpoints of that model.
 * @returns what was done.
 * @throws {TypeError} when `checkpoints` are another model's, an option does not exist or has a wrong value, or
 *   `select` returns something else.
 * @throws {RunCompletedError} when the run has completed, and `completed` does not say what to do.
 * @throws {RunIdentityError} when all runs have another identity, with `onMismatch: "refuse"`.
 * @throws {CheckpointError} when none of the run's checkpoints can be loaded.
 *
 * @example
 * ```ts
 * import { Checkpoints, Model, resumeOrStart } from "@timestash/timestash";
 *
 * const folder = Deno.makeTempDirSync();
 * for (const until of [5, 12]) { // the second time as after a crash
 *   const model = new Model({ name: "heat" });
 *   await using checkpoints = new Checkpoints(model, folder, { every: { steps: 5 } });
 *   console.log((await resumeOrStart(model, checkpoints)).message);
 *   while (model.tracker.step < until) {
 *     model.tracker.step++;
 *     await checkpoints.afterStep();
 *   }
 * }
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export async function resumeOrStart(
  model: Model,
  checkpoints: Checkpoints,
  options: ResumeOptions = {},
): Promise<ResumeReport> {
  if (!(checkpoints instanceof CheckpointCatalog) || checkpoints.model !== model) {
    throw new TypeError("resumeOrStart takes a model and the Checkpoints of the same model");
  }
  checkOptions("resumeOrStart", options, resumeOptionNames);
  const { select = "latest", onMismatch = "refuse", completed = false } = options;
  if (typeof select !== "function") {
    requireOneOf("resumeOrStart: select", select, ["latest", "ask"]);
  }
  requireOneOf("resumeOrStart: onMismatch", onMismatch, ["refuse", "start", "resume"]);
  requireOneOf("resumeOrStart: completed", completed, [true, false, "resume", "start"]);
  const { numbers, missing, extra } = options, how = { numbers, missing, extra };
  requireTerms("resumeOrStart", how);
  const finished = completed === true || completed === "resume";
  const there = await resumableRuns(checkpoints, finished);
  const same = there.filter(({ run }) => fits(checkpoints, run, how));
  if (completed === false && same.length === 0 && typeof select !== "function") {
    await refuseCompleted(checkpoints);
  }
  const force = same.length === 0 && onMismatch === "resume";
  // With "refuse", resuming the newest run throws the error that lists all differences.
  const candidates = same.length > 0 || onMismatch === "start" ? same : there;
  const chosen = await choose(model.comm, candidates, select);
  // If another process has just taken the chosen run, the next one is as good.
  const rest = candidates.filter((it) => it !== chosen?.of && select === "latest");
  for (const { of, entry } of chosen === null ? [] : [chosen, ...rest.map(whole)]) {
    const restored = await checkpoints.resume(of.run, { entry, force, ...how });
    if (restored !== null) return reportOf(checkpoints, restored.entry, restored.skipped);
  }
  await checkpoints.begin();
  // Saves step 0 if `every.start` asks for it.
  await checkpoints.afterStep();
  return reportOf(checkpoints, null, []);
}

/** Whether a run can be continued as it is. */
function fits(
  checkpoints: Checkpoints,
  run: RunRecord,
  how: ResumeHow,
): boolean {
  try {
    requireSameRun(checkpoints, run, how);
    return true;
  } catch (error) {
    if (error instanceof RunIdentityError) return false;
    throw error;
  }
}

/** Refuses to start a run again that has completed, unless it would be overwritten on purpose. */
async function refuseCompleted(checkpoints: Checkpoints): Promise<void> {
  if (isOverwriting(checkpoints)) return;
  const done = (await checkpoints.runs()).findLast((run) =>
    run.name === checkpoints.model.name && run.status === "completed" &&
    checkpoints.differencesTo(run).length === 0
  );
  if (done === undefined) return;
  throw new RunCompletedError(
    done.id,
    `run "${done.id}" has completed, at ${done.updatedAt.toISOString()}, and is not started again. Pass ` +
      '{ completed: "start" } to resumeOrStart to begin a new run beside it, or { completed: "resume" } to ' +
      "continue it from its last checkpoint",
  );
}

/** A run, and the checkpoint to continue from; by default its newest. */
interface Choice {
  readonly of: StoredRun;
  readonly entry?: CheckpointEntry | undefined;
}

function whole(of: StoredRun): Choice {
  return { of };
}

/** The runs of this name that no process holds and that did not complete, newest first. */
async function resumableRuns(
  checkpoints: Checkpoints,
  completed: boolean,
): Promise<StoredRun[]> {
  const entries = await checkpoints.list({ run: "all" });
  return (await checkpoints.runs())
    .filter(({ name, status }) =>
      name === checkpoints.model.name && status !== "running" &&
      (completed || status !== "completed")
    )
    .map((run) => ({ run, entries: entries.filter((entry) => entry.run === run.id) }))
    .sort((a, b) => ageOf(b) - ageOf(a));
}

function ageOf({ run, entries }: StoredRun): number {
  return Math.max(run.startedAt.getTime(), entries.at(-1)?.createdAt.getTime() ?? 0);
}

/** All ranks choose, and the choice of the first counts. */
async function choose(
  comm: Comm,
  runs: readonly StoredRun[],
  select: NonNullable<ResumeOptions["select"]>,
): Promise<Choice | null> {
  const own = await allOrNoneAsync(comm, async () => {
    if (typeof select === "function") return choiceOf(runs, await select(runs));
    if (runs.length === 0) return null;
    const asks = select === "ask" && runs.length > 1 && comm.rank === 0;
    return asks && Deno.stdin.isTerminal()
      ? askWhichRun(runs, (question) => prompt(question))
      : whole(runs[0]);
  });
  const place = fromFirstRank(
    comm,
    own && [runs.indexOf(own.of), entriesOf(own).indexOf(own.entry)],
  );
  if (place === null) return null;
  const of = runs[place[0]];
  return { of, entry: entriesOf({ of })[place[1]] };
}

function entriesOf({ of }: Choice): readonly (CheckpointEntry | undefined)[] {
  return of.entries;
}

function choiceOf(
  runs: readonly StoredRun[],
  chosen: StoredRun | CheckpointEntry | null,
): Choice | null {
  if (chosen === null) return null;
  for (const of of runs) {
    if (of === chosen) return { of };
    if (of.entries.includes(chosen as CheckpointEntry)) {
      return { of, entry: chosen as CheckpointEntry };
    }
  }
  throw new TypeError("select must return one of the runs, one of their checkpoints, or null");
}

/** Asks until the answer is valid; an empty answer selects the newest. */
export function askWhichRun(
  runs: readonly StoredRun[],
  put: (question: string) => string | null,
): Choice | null {
  const lines = runs.map(({ run, entries }, i) => {
    const last = entries.at(-1);
    const where = last === undefined
      ? "without a checkpoint"
      : `step ${last.step}, time ${last.time}`;
    return `  ${i + 1}  ${run.id}: ${run.status}, ${where}, begun ${run.startedAt.toISOString()}`;
  });
  const question = `Several runs can be resumed:\n${lines.join("\n")}\n  0  start a new run\n` +
    "Which one? [1]";
  for (;;) {
    const answer = put(question)?.trim() || "1";
    const index = Number(answer);
    if (index === 0) return null;
    if (Number.isInteger(index) && index >= 1 && index <= runs.length) {
      return { of: runs[index - 1] };
    }
  }
}

function reportOf(
  checkpoints: Checkpoints,
  entry: CheckpointEntry | null,
  skipped: readonly string[],
): ResumeReport {
  const run = checkpoints.run!;
  const what = entry === null
    ? `run "${run.id}" starts`
    : `run "${run.id}" continues from step ${entry.step}, time ${entry.time} (${entry.file})`;
  const message = [what, ...skipped].join("; ");
  return { resumed: entry !== null, run, entry, skipped, message };
}
