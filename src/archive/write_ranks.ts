/**
 * Writes one snapshot from several ranks. Each rank writes its own file into the bulk folder, then
 * the first rank writes the wrapper that links to them. The rename of the wrapper is the only
 * commit, and it happens after every rank has flushed.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { settled } from "../comm/collective_errors.ts";
import type { EntrySource, SnapshotAttributes } from "../snapshot/contract.ts";
import { loadLibrary } from "../snapshot/file/hdf5_library.ts";
import { absolutePath, pathOf } from "../snapshot/file/paths.ts";
import { beginRanks, discardSave } from "./begin_ranks.ts";
import { agreed, commitWrapper, gatherReports } from "./commit_ranks.ts";
import { viewDetailOf, type WriteOptions } from "./file_options.ts";
import { keyOfRank, writePart } from "./rank_part.ts";
import { reportOf, writeWrapper } from "./rank_wrapper.ts";
import { checkLinkFiles, writeLinkFiles } from "./view/link_files.ts";
import { planPiece } from "./view/plan.ts";

/**
 * Writes the entries of all ranks; every rank passes the same path, metadata and options.
 * Collective: either all ranks return, or all throw and the previous file is untouched.
 *
 * @returns the path.
 * @throws {Error} as `writeEntries`, on every rank.
 */
export async function writeRanks(
  path: string | URL,
  source: EntrySource,
  metadata: SnapshotAttributes,
  comm: Comm,
  options: WriteOptions = {},
): Promise<string> {
  const entries = Array.from(source.keys(), (key) => [key, source.get(key)!] as const);
  const save = beginRanks(path, source, comm, options);
  const { pending, layer, path: target, id } = save, { rank } = comm;
  const gzip = options.compression === "gzip", base = options.base && absolutePath(options.base);
  const keys = entries.map(([key]) => keyOfRank(rank, key));
  let committed = false, grids: readonly string[] = [];
  try {
    const shown = options.view === false ? new Map() : new Map(entries);
    const view = planPiece(comm, shown, viewDetailOf(options));
    grids = view.grids;
    const ready = await settled(() => {
      if (rank === 0 && options.view === "beside") checkLinkFiles(layer, target, grids);
      return loadLibrary();
    });
    const library = agreed(comm, ready, target);
    const part = { path: target, id, rank, metadata, base, gzip };
    const attempt = await settled(() => writePart(library, layer, part, entries, view.own));
    const report = reportOf(agreed(comm, attempt, target), keys, view);
    const plan = { path: target, metadata, gzip, reports: gatherReports(comm, report) };
    const wrapper = await settled(async () => {
      if (pending === null) return;
      await writeWrapper(library, layer, pending.file, plan);
      commitWrapper(layer, pending, plan);
    });
    // A wrapper that has its name refers to all files, even if the folder could not be flushed.
    committed = comm.allreduce(pending?.committed ? 1 : 0, "max") > 0;
    agreed(comm, wrapper, target);
  } finally {
    if (!committed) discardSave(save);
  }
  const after = await settled(async () => {
    if (rank === 0 && options.view === "beside") await writeLinkFiles(target, grids, layer);
  });
  agreed(comm, after, target);
  return pathOf(path);
}
