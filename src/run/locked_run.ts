/**
 * The run that this process holds, with the lock that shows that the process is alive.
 *
 * @module
 */
import type { LayerFile } from "../snapshot/file/file_layer.ts";
import { version } from "../version.ts";
import { removeUnfinished } from "./checkpoint_removal.ts";
import { fileWord, runLockName, runName } from "./file_names.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import { openLock, writeJson } from "./json_files.ts";
import { readRuns, RECORD_FORMAT } from "./read_runs.ts";
import type { RetentionPolicy } from "./retention.ts";
import { partSignatures, type RunIdentity, signatureOf } from "./run_identity.ts";
import { elapsedBy, type RunRecord, type RunStatus } from "./run_record.ts";

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
    of: Pick<RunRecord, "name" | "seed" | "signature" | "identity" | "keep">,
    now: Date,
  ): Promise<LockedRun> {
    folder.make();
    const word = fileWord(of.name);
    const used = new Set((await folder.all()).entries.map(({ run }) => run));
    for (const id of await folder.archive?.runIds(folder) ?? []) used.add(id);
    const startedAt = await afterAll(folder, now);
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
        ...partSignatures(of.identity),
        id,
        status: "running",
        message: null,
        startedAt,
        updatedAt: startedAt,
        resumed: 0,
        elapsed: 0,
      });
      locked.#write();
      return locked;
    }
  }

  /**
   * Resumes a run; null if another process holds it.
   *
   * @param now the identity of the model, for a record that has to be written anew.
   */
  static async resume(
    folder: CheckpointFolder,
    record: RunRecord,
    now: Date,
    of: Pick<RunRecord, "seed" | "signature" | "identity" | "keep">,
  ): Promise<LockedRun | null> {
    folder.make();
    // A process that only checks whether the run is alive holds the lock for a moment.
    for (let tries = 0; tries < 5; tries++) {
      if (tries > 0) await new Promise((resolve) => setTimeout(resolve, 20));
      const lock = tryLockRun(folder, record.id);
      if (lock === null) continue;
      const lost = Object.keys(record.identity).length === 0;
      const known = lost ? { ...record, ...of } : withKeep(record, of.keep);
      const { entries } = await folder.all();
      const own = entries.filter(({ run }) => run === record.id).map((it) => it.elapsed ?? 0);
      const elapsed = Math.max(record.elapsed, ...own);
      const resumed = record.resumed + 1;
      // The time since the record was last written belongs to nobody: its process may have died long ago.
      const locked = new LockedRun(folder, lock, {
        ...known,
        ...partSignatures(known.identity),
        resumed,
        elapsed,
        updatedAt: now,
      });
      try {
        // First, since a full disk may be full of it.
        removeUnfinished(folder, record.id);
        locked.setStatus("running", null, now);
        return locked;
      } catch (error) {
        lock.close();
        throw error;
      }
    }
    return null;
  }

  /** The record of the run. */
  get record(): RunRecord {
    return this.#record;
  }

  /** Records another identity. */
  setIdentity(identity: RunIdentity, now: Date): void {
    const signatures = { signature: signatureOf(identity), ...partSignatures(identity) };
    this.#record = { ...this.#record, identity, ...signatures, updatedAt: now };
    this.#write();
  }

  /** Records the status. */
  setStatus(status: RunStatus, message: string | null, now: Date): void {
    const elapsed = elapsedBy(this.#record, now);
    this.#record = { ...this.#record, status, message, updatedAt: now, elapsed };
    this.#write();
  }

  /** Releases the lock; a run that is still "running" then counts as interrupted. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      this.#folder.compactCatalog();
    } catch {
      // The journal has it all; whoever reads the folder next can write the catalog in one piece.
    } finally {
      this.#lock.close();
    }
  }

  #write(): void {
    const { id, name, seed, signature, identity, status, message, resumed } = this.#record;
    writeJson(this.#folder.layer, this.#folder.join(runName(id)), {
      format: RECORD_FORMAT,
      version: 1,
      id,
      name,
      seed,
      signature,
      problem_signature: this.#record.problemSignature,
      algorithm_signature: this.#record.algorithmSignature,
      status,
      message,
      started_at: this.#record.startedAt.toISOString(),
      updated_at: this.#record.updatedAt.toISOString(),
      elapsed_seconds: this.#record.elapsed,
      resumed,
      toolkit_version: version,
      keep: this.#record.keep,
      identity,
    });
  }
}

/** The record with the rules of the process that continues the run. */
function withKeep({ keep: _, ...record }: RunRecord, keep: RetentionPolicy | undefined): RunRecord {
  return keep === undefined ? record : { ...record, keep };
}

/**
 * The time of a run that begins now: behind all that the folder has, since the clock may have been ahead when that was
 * written, and the newest run is the one that began last.
 */
async function afterAll(folder: CheckpointFolder, now: Date): Promise<Date> {
  const { entries } = await folder.all();
  const times = (await readRuns(folder)).flatMap((
    { startedAt, updatedAt },
  ) => [+startedAt, +updatedAt]);
  for (const { createdAt } of entries) times.push(+createdAt);
  const latest = times.reduce((a, b) => Math.max(a, b), -Infinity);
  return latest < +now ? now : new Date(latest + 1);
}

function tryLockRun(folder: CheckpointFolder, id: string): LayerFile | null {
  const lock = openLock(folder.layer, folder.join(runLockName(id)));
  if (lock.tryLock()) return lock;
  lock.close();
  return null;
}
