/**
 * Programs of ranks one after the other in the same threads, on several numbers of ranks: a new thread is slow
 * for its first seconds, so a smaller number of ranks is the first few threads of the largest.
 *
 * @module
 */
import { CollectiveComm } from "../src/comm/collective_comm.ts";
import type { Comm } from "../src/comm/comm.ts";
import { sharedLayoutOf } from "../src/comm/workers/shared_layout.ts";
import { SharedTransport } from "../src/comm/workers/shared_transport.ts";

/** One of them, by its path from here, and what its `main` gets after the communicator. */
export interface RankProgram {
  readonly path: string;
  readonly args: readonly unknown[];
}

/** Programs on one number of ranks, which share memory of their own. */
export interface RankRound {
  readonly ranks: number;
  readonly programs: readonly RankProgram[];
  /** Bytes of a message that pass at once. */
  readonly window: number;
  readonly memory: SharedArrayBuffer;
}

/** Bytes on their way between two ranks. */
const ring = 65536;

/** A round, with its memory; `window` is in bytes, and defaults to that of `runRanks`. */
export function roundOf(
  ranks: number,
  programs: readonly RankProgram[],
  window = 262144,
): RankRound {
  const memory = new SharedArrayBuffer(sharedLayoutOf(ranks, window, ring).total);
  return { ranks, programs, window, memory };
}

/**
 * Runs all rounds.
 *
 * @param world All threads, as many as the largest round has ranks.
 * @returns for each round how many checks each program made; null where this thread had no part.
 */
export async function main(
  world: Comm,
  rounds: readonly RankRound[],
): Promise<(number[] | null)[]> {
  const results: (number[] | null)[] = [];
  for (const round of rounds) {
    results.push(world.rank < round.ranks ? await runRound(round, world.rank) : null);
    world.barrier();
  }
  return results;
}

async function runRound(round: RankRound, rank: number): Promise<number[]> {
  const { ranks, programs, window, memory } = round;
  const layout = sharedLayoutOf(ranks, window, ring);
  // Ranks look only briefly before they sleep: there can be more of them than processors.
  const comm = new CollectiveComm(
    new SharedTransport({ memory, layout, rank, timeoutSeconds: 600, spins: 20 }),
  );
  const checks: number[] = [];
  for (const { path, args } of programs) {
    const program = await import(new URL(path, import.meta.url).href);
    try {
      checks.push(await program.main(comm, ...args));
    } catch (error) {
      throw new Error(`${ranks} ranks, ${path}: ${(error as Error).message}`, { cause: error });
    }
    comm.barrier();
  }
  return checks;
}
