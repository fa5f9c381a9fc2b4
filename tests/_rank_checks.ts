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
