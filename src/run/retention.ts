/**
 * Which checkpoints stay, as a pure function of the list and the hour.
 *
 * @module
 */
import { type CheckpointEntry, compareAge } from "./checkpoint_entry.ts";
import { type CheckpointSchedule, checkSchedule, slotOf } from "./checkpoint_schedule.ts";

/**
 * What is kept. `last`, `every` and `best` each name some to keep; all are kept where none of the three is
 * given. `maxAge` and `maxBytes` then take the oldest of those away. Pinned ones and the newest always
 * stay, and so does what a kept one needs.
 */
export interface RetentionPolicy {
  /** The newest so many. */
  readonly last?: number;
  /** The first in each period of steps, model time or seconds of the clock. */
  readonly every?: Omit<CheckpointSchedule, "start">;
  /** The best so many by a label, the smallest number first; those without the label are not counted. */
  readonly best?: {
    /** The label, or a function of the entry. */
    readonly by: string | ((entry: CheckpointEntry) => number | undefined);
    /** How many. */
    readonly count: number;
    /** With true, the largest number is the best. */
    readonly largest?: boolean;
  };
  /** Labels that keep a checkpoint for ever; `["pinned"]` when left out. */
  readonly pinned?: readonly string[];
  /** Seconds after which it goes. */
  readonly maxAge?: number;
  /** Bytes that all together may take on the disk. */
  readonly maxBytes?: number;
}

/** What becomes of one checkpoint, and why. */
export interface RetentionDecision {
  /** The checkpoint. */
  readonly entry: CheckpointEntry;
  /** Whether it stays. */
  readonly keep: boolean;
  /** The reasons, in words. */
  readonly why: string;
}

/** A reason to stay, and whether limits may overrule it. */
interface Reason {
  readonly words: string;
  readonly firm: boolean;
}

/**
 * Decides on every checkpoint of one run.
 *
 * @param entries in any order.
 * @param now for `maxAge`.
 * @returns one decision for each entry, oldest first.
 */
export function planRetention(
  entries: readonly CheckpointEntry[],
  keep: RetentionPolicy,
  now: Date,
): RetentionDecision[] {
  const sorted = [...entries].sort(compareAge);
  const stays = reasonsToStay(sorted, keep);
  const goes = new Map<CheckpointEntry, string>();
  for (const entry of sorted) if (!stays.has(entry)) goes.set(entry, "no rule keeps it");
  applyMaxAge(sorted, keep, now, stays, goes);
  applyMaxBytes(sorted, keep, stays, goes);
  for (const [needed, by] of neededBy(sorted, goes)) {
    goes.delete(needed);
    stays.set(needed, { words: `${by.file} needs it`, firm: true });
  }
  return sorted.map((entry) => ({
    entry,
    keep: !goes.has(entry),
    why: goes.get(entry) ?? stays.get(entry)!.words,
  }));
}

function reasonsToStay(
  sorted: readonly CheckpointEntry[],
  { last, every, best, pinned = ["pinned"] }: RetentionPolicy,
): Map<CheckpointEntry, Reason> {
  const stays = new Map<CheckpointEntry, Reason>();
  const add = (entry: CheckpointEntry, words: string, firm = false) => {
    if (!stays.has(entry)) stays.set(entry, { words, firm });
  };
  for (const level of [2, 1, 0] as const) {
    // A newer note of progress does not stand in for the newest whole state.
    const newest = sorted.findLast((entry) => entry.level === level);
    if (newest !== undefined) add(newest, "the newest", true);
  }
  for (const entry of sorted) {
    const label = pinned.find((name) => Object.hasOwn(entry.labels, name));
    if (label !== undefined && entry.labels[label] !== false) add(entry, `label ${label}`, true);
  }
  if (last !== undefined) {
    for (const entry of sorted.slice(Math.max(0, sorted.length - last))) {
      add(entry, `one of the last ${last}`);
    }
  }
  if (every !== undefined) {
    for (const [entry, words] of firstOfEachPeriod(sorted, every)) add(entry, words);
  }
  if (best !== undefined) {
    for (const entry of bestOf(sorted, best)) add(entry, `one of the best ${best.count}`);
  }
  if (last === undefined && every === undefined && best === undefined) {
    for (const entry of sorted) add(entry, "no rule removes it");
  }
  return stays;
}

/** The first of a period stays the first whatever goes later, so decisions do not depend on when they are made. */
function* firstOfEachPeriod(
  sorted: readonly CheckpointEntry[],
  every: Omit<CheckpointSchedule, "start">,
): Iterable<[CheckpointEntry, string]> {
  const { steps, time, wallClock } = every;
  const rules: [string, number | undefined, (entry: CheckpointEntry) => number][] = [
    ["steps", steps, (entry) => Math.floor(entry.step / steps!)],
    ["of model time", time, (entry) => slotOf(entry.time, time!)],
    ["seconds", wallClock, (entry) => Math.floor(entry.createdAt.getTime() / 1000 / wallClock!)],
  ];
  for (const [unit, period, slot] of rules) {
    if (period === undefined) continue;
    const seen = new Set<number>();
    for (const entry of sorted) {
      if (seen.has(slot(entry))) continue;
      seen.add(slot(entry));
      yield [entry, `the first of its ${period} ${unit}`];
    }
  }
}

function bestOf(
  sorted: readonly CheckpointEntry[],
  { by, count, largest = false }: NonNullable<RetentionPolicy["best"]>,
): CheckpointEntry[] {
  const valueOf = typeof by === "function" ? by : (entry: CheckpointEntry) => entry.labels[by];
  const rated = sorted.flatMap((entry) => {
    const value = valueOf(entry);
    return typeof value === "number" && !Number.isNaN(value) ? [{ entry, value }] : [];
  });
  // Of equal ones the newer is the better: it has more of the run in it.
  rated.sort((a, b) =>
    (largest ? b.value - a.value : a.value - b.value) || compareAge(b.entry, a.entry)
  );
  return rated.slice(0, count).map(({ entry }) => entry);
}

function applyMaxAge(
  sorted: readonly CheckpointEntry[],
  { maxAge }: RetentionPolicy,
  now: Date,
  stays: Map<CheckpointEntry, Reason>,
  goes: Map<CheckpointEntry, string>,
): void {
  if (maxAge === undefined) return;
  for (const entry of sorted) {
    const age = (now.getTime() - entry.createdAt.getTime()) / 1000;
    if (goes.has(entry) || stays.get(entry)!.firm || age <= maxAge) continue;
    goes.set(entry, `${Math.round(age)} seconds old, more than maxAge ${maxAge}`);
  }
}

/** Takes the oldest away until the rest fits; what a kept one needs still counts. */
function applyMaxBytes(
  sorted: readonly CheckpointEntry[],
  { maxBytes }: RetentionPolicy,
  stays: Map<CheckpointEntry, Reason>,
  goes: Map<CheckpointEntry, string>,
): void {
  if (maxBytes === undefined) return;
  for (;;) {
    const needed = neededBy(sorted, goes);
    const there = sorted.filter((entry) => !goes.has(entry) || needed.has(entry));
    const bytes = there.reduce((sum, entry) => sum + entry.bytes, 0);
    if (bytes <= maxBytes) return;
    const oldest = there.find((entry) =>
      !goes.has(entry) && !needed.has(entry) && !stays.get(entry)!.firm
    );
    // A base whose increments all stay cannot go; its increments go first.
    if (oldest === undefined) return;
    goes.set(oldest, `${bytes} bytes in all, more than maxBytes ${maxBytes}`);
  }
}

/** Entries that a kept one cannot do without, with one that needs it. */
function neededBy(
  sorted: readonly CheckpointEntry[],
  goes: ReadonlyMap<CheckpointEntry, string>,
): Map<CheckpointEntry, CheckpointEntry> {
  const byFile = new Map(sorted.map((entry) => [entry.file, entry]));
  const needed = new Map<CheckpointEntry, CheckpointEntry>();
  // A needed one may itself need others, so newest first: what it needs is older.
  for (const entry of sorted.toReversed()) {
    if (goes.has(entry) && !needed.has(entry)) continue;
    for (const file of entry.needs) {
      const base = byFile.get(file);
      if (base !== undefined && !needed.has(base)) needed.set(base, entry);
    }
  }
  return needed;
}

/**
 * Refuses what cannot be meant.
 *
 * @throws {TypeError} when a rule is of another type, or not known.
 * @throws {RangeError} when a number is out of range.
 */
export function checkRetention(keep: RetentionPolicy): void {
  const { last, every, best, pinned, maxAge, maxBytes, ...others } = keep;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    throw new TypeError(
      `keep.${other}: known are last, every, best, pinned, maxAge (seconds) and maxBytes`,
    );
  }
  if (every !== undefined) checkSchedule(every, "keep.every");
  const counts = { last, "best.count": best?.count };
  for (const [name, count] of Object.entries(counts)) {
    if (count === undefined) continue;
    if (!Number.isInteger(count) || count < 0) {
      throw new RangeError(`keep.${name} is a whole number from 0 up, got ${count}`);
    }
  }
  for (const [name, limit] of Object.entries({ maxAge, maxBytes })) {
    if (limit === undefined || limit >= 0) continue;
    throw new RangeError(`keep.${name} is a number from 0 up, got ${limit}`);
  }
  if (best !== undefined && typeof best.by !== "string" && typeof best.by !== "function") {
    throw new TypeError("keep.best.by is the name of a label, or a function of the entry");
  }
  if (pinned !== undefined && !Array.isArray(pinned)) {
    throw new TypeError('keep.pinned is a list of labels, like ["paper"]');
  }
}
