/**
 * The names of the files of a run.
 *
 * @module
 */
import { safeName } from "../snapshot/file/paths.ts";
import type { CheckpointLevel } from "./checkpoint_entry.ts";

/** The catalog of a folder; it can be rebuilt from the other files. */
export const CATALOG = "catalog.json";

/** Locked during a change to the catalog. */
export const CATALOG_LOCK = ".catalog.lock";

const SNAPSHOT = ".snap.h5";
const RECORD = ".snap.json";
const RUN = ".run.json";

/** A name that files can have, made from the name of a model. */
export function fileWord(name: string): string {
  return safeName(name.trim() || "run").replaceAll(" ", "_");
}

/** `{run}-step{step}.snap.h5`; with the item (a member) before the step, and a number for a second copy. */
export function snapshotName(
  run: string,
  step: number,
  level: CheckpointLevel,
  item: string | null,
  copy = 1,
): string {
  // There is only one file of each lower level, which each save replaces.
  if (level < 2) return `${run}-level${level}${SNAPSHOT}`;
  const middle = item === null ? "" : `-${fileWord(item)}`;
  return `${run}${middle}-step${step}${copy > 1 ? `.${copy}` : ""}${SNAPSHOT}`;
}

/** The JSON file beside a snapshot. */
export function recordName(snapshot: string): string {
  return snapshot.slice(0, -SNAPSHOT.length) + RECORD;
}

/** The file that describes a run. */
export function runName(run: string): string {
  return run + RUN;
}

/** The file that a run's process keeps locked while it is alive. */
export function runLockName(run: string): string {
  return `.${run}.run.lock`;
}

/** The run that a file describes; null for other names. */
export function runOfRecord(name: string): string | null {
  return name.endsWith(RUN) && !name.startsWith(".") ? name.slice(0, -RUN.length) : null;
}

/** Whether it is the name of a snapshot. */
export function isSnapshotName(name: string): boolean {
  return name.endsWith(SNAPSHOT) && !name.startsWith(".");
}

/** The file that a temporary file was to become, whoever wrote it; null for other names. */
export function unfinishedOf(name: string): string | null {
  const match = /^\.(.+)\.[0-9a-f-]{36}\.tmp$/.exec(name);
  return match === null ? null : match[1];
}

/** The run in the name of a snapshot; null if it is not the name of a checkpoint. */
export function runOfSnapshot(name: string): string | null {
  return name.endsWith(SNAPSHOT) ? runOfCheckpoint(name.slice(0, -SNAPSHOT.length)) : null;
}

/** The run that one of its files belongs to: a checkpoint, its record, or the run's own record; null for others. */
export function runOfFile(name: string): string | null {
  return runOfSnapshot(name) ?? runOfRecord(name) ??
    (name.endsWith(RECORD) ? runOfCheckpoint(name.slice(0, -RECORD.length)) : null);
}

function runOfCheckpoint(stem: string): string | null {
  const match = /^(.+)-(?:step-?\d+(?:\.\d+)?(?:e\+?\d+)?|level[01])$/.exec(stem);
  return match === null ? null : match[1];
}

/** The snapshot that a folder of sidecars belongs to; null for other names. */
export function ownerOfBulk(name: string): string | null {
  const match = /^([^.].*)\.snap\.bulk$/.exec(name);
  return match === null ? null : match[1] + SNAPSHOT;
}
