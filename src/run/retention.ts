/**
 * Which checkpoints to keep, as a pure function of the list and the time.
 *
 * @module
 */
import { type CheckpointEntry, compareAge, isFailure } from "./checkpoint_entry.ts";
import { describe, type OptionNames, requireOptions } from "../options.ts";
import { type CheckpointSchedule, checkSchedule, slotOf } from "./checkpoint_schedule.ts";

/**
 * Which checkpoints to keep. `last`, `every` and `best` each select some; without any of the three, all are
 * selected. `maxAge` and `maxBytes` then remove the oldest of those. Pinned ones and the newest always stay, and
 * so does what a kept one needs.
 */
export interface RetentionPolicy {
  /** Keep this many of the newest. */
  readonly last?: number | undefined;
  /** Keep the first one in each period of steps, model time or wall-clock seconds. */
  readonly every?: Omit<CheckpointSchedule, "start"> | undefined;
  /** Keep the best by a label, where the smallest number is the best; those without the label do not count. */
  readonly best?: {
    /** The label, or a function of the entry. */
    readonly by: string | ((entry: CheckpointEntry) => number | undefined);
    /** How many to keep. */
    readonly count: number;
    /** Whether the largest number is the best. */
    readonly largest?: boolean | undefined;
  } | undefined;
  /** Labels that keep a checkpoint permanently; defaults to `["pinned"]`. */
  readonly pinned?: readonly string[] | undefined;
  /** The age in seconds after which a checkpoint is removed. */
  readonly maxAge?: number | undefined;
  /** The bytes that all checkpoints together may take on the disk. */
  readonly maxBytes?: number | undefined;
}

const retentionNames: OptionNames<RetentionPolicy> = {
  last: true,
  every: true,
  best: true,
  pinned: true,
  maxAge: true,
  maxBytes: true,
};
const bestNames: OptionNames<NonNullable<RetentionPolicy["best"]>> = {
  by: true,
  count: true,
  largest: true,
};

/** Whether a checkpoint is kept, and why. */
export interface RetentionDecision {
  /** The checkpoint. */
  readonly entry: CheckpointEntry;
  /** Whether it is kept. */
  readonly keep: boolean;
  /** The reason. */
  readonly why: string;
}

/** A reason to keep a checkpoint, and whether the limits may overrule it. */
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
  const failures = sorted.filter(isFailure);
  const stays = reasonsToStay(sorted.filter((entry) => !isFailure(entry)), keep);
  // Nothing continues from these, so no rule counts them; the last one shows what happened.
  const last = failures.at(-1);
  if (last !== undefined) stays.set(last, { words: "the last failure", firm: true });
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

/** Whether a label keeps a checkpoint permanently: it is never removed and never overwritten. */
export function isPinned(entry: CheckpointEntry, keep: RetentionPolicy | null): boolean {
  return pinOf(entry, keep?.pinned) !== undefined;
}

function pinOf(
  { labels }: CheckpointEntry,
  pinned: readonly string[] = ["pinned"],
): string | undefined {
  return pinned.find((name) => Object.hasOwn(labels, name) && labels[name] !== false);
}

function reasonsToStay(
  sorted: readonly CheckpointEntry[],
  { last, every, best, pinned }: RetentionPolicy,
): Map<CheckpointEntry, Reason> {
  const stays = new Map<CheckpointEntry, Reason>();
  const add = (entry: CheckpointEntry, words: string, firm = false) => {
    if (!stays.has(entry)) stays.set(entry, { words, firm });
  };
  for (const level of [2, 1, 0] as const) {
    // A newer save of a lower level does not replace the newest full state.
    const newest = sorted.findLast((entry) => entry.level === level);
    if (newest !== undefined) add(newest, "the newest", true);
  }
  for (const entry of sorted) {
    const label = pinOf(entry, pinned);
    if (label !== undefined) add(entry, `label ${label}`, true);
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

/** The first of a period stays the first whatever is removed later, so decisions do not depend on their time. */
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
  // Of equal ones the newer is better, since it is further along.
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

/** Removes the oldest until the rest fits; what a kept one needs still counts. */
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
    // A base cannot be removed while its increments stay, so those are removed first.
    if (oldest === undefined) return;
    goes.set(oldest, `${bytes} bytes in all, more than maxBytes ${maxBytes}`);
  }
}

/** The entries that kept ones need, each with one that needs it. */
function neededBy(
  sorted: readonly CheckpointEntry[],
  goes: ReadonlyMap<CheckpointEntry, string>,
): Map<CheckpointEntry, CheckpointEntry> {
  const byFile = new Map(sorted.map((entry) => [entry.file, entry]));
  const needed = new Map<CheckpointEntry, CheckpointEntry>();
  // Newest first, since a needed entry may itself need others, which are older.
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
 * Refuses an invalid policy.
 *
 * @throws {TypeError} when a rule has a wrong type, or is not known.
 * @throws {RangeError} when a number is out of range.
 */
export function checkRetention(keep: RetentionPolicy, what = "keep"): void {
  requireOptions(what, keep, retentionNames);
  const { last, every, best, pinned, maxAge, maxBytes } = keep;
  if (best !== undefined) requireOptions(`${what}.best`, best, bestNames);
  if (every !== undefined) checkSchedule(every, `${what}.every`);
  const counts = { last, "best.count": best?.count };
  for (const [name, count] of Object.entries(counts)) {
    if (count === undefined) continue;
    if (typeof count !== "number") {
      throw new TypeError(`${what}.${name} must be a number, got ${describe(count)}`);
    }
    if (!Number.isInteger(count) || count < 0) {
      throw new RangeError(`${what}.${name} must be a whole number of at least 0, got ${count}`);
    }
  }
  for (const [name, limit] of Object.entries({ maxAge, maxBytes })) {
    if (limit !== undefined && typeof limit !== "number") {
      throw new TypeError(`${what}.${name} must be a number, got ${describe(limit)}`);
    }
    if (limit === undefined || limit >= 0) continue;
    throw new RangeError(`${what}.${name} must be a number of at least 0, got ${limit}`);
  }
  if (best !== undefined && typeof best.by !== "string" && typeof best.by !== "function") {
    throw new TypeError(`${what}.best.by must be the name of a label, or a function of the entry`);
  }
  if (best !== undefined && best.count === undefined) {
    throw new TypeError(`${what}.best.count must say how many are kept`);
  }
  const words = Array.isArray(pinned) && pinned.every((word) => typeof word === "string");
  if (pinned !== undefined && !words) {
    throw new TypeError(`${what}.pinned must be a list of labels, such as ["paper"]`);
  }
}
