/**
 * Removes the checkpoints that the rules do not keep.
 *
 * @module
 */
import type { CheckpointEntry } from "./checkpoint_entry.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import { removeCheckpoints } from "./checkpoint_removal.ts";
import {
  isPinned,
  planRetention,
  type RetentionDecision,
  type RetentionPolicy,
} from "./retention.ts";
import { runName } from "./file_names.ts";
import { removeLog } from "./run_log.ts";
import { isAlive, readRuns } from "./read_runs.ts";
import type { RunRecord } from "./run_record.ts";

/** Why a checkpoint stays that no rule keeps. */
export const COULD_NOT_REMOVE = "it could not be removed";

/** What was removed, or would be in a dry run. */
export interface PruneReport {
  /** The removed checkpoints, and why. */
  readonly removed: readonly RetentionDecision[];
  /** The kept checkpoints, and why. */
  readonly kept: readonly RetentionDecision[];
  /** The bytes that this frees. */
  readonly bytes: number;
  /** The same for the archive, if its rules were applied. */
  readonly archive?: PruneReport;
}

/** Options of {@link pruneFolder}. */
export interface PruneRequest {
  readonly keep: RetentionPolicy;
  /** The run; defaults to every run. */
  readonly run?: string | undefined;
  /** The run that this process holds; runs that another process holds are left alone. */
  readonly own?: string | undefined;
  readonly now: Date;
  readonly dryRun: boolean;
  /** Receives what could not be removed. */
  readonly report: (message: string) => void;
}

/** Applies the rules to each run on its own, and removes what they do not keep. */
export async function pruneFolder(
  folder: CheckpointFolder,
  { keep, run, own, now, dryRun, report }: PruneRequest,
): Promise<PruneReport> {
  const runs = new Map<string, CheckpointEntry[]>();
  for (const entry of (await folder.read()).entries) {
    if (run !== undefined && entry.run !== run) continue;
    const own = runs.get(entry.run);
    if (own) own.push(entry);
    else runs.set(entry.run, [entry]);
  }
  const removed: RetentionDecision[] = [];
  const kept: RetentionDecision[] = [];
  for (const [id, entries] of runs) {
    if (id !== own && isAlive(folder, id)) {
      kept.push(
        ...entries.map((entry) => ({ entry, keep: true, why: "its run is still running" })),
      );
      continue;
    }
    const decisions = planRetention(entries, keep, now);
    for (const decision of decisions) {
      if (decision.keep) kept.push(decision);
      // It goes once it is there.
      else if (!folder.archive?.waiting.has(decision.entry.file)) removed.push(decision);
      else kept.push({ ...decision, keep: true, why: "it is not in the archive yet" });
    }
  }
  if (dryRun) return reportOf(removed, kept);
  const stuck = await removeCheckpoints(folder, removed.map(({ entry }) => entry));
  for (const [{ file }, reason] of stuck) {
    report(`checkpoint "${file}" could not be removed: ${reason}`);
  }
  const gone = removed.filter(({ entry }) => !stuck.has(entry));
  const stayed = Array.from(stuck, ([entry]) => ({ entry, keep: true, why: COULD_NOT_REMOVE }));
  return reportOf(gone, [...kept, ...stayed]);
}

function reportOf(removed: RetentionDecision[], kept: RetentionDecision[]): PruneReport {
  return { removed, kept, bytes: removed.reduce((sum, { entry }) => sum + entry.bytes, 0) };
}

/**
 * Removes the other runs of the same name, with their checkpoints, unless a process holds them. Pinned checkpoints
 * stay, and so do the runs that they belong to.
 */
export async function removeRunsBeside(
  folder: CheckpointFolder,
  run: RunRecord,
  keep: RetentionPolicy | null,
): Promise<void> {
  const { entries } = await folder.read();
  for (const other of await readRuns(folder)) {
    if (other.id === run.id || other.name !== run.name || isAlive(folder, other.id)) continue;
    const own = entries.filter(({ run }) => run === other.id);
    const going = own.filter((entry) => !isPinned(entry, keep));
    const stuck = await removeCheckpoints(folder, going);
    if (stuck.size > 0 || going.length < own.length) continue;
    folder.removeFile(runName(other.id));
    removeLog(folder, other.id);
  }
}
