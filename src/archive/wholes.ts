/**
 * Gives payloads that are divided among ranks the data of all ranks, if they differed at the time
 * of the capture, for example a mesh that had other cells.
 *
 * @module
 */
import { allOrNone } from "../comm/collective_errors.ts";
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
import { meshPaths } from "../mesh/stored.ts";
import { exchangeCaptures } from "./gather_captures.ts";
import { MergedRanks } from "./merge_ranks.ts";

/**
 * Gives payloads the merged data of another number of ranks, as far as they do not have it: that of a mesh with other
 * cells is brought to all ranks. Collective.
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
      allOrNone(comm, () => member.takeWhole?.(wholeOf(captures, own, key), captures, key));
    }
  }
}

/** The entries of all parts, with all of their numbers. Collective. */
export function gatheredCaptures(
  parts: CapturedParts,
  keys: readonly string[],
): ReadonlyMap<string, SnapshotEntry>[] {
  const captures = parts.heads.map(() => new Map<string, SnapshotEntry>());
  for (const key of keys) {
    const heads = parts.heads.map((part) => entryOf(part, key));
    const filled = heads.some(({ elements }) => elements !== null);
    const rowsOf = (part: number) => heads[part].shape[0] ?? 0;
    const all = filled ? parts.comm.allgatherv(parts.rows(key, rowsOf)) : null;
    let at = 0;
    heads.forEach((head, part) => {
      const { elements, ...rest } = head, length = elementsOf(head.shape);
      const data = elements === null ? null : all!.subarray(at, at += length);
      captures[part].set(key, { ...rest, data });
    });
  }
  return captures;
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
      allOrNone(comm, () => member.takeWhole?.(wholeOf(captures, own.keys(), key), captures, key));
    }
  }
}

/**
 * Whether an entry describes how a payload is divided: everything of a mesh except its variables.
 */
function isDivision(path: string, key: string): boolean {
  return path.startsWith(`${key}/`) && !path.startsWith(`${key}/${meshPaths.variables}`);
}

function wholeOf(
  captures: readonly RankEntries[],
  keys: Iterable<string>,
  key: string,
): BackendSource {
  // With one rank, its capture is the whole.
  const all = captures.length === 1 ? captures[0] : new MergedRanks(captures, keys);
  return new BackendSource(all, key, []);
}
