/**
 * One checkpoint as the catalog knows it, and its JSON form.
 *
 * @module
 */

import { isCount } from "../model/require_state.ts";
import { describe } from "../options.ts";
import type { RunRecord } from "./run_record.ts";

/** Texts, numbers and booleans attached to a checkpoint; a plain word has the value `true`. */
export type CheckpointLabels = Readonly<Record<string, string | number | boolean>>;

/** How much a checkpoint holds: 0 which items are finished, 1 enough to restart an item, 2 everything. */
export type CheckpointLevel = 0 | 1 | 2;

/** One checkpoint in a folder. */
export interface CheckpointEntry {
  /** The name of the snapshot in its folder. */
  readonly file: string;
  /** Its path. */
  readonly path: string;
  /** The id of the run that saved it. */
  readonly run: string;
  /** The name of the model. */
  readonly name: string;
  /** The number of the save within its run; a larger one is newer. */
  readonly sequence: number;
  /** `tracker.step` when it was saved. */
  readonly step: number;
  /** `tracker.time` when it was saved. */
  readonly time: number;
  /** `tracker.dt` when it was saved. */
  readonly dt: number | null;
  /** When it was saved. */
  readonly createdAt: Date;
  /** The seconds for which the run had been going, in all its processes; missing in earlier ones. */
  readonly elapsed?: number;
  /** The version of the toolkit that wrote it. */
  readonly toolkitVersion: string;
  /** How much of the model it holds. */
  readonly level: CheckpointLevel;
  /** The labels given with the save. */
  readonly labels: CheckpointLabels;
  /** The bytes on the disk, sidecars included. */
  readonly bytes: number;
  /** The bytes of the snapshot file alone. */
  readonly fileBytes: number;
  /** The bytes of the model's data. */
  readonly dataBytes: number;
  /** The digest in the trailer of the snapshot, which covers the whole file: `xxh64:0123456789abcdef`. */
  readonly checksum: string;
  /** Files of the same folder that hold what did not change, without which it cannot be loaded. */
  readonly needs: readonly string[];
  /** Where it is, if there is an archive; what is only there is copied to `path` when it is loaded. */
  readonly place?: "folder" | "archive" | "both" | undefined;
}

/** What is saved in the snapshot itself, so that the catalog can be rebuilt from the folder alone. */
export type CheckpointOrigin =
  & Pick<CheckpointEntry, "run" | "sequence" | "level" | "dataBytes" | "elapsed">
  & ReturnType<typeof labelsToJson>
  & Pick<RunRecord, "seed" | "signature">;

const FORMAT = "timestash-checkpoint";
const VERSION = 1;

/** The contents of the JSON file beside a checkpoint. */
export function entryToJson(entry: CheckpointEntry): Record<string, unknown> {
  return {
    format: FORMAT,
    version: VERSION,
    file: entry.file,
    run: entry.run,
    run_name: entry.name,
    sequence: entry.sequence,
    step: entry.step,
    time: entry.time,
    dt: entry.dt,
    created_at: entry.createdAt.toISOString(),
    elapsed_seconds: entry.elapsed,
    toolkit_version: entry.toolkitVersion,
    level: entry.level,
    ...labelsToJson(entry.labels),
    bytes: entry.bytes,
    file_bytes: entry.fileBytes,
    data_bytes: entry.dataBytes,
    checksum: entry.checksum,
    needs: entry.needs,
  };
}

/** Labels in JSON, which has no NaN, no infinity and no -0: those stand as texts, and are listed as numbers. */
export function labelsToJson(
  labels: CheckpointLabels,
): { readonly labels: CheckpointLabels; readonly number_labels?: readonly string[] } {
  const names = Object.keys(labels).filter((name) => {
    const value = labels[name];
    return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0));
  });
  if (names.length === 0) return { labels };
  const texts = names.map((name) => [name, Object.is(labels[name], -0) ? "-0" : `${labels[name]}`]);
  return { labels: { ...labels, ...Object.fromEntries(texts) }, number_labels: names };
}

/** The labels that {@link labelsToJson} wrote; null if there are none. */
export function labelsFromJson(record: Record<string, unknown>): CheckpointLabels | null {
  const { labels, number_labels: names = [] } = record;
  if (!isJsonObject(labels) || !Array.isArray(names)) return null;
  const numbers = names.map((name) => [String(name), Number(labels[String(name)])]);
  return { ...labels, ...Object.fromEntries(numbers) } as CheckpointLabels;
}

/** The entry that a JSON value describes; null if it does not describe one, or has a newer version. */
export function entryFromJson(
  record: unknown,
  pathOf: (file: string) => string,
): CheckpointEntry | null {
  if (!isJsonObject(record) || record["format"] !== FORMAT || record["version"] !== VERSION) {
    return null;
  }
  const { file, run, run_name, created_at, toolkit_version, checksum, needs } = record;
  const { sequence, step, time, level, bytes, file_bytes, data_bytes } = record;
  const texts = [file, run, run_name, created_at, toolkit_version, checksum];
  const counts = [sequence, bytes, file_bytes, data_bytes];
  if (!texts.every((text) => typeof text === "string")) return null;
  if (!Number.isSafeInteger(step) || !Number.isFinite(time) || !isLevel(level)) return null;
  if (!counts.every(isCount)) return null;
  const own = labelsFromJson(record);
  if (!Array.isArray(needs) || own === null) return null;
  const createdAt = new Date(created_at as string);
  if (Number.isNaN(createdAt.getTime())) return null;
  return {
    file: file as string,
    path: pathOf(file as string),
    run: run as string,
    name: run_name as string,
    sequence: sequence as number,
    step: step as number,
    time: time as number,
    dt: typeof record["dt"] === "number" ? record["dt"] : null,
    createdAt,
    ...elapsedOf(record["elapsed_seconds"]),
    toolkitVersion: toolkit_version as string,
    level,
    labels: own,
    bytes: bytes as number,
    fileBytes: file_bytes as number,
    dataBytes: data_bytes as number,
    checksum: checksum as string,
    needs: needs.map(String),
  };
}

/** Whether a record or a file says one of the levels. */
export function isLevel(value: unknown): value is CheckpointLevel {
  return value === 0 || value === 1 || value === 2;
}

/** The seconds that a record says, if it says any. */
export function elapsedOf(seconds: unknown): Pick<CheckpointEntry, "elapsed"> {
  return typeof seconds === "number" ? { elapsed: seconds } : {};
}

/** Whether it is the state at which a run failed, from which none continues. */
export function isFailure({ labels }: Pick<CheckpointEntry, "labels">): boolean {
  return typeof labels["failure"] === "string";
}

/** Whether a value is a JSON object. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Requires a checkpoint, as `list` gives it.
 *
 * @throws {TypeError} when it is anything else.
 */
export function requireEntry(what: string, entry: unknown): asserts entry is CheckpointEntry {
  const { file, path, labels } = (entry ?? {}) as Partial<CheckpointEntry>;
  if (typeof file === "string" && typeof path === "string" && isJsonObject(labels)) return;
  throw new TypeError(
    `${what} takes a checkpoint of this folder, as list() gives it, got ${describe(entry)}`,
  );
}

/** Orders entries from old to new: by sequence within a run, by time of creation otherwise. */
export function compareAge(a: CheckpointEntry, b: CheckpointEntry): number {
  if (a.run === b.run) return a.sequence - b.sequence;
  const difference = a.createdAt.getTime() - b.createdAt.getTime();
  return difference !== 0 ? difference : a.run < b.run ? -1 : 1;
}

/**
 * The entry nearest to a step or a time, at or before it; the newest if several are equally near.
 *
 * @throws {TypeError} when neither or both are given, or one is not a number.
 * @throws {RangeError} when it is not finite.
 */
export function nearestEntry(
  entries: readonly CheckpointEntry[],
  target: { readonly step?: number; readonly time?: number },
): CheckpointEntry | null {
  const { step, time } = target;
  if ((step === undefined) === (time === undefined)) {
    throw new TypeError("at takes either { step } or { time }");
  }
  const given = step ?? time;
  if (typeof given !== "number") {
    throw new TypeError(`at takes a number as step or time, got ${describe(given)}`);
  }
  if (!Number.isFinite(given)) throw new RangeError(`at takes a finite number, got ${given}`);
  const place = (entry: CheckpointEntry) => step === undefined ? entry.time : entry.step;
  // Sums of steps miss round times by rounding: 15 steps of 0.1 count as reaching 1.5.
  const goal = step ?? time! + 1e-9 * Math.abs(time!);
  let best: CheckpointEntry | null = null;
  for (const entry of entries) {
    if (place(entry) > goal) continue;
    if (best === null || place(entry) >= place(best)) best = entry;
  }
  return best;
}

/**
 * Labels as a record.
 *
 * @throws {TypeError} when a label is not a text, a number or a boolean.
 * @throws {RangeError} when it is the one that marks the state of a failure.
 */
export function labelsOf(labels: CheckpointLabels | readonly string[] = {}): CheckpointLabels {
  if (typeof labels !== "object" || labels === null) {
    throw new TypeError(
      `labels must be a list of words or a record such as { misfit: 0.3 }, got ${describe(labels)}`,
    );
  }
  const record = isWords(labels)
    ? Object.fromEntries(labels.map((word) => [requireWord(word), true]))
    : { ...labels };
  for (const [name, value] of Object.entries(record)) {
    if (!["string", "number", "boolean"].includes(typeof value)) {
      throw new TypeError(
        `label "${name}" is a ${typeof value}; give a text, a number or a boolean`,
      );
    }
  }
  if (isFailure({ labels: record })) {
    throw new RangeError(
      'the label "failure" with a text marks the state at which a run failed, from which none continues; give it ' +
        "another name",
    );
  }
  return record;
}

function requireWord(word: unknown): string {
  if (typeof word === "string" && word !== "") return word;
  throw new TypeError(`a list of labels has words that are not empty, got ${describe(word)}`);
}

function isWords(labels: CheckpointLabels | readonly string[]): labels is readonly string[] {
  return Array.isArray(labels);
}
