/**
 * A run in a folder: its id, identity and status, and the lock that shows that its process is alive.
 *
 * @module
 */
import type { LayerFile } from "../snapshot/file/file_layer.ts";
import { version } from "../version.ts";
import { TimestashError } from "../errors.ts";
import { type CheckpointEntry, isJsonObject } from "./checkpoint_entry.ts";
import { removeUnfinished } from "./checkpoint_removal.ts";
import { fileWord, runLockName, runName, runOfRecord } from "./file_names.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import { isRefusal, openLock, readJson, writeJson } from "./json_files.ts";
import { checkRetention, type RetentionPolicy } from "./retention.ts";
import { partSignatures, type RunIdentity } from "./run_identity.ts";

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
  /** The XXH64 of the part of `identity` that says which problem is solved: meshes, numbers, texts of equations. */
  readonly problemSignature: string;
  /** The XXH64 of the part that says how: variables, solvers and histories with their schemes. */
  readonly algorithmSignature: string;
  /** What identifies it: the shape of the model, the numbers of the script, and what the script adds. */
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
  /** Which of its checkpoints it keeps, as far as that can be written: without functions; missing if all. */
  readonly keep?: RetentionPolicy;
  /** The seconds for which it was going until `updatedAt`, in all its processes together. */
  readonly elapsed: number;
}

/** The seconds until a moment, for a run that is going since its record was last written. */
export function elapsedBy({ elapsed, updatedAt }: RunRecord, now: Date): number {
  return elapsed + Math.max(0, (+now - +updatedAt) / 1000);
}

const FORMAT = "timestash-run";
const STATUSES: readonly RunStatus[] = ["running", "completed", "failed", "interrupted"];

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
      locked.setStatus("running", null, now);
      removeUnfinished(folder, record.id);
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
      format: FORMAT,
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
  if (!isJsonObject(read) || read["format"] !== FORMAT || read["version"] !== 1) return null;
  const { name, seed, signature, identity, status, message, resumed = 0 } = read;
  const startedAt = new Date(String(read["started_at"])),
    updatedAt = new Date(String(read["updated_at"]));
  const sound = typeof name === "string" && typeof signature === "string" &&
    isJsonObject(identity) && STATUSES.includes(status as RunStatus) &&
    typeof resumed === "number" && ![startedAt, updatedAt].some((date) => Number.isNaN(+date));
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

function tryLockRun(folder: CheckpointFolder, id: string): LayerFile | null {
  const lock = openLock(folder.layer, folder.join(runLockName(id)));
  if (lock.tryLock()) return lock;
  lock.close();
  return null;
}
