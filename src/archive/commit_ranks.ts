/**
 * How several ranks complete a snapshot once they have written their parts.
 *
 * @module
 */
import type { Comm } from "../comm/comm.ts";
import { allOrNone, type Settled } from "../comm/collective_errors.ts";
import { commitSnapshot } from "../snapshot/file/commit.ts";
import { explained } from "../snapshot/file/file_errors.ts";
import type { FileLayer } from "../snapshot/file/file_layer.ts";
import type { PendingFile } from "../snapshot/file/pending_file.ts";
import type { PartReport, WrapperPlan } from "./rank_wrapper.ts";

/** The reports of all ranks, by rank. Collective. */
export function gatherReports(comm: Comm, own: PartReport): PartReport[] {
  return comm.allgather(JSON.stringify(own)).map((text) => JSON.parse(text));
}

/**
 * Returns the value if all ranks succeeded. Collective.
 *
 * @throws {Error} why it failed here, or on the first rank on which it did.
 */
export function agreed<R>(comm: Comm, attempt: Settled<R>, path: string): R {
  return allOrNone(comm, () => {
    if ("error" in attempt) throw explained(attempt.error, path, "save");
    return attempt.value;
  });
}

/** Gives a written wrapper its name, which is the only commit. */
export function commitWrapper(
  layer: FileLayer,
  pending: PendingFile,
  { path, reports }: WrapperPlan,
): void {
  const links = reports.map(({ link }) => link), needs = reports.flatMap(({ needs }) => needs);
  commitSnapshot(layer, pending, path, [...links, ...needs]);
}
