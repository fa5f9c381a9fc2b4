/**
 * A run in a folder: its id, identity and status, and the lock that shows that its process is alive.
 *
 * @module
 */
import type { LayerFile } from "../snapshot/file/file_layer.ts";
import { version } from "../version.ts";
import { isJsonObject } from "./checkpoint_entry.ts";
import { fileWord, runLockName, runName, runOfRecord } from "./file_names.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import { openLock, readJson, writeJson } from "./json_files.ts";
import type { RunIdentity } from "./run_identity.ts";

/** The status of a run. */
export type RunStatus = "running" | "completed" | "failed" | "interrupted";

/** A run as its folder describes it. */
export interface RunRecord {
  /** Its id, which is unique in the folder; the names of its files begin with it. */
  readonly id: string;
  /** The name of the model. */
  readonly name: string;
  /** The seed of `model.random`. */
  readonly seed: number;
  /** The XXH64 of `identity`, `xxh64:0123456789abcdef`; in earlier records its SHA-256. */
  readonly signature: string;
  /** What identifies it: the shape of the model, parameters as first defined, and what the script adds. */
  readonly identity: RunIdentity;
  /** Its status; a run whose process died is interrupted. */
  readonly status: RunStatus;
  /** Why it failed or was interrupted. */
  readonly message: string | null;
  /** When it was begun. */
  readonly startedAt: Date;
  /** When its status last changed. */
  readonly updatedAt: Date;
  /** How often it was resumed. */
  readonly resumed: number;
}

const FORMAT = "timestash-run";

/** A run that this process holds, so that no other process can resume it. */
export class LockedRun {
  #record: RunRecord;
  readonly #folder: CheckpointFolder;
  readonly #lock: LayerFile;
  #open = true;

  private constructor(folder: CheckpointFolder, lock: LayerFile, record: RunRecord) {
    this.#folder = folder;
    this.#lock = lock;
    this.#record = record;
  }

  /** Begins a new run under the first free id: the name of the model, or the name with a number. */
  static async begin(
    folder: CheckpointFolder,
    of: Pick<RunRecord, "name" | "seed" | "signature" | "identity">,
    now: Date,
  ): Promise<LockedRun> {
    folder.make();
    const word = fileWord(of.name);
    const used = new Set((await folder.read()).entries.map(({ run }) => run));
    for (let n = 1;; n++) {
      const id = n === 1 ? word : `${word}-${n}`;
      if (used.has(id)) continue;
      const lock = tryLockRun(folder, id);
      if (lock === null) continue;
      if (folder.layer.stat(folder.join(runName(id))) !== null) {
        lock.close();
        continue;
      }
      const locked = new LockedRun(folder, lock, {
        ...of,
        id,
        status: "running",
        message: null,
        startedAt: now,
        updatedAt: now,
        resumed: 0,
      });
      locked.#write();
      return locked;
    }
  }

  /** Resumes a run; null if another process holds it. */
  static async resume(
    folder: CheckpointFolder,
    record: RunRecord,
    now: Date,
  ): Promise<LockedRun | null> {
    // A process that only checks whether the run is alive holds the lock for a moment.
    for (let tries = 0; tries < 5; tries++) {
      if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const lock = tryLockRun(folder, record.id);
      if (lock === null) continue;
      const locked = new LockedRun(folder, lock, { ...record, resumed: record.resumed + 1 });
      locked.setStatus("running", null, now);
      folder.removeUnfinished(record.id);
      return locked;
    }
    return null;
  }

  /** The record of the run. */
  get record(): RunRecord {
    return this.#record;
  }

  /** Records the status. */
  setStatus(status: RunStatus, message: string | null, now: Date): void {
    this.#record = { ...this.#record, status, message, updatedAt: now };
    this.#write();
  }

  /** Releases the lock; a run that is still "running" then counts as interrupted. */
  close(): void {
    if (this.#open) this.#lock.close();
    this.#open = false;
  }

  #write(): void {
    const { id, name, seed, signature, identity, status, message, resumed } = this.#record;
    writeJson(this.#folder.layer, this.#folder.join(runName(id)), {
      format: FORMAT,
      version: 1,
      id,
      name,
      seed,
      signature,
      status,
      message,
      started_at: this.#record.startedAt.toISOString(),
      updated_at: this.#record.updatedAt.toISOString(),
      resumed,
      toolkit_version: version,
      identity,
    });
  }
}

/** The runs of a folder, oldest first; one whose process died counts as interrupted. */
export function readRuns(folder: CheckpointFolder): RunRecord[] {
  return folder.layer.list(folder.path)
    .flatMap((name) => {
      const id = runOfRecord(name);
      return id === null ? [] : readRun(folder, id) ?? [];
    })
    .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime() || (a.id < b.id ? -1 : 1));
}

/** One run; null if there is no run of that id, or its file is damaged. */
export function readRun(folder: CheckpointFolder, id: string): RunRecord | null {
  const read = readJson(folder.layer, folder.join(runName(id)));
  if (!isJsonObject(read) || read.format !== FORMAT || read.version !== 1) return null;
  const record: RunRecord = {
    id,
    name: String(read.name),
    seed: Number(read.seed),
    signature: String(read.signature),
    identity: (isJsonObject(read.identity) ? read.identity : {}) as RunIdentity,
    status: read.status as RunStatus,
    message: typeof read.message === "string" ? read.message : null,
    startedAt: new Date(String(read.started_at)),
    updatedAt: new Date(String(read.updated_at)),
    resumed: Number(read.resumed ?? 0),
  };
  if (record.status !== "running" || isAlive(folder, id)) return record;
  return { ...record, status: "interrupted", message: "its process ended unexpectedly" };
}

/** Whether a process holds the run. */
export function isAlive(folder: CheckpointFolder, id: string): boolean {
  if (folder.layer.stat(folder.join(runLockName(id))) === null) return false;
  try {
    const lock = folder.layer.open(folder.join(runLockName(id)), "update");
    try {
      return !lock.tryLock();
    } finally {
      lock.close();
    }
  } catch {
    // In a folder without write permission the lock cannot be tested.
    return false;
  }
}

function tryLockRun(folder: CheckpointFolder, id: string): LayerFile | null {
  const lock = openLock(folder.layer, folder.join(runLockName(id)));
  if (lock.tryLock()) return lock;
  lock.close();
  return null;
}
