/**
 * The names of the files of a run.
 *
 * @module
 */
import { hashOfText, safeName } from "../snapshot/file/paths.ts";
import type { CheckpointLevel } from "./checkpoint_entry.ts";

/** The catalog of a folder; it can be rebuilt from the other files. */
export const CATALOG = "catalog.json";

/** What changed since the catalog was written. */
export const CATALOG_JOURNAL = ".catalog.journal";

/** Locked during a change to the catalog. */
export const CATALOG_LOCK = ".catalog.lock";

const SNAPSHOT = ".snap.h5";
const RECORD = ".snap.json";
const RUN = ".run.json";

/** A name that files can have, made from the name of a model. */
export function fileWord(name: string): string {
  return safeName(name.trim() || "run").replaceAll(" ", "_");
}

/** A name for an item of a batch, a different one for each item. */
function itemWord(item: string): string {
  const word = fileWord(item);
  return word === item || word.includes("~") ? word : `${word}~${hashOfText(item)}`;
}

/** `{run}-step{step}.snap.h5`; with the item (a member) before the step, and a number for a second copy. */
export function snapshotName(
  run: string,
  step: number,
  level: CheckpointLevel,
  item: string | null,
  copy = 1,
): string {
  // There is one file of each lower level, which each save replaces unless it is pinned.
  const number = copy > 1 ? `.${copy}` : "";
  if (level < 2) return `${run}-level${level}${number}${SNAPSHOT}`;
  const middle = item === null ? "" : `-${itemWord(item)}`;
  return `${run}${middle}-step${step}${number}${SNAPSHOT}`;
}

/** The JSON file beside a snapshot. */
export function recordName(snapshot: string): string {
  return snapshot.slice(0, -SNAPSHOT.length) + RECORD;
}

/** The snapshot that a record stands beside; null for other names. */
export function snapshotOfRecord(name: string): string | null {
  return name.endsWith(RECORD) && !/^\.|\//.test(name)
    ? name.slice(0, -RECORD.length) + SNAPSHOT
    : null;
}

/** The file that describes a run. */
export function runName(run: string): string {
  return run + RUN;
}

/** The file with the transcript of a run. */
export function logName(run: string): string {
  return `${run}.log.jsonl`;
}

/** The file with the older part of the transcript of a run. */
export function olderLogName(run: string): string {
  return `${run}.log.1.jsonl`;
}

/** The file that a run's process keeps locked while it is alive. */
export function runLockName(run: string): string {
  return `.${run}.run.lock`;
}

/** The run that a file describes; null for other names. */
export function runOfRecord(name: string): string | null {
  return name.endsWith(RUN) && !/^\.|\//.test(name) ? name.slice(0, -RUN.length) : null;
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

/** The step in the name of a checkpoint; null if there is none. */
export function stepInName(snapshot: string): number | null {
  const match = /-step(-?\d+)(?:\.\d+)?\.snap\.h5$/.exec(snapshot);
  return match === null ? null : Number(match[1]);
}

/**
 * Which of the runs a file belongs to by its name, the one with the longest id if several could: a checkpoint, its
 * record, the folder of its sidecars, or what a save of these has left. The item of a batch may stand behind the id.
 */
export function runNamed(name: string, ids: Iterable<string>): string | null {
  let best: string | null = null;
  for (const id of ids) {
    const fits = name === runName(id) || (name.startsWith(`${id}-`) && CHECKPOINT_FILE.test(name));
    if (fits && id.length > (best?.length ?? -1)) best = id;
  }
  return best;
}

const CHECKPOINT_FILE = /-(?:step-?\d+(?:\.\d+)?|level[01](?:\.\d+)?)\.snap\.(?:h5|json|bulk)$/;

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
  const match = /^(.+)-(?:step-?\d+(?:\.\d+)?(?:e\+?\d+)?|level[01](?:\.\d+)?)$/.exec(stem);
  return match === null ? null : match[1];
}

/** The snapshot that a folder of sidecars belongs to; null for other names. */
export function ownerOfBulk(name: string): string | null {
  const match = /^([^.].*)\.snap\.bulk$/.exec(name);
  return match === null ? null : match[1] + SNAPSHOT;
}

/** Whether a text is the name of a file in a store: nothing hidden, and at most one folder. */
export function isStoredName(name: string): boolean {
  const steps = name.split("/");
  return steps.length <= 2 && steps.every((step) => /^[^.\\:][^\\:]*$/.test(step));
}
