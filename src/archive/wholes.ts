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
import { BackendSource } from "../snapshot/source.ts";
import type { PayloadSection } from "../snapshot/subject.ts";
import { meshPaths } from "../mesh/stored.ts";
import { exchangeCaptures } from "./gather_captures.ts";
import { MergedRanks } from "./merge_ranks.ts";

/**
 * Gives payloads the merged data of the ranks that captured; `captures` holds their captures, by
 * rank.
 */
export function giveWholes(
  payloads: readonly PayloadSection[],
  captures: readonly CheckpointBackend[],
): void {
  for (const { section, members } of payloads) {
    for (const [name, member] of members) {
      const key = childKey(section, name);
      if (member.takeWhole === undefined || captures[0].get(key) === undefined) continue;
      member.takeWhole(wholeOf(captures, captures[0].keys(), key), captures, key);
    }
  }
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
