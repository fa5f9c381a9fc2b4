/**
 * Gives payloads that are divided among ranks the data of all ranks, if they differed at the time
 * of the capture, for example a mesh that had other cells.
 *
 * @module
 */
import { allOrNone, onFirst } from "../comm/collective_errors.ts";
import type { Comm } from "../comm/comm.ts";
import {
  type CheckpointBackend,
  childKey,
  type RankEntries,
  type SnapshotEntry,
} from "../snapshot/contract.ts";
import type { CapturedParts } from "../snapshot/captured_parts.ts";
import { elementsOf } from "../snapshot/file/hdf5_types.ts";
import { entryOf } from "../snapshot/rank_entries.ts";
import { BackendSource } from "../snapshot/source.ts";
import type { PayloadSection } from "../snapshot/subject.ts";
import { toFirst } from "../mesh/gather_whole.ts";
import { meshPaths } from "../mesh/stored.ts";
import { exchangeCaptures } from "./gather_captures.ts";
import { MergedRanks } from "./merge_ranks.ts";

/**
 * Gives payloads the merged data of another number of ranks, as far as they do not have it: that of a mesh with other
 * cells is brought to the first rank. Collective.
 */
export function giveWholes(
  payloads: readonly PayloadSection[],
  parts: CapturedParts,
  keys: readonly string[],
): void {
  const { comm } = parts;
  for (const { section, members } of payloads) {
    for (const [name, member] of members) {
      const key = childKey(section, name);
      if (member.takeWhole === undefined || parts.heads[0].get(key) === undefined) continue;
      if (member.isDividedAnew?.(parts, key) === true) continue;
      const own = keys.filter((path) => path === key || isDivision(path, key));
      const captures = gatheredCaptures(parts, own);
      member.takeWhole(wholeOf(captures, own, key, comm), captures ?? [], key);
    }
  }
}

/** The entries of all parts, with all of their numbers, on the first rank; null on others. Collective. */
export function gatheredCaptures(
  parts: CapturedParts,
  keys: readonly string[],
): ReadonlyMap<string, SnapshotEntry>[] | null {
  const first = toFirst(parts.comm), isFirst = parts.comm.rank === 0;
  const captures = parts.heads.map(() => new Map<string, SnapshotEntry>());
  for (const key of keys) {
    const heads = parts.heads.map((part) => entryOf(part, key));
    const filled = heads.some(({ elements }) => elements !== null);
    const rowsOf = (part: number) => heads[part].shape[0] ?? 0;
    const all = filled ? first.allgatherv(parts.rows(key, rowsOf)) : null;
    let at = 0;
    if (isFirst) {
      heads.forEach((head, part) => {
        const { elements, ...rest } = head, length = elementsOf(head.shape);
        const data = elements === null ? null : all!.subarray(at, at += length);
        captures[part].set(key, { ...rest, data });
      });
    }
  }
  return isFirst ? captures : null;
}

/**
 * Does the same if every rank has only its own part; the entries that a payload requires are
 * exchanged. Collective.
 */
export function shareWholes(
  payloads: readonly PayloadSection[],
  entries: CheckpointBackend,
  comm: Comm,
): void {
  for (const { section, members } of payloads) {
    for (const [name, member] of members) {
      const key = childKey(section, name);
      const needs = allOrNone(
        comm,
        () => member.needsWhole?.(new BackendSource(entries, key, [])) ?? false,
      );
      if (comm.allreduce(needs ? 1 : 0, "max") === 0) continue;
      const own = new Map<string, SnapshotEntry>();
      for (const path of entries.keys()) {
        if (path !== key && !isDivision(path, key)) continue;
        own.set(path, entries.get(path)!);
      }
      const captures = exchangeCaptures(comm, own);
      member.takeWhole?.(wholeOf(captures, own.keys(), key, comm), captures ?? [], key);
    }
  }
}

/**
 * Whether an entry describes how a payload is divided: everything of a mesh except its variables.
 */
function isDivision(path: string, key: string): boolean {
  return path.startsWith(`${key}/`) && !path.startsWith(`${key}/${meshPaths.variables}`);
}

/** What all ranks captured together, on the first one. Collective. */
function wholeOf(
  captures: readonly RankEntries[] | null,
  keys: Iterable<string>,
  key: string,
  comm: Comm,
): BackendSource | null {
  return onFirst(comm, () => {
    // With one rank, its capture is the whole.
    const all = captures!.length === 1 ? captures![0] : new MergedRanks(captures!, keys);
    return new BackendSource(all, key, []);
  });
}
