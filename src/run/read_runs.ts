/**
 * Reads the records of the runs of a folder, and makes up for those that are lost.
 *
 * @module
 */
import { TimestashError } from "../errors.ts";
import { isCount } from "../model/require_state.ts";
import { type CheckpointEntry, isJsonObject } from "./checkpoint_entry.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import { runLockName, runName, runOfRecord } from "./file_names.ts";
import { isRefusal, readJson } from "./json_files.ts";
import { checkRetention, type RetentionPolicy } from "./retention.ts";
import { partSignatures, type RunIdentity } from "./run_identity.ts";
import type { RunRecord, RunStatus } from "./run_record.ts";

/** The format of the file of a record. */
export const RECORD_FORMAT = "timestash-run";
const STATUSES: readonly RunStatus[] = ["running", "completed", "failed", "interrupted"];

/** The runs of a folder, oldest first; one whose process died counts as interrupted. */
export async function readRuns(folder: CheckpointFolder): Promise<RunRecord[]> {
  const { entries } = await folder.all();
  const archived = await folder.archive?.runs() ?? [];
  const runs: RunRecord[] = [];
  const ids = new Set([...folder.runIds(), ...entries.map(({ run }) => run)]);
  for (const { id } of archived) ids.add(id);
  for (const id of ids) {
    const run = recordOf(folder, id) ?? archived.find((it) => it.id === id) ??
      await rebuilt(folder, id, entries);
    if (run !== null) runs.push(run);
  }
  return runs.sort((a, b) =>
    a.startedAt.getTime() - b.startedAt.getTime() || (a.id < b.id ? -1 : 1)
  );
}

/** One run; null if there is neither a record nor a checkpoint of it. */
export async function readRun(folder: CheckpointFolder, id: string): Promise<RunRecord | null> {
  const own = recordOf(folder, id);
  if (own !== null) return own;
  const archived = (await folder.archive?.runs() ?? []).find((run) => run.id === id);
  return archived ?? await rebuilt(folder, id, (await folder.all()).entries);
}

/** One sentence for each record that cannot be read. */
export function damagedRecords(folder: CheckpointFolder): string[] {
  return folder.layer.list(folder.path).flatMap((name) => {
    const id = runOfRecord(name);
    if (id === null || recordOf(folder, id) !== null) return [];
    return [
      `${name}: the record of run "${id}" is damaged; its checkpoints say what else is known`,
    ];
  });
}

/** What the record of a run says; null if there is none, or it is damaged. */
function recordOf(folder: CheckpointFolder, id: string): RunRecord | null {
  return runFromJson(
    id,
    readJson(folder.layer, folder.join(runName(id))),
    () => isAlive(folder, id),
  );
}

/** A run as its record says; null if the record is damaged, or of another version. */
export function runFromJson(
  id: string,
  read: unknown,
  isRunning: () => boolean = () => false,
): RunRecord | null {
  if (!isJsonObject(read) || read["format"] !== RECORD_FORMAT || read["version"] !== 1) return null;
  // A copy of another run's record says nothing of this one.
  if (typeof read["id"] === "string" && read["id"] !== id) return null;
  const { name, seed, signature, identity, status, message, resumed = 0 } = read;
  const startedAt = new Date(String(read["started_at"])),
    updatedAt = new Date(String(read["updated_at"]));
  const sound = typeof name === "string" && typeof signature === "string" &&
    isJsonObject(identity) && STATUSES.includes(status as RunStatus) &&
    isCount(resumed) && ![startedAt, updatedAt].some((date) => Number.isNaN(+date));
  if (!sound) return null;
  const record: RunRecord = {
    id,
    name,
    seed: Number(seed),
    signature,
    ...partSignatures(identity as RunIdentity),
    identity: identity as RunIdentity,
    status: status as RunStatus,
    message: typeof message === "string" ? message : null,
    startedAt,
    updatedAt,
    resumed,
    elapsed: typeof read["elapsed_seconds"] === "number" ? read["elapsed_seconds"] : 0,
    ...keepOf(read["keep"]),
  };
  if (status !== "running" || isRunning()) return record;
  return { ...record, status: "interrupted", message: "its process ended unexpectedly" };
}

/**
 * A run whose record is lost or damaged, from what its checkpoints say of it: they have the signature of its
 * identity, so it can be resumed. Null if it has none.
 */
async function rebuilt(
  folder: CheckpointFolder,
  id: string,
  entries: readonly CheckpointEntry[],
): Promise<RunRecord | null> {
  const own = entries.filter(({ run }) => run === id);
  const last = own.at(-1);
  if (last === undefined) return null;
  const { seed, signature } = await originOf(folder, own);
  return {
    id,
    name: last.name,
    seed,
    signature,
    ...partSignatures({}),
    identity: {},
    status: isAlive(folder, id) ? "running" : "interrupted",
    message: `its record "${runName(id)}" is lost or damaged; this is what its checkpoints say`,
    startedAt: own[0].createdAt,
    updatedAt: last.createdAt,
    resumed: 0,
    elapsed: Math.max(...own.map((entry) => entry.elapsed ?? 0)),
  };
}

/** The seed and the signature in the newest checkpoint that says them. */
async function originOf(
  folder: CheckpointFolder,
  entries: readonly CheckpointEntry[],
): Promise<Pick<RunRecord, "seed" | "signature">> {
  const { readMetadata } = await import("../archive/read_whole.ts");
  for (const { path, place } of entries.toReversed()) {
    if (place === "archive") continue;
    try {
      const { checkpoint } = await readMetadata(path, { layer: folder.layer });
      if (!isJsonObject(checkpoint) || typeof checkpoint["signature"] !== "string") continue;
      return { seed: Number(checkpoint["seed"]), signature: checkpoint["signature"] };
    } catch (error) {
      // A damaged checkpoint says nothing; the one before it may.
      if (!(error instanceof TimestashError)) throw error;
    }
  }
  return { seed: NaN, signature: "" };
}

/** Whether a process holds the run. */
export function isAlive(folder: CheckpointFolder, id: string): boolean {
  const path = folder.join(runLockName(id));
  if (folder.layer.stat(path) === null) return false;
  // Some file systems lock only what is open for writing; where that is not permitted, reading has to do.
  for (const mode of ["update", "read"] as const) {
    try {
      const lock = folder.layer.open(path, mode);
      try {
        return !lock.tryLock();
      } finally {
        lock.close();
      }
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  return false;
}

/** The rules that a record says; it may be of another version, whose rules are not known here. */
function keepOf(read: unknown): Pick<RunRecord, "keep"> {
  try {
    if (read === undefined) return {};
    checkRetention(read as RetentionPolicy);
    return { keep: read as RetentionPolicy };
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return {};
    throw error;
  }
}
