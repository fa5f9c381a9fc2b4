import { bytesOf, kindOf, sameBytes, type TypedArray } from "../arrays.ts";
import { meshCounters } from "../mesh/stored.ts";
import type { EntrySource, SnapshotAttributes, SnapshotEntry } from "../snapshot/contract.ts";
import { open, Snapshot } from "../snapshot/snapshot.ts";
import { anchored } from "../snapshot/file/paths.ts";
import { swarmCounters } from "../swarm/stored.ts";

/** One entry, or one scalar of an entry, in which two snapshots differ. */
export interface SnapshotDifference {
  /** The key of the entry, followed by the name of the scalar if a scalar differs. */
  readonly key: string;
  /** A sentence that describes the difference. */
  readonly what: string;
  /** How many numbers differ; 1 for a scalar or a whole entry. */
  readonly count: number;
  /** The largest absolute difference; NaN where the difference cannot be measured. */
  readonly maxDifference: number;
}

/** Counters that are for information only; a restore makes new ones, so they are not compared. */
const informing = new Set([...meshCounters, ...swarmCounters]);

/**
 * Compares two snapshots byte by byte: fields, particles, histories, parameters, tracker and random
 * stream. Counters that are for information only (versions, population generations) are left out.
 * Files written by several ranks are compared by global ids, whatever their numbers of ranks. Where
 * these are the same, the ghosts and the distribution over the ranks are compared as well, under
 * keys that begin with `ranks/`.
 *
 * @param a a token, or the path or `file:` URL of a snapshot file; the same for `b`.
 * @returns an empty list when the snapshots are the same; for files, a promise of the list.
 * @throws {SnapshotInvalidatedError} when a token was released.
 * @throws {SnapshotFormatError} when a file is not a snapshot.
 * @throws {SnapshotCorruptError} when a file is damaged.
 *
 * @example
 * ```ts
 * import { diffSnapshots, Model } from "@timestash/timestash";
 *
 * const model = new Model();
 * using before = model.saveState();
 * model.tracker.time = 0.5;
 * using after = model.saveState();
 * console.log(diffSnapshots(before, after)[0].what); // 0 became 0.5
 * ```
 */
export function diffSnapshots(a: Snapshot, b: Snapshot): SnapshotDifference[];
/** Compares files. */
export function diffSnapshots(
  a: Snapshot | string | URL,
  b: Snapshot | string | URL,
): Promise<SnapshotDifference[]>;
export function diffSnapshots(
  a: Snapshot | string | URL,
  b: Snapshot | string | URL,
): SnapshotDifference[] | Promise<SnapshotDifference[]> {
  if (a instanceof Snapshot && b instanceof Snapshot) return diffEntries(open(a), open(b));
  return diffFiles(a, b);
}

/** One side of a comparison: the data of all ranks together, and of each rank. */
interface Side {
  readonly whole: EntrySource;
  readonly captures: readonly EntrySource[];
}

async function diffFiles(
  a: Snapshot | string | URL,
  b: Snapshot | string | URL,
): Promise<SnapshotDifference[]> {
  const other = b instanceof Snapshot ? b : anchored(b);
  const first = await sideOf(a instanceof Snapshot ? a : anchored(a)), second = await sideOf(other);
  const rows = diffEntries(first.whole, second.whole);
  if (first.captures.length !== second.captures.length) return rows;
  // With the same number of ranks, the ghosts and the distribution over ranks are compared too.
  const known = new Set(rows.map(({ key }) => key));
  first.captures.forEach((capture, rank) => {
    for (const row of diffEntries(capture, second.captures[rank])) {
      if (!known.has(row.key)) rows.push({ ...row, key: `ranks/${rank}/${row.key}` });
    }
  });
  return rows;
}

async function sideOf(from: Snapshot | string | URL): Promise<Side> {
  if (from instanceof Snapshot) return { whole: open(from), captures: [] };
  const { readWholeAndCaptures } = await import("./read_whole.ts");
  return await readWholeAndCaptures(from);
}

/** Does the work of {@link diffSnapshots} for any two backends. */
export function diffEntries(a: EntrySource, b: EntrySource): SnapshotDifference[] {
  const rows: SnapshotDifference[] = [];
  for (const key of a.keys()) {
    const [first, second] = [a.get(key)!, b.get(key)];
    if (second === undefined) rows.push(whole(key, "is in the first snapshot only"));
    else compare(key, first, second, rows);
  }
  for (const key of b.keys()) {
    if (a.get(key) === undefined) rows.push(whole(key, "is in the second snapshot only"));
  }
  return rows;
}

function compare(
  key: string,
  a: SnapshotEntry,
  b: SnapshotEntry,
  rows: SnapshotDifference[],
): void {
  if (a.kind !== b.kind) rows.push(whole(key, `a ${a.kind} became a ${b.kind}`));
  else {
    compareAttributes(key, a.attributes, b.attributes, rows);
    const [p, q] = [a.data, b.data];
    if (p === null || q === null) {
      if (p !== q) rows.push(whole(key, "has numbers in one snapshot only"));
    } else if (kindOf(p) !== kindOf(q)) {
      rows.push(whole(key, `numbers of ${kindOf(p)} became ${kindOf(q)}`));
    } else if (`${a.shape}` !== `${b.shape}`) {
      rows.push(whole(key, `the shape [${a.shape}] became [${b.shape}]`));
    } else if (!sameBytes(p, q)) rows.push(compareData(key, p, q));
  }
  if (`${a.keys}` !== `${b.keys}` && a.kind === "group") {
    rows.push(whole(key, `the list [${a.keys}] became [${b.keys}]`));
  }
}

function compareAttributes(
  key: string,
  a: SnapshotAttributes,
  b: SnapshotAttributes,
  rows: SnapshotDifference[],
): void {
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const [first, second] = [a[name], b[name]];
    if (Object.is(first, second) || informing.has(name)) continue;
    const what = !Object.hasOwn(a, name)
      ? `${shown(second)} was added`
      : !Object.hasOwn(b, name)
      ? `${shown(first)} went away`
      : `${shown(first)} became ${shown(second)}`;
    const maxDifference = typeof first === "number" && typeof second === "number"
      ? Math.abs(first - second)
      : NaN;
    rows.push({ key: `${key}/${name}`, what, count: 1, maxDifference });
  }
}

function shown(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/**
 * Compares bytes first, since NaN payloads and the sign of zero count; measures the change as
 * numbers.
 */
function compareData(key: string, a: TypedArray, b: TypedArray): SnapshotDifference {
  const [p, q] = [bytesOf(a), bytesOf(b)];
  const width = a.BYTES_PER_ELEMENT;
  let count = 0, maxDifference = NaN, firstAt = -1;
  for (let i = 0; i < a.length; i++) {
    let same = true;
    for (let j = i * width; same && j < (i + 1) * width; j++) same = p[j] === q[j];
    if (same) continue;
    if (firstAt < 0) firstAt = i;
    count++;
    const difference = Math.abs(Number(a[i]) - Number(b[i]));
    if (Number.isNaN(maxDifference) || difference > maxDifference) maxDifference = difference;
  }
  const what = `${count} of ${a.length} numbers differ, first [${firstAt}]: ` +
    `${shown(a[firstAt])} became ${shown(b[firstAt])}`;
  return { key, what, count, maxDifference };
}

function whole(key: string, what: string): SnapshotDifference {
  return { key, what, count: 1, maxDifference: NaN };
}
