import type { Comm } from "../src/comm/comm.ts";

/**
 * Runs the checks of a program of ranks, one after the other on all of them.
 *
 * @returns how many there are.
 * @throws {Error} what a check throws, with its name.
 */
export function runChecks(comm: Comm, checks: readonly ((comm: Comm) => void)[]): number {
  for (const check of checks) {
    try {
      check(comm);
    } catch (error) {
      throw new Error(`${check.name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return checks.length;
}

/** A check that may use files: in a folder, with the numbers of ranks that have left theirs there before. */
export type FileCheck = (
  comm: Comm,
  folder: string,
  earlier: readonly number[],
) => void | Promise<void>;

/**
 * The same for checks that make files in `folder`, for other numbers of ranks to read. Without a folder it takes one of
 * its own.
 *
 * @param earlier Numbers of ranks whose files are there.
 * @returns how many checks there are.
 * @throws {Error} what a check throws, with its name.
 */
export async function runFileChecks(
  comm: Comm,
  checks: readonly FileCheck[],
  folder?: string,
  earlier: readonly number[] = [],
): Promise<number> {
  const own = folder === undefined;
  const made = own && comm.rank === 0 ? Deno.makeTempDirSync({ prefix: "timestash_" }) : "";
  const place = folder ?? comm.bcast(made);
  for (const check of checks) {
    try {
      await check(comm, place, earlier);
    } catch (error) {
      throw new Error(`${check.name}: ${(error as Error).message}`, { cause: error });
    }
  }
  comm.barrier();
  if (own && comm.rank === 0) Deno.removeSync(place, { recursive: true });
  return checks.length;
}
