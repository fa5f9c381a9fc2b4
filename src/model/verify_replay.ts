import type { Comm } from "../comm/comm.ts";
import { SelfComm } from "../comm/self.ts";
import { allOrNone } from "../comm/collective_errors.ts";
import { ReplayError } from "../errors.ts";
import { checkOptions, describe, type OptionNames } from "../options.ts";
import { diffSnapshots, type SnapshotDifference } from "../archive/diff.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { reportingSuspects } from "./suspects.ts";

const replayNames: OptionNames<{ steps?: number }> = { steps: true };

/** The result of {@link verifyReplay} when both runs agreed. */
export interface ReplayReport {
  /** The number of steps of each run. */
  readonly steps: number;
  /** The number of entries that were compared, in every byte. */
  readonly entries: number;
  /** Sources of randomness or time that the step used although nothing differed, e.g. `Math.random`. */
  readonly suspects: readonly string[];
}

/** The part of a model that {@link verifyReplay} needs. */
export interface Replayable {
  /** The ranks that share the model; defaults to one rank. */
  readonly comm?: Comm;
  /** As in `Model`. */
  saveState(): Snapshot;
  /** As in `Model`. */
  attempt<R>(
    work: () => R,
    accept: (result: Awaited<R>) => boolean,
  ): boolean | Promise<boolean>;
}

/**
 * Checks that a model's state is complete: runs `step` from the current state, puts the state back, runs it
 * again, and compares everything byte by byte. The model is left as it was. Meant for tests. Collective: if
 * the runs differ on one rank, it throws on all.
 *
 * @param step One step of the script, sync or async.
 * @param options `steps`: how often `step` is called in each run; defaults to 1.
 * @throws {ReplayError} when the runs differ; it names the first entry and the usual reasons.
 * @throws {TypeError} when `step` is not a function, or an option does not exist.
 * @throws {RangeError} when `steps` is not a whole number of at least 1.
 *
 * @example
 * ```ts
 * import { Model, verifyReplay } from "@timestash/timestash";
 *
 * const model = new Model();
 * await verifyReplay(model, () => model.tracker.time += model.random.next(), { steps: 3 });
 * ```
 */
export async function verifyReplay(
  model: Replayable,
  step: () => unknown,
  options: { steps?: number } = {},
): Promise<ReplayReport> {
  checkOptions("verifyReplay", options, replayNames);
  if (typeof step !== "function") {
    throw new TypeError(`verifyReplay takes a model and a function, got ${describe(step)}`);
  }
  const { steps = 1 } = options, { comm = new SelfComm() } = model;
  allOrNone(comm, () => {
    if (Number.isSafeInteger(steps) && steps >= 1) return;
    throw new RangeError(`verifyReplay: steps must be a whole number of at least 1, got ${steps}`);
  });
  const suspects = new Set<string>();
  const run = () =>
    tried(model, () =>
      reportingSuspects(suspects, async () => {
        for (let i = 0; i < steps; i++) await step();
      }));
  using first = await run();
  using second = await run();
  const differences = diffSnapshots(first, second);
  allOrNone(comm, () => {
    if (differences.length > 0) throw replayError(differences, [...suspects], steps);
  });
  return { steps, entries: first.keys().length, suspects: [...suspects] };
}

/** The state after `work`, which is then undone, with all objects that it made. */
async function tried(model: Replayable, work: () => Promise<void>): Promise<Snapshot> {
  let after: Snapshot;
  const run = async () => {
    await work();
    after = model.saveState();
  };
  await model.attempt(run, () => false);
  return after!;
}

function replayError(
  differences: readonly SnapshotDifference[],
  suspects: readonly string[],
  steps: number,
): ReplayError {
  const [{ key, what }] = differences;
  const reason = suspects.length > 0
    ? `the step used ${
      suspects.join(" and ")
    }, which a snapshot cannot put back; use model.random, and ` +
      "tracker.time for time"
    : "the usual reasons are a variable of the script or of a module that the step changes (put it into " +
      "model.tracker or a bearer), a closure with a memory, or a cache that is not a function of state";
  return new ReplayError(
    `${steps} step(s) from the same state gave two results: ${differences.length} entries differ, first ` +
      `"${key}": ${what}; ${reason}`,
    key,
    suspects,
  );
}
