/** All programs in the same threads, which are started once. @module */
import type { Comm } from "../../src/comm/comm.ts";
import { main as checkpoints } from "./checkpoints_ranks.ts";
import { main as failures } from "./failures_ranks.ts";
import { main as resume } from "./resume_ranks.ts";

/**
 * Runs the checks, with `all` those of every option too: on 3 ranks, if it is left out. Those that take up files of
 * `earlier` numbers of ranks lead on to the others, so that these are never left out. Returns how many.
 */
export async function main(
  comm: Comm,
  folder: string,
  earlier: readonly number[],
  _onlyEarlier = false,
  all = comm.size === 3,
): Promise<number> {
  const own = `${folder}/${comm.size}`;
  const options = all ? await checkpoints(comm, own) + await failures(comm, own) : 0;
  return options + await resume(comm, folder, earlier);
}
