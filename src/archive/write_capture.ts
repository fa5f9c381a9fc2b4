import type { Comm } from "../comm/comm.ts";
import type { EntrySource, SnapshotAttributes } from "../snapshot/contract.ts";
import type { WriteOptions } from "./file_options.ts";
import { writeEntries } from "./write_entries.ts";
import { writeRanks } from "./write_ranks.ts";

/**
 * Writes the captures of a model's ranks to one snapshot. Collective.
 *
 * @returns the path.
 * @throws {Error} as {@link writeEntries}, on every rank.
 */
export function writeCapture(
  path: string | URL,
  captured: EntrySource,
  metadata: SnapshotAttributes,
  comm: Comm,
  options: WriteOptions,
): Promise<string> {
  return comm.size === 1
    ? writeEntries(path, captured, metadata, options)
    : writeRanks(path, captured, metadata, comm, options);
}
