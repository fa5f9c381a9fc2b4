import { folderPathOf } from "../snapshot/file/paths.ts";
import {
  type CheckpointsOptions,
  type ResolvedOptions,
  resolveOptions,
} from "./checkpoint_options.ts";
import {
  type CheckpointEntry,
  type CheckpointLabels,
  isFailure,
  labelsOf,
  nearestEntry,
  requireEntry,
} from "./checkpoint_entry.ts";
import { requireApart } from "./checkpoint_store.ts";
import { onFirstRank } from "./first_rank.ts";
import type { CheckpointFolder, FolderWork } from "./checkpoint_folder.ts";
import type { PruneReport } from "./prune.ts";
import type { PurgeReport } from "./purge.ts";
import { checkRetention, type RetentionPolicy } from "./retention.ts";
import { checkOptions, describe, type OptionNames, requireOptions } from "../options.ts";
import type { StoredTranscript } from "./read_log.ts";
import type { RunRecord } from "./run_record.ts";
import { fixFields } from "../fixed_fields.ts";

/** The options of {@link CheckpointCatalog}, which are those of {@link Checkpoints} too. */
type CatalogOptions = Pick<CheckpointsOptions, "keep" | "archive" | "archiveKeep" | "report">;

const catalogOptionNames: OptionNames<CatalogOptions> = {
  keep: true,
  archive: true,
  archiveKeep: true,
  report: true,
};
const listOptionNames: OptionNames<{ readonly run?: string | undefined }> = { run: true };
const targetNames: OptionNames<{ step?: number; time?: number }> = { step: true, time: true };
const pruneOptionNames: OptionNames<
  { readonly dryRun?: boolean; readonly keep?: RetentionPolicy; readonly run?: string | undefined }
> = { dryRun: true, keep: true, run: true };
const purgeOptionNames: OptionNames<
  { readonly olderThan: number | Date; readonly dryRun?: boolean }
> = { olderThan: true, dryRun: true };

/** Gives this floor access to a catalog's folder, which is opened when it is first used. */
export let workIn: (catalog: CheckpointCatalog) => FolderWork;

/**
 * The checkpoints of a folder, to list, label and prune them without a model.
 *
 * @example
 * ```ts
 * import { CheckpointCatalog, Checkpoints, Model } from "@timestash/timestash";
 *
 * const folder = Deno.makeTempDirSync();
 * const checkpoints = new Checkpoints(new Model({ name: "heat" }), folder);
 * await checkpoints.save({ labels: ["start"] });
 * await checkpoints.complete();
 *
 * const catalog = new CheckpointCatalog(folder);
 * console.log((await catalog.latest())?.file, (await catalog.runs())[0].status); // heat-step0.snap.h5 completed
 * Deno.removeSync(folder, { recursive: true });
 * ```
 */
export class CheckpointCatalog {
  /** The absolute path of the folder, from the working folder at the time of construction. */
  readonly directory: string;
  readonly #options: ResolvedOptions;
  #folder: Promise<CheckpointFolder> | null = null;

  /**
   * Reads nothing yet.
   *
   * @param directory the folder of the checkpoints; it need not exist.
   * @throws {TypeError} when an option has a wrong type.
   * @throws {RangeError} when a number is out of range, or the archive is the folder itself.
   */
  constructor(directory: string | URL, options: CatalogOptions = {}) {
    const own = new.target === CheckpointCatalog;
    this.directory = folderPathOf(directory);
    this.#options = own
      ? resolveOptions(options, "new CheckpointCatalog", catalogOptionNames)
      : resolveOptions(options);
    const { archive } = this.#options;
    // Links are resolved when the folder is opened; nothing is read here.
    if (archive !== null) requireApart({ realPath: () => null }, this.directory, archive);
    fixFields(this, new.target, CheckpointCatalog);
  }

  /** The run that this process holds or has ended, or null. */
  get run(): RunRecord | null {
    return null;
  }

  /**
   * The checkpoints of the run, oldest first; before a run has begun, those of all runs in the folder.
   *
   * @param options `run`: the id of another run, or `"all"`.
   */
  async list(options: { readonly run?: string | undefined } = {}): Promise<CheckpointEntry[]> {
    checkOptions("list", options, listOptionNames);
    requireRunId("list", options.run);
    const entries = await this.#inFolder(async (folder) => (await folder.all()).entries);
    const run = options.run ?? this.run?.id ?? "all";
    return run === "all" ? entries : entries.filter((entry) => entry.run === run);
  }

  /** The newest checkpoint from which the run can continue, or null. */
  async latest(): Promise<CheckpointEntry | null> {
    return (await this.list()).findLast((entry) => !isFailure(entry)) ?? null;
  }

  /**
   * The checkpoint nearest to a step or a time, at or before it, or null.
   *
   * @throws {TypeError} when neither or both are given.
   */
  async at(
    target: { readonly step?: number; readonly time?: number },
  ): Promise<CheckpointEntry | null> {
    requireOptions("at", target, targetNames);
    return nearestEntry(
      (await this.list()).filter((it) => it.level === 2 && !isFailure(it)),
      target,
    );
  }

  /**
   * The checkpoint at a place in the list; a negative place counts from the end.
   *
   * @throws {TypeError} when the place is not a number.
   * @throws {RangeError} when the list is shorter.
   */
  async select(index: number): Promise<CheckpointEntry> {
    if (typeof index !== "number") {
      throw new TypeError(`select takes the place in the list, a number, got ${describe(index)}`);
    }
    const entries = await this.list();
    const entry = Number.isInteger(index) ? entries.at(index) : undefined;
    if (entry !== undefined) return entry;
    throw new RangeError(`select(${index}): there are only ${entries.length} checkpoints`);
  }

  /**
   * Adds labels to a checkpoint; the value `false` removes a pin.
   *
   * @throws {CheckpointError} when the checkpoint is gone, or was saved again since it was listed.
   */
  async label(
    entry: CheckpointEntry,
    labels: CheckpointLabels | readonly string[],
  ): Promise<CheckpointEntry> {
    requireEntry("label", entry);
    const given = labelsOf(labels);
    return await this.#inFolder((folder) => folder.relabel(entry, given));
  }

  /** The incomplete and damaged files of the folder, one sentence each. */
  async problems(): Promise<string[]> {
    return await this.#inFolder(async (folder) => {
      const { damagedRecords } = await import("./read_runs.ts");
      const { problems } = await folder.all();
      return [...problems.map(({ text }) => text), ...damagedRecords(folder)];
    });
  }

  /**
   * Removes the checkpoints of this run that `keep` does not keep; before a run has begun, those of every
   * run. Runs that another process holds are left alone. In the archive, the rules of `archiveKeep` apply.
   *
   * @param options `dryRun`: only report what would be removed; `keep`: other rules than the constructor's;
   *   `run`: the id of another run.
   * @throws {TypeError} when an option does not exist or has a wrong type.
   * @throws {RangeError} when a number of `keep` is out of range.
   */
  async prune(
    options: {
      readonly dryRun?: boolean;
      readonly keep?: RetentionPolicy;
      readonly run?: string | undefined;
    } = {},
  ): Promise<PruneReport> {
    checkOptions("prune", options, pruneOptionNames);
    requireRunId("prune", options.run);
    if (options.keep !== undefined) checkRetention(options.keep);
    if (options.dryRun !== undefined && typeof options.dryRun !== "boolean") {
      throw new TypeError(`prune: dryRun must be true or false, got ${describe(options.dryRun)}`);
    }
    const { pruneFolder } = await import("./prune.ts");
    const { keep, now, report } = this.#options;
    const order = {
      keep: options.keep ?? keep ?? {},
      run: options.run ?? this.run?.id,
      own: this.run?.id,
      now: now(),
      dryRun: options.dryRun ?? false,
      report,
    };
    const { archiveKeep } = this.#options;
    return await this.#inFolder(async (folder) => {
      const report = await pruneFolder(folder, order);
      if (folder.archive === null || archiveKeep === null) return report;
      const archive = await folder.archive.prune(folder, { ...order, keep: archiveKeep });
      return { ...report, archive };
    });
  }

  /**
   * Removes whole runs, with their records, that nothing was added to for a while. Pinned checkpoints stay, and
   * so do the runs that they belong to; a run that a process holds is left alone.
   *
   * @param options `olderThan`: the age in seconds, or the time before which the last thing was added; `dryRun`:
   *   only report what would be removed.
   * @throws {TypeError} when an option does not exist or has a wrong type.
   * @throws {RangeError} when the age is negative or not finite.
   */
  async purge(
    options: { readonly olderThan: number | Date; readonly dryRun?: boolean },
  ): Promise<PurgeReport> {
    requireOptions("purge", options, purgeOptionNames);
    const { olderThan, dryRun = false } = options;
    if (typeof dryRun !== "boolean") {
      throw new TypeError(`purge: dryRun must be true or false, got ${describe(dryRun)}`);
    }
    if (typeof olderThan !== "number" && !(olderThan instanceof Date)) {
      throw new TypeError(
        `purge: olderThan must be an age in seconds, or a Date, got ${describe(olderThan)}`,
      );
    }
    const { keep, now, report } = this.#options;
    const age = +olderThan;
    if (!Number.isFinite(age) || (typeof olderThan === "number" && age < 0)) {
      throw new RangeError(
        `purge: olderThan must be an age of at least 0 seconds, got ${olderThan}`,
      );
    }
    const before = typeof olderThan === "number" ? new Date(+now() - 1000 * age) : olderThan;
    const { purgeRuns } = await import("./purge.ts");
    const request = { before, keep, own: this.run?.id, dryRun, report };
    return await this.#inFolder((folder) => purgeRuns(folder, request));
  }

  /** The runs of the folder with their status, oldest first. */
  async runs(): Promise<RunRecord[]> {
    const { readRuns } = await import("./read_runs.ts");
    return await this.#inFolder(readRuns);
  }

  /**
   * What happened in a run, as its folder has it: steps, solves, saves, and what was taken back.
   *
   * @param options `run`: the id of the run; defaults to this one, and before it has begun to the newest.
   * @throws {TypeError} when an option does not exist, or the id is not a string.
   * @throws {RangeError} when there is no such run.
   */
  async transcript(options: { readonly run?: string | undefined } = {}): Promise<StoredTranscript> {
    checkOptions("transcript", options, listOptionNames);
    requireRunId("transcript", options.run);
    const all = await this.runs();
    const id = options.run ?? this.run?.id ?? all.at(-1)?.id;
    if (id === undefined || !all.some((run) => run.id === id)) {
      const known = all.map((run) => run.id).join(", ") || "none";
      throw new RangeError(
        `there is no run ${
          id === undefined ? "" : `"${id}" `
        }in "${this.directory}"; it has ${known}`,
      );
    }
    const { readLogs, StoredTranscript } = await import("./read_log.ts");
    const logs = await this.#inFolder((folder) => readLogs(folder, id));
    return new StoredTranscript(id, logs);
  }

  /** Work on files is done once for all ranks. */
  #inFolder<R>(work: (folder: CheckpointFolder) => R | Promise<R>): Promise<R> {
    return onFirstRank(this.#options.comm, async () => await work(await this.#opened()));
  }

  #opened(): Promise<CheckpointFolder> {
    this.#folder ??= this.#open();
    // After a failure the next call tries again.
    this.#folder.catch(() => this.#folder = null);
    return this.#folder;
  }

  async #open(): Promise<CheckpointFolder> {
    const { CheckpointFolder } = await import("./checkpoint_folder.ts");
    const { archive, archiveKeep, layer } = this.#options;
    if (archive === null) return new CheckpointFolder(this.directory, layer);
    const { ArchiveTier } = await import("./archive_tier.ts");
    return new CheckpointFolder(this.directory, layer, new ArchiveTier(archive, archiveKeep));
  }

  static {
    workIn = (catalog) => (work) => catalog.#inFolder(work);
  }
}

function requireRunId(what: string, run: unknown): void {
  if (run === undefined || typeof run === "string") return;
  throw new TypeError(`${what}: run must be the id of a run, a string, got ${describe(run)}`);
}
