/**
 * Removal of what the rules do not keep.
 *
 * @module
 */
import type { CheckpointEntry } from "./entry.ts";
import type { CheckpointFolder } from "./folder.ts";
import { type Decision, type Keep, planRetention } from "./retention.ts";
import { runName } from "./file_names.ts";
import { isAlive, readRuns, type RunRecord } from "./run_record.ts";

/** What was removed, or would be. */
export interface PruneReport {
  /** What goes, and why. */
  readonly removed: readonly Decision[];
  /** What stays, and why. */
  readonly kept: readonly Decision[];
  /** Bytes that are free then. */
  readonly bytes: number;
}

/** What {@link pruneFolder} is told. */
export interface PruneOrder {
  readonly keep: Keep;
  /** The run; every run, when left out. */
  readonly run?: string;
  /** The run that this process holds; those that another one holds are left alone. */
  readonly own?: string;
  readonly now: Date;
  readonly dryRun: boolean;
  /** Takes what could not be removed. */
  readonly report: (message: string) => void;
}

/** Applies the rules to each run on its own, and removes what they do not keep. */
export async function pruneFolder(
  folder: CheckpointFolder,
  { keep, run, own, now, dryRun, report }: PruneOrder,
): Promise<PruneReport> {
  const runs = new Map<string, CheckpointEntry[]>();
  for (const entry of (await folder.read()).entries) {
    if (run !== undefined && entry.run !== run) continue;
    const own = runs.get(entry.run);
    if (own) own.push(entry);
    else runs.set(entry.run, [entry]);
  }
  const removed: Decision[] = [];
  const kept: Decision[] = [];
  for (const [id, entries] of runs) {
    if (id !== own && isAlive(folder, id)) {
      kept.push(...entries.map((entry) => ({ entry, keep: true, why: "its run is going on" })));
      continue;
    }
    const decisions = planRetention(entries, keep, now);
    kept.push(...decisions.filter((decision) => decision.keep));
    removed.push(...decisions.filter((decision) => !decision.keep));
  }
  if (dryRun) return reportOf(removed, kept);
  const gone = await removeAll(folder, removed, report);
  const stayed = removed.filter((decision) => !gone.includes(decision))
    .map(({ entry }) => ({ entry, keep: true, why: "it could not be removed" }));
  return reportOf(gone, [...kept, ...stayed]);
}

/** Newest first: what holds only differences goes before what it is a difference from. */
async function removeAll(
  folder: CheckpointFolder,
  decisions: readonly Decision[],
  report: (message: string) => void,
): Promise<Decision[]> {
  const gone: Decision[] = [];
  for (const decision of decisions.toReversed()) {
    try {
      await folder.remove(decision.entry);
      gone.push(decision);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      report(`checkpoint "${decision.entry.file}" could not be removed: ${reason}`);
    }
  }
  return gone.reverse();
}

function reportOf(removed: Decision[], kept: Decision[]): PruneReport {
  return { removed, kept, bytes: removed.reduce((sum, { entry }) => sum + entry.bytes, 0) };
}

/** Removes the other runs of the same name that no process holds, with all their checkpoints. */
export async function removeRunsBeside(folder: CheckpointFolder, run: RunRecord): Promise<void> {
  const { entries } = await folder.read();
  for (const other of readRuns(folder)) {
    if (other.id === run.id || other.name !== run.name || isAlive(folder, other.id)) continue;
    for (const entry of entries.toReversed()) {
      if (entry.run === other.id) await folder.remove(entry);
    }
    folder.removeFile(runName(other.id));
  }
}
