/**
 * What a reverse sweep will cost, before it starts.
 *
 * @module
 */
import { fewestForwardSteps, sweep } from "./sweep.ts";

/** How a reverse sweep over a known number of steps is done, and what it costs. */
export interface ReverseSchedule {
  /** How many states are visited. */
  readonly steps: number;
  /** How many states are kept at most, in memory and on disk. */
  readonly states: { readonly memory: number; readonly disk: number };
  /** How many steps are taken in all: the fewest possible with so many states. */
  readonly forwardSteps: number;
  /** How often a state is kept in memory and on disk, the first one included. */
  readonly saves: { readonly memory: number; readonly disk: number };
  /** How often one is put back. */
  readonly restores: { readonly memory: number; readonly disk: number };
  /**
   * Which of the kept states are on disk, counted from the first one, which is 0: those that are written and read
   * least (P. Stumm, A. Walther, MultiStage approaches for optimal offline checkpointing, SIAM J. Sci. Comput. 31
   * (2009), DOI 10.1137/080718036).
   */
  readonly onDisk: ReadonlySet<number>;
}

/**
 * The schedule with the fewest forward steps.
 *
 * @param steps how many states are to be visited.
 * @param memory how many states are kept in memory.
 * @param disk how many more on disk.
 * @throws {RangeError} when a number is not a whole one, there are no steps, or no state can be kept.
 *
 * @example
 * ```ts
 * import { reverseSchedule } from "@timestash/timestash";
 *
 * console.log(reverseSchedule(1000, 20).forwardSteps); // 2747
 * ```
 */
export function reverseSchedule(steps: number, memory: number, disk = 0): ReverseSchedule {
  requireCount("steps", steps, 1);
  requireCount("states in memory", memory, 0);
  requireCount("states on disk", disk, 0);
  const states = memory + disk;
  if (states === 0) {
    throw new RangeError("a reverse sweep keeps at least one state, got room for 0");
  }
  const kept: number[] = [], restored: number[] = [];
  kept.push(1);
  for (const action of sweep({ kept: [0], position: 0, steps }, () => states)) {
    if (action.kind === "keep") count(kept, action.level);
    else if (action.kind === "restore") count(restored, action.level);
  }
  const onDisk = quietest(kept, restored, Math.max(0, kept.length - memory));
  const total = (counts: readonly number[], disk: boolean) =>
    counts.reduce((sum, n, level) => onDisk.has(level) === disk ? sum + n : sum, 0);
  const divided = (counts: readonly number[]) => ({
    memory: total(counts, false),
    disk: total(counts, true),
  });
  return {
    steps,
    states: { memory: kept.length - onDisk.size, disk: onDisk.size },
    forwardSteps: fewestForwardSteps(steps, states),
    saves: divided(kept),
    restores: divided(restored),
    onDisk,
  };
}

/**
 * Requires a number of things.
 *
 * @throws {RangeError} when it is not a whole number from `least`.
 */
export function requireCount(what: string, count: number, least: number): void {
  if (Number.isSafeInteger(count) && count >= least) return;
  throw new RangeError(`reverse: ${what} is a whole number from ${least}, got ${String(count)}`);
}

function count(counts: number[], level: number): void {
  counts[level] = (counts[level] ?? 0) + 1;
}

/** The `wanted` levels that are written and read least; of several the lower one, which is kept for longer. */
function quietest(
  kept: readonly number[],
  restored: readonly number[],
  wanted: number,
): ReadonlySet<number> {
  const uses = kept.map((n, level) => n + (restored[level] ?? 0));
  const levels = uses.map((_, level) => level).sort((a, b) => uses[a] - uses[b] || a - b);
  return new Set(levels.slice(0, wanted));
}
