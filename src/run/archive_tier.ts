/**
 * The second tier of a folder of checkpoints: what is in the store, what is copied there and fetched back, and what
 * is kept. Only the first rank has one.
 *
 * In the store a checkpoint consists of the same files as in a folder. The record beside the snapshot is written
 * last and removed first, so that a copy that was cut short is never listed; the snapshot itself lists its sidecars
 * with their digests.
 *
 * @module
 */
import { messageOf } from "../error_guard.ts";
import { CheckpointError } from "../errors.ts";
import { readTailOf } from "../snapshot/file/tail_reader.ts";
import { fetchSnapshot, type FileOnItsWay, sidecarsOf } from "./archive_copy.ts";
import { jsonIn, readText, writeText } from "./archive_text.ts";
import {
  type CheckpointEntry,
  compareAge,
  entryFromJson,
  entryToJson,
} from "./checkpoint_entry.ts";
import type { CheckpointFolder } from "./checkpoint_folder.ts";
import type { CheckpointStore } from "./checkpoint_store.ts";
import {
  isSnapshotName,
  logName,
  olderLogName,
  ownerOfBulk,
  recordName,
  runName,
  runOfRecord,
  runOfSnapshot,
  snapshotOfRecord,
} from "./file_names.ts";
import type { Copier } from "./copy_thread.ts";
import type { PruneReport } from "./prune.ts";
import { planRetention, type RetentionPolicy } from "./retention.ts";
import { runFromJson } from "./read_runs.ts";
import type { RunRecord } from "./run_record.ts";
import { checksumOf } from "../xxh64.ts";
import { Turns } from "./turns.ts";

/** What a store has, as far as it is whole. */
interface Contents {
  readonly entries: CheckpointEntry[];
  readonly names: ReadonlySet<string>;
  /** Records that cannot be read, and files without one; a sentence each. */
  readonly problems: string[];
}

/** The checkpoints of a store. */
export class ArchiveTier {
  readonly store: CheckpointStore;
  readonly keep: RetentionPolicy | null;
  /** Checkpoints that are not copied yet, or could not be, which the folder must keep for now. */
  readonly waiting: Set<string> = new Set();
  /** Records that were read, each with the version that its file had. */
  readonly #records = new Map<string, { version: string | undefined; text: string }>();
  /** The digests of the small files of runs as they were last copied. */
  readonly #sent = new Map<string, string>();
  /** Names that may not be written over: those of the last listing, and what was copied since. */
  #known: Map<string, CheckpointEntry> | null = null;
  /** Records are written one after the other, so that the last labels win. */
  readonly #turns = new Turns();

  constructor(store: CheckpointStore, keep: RetentionPolicy | null) {
    this.store = store;
    this.keep = keep;
  }

  /** The whole checkpoints, oldest first; their paths are those that they get in the folder when they are fetched. */
  async read(folder: CheckpointFolder): Promise<Contents> {
    const { location } = this.store, files = await this.store.list();
    const names = new Set(files.map(({ name }) => name));
    const entries: CheckpointEntry[] = [], problems: string[] = [];
    for (const { name, version } of files) {
      const file = snapshotOfRecord(name);
      if (file !== null) {
        const json = jsonIn(await this.#recordText(name, version));
        const entry = entryFromJson(json, (file) => folder.join(file));
        if (entry?.file === file && names.has(file)) entries.push({ ...entry, place: "archive" });
        else problems.push(`${name}: in "${location}", it is damaged or has no snapshot`);
      } else if (isSnapshotName(name) && !names.has(recordName(name))) {
        const where = `in "${location}", it has no record`;
        problems.push(`${name}: ${where}: still being copied, or its writer died`);
      }
    }
    for (const name of this.#records.keys()) if (!names.has(name)) this.#records.delete(name);
    this.#known = new Map(entries.map((entry) => [entry.file, entry]));
    return { entries: entries.sort(compareAge), names, problems };
  }

  /** What is known to be there, from the last look. */
  async known(folder: CheckpointFolder): Promise<ReadonlyMap<string, CheckpointEntry>> {
    if (this.#known === null) await this.read(folder);
    return this.#known!;
  }

  /** The runs that have a record there. */
  async runs(): Promise<RunRecord[]> {
    const runs: RunRecord[] = [];
    for (const { name, version } of await this.store.list()) {
      const id = runOfRecord(name);
      if (id === null || name.includes("/")) continue;
      const run = runFromJson(id, jsonIn(await this.#recordText(name, version)));
      if (run !== null) runs.push(run);
    }
    return runs;
  }

  /** The ids that runs have there, from their records and from their checkpoints. */
  async runIds(folder: CheckpointFolder): Promise<Set<string>> {
    const { entries, names } = await this.read(folder);
    const recorded = [...names].flatMap((name) => runOfRecord(name) ?? runOfSnapshot(name) ?? []);
    return new Set([...recorded, ...entries.map(({ run }) => run)]);
  }

  /**
   * Copies a checkpoint of the folder, and what it needs, unless that is there already.
   *
   * @param copier Sends the files.
   * @throws {SnapshotFormatError} when it has files elsewhere.
   * @throws {CheckpointError} when what it needs is not there, or a copy is not what was sent.
   */
  async push(
    folder: CheckpointFolder,
    entry: CheckpointEntry,
    copier: Copier,
  ): Promise<void> {
    const known = await this.known(folder);
    if (known.get(entry.file)?.checksum === entry.checksum) return;
    for (const file of entry.needs) await this.#pushBase(folder, entry, file, copier);
    const tail = readTailOf(folder.layer, entry.path);
    const sidecars = sidecarsOf(tail, entry.file);
    const files: FileOnItsWay[] = [
      ...sidecars.map(({ file, digest }) => ({ name: file, path: folder.join(file), digest })),
      { name: entry.file, path: entry.path, digest: digestOf(entry) },
    ];
    const replaces = known.has(entry.file);
    if (replaces) await this.#forget(entry.file);
    for (const file of files) await copier.send(folder.layer, this.store, file);
    await this.#turns.take(async () => await this.#record(await labelled(folder, entry)));
    if (replaces) await this.#removeBulk(entry.file, new Set(sidecars.map(({ file }) => file)));
  }

  /** Copies the small files of a run, its record and its transcript, as far as they have changed. */
  async pushRun(folder: CheckpointFolder, run: string): Promise<void> {
    for (const name of [runName(run), logName(run), olderLogName(run)]) {
      const text = folder.readText(name);
      if (text === null) continue;
      const digest = checksumOf(text);
      if (this.#sent.get(name) === digest) continue;
      await writeText(this.store, name, text);
      this.#sent.set(name, digest);
      this.#records.delete(name);
    }
  }

  /** Copies text files that the folder does not have, and the store has, into the folder. */
  async fetchTexts(folder: CheckpointFolder, names: readonly string[]): Promise<void> {
    const missing = names.filter((name) => folder.readText(name) === null);
    if (missing.length === 0) return;
    const there = new Set((await this.store.list()).map(({ name }) => name));
    for (const name of missing.filter((name) => there.has(name))) {
      folder.writeText(name, await readText(this.store, name));
    }
  }

  /**
   * Brings a checkpoint, and what it needs, into the folder.
   *
   * @returns its entry, or null if the store does not have it.
   * @throws {SnapshotCorruptError} when the copy is damaged or cut short.
   */
  async fetch(folder: CheckpointFolder, file: string): Promise<CheckpointEntry | null> {
    const { entries } = await this.read(folder);
    const entry = entries.find((it) => it.file === file);
    if (entry === undefined) return null;
    folder.make();
    for (const base of entry.needs) {
      if (folder.layer.stat(folder.join(base)) === null) await this.fetch(folder, base);
    }
    folder.dropFromCatalog([file]);
    const { path } = entry;
    await fetchSnapshot(folder.layer, this.store, { name: file, path, digest: digestOf(entry) });
    return { ...folder.add(entry), place: "both" };
  }

  /** Writes the record of a checkpoint that is there again, with other labels. */
  async relabel(folder: CheckpointFolder, entry: CheckpointEntry): Promise<void> {
    await this.#turns.take(async () => {
      if ((await this.known(folder)).get(entry.file)?.checksum !== entry.checksum) return;
      await this.#record(entry);
    });
  }

  /** Removes what the rules do not keep. */
  async prune(
    folder: CheckpointFolder,
    { keep, run, now, dryRun, report }: {
      readonly keep: RetentionPolicy;
      readonly run: string | undefined;
      readonly now: Date;
      readonly dryRun: boolean;
      readonly report: (message: string) => void;
    },
  ): Promise<PruneReport> {
    const { entries } = await this.read(folder);
    const ids = new Set(entries.map((entry) => entry.run).filter((id) => id === (run ?? id)));
    const decisions = [...ids].flatMap((id) =>
      planRetention(entries.filter((entry) => entry.run === id), keep, now)
    );
    const kept = decisions.filter((it) => it.keep), removed = [];
    for (const decision of decisions.filter((it) => !it.keep).toReversed()) {
      try {
        if (!dryRun) await this.remove(decision.entry);
        removed.unshift(decision);
      } catch (error) {
        const why = messageOf(error);
        report(
          `"${decision.entry.file}" could not be removed from "${this.store.location}": ${why}`,
        );
        kept.push({ ...decision, keep: true, why: `it could not be removed: ${why}` });
      }
    }
    return { removed, kept, bytes: removed.reduce((sum, { entry }) => sum + entry.bytes, 0) };
  }

  /** Removes a checkpoint: the record first, so that the rest is never taken for one. */
  async remove(entry: CheckpointEntry): Promise<void> {
    await this.#forget(entry.file);
    await this.store.remove(entry.file);
    await this.#removeBulk(entry.file, new Set());
  }

  /** An increment is nothing without its base, so the base goes first. */
  async #pushBase(
    folder: CheckpointFolder,
    entry: CheckpointEntry,
    file: string,
    copier: Copier,
  ): Promise<void> {
    if ((await this.known(folder)).has(file)) return;
    const base = file.includes("/")
      ? undefined
      : (await folder.read()).entries.find((it) => it.file === file);
    if (base !== undefined) return await this.push(folder, base, copier);
    throw new CheckpointError(
      this.store.location,
      1,
      `"${entry.file}" holds only what changed since "${file}", which is neither in "${folder.path}" nor ` +
        `in "${this.store.location}"; it cannot be archived`,
    );
  }

  async #record(entry: CheckpointEntry): Promise<void> {
    const name = recordName(entry.file);
    this.#records.delete(name);
    await writeText(this.store, name, JSON.stringify(entryToJson(entry), null, 2) + "\n");
    this.#known?.set(entry.file, { ...entry, place: "archive" });
  }

  async #forget(file: string): Promise<void> {
    this.#records.delete(recordName(file));
    await this.store.remove(recordName(file));
    this.#known?.delete(file);
  }

  async #removeBulk(file: string, but: ReadonlySet<string>): Promise<void> {
    const all = (await this.store.list()).map(({ name }) => name);
    const names = all.filter((name) =>
      !but.has(name) && name.includes("/") && ownerOfBulk(name.split("/")[0]) === file
    );
    if (this.store.removeAll !== undefined) await this.store.removeAll(names);
    else for (const name of names) await this.store.remove(name);
  }

  async #recordText(name: string, version: string | undefined): Promise<string> {
    const known = this.#records.get(name);
    if (known !== undefined && version !== undefined && known.version === version) {
      return known.text;
    }
    const text = await readText(this.store, name);
    this.#records.set(name, { version, text });
    return text;
  }
}

/** The entry with the labels that it has by now. */
async function labelled(
  folder: CheckpointFolder,
  entry: CheckpointEntry,
): Promise<CheckpointEntry> {
  const { entries } = await folder.read();
  const now = entries.find(({ file, checksum }) =>
    file === entry.file && checksum === entry.checksum
  );
  return now === undefined ? entry : { ...entry, labels: now.labels };
}

function digestOf({ checksum }: CheckpointEntry): string {
  return checksum.replace("xxh64:", "");
}
