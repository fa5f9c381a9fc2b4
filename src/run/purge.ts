/**
 * Removes whole runs that ended long ago.
 *
 * @module
 */
import type { CheckpointEntry } from "./checkpoint_entry.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import { removeCheckpoints } from "./checkpoint_removal.ts";
import { runLockName, runName } from "./file_names.ts";
import { isPinned, type RetentionPolicy } from "./retention.ts";
import { removeLog } from "./run_log.ts";
import { isAlive, readRuns } from "./read_runs.ts";
import type { RunRecord } from "./run_record.ts";

/** A run, and why it was removed or stays. */
export interface PurgeDecision {
  /** The run. */
  readonly run: RunRecord;
  /** The reason. */
  readonly why: string;
}

/** What `purge` removed, or would remove in a dry run. */
export interface PurgeReport {
  /** The removed runs. */
  readonly removed: readonly PurgeDecision[];
  /** The runs that stay, maybe only their pinned checkpoints. */
  readonly kept: readonly PurgeDecision[];
  /** The bytes that this frees. */
  readonly bytes: number;
}

/** What {@link purgeRuns} is asked for. */
export interface PurgeRequest {
  readonly before: Date;
  readonly keep: RetentionPolicy | null;
  /** The run that this process holds. */
  readonly own?: string | undefined;
  readonly dryRun: boolean;
  /** Receives what could not be removed. */
  readonly report: (message: string) => void;
}

/** Removes the runs that nothing was added to since `before`, unless a process holds them. */
export async function purgeRuns(
  folder: CheckpointFolder,
  { before, keep, own, dryRun, report }: PurgeRequest,
): Promise<PurgeReport> {
  const { entries } = await folder.read();
  const removed: PurgeDecision[] = [], kept: PurgeDecision[] = [];
  let bytes = 0;
  for (const run of await readRuns(folder)) {
    const all = entries.filter((entry) => entry.run === run.id);
    const last = lastChangeOf(run, all);
    if (run.id === own || isAlive(folder, run.id)) {
      kept.push({ run, why: "it is still running" });
    } else if (last >= before) {
      kept.push({ run, why: `something was added to it at ${last.toISOString()}` });
    } else {
      const going = all.filter((entry) => !isPinned(entry, keep));
      const stuck = dryRun
        ? new Map<CheckpointEntry, string>()
        : await removeCheckpoints(folder, going);
      for (const [{ file }, reason] of stuck) {
        report(`checkpoint "${file}" could not be removed: ${reason}`);
      }
      const gone = going.filter((entry) => !stuck.has(entry));
      bytes += gone.reduce((sum, entry) => sum + entry.bytes, 0);
      if (gone.length < all.length) {
        kept.push({ run, why: `${all.length - gone.length} of its checkpoints stay` });
        continue;
      }
      removed.push({ run, why: `nothing was added to it since ${last.toISOString()}` });
      if (dryRun) continue;
      folder.removeFile(runName(run.id));
      removeLog(folder, run.id);
      folder.removeFile(runLockName(run.id));
    }
  }
  return { removed, kept, bytes };
}

function lastChangeOf({ updatedAt }: RunRecord, entries: readonly CheckpointEntry[]): Date {
  return new Date(Math.max(+updatedAt, ...entries.map(({ createdAt }) => +createdAt)));
}
