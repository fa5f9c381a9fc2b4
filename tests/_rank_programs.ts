/** Programs of ranks one after the other in the same threads: a new thread is slow for its first seconds. */
import type { Comm } from "../src/comm/comm.ts";

/** One of them, by its path from here. */
export interface RankProgram {
  readonly path: string;
  /** Where it leaves files for other numbers of ranks; null for a program that needs none. */
  readonly folder: string | null;
}

/**
 * Runs them all.
 *
 * @param earlier Numbers of ranks that have left files in the folders.
 * @returns how many checks each of them made.
 */
export async function main(
  comm: Comm,
  programs: readonly RankProgram[],
  earlier: readonly number[],
): Promise<number[]> {
  const checks: number[] = [];
  for (const { path, folder } of programs) {
    const program = await import(new URL(path, import.meta.url).href);
    try {
      checks.push(await program.main(comm, ...(folder === null ? [] : [folder, earlier])));
    } catch (error) {
      throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
    }
    comm.barrier();
  }
  return checks;
}
